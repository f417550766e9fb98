// Labels of this box that are not on paper yet: what each waits for, and what a person can do.
import { byID, chip, h, momentText, named } from "/parts.js";
import { ask } from "/box.js";
import { animalOf, plight, titleOf, wishButtons, wishFor } from "/labels.js";

/** Moves on by itself for so long before the desk is told. */
const patience = 5_000;
let again = null;
/** Reloads may overlap: their numbers tell which answer is older than what is shown. */
let asked = 0;
let shown = 0;
/** Why the labels that were sent could not be confirmed together. */
let refusal = "";

/** Reads the list anew; keeps the focus on the button it was on. */
export async function reload() {
  clearTimeout(again);
  const number = ++asked;
  const { items, total, next } = await ask("print-jobs?state=open");
  if (number < shown) return;
  shown = number;
  const rows = items.map((job) => ({ job, ...plight(job) }))
    .sort((a, b) => Number(b.isStuck ?? false) - Number(a.isStuck ?? false)
      || a.job.since - b.job.since);
  const stuck = rows.filter((one) => one.isStuck).length;
  byID("count-labels").textContent = stuck ? `${stuck} to look at` : rows.length || "";
  byID("tab-labels").classList.toggle("warn", stuck > 0);
  const active = byID("labels").contains(document.activeElement) ? document.activeElement : null;
  const held = active?.closest("[data-open-job]")?.dataset.openJob;
  const wish = active?.dataset.wish;
  const sent = rows.filter((one) => one.job.state === "sent" && one.isStuck);
  if (!sent.length) refusal = "";
  byID("labels").replaceChildren(...(rows.length ? [...together(sent), table(rows)]
    : [h("p", { class: "empty" }, "Every label is printed. To print one again, scan its guest.")]));
  if (next) {
    byID("labels").append(h("p", { class: "hint" },
      `Only the latest ${rows.length} of ${total ?? "them"} are shown; answer these first.`));
  }
  if (wish) {
    const row = held ? `[data-open-job="${held}"] ` : "";
    byID("labels").querySelector(`${row}[data-wish="${wish}"]`)?.focus();
  }
  // What was sent to a printer that cannot tell becomes a question after a while.
  clearTimeout(again);
  if (rows.some((one) => one.until)) {
    again = setTimeout(() => reload().catch(() => {}), patience);
  }
}

/** A printer that cannot tell asks for each of its labels: whoever looked answers once. */
function together(sent) {
  const parts = [];
  if (sent.length > 1) {
    parts.push(h("p", { class: "again" }, h("button", { type: "button", class: "quiet small",
      "data-wish": "confirm-all", onclick: (event) => confirmAll(event.currentTarget, sent) },
    `All ${sent.length} that were sent came out`)));
  }
  if (refusal) parts.push(h("p", { class: "trouble", role: "alert" }, refusal));
  return parts;
}

async function confirmAll(button, sent) {
  button.disabled = true;
  refusal = "";
  try {
    for (const { job } of sent) await wishFor(job, "confirm");
  } catch (trouble) {
    refusal = trouble.detail;
  }
  button.disabled = false;
  await reload().catch(() => {});
}

function table(rows) {
  return h("table", { class: "list" },
    h("thead", {}, h("tr", {}, ["Label", "How it stands", "Since", ""].map((text) =>
      h("th", { scope: "col", class: text === "Since" ? "wide" : null },
        text || h("span", { class: "unseen" }, "What to do"))))),
    h("tbody", {}, rows.map(row)));
}

function row({ job, word, tone = "", remedy, wishes }) {
  const trouble = h("p", { class: "trouble", role: "alert", hidden: true });
  return h("tr", { "data-open-job": job.id },
    h("td", {}, h("div", { class: "guest" }, named(animalOf(job), "strong"),
      h("span", { class: "dim" }, titleOf(job)))),
    h("td", {}, chip(word, tone), remedy ? h("div", { class: "dim" }, remedy) : null, trouble),
    h("td", { class: "wide time" }, momentText(job.since)),
    h("td", { class: "act" }, wishButtons(job, wishes, (text) => {
      if (!text) return reload().catch(() => {});
      trouble.textContent = text;
      trouble.hidden = false;
    })));
}
