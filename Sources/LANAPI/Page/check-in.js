// The check-in: who stands at the door, what must be known of them, and the deed.
import { aboutAnimal, byID, chip, dayText, daysBetween, factLines, h, momentText, named, namesOf,
  say, sentence, stayText, words } from "/parts.js";
import { ask, wishKey } from "/box.js";
import * as labels from "/labels.js";

const dialog = byID("check-in");
let sheet = null;
let wanted = null;
let key = null;
/** `deciding` while something can still be lost; `here` and `done` only show. */
let stage = "done";
let isBusy = false;
let closed = () => {};

/** - closes: called when the dialog is gone. */
export function begin(closes) {
  closed = closes;
  dialog.addEventListener("close", () => {
    sheet = null;
    dialog.replaceChildren();
    closed();
  });
  dialog.addEventListener("cancel", (event) => { if (isBusy) event.preventDefault(); });
}

export const isOpen = () => dialog.open;
/** Whether the next guest may come: nothing is open, or what is open only shows. */
export const isDone = () => !dialog.open || stage !== "deciding";

/** The banner lies behind the dialog: it says the same. */
export function reach(isReachable) {
  if (!dialog.open || stage !== "deciding") return;
  if (!isReachable) return complain(new Error("This desk cannot reach the box. What you see may be "
    + "old, and nothing is saved until it is back."));
  byID("trouble").hidden = true;
}

/** Opens the dialog for a booking. */
export async function open(booking) {
  if (dialog.open && stage === "deciding") return;
  const fresh = await ask(`stays:checkin?booking=${booking}`);
  sheet = fresh;
  key = wishKey();
  wanted = new Set(fresh.animals.filter((one) => one.is_wanted).map((one) => one.id));
  draw();
  if (!dialog.open) dialog.showModal();
  focusFirst();
  // A sheet that is taller than the screen shows its beginning, wherever the focus is.
  dialog.querySelector(".scroll")?.scrollTo(0, 0);
}

/** Reads the open booking again: somebody changed what it shows. */
export async function refresh() {
  if (!dialog.open || stage === "done" || isBusy || !sheet) return;
  const ids = [...wanted];
  const fresh = await ask(`stays:checkin?booking=${sheet.booking.id}`
    + (ids.length ? `&animals=${ids.join(",")}` : ""));
  if (!dialog.open || stage === "done" || isBusy) return;
  const typed = keepTyped();
  sheet = fresh;
  for (const one of fresh.animals) if (one.stay) wanted.delete(one.id);
  draw();
  restore(typed);
}

// What somebody typed, and where they were, survives a redraw.
function keepTyped() {
  const values = [...dialog.querySelectorAll("input:not([type=checkbox]), select")]
    .map((input) => [input.id, input.value]);
  return { values, focus: document.activeElement?.id };
}

function restore({ values, focus }) {
  for (const [id, value] of values) if (byID(id)) byID(id).value = value;
  if (focus && byID(focus)) byID(focus).focus();
  else if (!dialog.contains(document.activeElement)) focusFirst();
}

const focusFirst = () => (byID("approver") ?? byID("deed") ?? byID("done")
  ?? dialog.querySelector("button"))?.focus({ preventScroll: true });

const allNames = () => sheet.animals.map((one) => one.name);
const isInHouse = () => sheet.animals.length > 0 && sheet.animals.every((one) => one.stay);

function draw() {
  if (isInHouse()) return drawHere();
  stage = "deciding";
  const { booking, animals, refusal, remarks } = sheet;
  const shown = remarks.filter((one) => one.code !== "vaccination_gap");
  dialog.replaceChildren(h("form", { class: "plan", onsubmit: submit, novalidate: true },
    h("div", { class: "scroll" },
      h("h1", { id: "check-in-title" }, "Check in ", namesOf(animals)),
      facts(),
      refusal ? refused(refusal) : null,
      booking.notes ? h("p", { class: "note", dir: "auto" }, booking.notes) : null,
      h("ul", { class: "guests" }, animals.map(guest)),
      shown.map((one) => h("p", { class: "note" }, sentence(one.sentence, allNames()))),
      refusal ? null : broughtBy()),
    h("div", { class: "deeds" },
      h("p", { class: "trouble", id: "trouble", role: "alert", hidden: true }),
      h("p", { class: "hint" }, "Esc closes without checking in"),
      h("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Close"),
      !refusal || refusal.is_overridable
        ? h("button", { type: "submit", class: "main", id: "deed" },
          refusal ? "Check in with approval" : deedText()) : null)));
}

function facts() {
  const { booking, owner, run } = sheet;
  return h("dl", { class: "facts" },
    fact("Owner", owner ? named(owner.name) : "Not known"),
    owner?.phone ? fact("Phone", h("bdi", { class: "phone" }, owner.phone)) : null,
    fact("Stay", stayText(booking) || "No days"),
    fact("Run", run ? runText(run) : "None"),
    fact("Booking", booking.number ?? words(booking.kind)));
}

const deedText = () => wanted.size > 1 ? `Check in ${wanted.size} animals` : "Check in";
const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
const runText = (run) =>
  run.code + (run.animals_max ? ` (${run.occupants} of ${run.animals_max} in it)` : "");

/** What must be known of an animal, the gravest first. */
function knownOf(animal) {
  return [
    ...animal.alerts.map((one) => ["Alert", `${words(one.kind)}${one.text ? `: ${one.text}` : ""}`,
      "bad"]),
    ...animal.allergies.map((one) => ["Allergy", one.substance, "bad"]),
    ...animal.gaps.map((one) => ["Vaccination", sentence(one.waived_by
      ? `${one.sentence} Waived by ${one.waived_by} until ${dayText(one.waived_until)}.`
      : one.sentence, [animal.name]),
    one.waived_by ? "" : one.level === "block" ? "bad" : "warn"]),
    ...vaccinations(animal),
    ...animal.care.map((one) => [words(one.kind), one.text, ""]),
  ];
}

function guest(animal) {
  const isHere = Boolean(animal.stay);
  return h("li", { class: isHere ? "away" : "" },
    h("label", {},
      h("input", {
        type: "checkbox", id: `with-${animal.id}`, checked: wanted.has(animal.id),
        disabled: isHere,
        onchange: (event) => choose(animal.id, event.target.checked),
      }),
      named(animal.name, "span", { class: "called" }),
      h("span", { class: "dim" }, aboutAnimal(animal)),
      isHere ? chip(`In house at ${animal.stay.site}`, "ok") : null),
    factLines(knownOf(animal)));
}

/** What holds, in one line: it is read out to the owner. */
function vaccinations(animal) {
  const lacking = new Set(animal.gaps.map((one) => one.vaccine));
  const held = animal.vaccinations.filter((one) => !lacking.has(one.vaccine));
  if (!held.length) return [];
  const text = held.map((one) =>
    `${words(one.vaccine)}${one.expires ? ` until ${dayText(one.expires)}` : ""}`).join(", ");
  return [["Vaccinated", text, ""]];
}

// --- Who is in already

/** A scan of somebody who is in: where, since when, and what the desk may want of them. */
function drawHere() {
  stage = "here";
  const { animals, booking } = sheet;
  // What was printed meanwhile stays in sight, whatever else changes.
  const before = byID("paper");
  const paper = before?.dataset.booking === booking.id ? before
    : h("div", { id: "paper", "data-booking": booking.id });
  dialog.replaceChildren(h("div", { class: "plan" },
    h("div", { class: "scroll" },
      h("h1", { id: "check-in-title" }, namesOf(animals), animals.length > 1 ? " are" : " is",
        " in house"),
      facts(),
      booking.notes ? h("p", { class: "note", dir: "auto" }, booking.notes) : null,
      paper,
      h("ul", { class: "guests" }, animals.map(lodger))),
    h("div", { class: "deeds" },
      h("p", { class: "trouble", id: "trouble", role: "alert", hidden: true }),
      h("p", { class: "hint", id: "here-hint" },
        paper.children.length ? "The next scan goes on"
          : "Nothing was printed. Enter or the next scan goes on"),
      h("button", { type: "button", class: "main", id: "done", onclick: () => dialog.close() },
        "Close"))));
}

function lodger(animal) {
  const { stay } = animal;
  const since = stay.since ? `Since ${momentText(stay.since)}` : "Since a time not known";
  return h("li", {},
    h("div", { class: "here" },
      named(animal.name, "span", { class: "called" }),
      h("span", { class: "dim" }, aboutAnimal(animal)),
      chip(stay.run ? `Run ${stay.run}` : "No run", "ok"),
      h("span", {}, since, " at ", h("bdi", {}, stay.site))),
    factLines(knownOf(animal)),
    h("div", { class: "again" },
      [["card", "Print its card again"], ["collar", "Print its tag again"]].map(([role, text]) => h("button", { type: "button", class: "quiet", "data-role": role,
        "aria-label": `${text}: ${animal.name ?? "the animal"}`,
        onclick: (event) => printAgain(stay.id, role, event.target) }, text))));
}

async function printAgain(stay, role, button) {
  // One name for one wish: a second press after a lost answer prints no second label.
  button.dataset.key ??= wishKey();
  button.disabled = true;
  try {
    const made = await ask("stays:print-labels",
      { method: "POST", body: { stay, role }, key: button.dataset.key, quietly: true });
    delete button.dataset.key;
    byID("trouble").hidden = true;
    const list = await labels.show(made.print_jobs);
    byID("paper")?.prepend(list);
    byID("here-hint")?.replaceChildren("The next scan goes on");
    dialog.querySelector(".scroll")?.scrollTo(0, 0);
  } catch (trouble) {
    complain(trouble);
  } finally {
    button.disabled = false;
  }
}

// --- Who may come in

async function choose(animal, isWanted) {
  if (isWanted) wanted.add(animal);
  else wanted.delete(animal);
  // Another wish: what was tried before must not answer it.
  key = wishKey();
  if (!wanted.size) {
    byID("deed")?.setAttribute("disabled", "");
    return;
  }
  try { await refresh(); } catch (trouble) { complain(trouble); }
}

function refused(refusal) {
  return h("div", { class: "refusal" },
    h("div", { class: "note bad", role: "alert" }, h("strong", {}, "Not yet"),
      h("span", {}, sentence(refusal.sentence, allNames()))),
    refusal.is_overridable ? approval() : null);
}

let people = [];
/** Who may be asked for their word. */
export function knows(staff) { people = staff.filter((one) => one.may_approve); }

function approval() {
  const { from_date: from, to_date: to } = sheet.booking;
  const now = new Date();
  const today = daysBetween(`${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-`
    + String(now.getDate()).padStart(2, "0"), "", 1)[0];
  const last = [to, from, today].find((day) => day && day >= today) ?? today;
  return h("fieldset", {},
    h("h2", {}, people.length ? "A manager says yes all the same"
      : "Nobody who may approve works here"),
    h("div", { class: "pair" },
      h("label", { class: "line", for: "approver" }, "Manager",
        h("select", { id: "approver" }, h("option", { value: "" }, "Choose…"),
          people.map((one) => h("option", { value: one.id, dir: "auto" }, one.display)))),
      h("label", { class: "line", for: "approver-pin" }, "Manager's PIN",
        h("input", { id: "approver-pin", type: "password", inputmode: "numeric",
          autocomplete: "off", maxlength: 64 })),
      h("label", { class: "line", for: "approval-reason" }, "Reason",
        h("input", { id: "approval-reason", type: "text", maxlength: 200, dir: "auto" })),
      h("label", { class: "line", for: "approval-until" }, "Holds until",
        h("select", { id: "approval-until" }, daysBetween(today, last, 90).map((day) =>
          h("option", { value: day, selected: day === last }, dayText(day)))))));
}

const broughtBy = () => h("label", { class: "line", for: "handed-by" }, "Brought by ",
  h("span", { class: "dim" }, "(if it is not the owner)"),
  h("input", { id: "handed-by", type: "text", maxlength: 200, dir: "auto", autocomplete: "off" }));

async function submit(event) {
  event.preventDefault();
  if (isBusy || !wanted.size) return;
  const body = { booking: sheet.booking.id, animals: [...wanted] };
  if (byID("handed-by")?.value.trim()) body.handed_by = byID("handed-by").value.trim();
  if (sheet.refusal) {
    const said = (id) => byID(id).value.trim();
    body.approval = { staff: said("approver"), pin: said("approver-pin"),
      reason: said("approval-reason"), until: said("approval-until") };
    const missing = ["approver", "approver-pin", "approval-reason", "approval-until"]
      .find((id) => !said(id));
    if (missing) {
      complain(new Error("A manager, their PIN, a reason and a day are needed."));
      return byID(missing).focus();
    }
  }
  busy(true);
  try {
    await done(await ask("stays:checkin", { method: "POST", body, key, quietly: true }));
  } catch (trouble) {
    if (trouble.kind === "key-reused") key = wishKey();
    complain(trouble);
    if (byID("approver-pin")) {
      byID("approver-pin").value = "";
      byID("approver-pin").focus();
    }
    // Somebody else was first, or a rule changed: show what holds now.
    if (trouble.kind === "conflict") {
      busy(false);
      await refresh().catch(() => {});
      complain(trouble);
    }
  } finally {
    busy(false);
  }
}

function busy(now) {
  isBusy = now;
  const deed = byID("deed");
  if (!deed) return;
  deed.disabled = now;
  deed.textContent = now ? "Checking in…"
    : sheet?.refusal ? "Check in with approval" : deedText();
}

function complain(trouble) {
  const place = byID("trouble");
  // Whoever is in by now needs no word on why the door stayed closed.
  if (!place || (stage === "here" && trouble.kind === "conflict")) return;
  place.textContent = trouble.detail ?? trouble.message;
  place.hidden = false;
}

async function done(made) {
  stage = "done";
  const guests = sheet.animals.filter((one) => wanted.has(one.id));
  const verb = guests.length === 1 ? "is" : "are";
  const run = sheet.run ? ` Run ${sheet.run.code}.` : "";
  dialog.replaceChildren(h("div", { class: "plan" },
    h("div", { class: "scroll" },
      h("h1", { id: "check-in-title" }, namesOf(guests), ` ${verb} in.`),
      h("p", { class: "note ok" }, `Checked in and saved.${run}`),
      h("div", { id: "paper" })),
    h("div", { class: "deeds" },
      h("p", { class: "hint" }, "Enter or the next scan goes on"),
      h("button", { type: "button", class: "main", id: "done", onclick: () => dialog.close() },
        "Done"))));
  const paper = byID("paper");
  byID("done").focus();
  say(`${guests.map((one) => one.name ?? "Without a name").join(" and ")} ${verb} checked in.`);
  // By then the next guest may be shown, whose paper is another.
  paper.replaceChildren(await labels.show(made.print_jobs));
}
