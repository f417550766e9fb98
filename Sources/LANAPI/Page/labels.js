// Labels on their way to paper: the pictures, how far each job is, and what to do where it stands
// still.
import { chip, h, named, say, words } from "/parts.js";
import { ask, once, picture } from "/box.js";

const titles = { collar: "Collar tag", card: "Kennel card" };
export const titleOf = (job) => titles[job.target_role] ?? words(job.target_role ?? "label");

/** Why a job is held, and what ends it; where nothing else is said it then prints by itself. */
const holds = {
  absent: ["Printer not connected", "Plug the printer in and switch it on."],
  silent: ["Printer does not answer", "Switch the printer off and on again."],
  paperOut: ["Labels are out", "Put in a new roll."],
  ribbonOut: ["Ribbon is out", "Put in a new ribbon."],
  headOpen: ["Printer is open", "Close the printer's head."],
  paused: ["Printer is paused", "Press the printer's pause key."],
  busy: ["Printer is busy", "It takes this label next."],
  fault: ["Printer reports a fault", "See the printer's display, or switch it off and on."],
  unfit: ["No printer takes a label so wide", "Connect a printer that is wide enough."],
  undecided: ["Several printers could take it",
    "Whoever runs the box says which one serves these labels, in its devices.json."],
};
const retry = ["retry", "Print it again"];
const cancel = ["cancel", "Do not print"];
const confirm = ["confirm", "It came out"];
/** After so long a printer that can tell has told. */
const sentPatience = 20_000;
/** The box's longest wait before it tries again what failed, and some. */
const failedPatience = 20_000;

/** What the desk says of a job: a word, its tone, the remedy, what a person can wish for, and
 *  `until` when it says so where time alone changes it. */
export function plight(job) {
  const { state, detail, since } = job;
  const copy = Number(wordsOn(job).copy ?? 1) + (job.copy ?? 1) - 1;
  const again = copy > 1 ? `, copy ${copy}` : "";
  switch (state) {
  case "queued": return { word: "Waiting for the printer", wishes: [cancel] };
  case "sending": return { word: "Printing…", wishes: [] };
  case "sent": {
    const until = since + sentPatience;
    return Date.now() > until ? { word: "Sent", tone: "warn", isStuck: true, wishes: [confirm, retry],
      remedy: "This printer cannot say whether it came out. Did it?" }
      : { word: "Sent", wishes: [], until };
  }
  case "printed": return { word: `Printed${again}`, tone: "ok", isOver: true, wishes: [] };
  case "cancelled": return { word: "Not wanted any more", isOver: true, wishes: [] };
  case "held": {
    const [word, remedy] = holds[detail] ?? [words(detail ?? "held"), "See the printer."];
    return { word, remedy, tone: "warn", isStuck: true, wishes: [cancel] };
  }
  case "failed": {
    const until = since + failedPatience;
    const said = { word: "Not printed", tone: "bad", isStuck: true, wishes: [retry, cancel] };
    return Date.now() > until
      ? { ...said, remedy: "Nothing reached the printer. Check its cable, then print it again. If "
        + "that fails too, whoever runs the box finds the reason in its log." }
      : { ...said, until, remedy: "Nothing reached the printer. It is tried again by itself." };
  }
  case "unknown": return { word: "Did it come out?", tone: "bad", isStuck: true,
    wishes: [confirm, retry, cancel],
    remedy: "The printer was cut off. Look whether the label is there. Another one says COPY "
      + `${copy + 1}.` };
  default: return { word: words(state ?? "at another box"), wishes: [] };
  }
}

/** What a person wishes of a job as it stands: what went on since is another matter. */
export const wishFor = (job, wish) => once(`print-jobs/${job.id}:${wish}`, {}, job.since);

/** Buttons for what a person can wish of a job. */
export function wishButtons(job, wishes, told) {
  return wishes.map(([wish, text]) => h("button", {
    type: "button", class: "quiet small", "data-wish": wish,
    "aria-label": `${text}: ${titleOf(job)} of ${animalOf(job) ?? "the animal"}`,
    onclick: async (event) => {
      const button = event.currentTarget;
      button.disabled = true;
      try {
        await wishFor(job, wish);
        say(`${text}: done`);
        told(null);
      } catch (trouble) {
        button.disabled = false;
        told(trouble.detail);
      }
    },
  }, text));
}

const read = (text) => { try { return JSON.parse(text ?? "{}") ?? {}; } catch { return {}; } };
export const wordsOn = (job) => ({ ...read(job.data), ...read(job.person_data) });
export const animalOf = (job) => wordsOn(job).animal;

// --- What a check-in or a wish for another label made

/** By job, as last read. */
const known = new Map();

/** The jobs with their pictures; `refresh` one of them when the box says that it went on. */
export async function show(jobs) {
  const items = jobs.map((job) => h("li", { "data-job": job },
    h("header", {}, h("strong", {}, "Label"), chip("…"))));
  const whole = h("div", { class: "made", "data-jobs": jobs.join(" ") },
    h("p", { class: "summary", role: "status" }), h("ul", { class: "labels" }, items));
  await Promise.all(jobs.map((job, place) => fill(items[place], job)));
  sum(whole);
  return whole;
}

async function fill(item, job) {
  try {
    const record = await ask(`print-jobs/${job}`);
    known.set(job, record);
    const data = wordsOn(record);
    const image = h("img", { alt: `${titleOf(record)} of ${data.animal ?? "the animal"}` });
    // Without a picture of the very dots, its words say what is on it.
    image.addEventListener("error", () => image.replaceWith(paper(data)));
    image.src = picture(job);
    item.classList.add(record.target_role ?? "label");
    item.replaceChildren(
      h("header", {}, h("strong", {}, titleOf(record)), named(data.animal, "span",
        { class: "dim" }), chip("…")),
      h("div", { class: "plight" }), image);
    tell(item, record);
  } catch (trouble) {
    item.append(h("p", { class: "trouble" }, trouble.detail));
  }
}

/** Reads how far a job is. */
export async function refresh(job) {
  const item = document.querySelector(`[data-job="${job}"]`);
  if (!item) return;
  const before = known.get(job);
  const record = await ask(`print-jobs/${job}`);
  known.set(job, record);
  // Another copy is another picture.
  const image = item.querySelector("img");
  if (image && before && before.copy !== record.copy) image.src = `${picture(job)}?${record.copy}`;
  tell(item, record);
  const whole = item.closest(".made");
  if (whole) sum(whole);
}

function tell(item, record) {
  const { word, tone = "", remedy, wishes, isStuck, until } = plight(record);
  const mark = item.querySelector("header .chip");
  mark.textContent = word;
  mark.className = `chip ${tone}`;
  const troubled = (text) => {
    if (!text) return refresh(record.id).catch(() => {});
    item.querySelector(".plight").append(h("p", { class: "trouble" }, text));
  };
  if (until) setTimeout(() => turn(item, record), until - Date.now() + 1);
  // A wish that stands there and has the focus stays as it is.
  const place = item.querySelector(".plight");
  const sign = JSON.stringify([record.state, record.detail, record.copy, remedy]);
  if (place.dataset.sign === sign) return;
  place.dataset.sign = sign;
  place.replaceChildren(...[
    ...(record.findings ?? []).map((text) => h("p", { class: "note", dir: "auto" }, text)),
    remedy ? h("p", {}, remedy) : null,
    !isStuck || !wishes.length ? null
      : h("p", { class: "again" }, wishButtons(record, wishes, troubled)),
  ].filter(Boolean));
}

/** Time went by and the printer said nothing: that is said then. */
function turn(item, record) {
  if (!item.isConnected || known.get(record.id) !== record) return;
  tell(item, record);
  sum(item.closest(".made"));
}

/** One sentence for all: on their way, printed, or what they wait for. */
function sum(whole) {
  const jobs = whole.dataset.jobs.split(" ").map((id) => known.get(id)).filter(Boolean);
  const place = whole.querySelector(".summary");
  if (!jobs.length) return place.replaceChildren();
  const count = (number) => `${number} ${number === 1 ? "label" : "labels"}`;
  const plights = jobs.map(plight);
  const stuck = plights.filter((one) => one.isStuck);
  const printed = jobs.filter((one) => one.state === "printed").length;
  const open = plights.filter((one) => !one.isOver).length;
  const texts = [];
  if (printed === jobs.length) texts.push(`${count(printed)} printed.`);
  else if (printed) texts.push(`${printed} of ${count(jobs.length)} printed.`);
  if (stuck.length) texts.push(`${count(open)} ${open === 1 ? "waits." : "wait."}`);
  else if (open) texts.push(`${count(open)} ${open === 1 ? "is on its way." : "are on their way."}`);
  for (const [word, remedy] of new Map(stuck.map((one) => [one.word, one.remedy]))) {
    texts.push(`${word}. ${remedy}`);
  }
  place.textContent = texts.join(" ");
  place.className = `summary note ${stuck.length ? "" : printed === jobs.length ? "ok" : "plain"}`;
}

function paper(data) {
  const lines = ["about", "owner", "phone", "run", "dates", "site", "site_phone"];
  return h("div", { class: "paper" }, named(data.animal, "strong"),
    lines.map((name) => (data[name] ? h("span", { dir: "auto" }, data[name]) : null)));
}
