// What came out of the printer: the pictures, and how far each job is.
import { chip, h, named, words } from "/parts.js";
import { ask, picture } from "/box.js";

const tones = {
  printed: "ok", queued: "", starting: "", sending: "", sent: "", held: "warn", failed: "bad",
  unknown: "bad", cancelled: "",
};
const says = {
  queued: "Waiting for the printer", starting: "Waiting for the printer", sending: "Printing",
  sent: "Sent", printed: "Printed", held: "On hold", failed: "Not printed",
  unknown: "Look whether it came out", cancelled: "Cancelled",
};
const titles = { collar: "Collar tag", card: "Kennel card" };

/** A list of jobs; `refresh` one of them when the box says that it went on. */
export async function show(jobs) {
  const list = h("ul", { class: "labels", id: "labels" });
  for (const job of jobs) {
    list.append(h("li", { id: `job-${job}`, "data-job": job },
      h("header", {}, h("strong", {}, "Label"), chip("…"))));
  }
  await Promise.all(jobs.map((job) => fill(list.querySelector(`#job-${job}`), job)));
  return list;
}

async function fill(item, job) {
  try {
    const record = await ask(`print-jobs/${job}`);
    const data = { ...read(record.data), ...read(record.person_data) };
    const image = h("img", {
      alt: `${titles[record.target_role] ?? "Label"} of ${data.animal ?? "the animal"}`,
    });
    // Without a picture of the very dots, its words say what is on it.
    image.addEventListener("error", () => image.replaceWith(paper(data)));
    image.src = picture(job);
    item.classList.add(record.target_role ?? "label");
    item.replaceChildren(
      h("header", {}, h("strong", {}, titles[record.target_role] ?? words(record.target_role)),
        named(data.animal, "span", { class: "dim" }), chip("Waiting for the printer")),
      image);
    await refresh(job);
  } catch (trouble) {
    item.append(h("p", { class: "trouble" }, trouble.detail));
  }
}

/** Reads how far a job is. */
export async function refresh(job) {
  const page = await ask(`print-job-events?job=${job}&limit=200`);
  const last = page.items.reduce((a, b) => (!a || b.number > a.number ? b : a), null);
  const item = document.querySelector(`[data-job="${job}"] header .chip`);
  if (!item || !last) return;
  item.textContent = says[last.state] ?? words(last.state);
  if (last.detail && last.state !== "printed") item.textContent += `: ${words(last.detail)}`;
  item.className = `chip ${tones[last.state] ?? ""}`;
}

const read = (text) => { try { return JSON.parse(text ?? "{}") ?? {}; } catch { return {}; } };

function paper(data) {
  const lines = ["about", "owner", "phone", "run", "dates", "site", "site_phone"];
  return h("div", { class: "paper" }, named(data.animal, "strong"),
    lines.map((name) => (data[name] ? h("span", { dir: "auto" }, data[name]) : null)));
}
