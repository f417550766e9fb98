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

/** Says something to who cannot see the page. */
export function say(text) {
  byID("said").textContent = "";
  requestAnimationFrame(() => { byID("said").textContent = text; });
}

/** `cat_aggressive` as people say it. */
export const words = (code) => {
  const text = (code ?? "").replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
};

// A day of a booking is a day on the site's calendar and has no zone: noon keeps it from slipping.
const noon = (day) => new Date(`${day}T12:00:00`);
const shortDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const weekDay = new Intl.DateTimeFormat(undefined,
  { weekday: "long", day: "numeric", month: "long" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export const dayText = (day) => (day ? shortDay.format(noon(day)) : "");
export const dayTextOf = (moment) => shortDay.format(moment);
export const longDay = (day) => (day ? weekDay.format(noon(day)) : "");
export const timeText = (moment) => clock.format(new Date(moment));

const nightsOf = (booking) => booking?.from_date && booking.to_date
  ? Math.round((noon(booking.to_date) - noon(booking.from_date)) / 86_400_000) : 0;

const nightsText = (nights) => `${nights} ${nights === 1 ? "night" : "nights"}`;

/** `21 Nov – 24 Nov, 3 nights`. */
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

/** What must be known before a door is opened, as chips; the gravest first. */
export function warnings(animal) {
  return [
    ...animal.alerts.map((one) => chip(words(one.kind), "bad")),
    ...animal.allergies.map((one) => chip(`Allergy: ${one.substance}`, "bad")),
    ...animal.gaps.map((one) => one.waived_by
      ? chip(`${words(one.vaccine)} waived`, "")
      : chip(`${words(one.vaccine)} ${one.expired ? "runs out" : "missing"}`,
        one.level === "block" ? "bad" : "warn")),
  ];
}

export const aboutAnimal = (animal) =>
  [animal?.breed ?? animal?.species, animal?.sex === "unknown" ? null : animal?.sex]
    .filter(Boolean).join(", ");
