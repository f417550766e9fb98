// A desk of the local network that the box does not know yet: it asks, shows a code, and waits until
// somebody lets it in at a desk that is in already, or at the box.
import { byID, say } from "/parts.js";
import { ask } from "/box.js";

const every = 2_000;
let isAsking = false;
let hasBegun = false;

/** Shows the dialog until this desk is in, then calls `body`. */
export async function letIn(body) {
  if (isAsking) return;
  isAsking = true;
  const dialog = byID("enrol");
  begin(dialog);
  show(await standing());
  if (!dialog.open) dialog.showModal();
  byID("desk-name").select();
  const timer = setInterval(async () => {
    const now = await standing();
    show(now);
    if (now.state !== "enrolled" && now.state !== "local") return;
    clearInterval(timer);
    isAsking = false;
    dialog.close();
    say("This desk is in.");
    body();
  }, every);
}

/** Once, however often this desk is put out and let in. */
function begin(dialog) {
  if (hasBegun) return;
  hasBegun = true;
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  byID("enrol-form").addEventListener("submit", (event) => {
    event.preventDefault();
    askFor(byID("desk-name").value);
  });
}

/** Asks the box; one that does not answer is asked again at the next turn. */
const standing = () => ask("desks/current", { quietly: true }).catch(() => ({ state: "away" }));

async function askFor(name) {
  trouble("");
  try {
    show(await ask("desks:ask", { method: "POST", body: { name }, quietly: true }));
  } catch (error) {
    trouble(error.detail);
  }
}

function show({ state, code }) {
  if (state === "away") return;
  const isWaiting = state === "waiting";
  byID("enrol-ask").hidden = isWaiting;
  byID("enrol-wait").hidden = !isWaiting;
  const shown = byID("enrol-code");
  if (isWaiting && shown.textContent !== code) {
    shown.textContent = code;
    byID("enrol-verb").textContent = `warren desk admit ${code.replace(" ", "")}`;
    say(`The code is ${[...code].join(" ")}.`);
  }
}

function trouble(text) {
  byID("enrol-trouble").textContent = text;
  byID("enrol-trouble").hidden = !text;
}
