// One field for everything: a scanner types into it, people type names and numbers.
import { aboutAnimal, byID, chip, dayText, dialogOnTop, h, momentText, named, say }
  from "/parts.js";
import { ask } from "/box.js";

const pause = 120;
const code = /WRN\d+:[A-Z0-9:]{6,}$/i;
/** One of ours through another keyboard layout, where `:` is some other sign. */
const garbled = /WRN\d+[^\s:A-Z0-9][A-Z][^\s:A-Z0-9][A-Z0-9]{6,}$/i;
/** A chip's number or a parcel's. */
const digits = /\d{6,}$/;
// A scanner types a character every few milliseconds, a person none so fast for so long.
const typedWithin = 80;
const burstLeast = 6;
/** Whoever typed so lately goes on typing, and their Enter is not for what opens meanwhile. */
const typingFor = 3_000;
let typedAt = -typingFor;
/** Whoever scans with a scanner of the box stands at its own screen. */
const isAtBox = ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);

const foreignWords = "This is no code of Warren, so nothing was done. To look for it, scan it again "
  + "in the search field.";
const garbledWords = "The scanner types by another keyboard layout than this computer, so its code "
  + "cannot be read, and nothing was done. Set the scanner to the computer’s layout.";

const field = byID("field");
const list = byID("hits");
const answer = byID("answer");
let hits = [];
/** The text that found the hits. */
let shownFor = "";
let chosen = -1;
let asked = 0;
let timer = null;
let open = () => {};
let mayScan = () => true;

/** - opens: what to do with a booking's id. - may: whether a scan is welcome now. */
export function begin(opens, may) {
  open = opens;
  mayScan = may;
  field.addEventListener("input", () => {
    typedAt = performance.now();
    clearTimeout(timer);
    tell("");
    if (!field.value.trim() || code.test(field.value)) return hide();
    timer = setTimeout(search, pause);
  });
  field.addEventListener("keydown", steer);
  // The browser's own Escape would empty a field of type search only.
  field.addEventListener("blur", () => setTimeout(() => {
    // A scan may have brought the focus back meanwhile.
    if (document.activeElement !== field) hide();
  }, 150));
  field.addEventListener("focus", () => {
    if (hits.length && field.value.trim() === shownFor) show();
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const place = [...list.children].indexOf(event.target.closest("[role=option]"));
    if (place >= 0) take(hits[place]);
  });
  document.addEventListener("keydown", hear, true);
}

/** The focus goes where the next guest begins. */
export function ready() {
  field.value = "";
  forget();
  field.focus();
  // A selection that a click left in a closed dialog would swallow what is typed.
  field.setSelectionRange(0, 0);
}

// A scanner types wherever the focus is and ends with Enter, which must press no button there.
let heard = "";
let heardAt = 0;
/** A list that had the focus when the burst began, whose choice moves with each letter. */
let begun = null;
function hear(event) {
  // When the key was pressed, however late a busy page hears of it.
  const now = event.timeStamp;
  if (now - heardAt > typedWithin) heard = "";
  heardAt = now;
  if (event.key === "Enter") {
    const burst = heard;
    heard = "";
    return end(burst, event);
  }
  if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!heard) begun = event.target.matches("select") ? [event.target, event.target.value] : null;
  heard += event.key;
  const isWriting = event.target.matches("input, textarea, select");
  if (isWriting || document.querySelector("dialog[open]")) return;
  // Typing anywhere on the page is typing into the field; `/` is the way there.
  if (event.key === "/") event.preventDefault();
  if (event.key !== " " || !event.target.matches("button")) field.focus();
}

/** What came in one burst and ended with Enter; what a person typed is left to where it stands. */
function end(burst, event) {
  const { target } = event;
  const ours = burst.match(code)?.[0];
  const other = ours ? null : foreign(burst, target);
  if (!ours && !other) return;
  event.preventDefault();
  event.stopPropagation();
  const part = ours ?? other;
  if (begun?.[0] === target) target.value = begun[1];
  else if (target !== field && "value" in target && target.value.endsWith(part)) {
    target.value = target.value.slice(0, -part.length);
  }
  if (ours) scan(ours);
  else refuse(garbled.test(other) ? garbledWords : foreignWords);
}

/** What of a burst is the code of somebody else, for which nothing may be pressed or kept. */
function foreign(burst, target) {
  // The field looks for whatever it is.
  if (target === field) return null;
  const isText = target.matches("textarea, input:not([type=checkbox], [type=radio])");
  if (!isText) return burst.length < burstLeast ? null : burst;
  const isNumber = target.type === "password" || target.inputMode === "numeric";
  return isNumber ? null : (burst.match(garbled) ?? burst.match(digits))?.[0];
}

/** Says what did not happen where the person looks: a dialog hides the page's own line. */
export function refuse(text, isBad = true) {
  const place = dialogOnTop()?.querySelector("[id$=trouble]");
  if (!place) return tell(text, isBad);
  place.textContent = text;
  place.className = "trouble";
  place.hidden = false;
}

/** A code that a scanner of the box read; nothing where it was no text. Other desks, and whoever
 *  types, are in the middle of something else: they are offered it. */
export function heardAtBox(text) {
  if (isAtBox && performance.now() - typedAt >= typingFor) {
    return text ? scan(text, true) : refuse("The scanner read a code that is no text.");
  }
  if (!text) return;
  answer.querySelector(".offer")?.remove();
  answer.append(h("span", { class: "offer" }, " A code was scanned at the box. ",
    h("button", { type: "button", class: "quiet small", onclick: () => scan(text, true) },
      "Open it here")));
}

/** A code from a scanner: one that types, or one of the box.
 *  - isElsewhere: the field holds what somebody types, and no part of the code. */
export async function scan(text, isElsewhere = false) {
  if (!mayScan()) {
    return refuse(dialogOnTop()?.id === "sign-in" ? "Sign in first, then scan again."
      : "Finish or close what is open first, then scan again.");
  }
  clearTimeout(timer);
  forget();
  if (!isElsewhere) field.value = "";
  tell("Scanned. Looking it up…");
  try {
    const meaning = await ask("scans", { method: "POST", body: { code: text.toUpperCase() } });
    if (meaning.booking) {
      tell("");
      return open(meaning.booking);
    }
    // Somebody who is in and whose booking is not here: that is an answer and no trouble.
    if (meaning.stay) {
      tell("");
      return refuse("In house already; nothing was printed. The list “In house” has the run.",
        false);
    }
    tell("");
    refuse(meaning.note ?? "This code names nothing that can be checked in.");
  } catch (trouble) {
    tell("");
    refuse(capital(trouble.detail ?? trouble.message));
  }
}

function tell(text, isBad = false) {
  answer.replaceChildren(...[text].flat(Infinity));
  answer.classList.toggle("bad", isBad);
}

async function search() {
  const typed = field.value.trim();
  const number = ++asked;
  try {
    const page = await ask(`search?limit=12&q=${encodeURIComponent(typed.slice(0, 200))}`);
    // A slower answer to an earlier letter is of no use any more.
    if (number !== asked || field.value.trim() !== typed) return;
    hits = page.items;
    shownFor = typed;
    show();
  } catch (trouble) {
    if (number === asked) tell(capital(trouble.detail), true);
  }
}

function show() {
  chosen = hits.length ? 0 : -1;
  list.replaceChildren(...(hits.length ? hits.map(option)
    : [h("li", { class: "none", role: "option", "aria-disabled": "true" },
      "Nobody and nothing is called so here. Try fewer letters, or a part of the phone number.")]));
  list.hidden = false;
  field.setAttribute("aria-expanded", "true");
  mark();
  say(hits.length ? `${hits.length} found` : "Nothing found");
}

/** No answer to an earlier text counts any more. */
function forget() {
  asked += 1;
  hits = [];
  shownFor = "";
  hide();
}

function hide() {
  list.hidden = true;
  chosen = -1;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

function mark() {
  [...list.children].forEach((item, place) =>
    item.setAttribute("aria-selected", String(place === chosen)));
  const item = list.children[chosen];
  if (!item || chosen < 0) return;
  field.setAttribute("aria-activedescendant", item.id);
  item.scrollIntoView({ block: "nearest" });
}

function steer(event) {
  if (event.key === "Escape") {
    if (list.hidden) field.value = "";
    return hide();
  }
  if (event.key === "Enter") {
    event.preventDefault();
    const typed = field.value.trim();
    if (code.test(typed)) return scan(typed.match(code)[0]);
    clearTimeout(timer);
    if (garbled.test(typed)) {
      field.value = "";
      forget();
      return tell(garbledWords, true);
    }
    // Hits of an earlier text are somebody else.
    if (!list.hidden && shownFor === typed && hits[chosen]) return take(hits[chosen]);
    if (typed) search();
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || list.hidden || !hits.length) return;
  event.preventDefault();
  chosen = (chosen + step + hits.length) % hits.length;
  mark();
}

function take(hit) {
  clearTimeout(timer);
  hide();
  if (hit.booking) {
    field.value = "";
    forget();
    return open(hit.booking.id);
  }
  const said = [named(hit.name)];
  if (hit.kind === "animal" && hit.party?.name) said.push(". Owner: ", named(hit.party.name));
  if (hit.party?.phone) said.push(", ", h("bdi", { class: "phone" }, hit.party.phone));
  said.push(hit.stay ? ["; in house at ", named(hit.stay.site),
    hit.stay.run ? `, run ${hit.stay.run}` : "",
    hit.stay.since ? `, since ${momentText(hit.stay.since)}` : "", "."] : ". No booking is due.");
  tell(said);
}

const kinds = { animal: "Animal", party: "Customer", booking: "Booking" };

function option(hit, place) {
  return h("li", { role: "option", id: `hit-${place}`, "aria-selected": "false" },
    h("span", { class: "kind" }, kinds[hit.kind]),
    h("span", { class: "what" }, named(hit.name, "strong"), h("span", {}, about(hit))),
    standing(hit));
}

function about(hit) {
  const parts = [];
  if (hit.kind === "animal") parts.push(aboutAnimal(hit.animal));
  if (hit.kind !== "party") parts.push(hit.party?.name);
  parts.push(hit.party?.phone);
  if (hit.animals.length) parts.push(hit.animals.map((one) => one.name ?? "?").join(", "));
  return parts.filter(Boolean).flatMap((part, place) =>
    [place ? " · " : "", h("bdi", {}, part)]);
}

function standing(hit) {
  const here = hit.stay ? chip(`${placeOf(hit.stay)}${hit.stay.run ? ` · ${hit.stay.run}` : ""}`,
    "ok") : null;
  const due = hit.is_expected ? chip("Due today", "warn") : null;
  // Of a booking or a customer one may be in while another is still to come.
  if (here && hit.kind !== "animal" && due) return h("span", { class: "both" }, due, " ", here);
  return here ?? due
    ?? (hit.booking ? chip(`Booked ${dayText(hit.booking.from_date)}`) : h("span", {}));
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Runs of two sites may have one code, so another site's is named. */
const placeOf = (stay) =>
  (stay.site === byID("site").textContent ? "In house" : `At ${stay.site}`);
