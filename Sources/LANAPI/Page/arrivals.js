// The two lists: who comes today, and who is here.
import { aboutAnimal, byID, chip, dayText, h, momentText, named, untilText, warnings }
  from "/parts.js";
import { ask } from "/box.js";

const states = {
  expected: ["", ""], partly: ["Partly here", "warn"], in_house: ["In house", "ok"],
  checked_out: ["Left", ""], cancelled: ["Cancelled", ""], no_show: ["Did not come", ""],
};
const order = ["expected", "partly", "in_house", "checked_out", "no_show", "cancelled"];
const pagesMax = 5;

let open = () => {};
/** Reloads may overlap: their numbers tell which answer is older than what is shown. */
let asked = 0;
let shown = 0;

/** - opens: what to do with a booking's id. */
export function begin(opens) { open = opens; }

/** Reads both lists anew; keeps the focus on the row it was on. */
export async function reload() {
  const number = ++asked;
  const [arrivals, lodgers] = await Promise.all([all("arrivals"), all("in-house")]);
  if (number < shown) return;
  shown = number;
  byID("site").textContent = arrivals.site;
  byID("day").textContent = dayText(arrivals.date);
  document.title = `${arrivals.site} desk`;
  const focused = document.activeElement?.dataset?.booking;
  showArrivals(arrivals.items, arrivals.isCut);
  showLodgers(lodgers.items, lodgers.isCut);
  if (focused) byID("main").querySelector(`[data-booking="${focused}"]`)?.focus();
}

async function all(path) {
  let page = await ask(`${path}?limit=200`);
  const items = [...page.items];
  for (let pages = 1; page.next && pages < pagesMax; pages += 1) {
    page = await ask(`${path}?limit=200&cursor=${page.next}`);
    items.push(...page.items);
  }
  return { ...page, items, isCut: Boolean(page.next) };
}

function showArrivals(items, isCut) {
  const waiting = items.filter((one) => ["expected", "partly"].includes(one.state)).length;
  byID("count-arrivals").textContent = items.length ? `${waiting} of ${items.length} to come` : "";
  const rows = [...items].sort((a, b) =>
    order.indexOf(a.state) - order.indexOf(b.state)
    || (a.booking.from_time ?? "99").localeCompare(b.booking.from_time ?? "99")
    || (a.owner?.name ?? "").localeCompare(b.owner?.name ?? ""));
  // A house that books no times has no use for an empty column.
  const hasTimes = rows.some((one) => one.booking.from_time);
  byID("arrivals").replaceChildren(rows.length
    ? table([...(hasTimes ? ["Time"] : []), "Guests", "Owner", "Run", "Until", ""],
      rows.map((one) => arrivalRow(one, hasTimes)))
    : h("p", { class: "empty" }, "Nobody is booked to arrive today."));
  if (isCut) byID("arrivals").append(cutHint());
}

const cutHint = () => h("p", { class: "hint" },
  "Only the first 1,000 are shown. The search finds everybody.");

function arrivalRow({ booking, owner, animals, run, state }, hasTimes) {
  const [text, tone] = states[state];
  const isWaiting = state === "expected" || state === "partly";
  return h("tr", { class: isWaiting ? "" : "done" },
    hasTimes ? h("td", { class: "time" }, booking.from_time ?? "–") : null,
    h("td", {}, animals.map((animal) => h("div", { class: "guest" },
      named(animal.name, "strong"), h("span", { class: "dim" }, aboutAnimal(animal)),
      isWaiting ? warnings(animal) : null))),
    ownerCell(owner),
    h("td", { class: "run" }, run ?? "–"),
    untilCell(booking),
    h("td", { class: "act" }, text ? chip(text, tone) : null, " ",
      isWaiting ? h("button", {
        type: "button", class: "row", "data-booking": booking.id,
        "aria-label": `Check in ${animals.map((one) => one.name ?? "an animal without a name")
          .join(" and ")}`,
        onclick: () => open(booking.id),
      }, "Check in") : null));
}

function showLodgers(items, isCut) {
  byID("count-in-house").textContent = isCut ? "1,000 and more" : items.length || "";
  const rows = [...items].sort((a, b) =>
    (a.stay.run ?? "~").localeCompare(b.stay.run ?? "~", undefined, { numeric: true })
    || (a.animal?.name ?? "").localeCompare(b.animal?.name ?? ""));
  byID("in-house").replaceChildren(rows.length
    ? table(["Run", "Guest", "Owner", "Since", "Until", ""], rows.map(lodgerRow))
    : h("p", { class: "empty" }, "No animal is in house."));
  if (isCut) byID("in-house").append(cutHint());
}

function lodgerRow({ stay, animal, owner, booking, trouble }) {
  // Whoever is in house stays on the list, also when another site deleted the record.
  return h("tr", {},
    h("td", { class: "run" }, stay.run ?? "–"),
    h("td", {}, h("div", { class: "guest" },
      named(animal?.name ?? (trouble ? "Unknown guest" : null), "strong"),
      h("span", { class: "dim" }, aboutAnimal(animal)), animal ? warnings(animal) : null),
    trouble ? h("div", { class: "trouble" }, trouble) : null),
    ownerCell(owner),
    h("td", { class: "time wide" }, momentText(stay.since)),
    untilCell(booking),
    h("td", { class: "act" }, booking ? h("button", {
      type: "button", class: "row", "data-booking": booking.id,
      "aria-label": `Show ${animal?.name ?? "the animal"}`, onclick: () => open(booking.id),
    }, "Show") : null));
}

function untilCell(booking) {
  const [day, nights] = booking ? untilText(booking) : ["–", ""];
  return h("td", { class: "wide time" }, day, nights ? h("div", { class: "dim" }, nights) : null);
}

const ownerCell = (owner) => h("td", {}, owner ? [named(owner.name),
  owner.phone ? h("div", { class: "dim phone" }, h("bdi", {}, owner.phone)) : null]
  : h("span", { class: "dim" }, "Not known"));

function table(heads, rows) {
  const wide = new Set(["Until", "Since"]);
  return h("table", { class: "list" },
    h("thead", {}, h("tr", {}, heads.map((text) =>
      h("th", { scope: "col", class: wide.has(text) ? "wide" : null },
        text || h("span", { class: "unseen" }, "What to do"))))),
    h("tbody", {}, rows));
}
