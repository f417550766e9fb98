// Small parts of the page. Text from records only ever becomes text: no function here takes markup.

/** Makes an element: attributes by name, `on…` for listeners, children that are nodes or texts. */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

export const byID = (id) => document.getElementById(id);

/** A name in whatever script: it keeps its own direction among others. */
export const named = (text, tag = "bdi", attributes = {}) =>
  h(tag, { dir: "auto", ...attributes }, text || "Without a name");

/** A word on a coloured ground; the tone is `bad`, `warn`, `ok` or nothing. */
export const chip = (text, tone = "") => h("span", { class: `chip ${tone}`, dir: "auto" }, text);

/** A line of what holds of an animal; what lacks and what hurts stands out. */
export const factLines = (lines) => (lines.length
  ? h("dl", {}, lines.flatMap(([name, text, tone]) =>
    [h("dt", {}, name), h("dd", { class: tone, dir: "auto" }, text)])) : null);

/** The dialog that a person is in; nothing where none is open. */
export const dialogOnTop = () => document.activeElement?.closest("dialog[open]")
  ?? [...document.querySelectorAll("dialog[open]")].pop();

const said = byID("said");
/** Says something to who cannot see the page. An open dialog makes all outside of it mute: the words
 *  go where the person is. */
export function say(text) {
  const place = dialogOnTop() ?? document.body;
  if (said.parentNode !== place) place.append(said);
  said.textContent = "";
  requestAnimationFrame(() => { said.textContent = text; });
}

/** `cat_aggressive` and `paper.out` as people say it. */
export const words = (code) => {
  const text = (code ?? "").replace(/[._]/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
};

/** A sentence that names records: each name keeps its own direction within it. */
export function sentence(text, names) {
  const known = names.filter(Boolean).sort((a, b) => b.length - a.length);
  const parts = [];
  let plain = "";
  for (let rest = text ?? ""; rest;) {
    const name = known.find((one) => rest.startsWith(one));
    if (!name) {
      plain += rest[0];
      rest = rest.slice(1);
      continue;
    }
    parts.push(plain, named(name));
    plain = "";
    rest = rest.slice(name.length);
  }
  return [...parts, plain];
}

/** `Rex and Bella`, each in its own direction. */
export const namesOf = (animals) =>
  animals.map((one, place) => [place ? " and " : "", named(one.name)]);

// A day of a booking is a day on the site's calendar and has no zone: noon keeps it from slipping.
const noon = (day) => new Date(`${day}T12:00:00`);
// One way to write a day and a time, whatever the browser's language is: as the cards have it.
const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (number) => String(number).padStart(2, "0");

/** `Mon 23 Jun`; of another year `23 Jun 2031`, where the day of the week tells nobody anything. */
export function dayTextOf(moment) {
  const day = `${moment.getDate()} ${months[moment.getMonth()]}`;
  const year = moment.getFullYear();
  return year === new Date().getFullYear() ? `${weekdays[moment.getDay()]} ${day}`
    : `${day} ${year}`;
}

export const dayText = (day) => (day ? dayTextOf(noon(day)) : "");
export const timeText = (moment) => {
  const at = new Date(moment);
  return `${two(at.getHours())}:${two(at.getMinutes())}`;
};
/** `Mon 23 Jun, 14:05`. */
export const momentText = (moment) =>
  (moment ? `${dayTextOf(new Date(moment))}, ${timeText(moment)}` : "");

/** This desk's own day, as the API writes days. */
export function todayISO() {
  const now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** Days as the API writes them, from the first to the last of them, both included. */
export function daysBetween(first, last, most) {
  const days = [];
  for (let day = noon(first); days.length < most; day.setDate(day.getDate() + 1)) {
    const text = `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
    if (days.length && text > last) break;
    days.push(text);
  }
  return days;
}

const nightsOf = (booking) => booking?.from_date && booking.to_date
  ? Math.round((noon(booking.to_date) - noon(booking.from_date)) / 86_400_000) : 0;

const nightsText = (nights) => `${nights} ${nights === 1 ? "night" : "nights"}`;

/** `Sat 21 Nov – Tue 24 Nov, 3 nights`. */
export function stayText(booking) {
  const nights = nightsOf(booking);
  if (nights < 1) return dayText(booking?.from_date);
  return `${dayText(booking.from_date)} – ${dayText(booking.to_date)}, ${nightsText(nights)}`;
}

/** Until when, for a list whose rows all begin on the same day. */
export function untilText(booking) {
  const nights = nightsOf(booking);
  return nights < 1 ? ["Today", ""] : [dayText(booking.to_date), nightsText(nights)];
}

/** What may hurt people, or it. */
const graves = (animal) => [
  ...animal.alerts.map((one) => words(one.kind)),
  ...animal.allergies.map((one) => `Allergy: ${one.substance}`),
];

/** Of several animals, what must be seen beside the button. */
export function watchOut(animals) {
  const grave = animals.filter((one) => graves(one).length);
  return grave.length ? h("p", { class: "note bad", id: "watch-out" }, grave.map((one) =>
    h("span", {}, named(one.name), ": ", graves(one).join(", "), ". "))) : null;
}

/** What must be known before a door is opened, as chips; the gravest first. */
export function warnings(animal) {
  return [
    ...graves(animal).map((text) => chip(text, "bad")),
    ...animal.gaps.map((one) => one.waived_by
      ? chip(`${words(one.vaccine)} waived`, "")
      : chip(`${words(one.vaccine)} ${lapse(one)}`,
        one.level === "block" ? "bad" : "warn")),
  ];
}

const lapse = (gap) =>
  (!gap.expired ? "missing" : gap.has_expired ? "expired" : "runs out");

export const aboutAnimal = (animal) =>
  [animal?.breed ?? animal?.species, animal?.sex === "unknown" ? null : animal?.sex]
    .filter(Boolean).join(", ");
