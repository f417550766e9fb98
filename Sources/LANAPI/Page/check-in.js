// The check-in: who stands at the door, what must be known of them, and the deed.
import { aboutAnimal, byID, chip, dayText, daysBetween, factLines, h, momentText, named, namesOf,
  say, sentence, stayText, todayISO, watchOut, words } from "/parts.js";
import { ask, once, wishKey } from "/box.js";
import * as labels from "/labels.js";

const dialog = byID("check-in");
let sheet = null;
let wanted = null;
let key = null;
/** `deciding` while something can still be lost; `here` and `done` only show. */
let stage = "done";
let isBusy = false;
/** Looks at the sheet may overlap: their numbers tell which answer is older than what is shown. */
let looks = 0;
let shownLook = 0;
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
  if (isReachable) byID("trouble").hidden = true;
  else complain(new Error("This desk cannot reach the box. What you see may be old, and nothing is "
    + "saved until it is back."));
}

/** Opens the dialog for a booking. */
export async function open(booking) {
  if (dialog.open && stage === "deciding") return;
  const fresh = await look(booking);
  if (fresh.refusal) await learn().catch(() => {});
  // Another one may have come first, and somebody decides on it.
  if (dialog.open && stage === "deciding") return;
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
  const mayLook = () => dialog.open && stage !== "done" && !isBusy && sheet;
  // What would be said of nobody is of no use: whoever is chosen next is asked for anew.
  if (!mayLook() || (stage === "deciding" && !wanted.size)) return;
  const number = ++looks;
  const { id } = sheet.booking;
  const fresh = await look(id, [...wanted]);
  if (!mayLook() || number < shownLook || sheet.booking.id !== id) return;
  shownLook = number;
  sheet = fresh;
  for (const one of fresh.animals) if (one.stay) wanted.delete(one.id);
  // Most news is of others: who reads or types here is left alone.
  if (sign() !== drawn) redraw();
}

/** What a check-in would say now: of all who are not in yet, or of some. */
async function look(booking, animals = []) {
  const fresh = await ask(`stays:checkin?booking=${booking}`
    + (animals.length ? `&animals=${animals.join(",")}` : ""));
  // One animal in two items of a booking is one guest.
  fresh.animals = [...new Map(fresh.animals.map((one) => [one.id, one])).values()];
  return fresh;
}

/** All that the sheet is drawn from; who is wanted is known here better than to the box. */
const sign = () => JSON.stringify([sheet, [...wanted].sort(), people],
  (name, value) => (name === "is_wanted" ? undefined : value));
let drawn = "";

// What somebody typed, and where they were, survives a redraw.
function redraw() {
  const values = [...dialog.querySelectorAll("input:not([type=checkbox]), select")]
    .map((input) => [input.id, input.value]);
  const { activeElement: active } = document;
  const caret = active?.matches("input:not([type=checkbox])")
    ? [active.selectionStart, active.selectionEnd] : null;
  const top = dialog.querySelector(".scroll")?.scrollTop ?? 0;
  draw();
  for (const [id, value] of values) if (byID(id)) byID(id).value = value;
  const place = active?.id ? byID(active.id) : null;
  place?.focus({ preventScroll: true });
  if (place && caret) place.setSelectionRange(...caret);
  if (!dialog.contains(document.activeElement)) focusFirst();
  dialog.querySelector(".scroll")?.scrollTo(0, top);
}

const focusFirst = () => (byID("approver") ?? dialog.querySelector("#deed:enabled") ?? byID("done")
  ?? dialog.querySelector("input:enabled, button"))?.focus({ preventScroll: true });

const allNames = () => sheet.animals.map((one) => one.name);
const isInHouse = () => sheet.animals.length > 0 && sheet.animals.every((one) => one.stay);

/** Somebody could come in, and the person chose none of them. */
const isNobody = () => !wanted.size && sheet.animals.some((one) => !one.stay);
/** Why the door stays closed for those who are chosen. */
const refusalNow = () => (isNobody() ? null : sheet.refusal);

function draw() {
  drawn = sign();
  if (isInHouse()) return drawHere();
  stage = "deciding";
  const { booking, animals, remarks } = sheet;
  const refusal = refusalNow();
  const shown = remarks.filter((one) => one.code !== "vaccination_gap");
  dialog.replaceChildren(h("form", { class: "plan", onsubmit: submit, novalidate: true },
    h("div", { class: "scroll" },
      h("h1", { id: "check-in-title" }, "Check in ", namesOf(animals)),
      facts(),
      animals.length > 1 ? watchOut(animals.filter((one) => wanted.has(one.id))) : null,
      refusal ? refused(refusal) : null,
      booking.notes ? h("p", { class: "note", dir: "auto" }, booking.notes) : null,
      h("ul", { class: "guests" }, animals.map(guest)),
      shown.map((one) => h("p", { class: "note" }, sentence(one.sentence, allNames()))),
      refusal ? null : broughtBy()),
    h("div", { class: "deeds" },
      h("p", { class: "trouble", id: "trouble", role: "alert", hidden: true }),
      h("p", { class: "hint" }, isNobody() ? "Choose who comes in."
        : "Esc closes without checking in"),
      h("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Close"),
      !refusal || refusal.is_overridable
        ? h("button", { type: "submit", class: "main", id: "deed", disabled: !wanted.size },
          deedText()) : null)));
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

const deedText = () => (refusalNow() ? "Check in with approval"
  : wanted.size > 1 ? `Check in ${wanted.size} animals` : "Check in");
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
        onchange: (event) => choose(animal.id, event.target),
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
      [["card", "Print its card again"], ["collar", "Print its tag again"]].map(([role, text]) =>
        h("button", { type: "button", class: "quiet", "data-role": role,
          "aria-label": `${text}: ${animal.name ?? "the animal"}`,
          onclick: (event) => printAgain(stay.id, role, event.currentTarget) }, text))));
}

async function printAgain(stay, role, button) {
  button.disabled = true;
  try {
    const paper = byID("paper");
    const made = await once("stays:print-labels", { stay, role });
    byID("trouble")?.setAttribute("hidden", "");
    const list = await labels.show(made.print_jobs);
    // Two presses that were one wish have one answer.
    paper.querySelector(`[data-jobs="${list.dataset.jobs}"]`)?.remove();
    paper.prepend(list);
    byID("here-hint")?.replaceChildren("The next scan goes on");
    dialog.querySelector(".scroll")?.scrollTo(0, 0);
  } catch (trouble) {
    complain(trouble);
  } finally {
    button.disabled = false;
  }
}

// --- Who may come in

async function choose(animal, box) {
  // What is on its way to the box is not changed any more.
  if (isBusy) return void (box.checked = !box.checked);
  if (box.checked) wanted.add(animal);
  else wanted.delete(animal);
  // Another wish: what was tried before must not answer it.
  key = wishKey();
  redraw();
  if (!wanted.size) return say("Choose who comes in.");
  try { await refresh(); } catch (trouble) { complain(trouble); }
}

function refused(refusal) {
  return h("div", { class: "refusal" },
    h("div", { class: "note bad", role: "alert" }, h("strong", {}, "Not yet"),
      h("span", {}, sentence(refusal.sentence, allNames()))),
    refusal.is_overridable ? approval() : null);
}

/** Who may be asked for their word; nothing while that could not be read. */
let people = null;
export async function learn() {
  const { items } = await ask("sessions/staff");
  people = items.filter((one) => one.may_approve);
}

const approvalTitle = () => {
  if (!people) return "Who may approve could not be read. Close this and open it again.";
  return people.length ? "A manager may let them stay" : "Nobody who may approve works here";
};

function approval() {
  const { from_date: from, to_date: to } = sheet.booking;
  const today = todayISO();
  const last = [to, from, today].find((day) => day && day >= today) ?? today;
  return h("fieldset", {},
    h("h2", {}, approvalTitle()),
    h("div", { class: "pair" },
      h("label", { class: "line", for: "approver" }, "Manager",
        h("select", { id: "approver" }, h("option", { value: "" }, "Choose…"),
          (people ?? []).map((one) => h("option", { value: one.id, dir: "auto" }, one.display)))),
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
  if (refusalNow()) {
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
      // Whoever is in by now needs no word on why the door stayed closed.
      if (stage !== "here") complain(trouble);
    }
  } finally {
    busy(false);
  }
}

function busy(now) {
  isBusy = now;
  const deed = byID("deed");
  if (!deed) return;
  deed.disabled = isBusy || !wanted.size;
  deed.textContent = isBusy ? "Checking in…" : deedText();
}

function complain(trouble) {
  const place = byID("trouble");
  if (!place) return;
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
      h("p", { class: "trouble", id: "trouble", role: "alert", hidden: true }),
      h("p", { class: "hint" }, "Enter or the next scan goes on"),
      h("button", { type: "button", class: "main", id: "done", onclick: () => dialog.close() },
        "Done"))));
  const paper = byID("paper");
  byID("done").focus();
  say(`${guests.map((one) => one.name ?? "Without a name").join(" and ")} ${verb} checked in.`);
  // By then the next guest may be shown, whose paper is another.
  paper.replaceChildren(await labels.show(made.print_jobs));
}
