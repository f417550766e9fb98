// The desk: who is signed in, how the box stands, and what is shown when something happens.
import { byID, h, named, say, words } from "/parts.js";
import { ask, follow, onEvent, onPutOut, onReach, onSignedOut, unfollow } from "/box.js";
import { letIn } from "/enrol.js";
import * as admit from "/admit.js";
import * as arrivals from "/arrivals.js";
import * as checkIn from "/check-in.js";
import * as find from "/find.js";
import * as jobs from "/jobs.js";
import * as labels from "/labels.js";

const signIn = byID("sign-in");
const lists = new Set(["bookings", "booking-items", "resource-claims", "stays", "stay-events",
  "animals", "animal-alerts", "allergies", "vaccinations", "vaccine-rules", "vaccine-waivers",
  "parties", "party-contacts", "animal-owners", "resources"]);
const settle = 200;

async function begin() {
  arrivals.begin(openBooking);
  checkIn.begin(find.ready);
  admit.begin(find.ready);
  find.begin(openBooking, () => !signIn.open && !byID("admit").open && checkIn.isDone());
  beginTabs();
  byID("sign-in-form").addEventListener("submit", submitPIN);
  byID("sign-out").addEventListener("click", signOut);
  signIn.addEventListener("cancel", (event) => event.preventDefault());
  // Browsers let a second Escape through whatever a page says.
  signIn.addEventListener("close", () => { if (isAsking) signIn.showModal(); });
  onReach(reach);
  onEvent(happened);
  onPutOut(putOut);
  onSignedOut((trouble) => {
    if (!isAsking) askForPIN(trouble.detail && "Please sign in again.");
  });
  state("state-box", "ok", "Box ready");
  byID("state-sync").hidden = true;
  showSite();
  try {
    await enter(await ask("sessions/current", { quietly: true }));
  } catch (trouble) {
    if (trouble.status === 401 && trouble.kind !== "not-enrolled") askForPIN();
  }
}

/** This desk was never let in, or was put out; once it is in, it begins as any other. */
function putOut() {
  unfollow();
  isAsking = false;
  if (signIn.open) signIn.close();
  letIn(() => askForPIN());
}

/** Where one is, known before anybody signs in. */
async function showSite() {
  try {
    const { site } = await ask("health");
    for (const id of ["site", "sign-in-site"]) byID(id).textContent = site;
    document.title = `${site} desk`;
  } catch { /* the box's own state says it */ }
}

// --- Who is at the desk

let isIn = false;
/** The sign-in stands open and waits for somebody. */
let isAsking = false;

function askForPIN(why = "") {
  unfollow();
  isIn = false;
  isLeaving = false;
  byID("who").hidden = true;
  admit.offer([]);
  byID("sign-in-why").textContent = why;
  byID("sign-in-why").hidden = !why;
  if (isAsking) return;
  isAsking = true;
  // Nobody is chosen beforehand: who only types a PIN would try it as somebody else.
  showNames([]);
  complain("");
  if (!signIn.open) signIn.showModal();
  readNames();
}

/** Who is set up while the sign-in stands open can sign in without loading the page anew. */
const namesEvery = 4_000;
let naming = null;
/** What was last wrong with the names; other complaints are of the person's own try. */
let namesTrouble = "";

async function readNames() {
  if (!isAsking) return;
  let trouble = "";
  try {
    const { items } = await ask("sessions/staff", { quietly: true });
    if (!isAsking) return;
    showNames(items);
    if (!items.length) trouble = "Nobody may sign in here yet. At the box: warren staff add";
  } catch (error) {
    trouble = error.detail ?? error.message;
  }
  const shown = byID("sign-in-trouble").textContent;
  if (trouble ? shown !== trouble : shown === namesTrouble) complain(trouble);
  namesTrouble = trouble;
  clearTimeout(naming);
  naming = setTimeout(readNames, namesEvery);
}

/** Keeps what is chosen and where the focus is. */
function showNames(items) {
  const place = byID("people");
  const sign = items.map((one) => `${one.id} ${one.display}`).join("\n");
  if (place.dataset.sign === sign) return;
  place.dataset.sign = sign;
  const before = [...place.querySelectorAll("input")];
  const chosen = before.find((one) => one.checked)?.value;
  const held = before.find((one) => one === document.activeElement)?.value;
  place.replaceChildren(...items.map((one) => h("label", {},
    h("input", { type: "radio", name: "staff", value: one.id, checked: one.id === chosen,
      onclick: (event) => { if (event.detail) byID("pin").focus(); } }),
    named(one.display))));
  const inputs = [...place.querySelectorAll("input")];
  const focused = held ? inputs.find((one) => one.value === held)
    : !before.length && !byID("pin").value ? inputs[0] : null;
  focused?.focus();
}

async function submitPIN(event) {
  event.preventDefault();
  const chosen = byID("people").querySelector("input:checked");
  const pin = byID("pin");
  if (!chosen) {
    byID("people").querySelector("input")?.focus();
    return complain("Choose your name first.");
  }
  if (!pin.value) {
    pin.focus();
    return;
  }
  complain("");
  try {
    const session = await ask("sessions",
      { method: "POST", body: { staff: chosen.value, pin: pin.value }, quietly: true });
    isAsking = false;
    signIn.close();
    await enter(session);
  } catch (trouble) {
    complain(trouble.detail);
    pin.focus();
  } finally {
    pin.value = "";
  }
}

function complain(text) {
  byID("sign-in-trouble").textContent = text;
  byID("sign-in-trouble").hidden = !text;
}

async function enter(session) {
  isIn = true;
  byID("name").textContent = session.display;
  byID("who").hidden = false;
  admit.offer(session.roles);
  find.ready();
  say(`${session.display} is signed in.`);
  checkIn.learn().catch(() => {});
  // The stream's first word brings the lists: so nothing falls between reading and listening.
  follow();
}

/** Wanted out while the box was not there: done once it is back. */
let isLeaving = false;

async function signOut() {
  const who = byID("name").textContent;
  isLeaving = false;
  try {
    await ask("sessions/current", { method: "DELETE", quietly: true });
  } catch (trouble) {
    // A session that the box does not know is over.
    if (trouble.status !== 401) {
      isLeaving = trouble.kind === "unreachable";
      const next = isLeaving ? "It is tried again when the box is back." : "Press Sign out again.";
      answer(`${who} is still signed in. ${next}`);
      return;
    }
  }
  answer("", false);
  askForPIN();
}

// --- What happens

async function openBooking(booking) {
  try {
    await checkIn.open(booking);
  } catch (trouble) {
    find.refuse(trouble.detail ?? trouble.message);
  }
}

function answer(text, isBad = true) {
  byID("answer").textContent = text;
  byID("answer").classList.toggle("bad", isBad);
}

let reloading = null;
function reloadSoon() {
  clearTimeout(reloading);
  reloading = setTimeout(() => {
    reloadLists();
    showAlarms();
    checkIn.refresh().catch(() => {});
  }, settle);
}

const reloadLists = () => {
  arrivals.reload().catch(() => {});
  jobs.reload().catch(() => {});
};

let lookingAtJobs = null;
/** Jobs go on in quick steps: the list is read once for many. */
function jobsSoon() {
  clearTimeout(lookingAtJobs);
  lookingAtJobs = setTimeout(() => jobs.reload().catch(() => {}), settle);
}

function happened(name, news) {
  switch (name) {
  case "hello":
  case "reset":
    reloadLists();
    checkIn.refresh().catch(() => {});
    showSync();
    showDevices();
    showAlarms();
    refreshLabels();
    break;
  case "records":
    if (Object.keys(news).some((path) => lists.has(path))) reloadSoon();
    if ("print-job-events" in news) refreshLabels();
    break;
  case "print-job":
    labels.refresh(news.id).catch(() => {});
    jobsSoon();
    break;
  case "scan": find.heardAtBox(news.code); break;
  case "device": showDevices(); break;
  case "sync":
    showSync();
    showAlarms();
    break;
  }
}

function refreshLabels() {
  for (const item of document.querySelectorAll("[data-job]")) {
    labels.refresh(item.dataset.job).catch(() => {});
  }
}

// --- How the box stands

function state(id, tone, text, detail = "") {
  const item = byID(id);
  item.className = `state ${tone}`;
  item.textContent = text;
  item.title = detail;
  item.hidden = false;
}

function reach(isReachable) {
  byID("lost").hidden = isReachable;
  checkIn.reach(isReachable);
  document.body.classList.toggle("lost", !isReachable);
  if (isReachable) {
    state("state-box", "ok", "Box ready");
    say("The box is back.");
    if (isLeaving) {
      signOut();
      return;
    }
    if (!isIn) return readNames();
    reloadSoon();
    showSync();
    showDevices();
  } else {
    state("state-box", "bad", "Box not reachable");
    state("state-sync", "", "Sync not known");
    byID("state-devices").hidden = true;
  }
}

async function showSync() {
  try {
    const { peers, relay } = await ask("sync/status");
    const open = peers.filter((one) => one.is_open);
    const owed = relay?.transactions_missing ?? 0;
    const left = owed ? `, ${owed} ${owed === 1 ? "change" : "changes"} to send` : "";
    if (!peers.length && !relay) return state("state-sync", "", "No other site linked");
    if (!open.length && !relay?.is_open) {
      return state("state-sync", "warn", `Working offline${left}`,
        "The other sites are out of reach. Everything is kept here and sent later.");
    }
    if (relay?.held_back) return state("state-sync", "warn", `Not sent${left}`, relay.held_back);
    const isEven = !owed && (!relay?.is_open || relay.report === "up to date")
      && open.every((one) => ["in sync", "caught up"].includes(one.report));
    state("state-sync", isEven ? "ok" : "", isEven ? "In sync" : `Syncing${left}`,
      [...open, ...(relay ? [relay] : [])].map((one) => `${one.address}: ${one.report}`)
        .join("\n"));
  } catch { /* the box's own state says it */ }
}

let alarmLooks = 0;
async function showAlarms() {
  const number = (alarmLooks += 1);
  try {
    const { alarms } = await ask("health");
    if (number !== alarmLooks) return;
    byID("alarm").replaceChildren(...alarms.map((text) => h("span", {}, text)));
    byID("alarm").hidden = !alarms.length;
  } catch { /* the box's own state says it */ }
}

const deviceStates = { troubled: "needs a hand", silent: "does not answer",
  waiting: "cannot be taken", unknown: "not known", absent: "unplugged" };

/** Keyboards and mice are on the bus as well, and nobody asks them; what the box asked for and could
 *  not take waits, and that is the desk's trouble. */
const isOurs = (one) => one.kind !== "device" || Boolean(one.profile) || one.state === "waiting";
const nameOf = (one) => (one.title || one.id) + (one.is_virtual ? " (virtual)" : "");
const plightOf = (one) => (one.conditions?.length ? one.conditions.map(words).join(", ")
  : deviceStates[one.state] ?? words(one.state)).toLowerCase();

async function showDevices() {
  try {
    const { items } = await ask("devices");
    const ours = items.filter(isOurs);
    const bad = ours.filter((one) => one.state !== "ready");
    // All of them can be looked up, the troubled ones first.
    const lines = [...bad, ...items.filter((one) => !bad.includes(one))]
      .map((one) => `${nameOf(one)}: ${one.sentence ?? plightOf(one)}`).join("\n");
    const show = (tone, text) => state("state-devices", tone, text, lines);
    if (!ours.length) return show("warn", "No printer or scanner");
    if (!bad.length) {
      return show("ok", `${ours.length} ${ours.length === 1 ? "device" : "devices"} ready`);
    }
    const more = bad.length > 1 ? ` and ${bad.length - 1} more` : "";
    show("warn", `${bad[0].title || bad[0].id}: ${plightOf(bad[0])}${more}`);
  } catch {
    // A box without a bus has none to show.
    byID("state-devices").hidden = true;
  }
}

function beginTabs() {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const choose = (tab) => {
    for (const one of tabs) {
      const isChosen = one === tab;
      one.setAttribute("aria-selected", String(isChosen));
      one.tabIndex = isChosen ? 0 : -1;
      byID(one.getAttribute("aria-controls")).hidden = !isChosen;
    }
  };
  for (const [place, tab] of tabs.entries()) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(place + step + tabs.length) % tabs.length];
      choose(next);
      next.focus();
    });
  }
}

begin();
