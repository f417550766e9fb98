// Labels of this box that are not on paper yet: what each waits for, and what a person can do.
import { byID, chip, h, momentText, named } from "/parts.js";
import { ask } from "/box.js";
import { animalOf, plight, titleOf, wishButtons } from "/labels.js";

/** Moves on by itself for so long before the desk is told. */
const patience = 5_000;
let again = null;

/** Reads the list anew; keeps the focus on the button it was on. */
export async function reload() {
  clearTimeout(again);
  const { items } = await ask("print-jobs?state=open");
  const rows = items.map((job) => ({ job, ...plight(job) }))
    .sort((a, b) => Number(b.isStuck ?? false) - Number(a.isStuck ?? false)
      || a.job.since - b.job.since);
  const stuck = rows.filter((one) => one.isStuck).length;
  byID("count-labels").textContent = stuck ? `${stuck} to look at` : rows.length || "";
  byID("tab-labels").classList.toggle("warn", stuck > 0);
  const held = document.activeElement?.closest?.("[data-open-job]")?.dataset.openJob;
  const wish = document.activeElement?.dataset?.wish;
  byID("labels").replaceChildren(rows.length ? table(rows)
    : h("p", { class: "empty" }, "Every label is printed."));
  if (held && wish) {
    byID("labels").querySelector(`[data-open-job="${held}"] [data-wish="${wish}"]`)?.focus();
  }
  // What was sent to a printer that cannot tell becomes a question after a while.
  if (rows.some((one) => one.job.state === "sent")) {
    again = setTimeout(() => reload().catch(() => {}), patience);
  }
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
