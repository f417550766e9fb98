// The check-in: who stands at the door, what must be known of them, and the deed.
import { aboutAnimal, byID, chip, dayText, h, named, say, stayText, words } from "/parts.js";
import { ask, wishKey } from "/box.js";
import * as labels from "/labels.js";

const dialog = byID("check-in");
let sheet = null;
let wanted = null;
let key = null;
let isOver = false;
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
/** Whether the next guest may come: nothing is open, or what is open is done. */
export const isDone = () => !dialog.open || isOver;
export const shows = (booking) => dialog.open && !isOver && sheet?.booking.id === booking;

/** The banner lies behind the dialog: it says the same. */
export function reach(isReachable) {
  if (!dialog.open || isOver) return;
  if (!isReachable) return complain(new Error("This desk cannot reach the box. What you see may be "
    + "old, and nothing is saved until it is back."));
  byID("trouble").hidden = true;
}

/** Opens the dialog for a booking. */
export async function open(booking) {
  if (dialog.open && !isOver) return;
  const fresh = await ask(`stays:checkin?booking=${booking}`);
  sheet = fresh;
  isOver = false;
  key = wishKey();
  wanted = new Set(fresh.animals.filter((one) => one.is_wanted).map((one) => one.id));
  draw();
  if (!dialog.open) dialog.showModal();
  focusFirst();
}

/** Reads the open booking again: somebody changed what it shows. */
export async function refresh() {
  if (!dialog.open || isOver || isBusy || !sheet) return;
  const ids = [...wanted];
  const fresh = await ask(`stays:checkin?booking=${sheet.booking.id}`
    + (ids.length ? `&animals=${ids.join(",")}` : ""));
  if (!dialog.open || isOver || isBusy) return;
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

const focusFirst = () =>
  (byID("approver") ?? byID("deed") ?? dialog.querySelector("button"))?.focus();

function draw() {
  const { booking, owner, run, animals, refusal, remarks } = sheet;
  const shown = remarks.filter((one) => one.code !== "vaccination_gap");
  dialog.replaceChildren(h("form", { onsubmit: submit, novalidate: true },
    h("h1", { id: "check-in-title" }, "Check in ",
      animals.map((one, place) => [place ? " and " : "", named(one.name)])),
    h("dl", { class: "facts" },
      fact("Owner", owner ? named(owner.name) : "Not known"),
      owner?.phone ? fact("Phone", h("bdi", { class: "phone" }, owner.phone)) : null,
      fact("Stay", stayText(booking) || "No days"),
      fact("Run", run ? runText(run) : "None"),
      fact("Booking", booking.number ?? words(booking.kind))),
    booking.notes ? h("p", { class: "note", dir: "auto" }, booking.notes) : null,
    h("ul", { class: "guests" }, animals.map(guest)),
    shown.map((one) => h("p", { class: "note" }, one.sentence)),
    refusal ? refused(refusal) : broughtBy(),
    h("p", { class: "trouble", id: "trouble", role: "alert", hidden: true }),
    h("div", { class: "deeds" },
      h("p", { class: "hint" }, "Esc closes without checking in"),
      h("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Close"),
      !refusal || refusal.is_overridable
        ? h("button", { type: "submit", class: "main", id: "deed" },
          refusal ? "Check in with approval" : deedText()) : null)));
}

const deedText = () => wanted.size > 1 ? `Check in ${wanted.size} animals` : "Check in";
const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
const runText = (run) =>
  run.code + (run.animals_max ? ` (${run.occupants} of ${run.animals_max} in it)` : "");

function guest(animal) {
  const isHere = Boolean(animal.stay);
  const lines = [
    ...animal.alerts.map((one) => ["Alert", `${words(one.kind)}${one.text ? `: ${one.text}` : ""}`,
      "bad"]),
    ...animal.allergies.map((one) => ["Allergy", one.substance, "bad"]),
    ...animal.gaps.map((one) => ["Vaccination", one.waived_by
      ? `${one.sentence} Waived by ${one.waived_by} until ${dayText(one.waived_until)}.`
      : one.sentence, one.waived_by ? "" : one.level === "block" ? "bad" : "warn"]),
    ...vaccinations(animal),
    ...animal.care.map((one) => [words(one.kind), one.text, ""]),
  ];
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
    lines.length ? h("dl", {}, lines.flatMap(([name, text, tone]) =>
      [h("dt", {}, name), h("dd", { class: tone, dir: "auto" }, text)])) : null);
}

/** What holds, in one line: it is read out to the owner. */
function vaccinations(animal) {
  const lacking = new Set(animal.gaps.map((one) => one.vaccine));
  const held = animal.vaccinations.filter((one) => !lacking.has(one.vaccine));
  if (!held.length) return [];
  const text = held.map((one) =>
    `${words(one.vaccine)}${one.expires ? ` until ${dayText(one.expires)} ${one.expires.slice(0, 4)}`
      : ""}`).join(", ");
  return [["Vaccinated", text, ""]];
}

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
  return h("div", {},
    h("div", { class: "note bad", role: "alert" }, h("strong", {}, "Not yet"), refusal.sentence),
    refusal.is_overridable ? approval() : null);
}

let people = [];
/** Who may be asked for their word. */
export function knows(staff) { people = staff; }

function approval() {
  const last = sheet.booking.to_date ?? sheet.booking.from_date ?? "";
  return h("fieldset", {},
    h("h2", {}, "A manager says yes all the same"),
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
        h("input", { id: "approval-until", type: "date", value: last }))));
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
  if (!place) return;
  place.textContent = trouble.detail ?? trouble.message;
  place.hidden = false;
}

async function done(made) {
  isOver = true;
  const guests = sheet.animals.filter((one) => wanted.has(one.id));
  const names = guests.map((one) => one.name ?? "Without a name").join(" and ");
  const verb = guests.length === 1 ? "is" : "are";
  const run = sheet.run ? ` Run ${sheet.run.code}.` : "";
  dialog.replaceChildren(h("div", { class: "body" },
    h("h1", { id: "check-in-title", dir: "auto" }, `${names} ${verb} in.`),
    h("p", { class: "note ok" }, `Checked in and saved.${run} `,
      made.print_jobs.length ? `${made.print_jobs.length} labels are on their way.` : ""),
    h("div", { id: "paper" }),
    h("div", { class: "deeds" },
      h("p", { class: "hint" }, "Enter or the next scan goes on"),
      h("button", { type: "button", class: "main", id: "done", onclick: () => dialog.close() },
        "Done"))));
  byID("done").focus();
  say(`${names} ${verb} checked in.`);
  const list = await labels.show(made.print_jobs);
  if (byID("paper")) {
    byID("paper").replaceChildren(list);
    for (const job of made.print_jobs) labels.refresh(job).catch(() => {});
  }
}
