// One field for everything: a scanner types into it, people type names and numbers.
import { aboutAnimal, byID, chip, dayText, h, momentText, named, say } from "/parts.js";
import { ask } from "/box.js";

const pause = 120;
const code = /WRN\d+:[A-Z0-9:]{6,}$/i;
// A scanner types a character every few milliseconds, a person none so fast for so long.
const typedWithin = 80;

const field = byID("field");
const list = byID("hits");
const answer = byID("answer");
let hits = [];
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
    clearTimeout(timer);
    tell("");
    if (!field.value.trim() || code.test(field.value)) return hide();
    timer = setTimeout(search, pause);
  });
  field.addEventListener("keydown", steer);
  // The browser's own Escape would empty a field of type search only.
  field.addEventListener("blur", () => setTimeout(hide, 150));
  field.addEventListener("focus", () => { if (hits.length && field.value) show(); });
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
  hits = [];
  hide();
  field.focus();
  // A selection that a click left in a closed dialog would swallow what is typed.
  field.setSelectionRange(0, 0);
}

// A scanner types wherever the focus is and ends with Enter, which must press no button there.
let heard = "";
let heardAt = 0;
function hear(event) {
  // When the key was pressed, however late a busy page hears of it.
  const now = event.timeStamp;
  if (now - heardAt > typedWithin) heard = "";
  heardAt = now;
  if (event.key === "Enter") {
    const found = heard.match(code);
    heard = "";
    if (!found) return;
    event.preventDefault();
    event.stopPropagation();
    const target = event.target;
    if (target !== field && "value" in target && target.value.endsWith(found[0])) {
      target.value = target.value.slice(0, -found[0].length);
    }
    scan(found[0]);
    return;
  }
  if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
  heard += event.key;
  const isWriting = event.target.matches("input, textarea, select");
  if (isWriting || document.querySelector("dialog[open]")) return;
  // Typing anywhere on the page is typing into the field; `/` is the way there.
  if (event.key === "/") event.preventDefault();
  if (event.key !== " " || !event.target.matches("button")) field.focus();
}

/** A code from a scanner: one that types, or one of the box. */
export async function scan(text) {
  if (!mayScan()) return say("Finish or close what is open first, then scan again.");
  clearTimeout(timer);
  hide();
  field.value = "";
  tell("Scanned. Looking it up…");
  try {
    const meaning = await ask("scans", { method: "POST", body: { code: text.toUpperCase() } });
    if (meaning.booking) {
      tell("");
      return open(meaning.booking);
    }
    // Somebody who is in and whose booking is not here: that is an answer and no trouble.
    if (meaning.stay) {
      return tell("In house already; nothing was printed. The list “In house” has the run.");
    }
    tell(meaning.note ?? "This code names nothing that can be checked in.", true);
  } catch (trouble) {
    tell(trouble.detail ?? trouble.message, true);
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
    show();
  } catch (trouble) {
    if (number === asked) tell(trouble.detail, true);
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
    if (!list.hidden && hits[chosen]) return take(hits[chosen]);
    clearTimeout(timer);
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
  hide();
  if (hit.booking) {
    field.value = "";
    hits = [];
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
  if (hit.stay) return chip(`In house${hit.stay.run ? ` · ${hit.stay.run}` : ""}`, "ok");
  if (!hit.booking) return h("span", {});
  if (hit.is_expected) return chip("Due today", "warn");
  return chip(`Booked ${dayText(hit.booking.from_date)}`);
}
