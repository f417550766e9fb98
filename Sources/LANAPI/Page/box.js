// The way to the box: requests, events, and whether it answers at all.

/** Why a request failed, in words of the box: `kind` for programs, `detail` for people. */
export class Trouble extends Error {
  constructor(kind, title, detail, status = 0) {
    super(detail);
    Object.assign(this, { kind, title, detail, status });
  }
}

const base = "/api/v1/";
const patience = 10_000;
const retryEvery = 2_000;
const waitMax = 60_000;

const listeners = { reach: [], event: [], signedOut: [], putOut: [] };
export const onReach = (body) => listeners.reach.push(body);
export const onEvent = (body) => listeners.event.push(body);
export const onSignedOut = (body) => listeners.signedOut.push(body);
export const onPutOut = (body) => listeners.putOut.push(body);
const tell = (list, ...values) => { for (const body of list) body(...values); };

let isReachable = true;
let isProbing = false;
let stream = null;
let followed = null;
/** Before the stream is asked for again: grows with each refusal in a row. */
let wait = 0;
let retry = null;

/** Asks the box. Throws `Trouble`; `unreachable` where there was no answer at all. */
export async function ask(path, { method = "GET", body, key, quietly = false } = {}) {
  const headers = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (key) headers["idempotency-key"] = key;
  let answer;
  try {
    answer = await fetch(base + path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(patience),
    });
  } catch {
    reached(false);
    // Only what bears a key may be done already, and only that can be promised to be done once.
    throw new Trouble("unreachable", "The box does not answer", key
      ? "It is not known whether it was saved. Try again when the box is back: "
        + "nothing is done twice."
      : "The box does not answer. Try again when it is back.");
  }
  reached(true);
  const type = answer.headers.get("content-type") ?? "";
  const value = type.includes("json") ? await answer.json().catch(() => ({})) : null;
  if (answer.ok) return value;
  const problem = value ?? {};
  const trouble = new Trouble((problem.type ?? "").split("/").pop() || "http",
    problem.title ?? "The box refused", problem.detail ?? answer.statusText, answer.status);
  // A desk that the box does not know asks to be let in before anybody signs in.
  if (trouble.kind === "not-enrolled") {
    tell(listeners.putOut);
    throw trouble;
  }
  // A wrong PIN is no lost session, and whoever asks who is signed in handles the answer.
  if (answer.status === 401 && !quietly) tell(listeners.signedOut, trouble);
  throw trouble;
}

/** A name for one wish: sent again with each try of it, so that it is done once. */
export function wishKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return "desk-" + [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Wishes that were not answered yet, each with its key. */
const wishes = new Map();
/** Whoever wishes the same so much later wishes it once more. */
const wishLasts = 600_000;

/** Asks for something that must not be done twice. Each try has the same key until one is answered,
 *  however often the button that asks is drawn anew.
 *  - about: what the wish is of, where the path and the body do not say it all. */
export async function once(path, body, about = "") {
  const name = `${path} ${JSON.stringify(body)} ${about}`;
  const now = Date.now();
  for (const [old, { at }] of wishes) if (now - at > wishLasts) wishes.delete(old);
  if (!wishes.has(name)) wishes.set(name, { key: wishKey(), at: now });
  const wish = wishes.get(name);
  // Whoever goes on trying wishes the same still.
  wish.at = now;
  const answer = await ask(path, { method: "POST", body, key: wish.key, quietly: true });
  if (wishes.get(name) === wish) wishes.delete(name);
  return answer;
}

export const picture = (job) => `${base}print-jobs/${job}/picture`;

/** Follows what happens at the box until `unfollow`. */
export function follow() {
  unfollow();
  const source = new EventSource(base + "events" + (followed ? `?after=${followed}` : ""));
  stream = source;
  source.onopen = () => {
    wait = 0;
    reached(true);
  };
  source.onerror = () => {
    // The browser comes back by itself unless the box refused: then somebody must sign in, or the
    // box has too many listeners already.
    if (source.readyState === EventSource.CLOSED && stream === source) {
      stream = null;
      wait = Math.min(wait * 2 || retryEvery, waitMax);
    }
    probe();
  };
  for (const name of ["hello", "reset", "records", "scan", "device", "print-job", "sync"]) {
    source.addEventListener(name, (event) => {
      followed = event.lastEventId;
      tell(listeners.event, name, JSON.parse(event.data));
    });
  }
}

export function unfollow() {
  clearTimeout(retry);
  stream?.close();
  stream = null;
}

function reached(now) {
  if (isReachable === now) return;
  isReachable = now;
  tell(listeners.reach, now);
  if (now) {
    if (!stream) follow();
  } else {
    probe();
  }
}

/** Asks for a sign of life until there is one, then follows again. */
async function probe() {
  if (isProbing) return;
  isProbing = true;
  try {
    for (;;) {
      try {
        const answer = await fetch(base + "health", { signal: AbortSignal.timeout(patience) });
        if (answer.ok) break;
      } catch {
        reached(false);
      }
      await new Promise((go) => setTimeout(go, retryEvery));
    }
  } finally {
    isProbing = false;
  }
  // Back, but perhaps as another process that knows no session.
  try {
    await ask("sessions/current");
    if (stream) return;
    clearTimeout(retry);
    retry = setTimeout(follow, wait);
  } catch { /* told to whoever listens */ }
}
