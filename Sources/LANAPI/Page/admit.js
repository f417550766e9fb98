// Letting a further desk in: its screen shows a code, a manager reads it there and types it here.
import { byID, h, named, say } from "/parts.js";
import { ask } from "/box.js";

const dialog = byID("admit");

/** - ready: called when the dialog is gone. */
export function begin(ready) {
  byID("admit-form").addEventListener("submit", admit);
  byID("admit-close").addEventListener("click", () => dialog.close());
  byID("desks").addEventListener("click", open);
  dialog.addEventListener("close", ready);
}

/** Shows the way in to those who may use it. */
export function offer(roles) {
  byID("desks").hidden = !roles.some((role) => ["manager", "admin"].includes(role));
}

async function open() {
  byID("admit-code").value = "";
  tell("");
  dialog.showModal();
  byID("admit-code").focus();
  await list();
}

async function list() {
  try {
    const { items, waiting } = await ask("desks");
    byID("admit-waiting").replaceChildren(...(waiting.length
      ? ["Asks to be let in: ", waiting.map((one, place) => [place ? ", " : "", named(one.name)])]
        .flat(Infinity)
      : ["No desk asks to be let in. Open this box's page at the new desk first."]));
    byID("admit-none").hidden = items.length > 0;
    byID("admit-in").replaceChildren(...items.map((one) => h("li", {}, named(one.name))));
  } catch (trouble) {
    tell(trouble.detail);
  }
}

async function admit(event) {
  event.preventDefault();
  const code = byID("admit-code");
  if (code.value.replace(/\D/g, "").length !== 6) {
    tell("The new desk shows six digits. Type all of them.");
    return code.focus();
  }
  try {
    const desk = await ask("desks:approve",
      { method: "POST", body: { code: code.value }, quietly: true });
    tell(`${desk.name} is in.`, true);
    say(`${desk.name} is in.`);
    code.value = "";
    await list();
  } catch (trouble) {
    tell(trouble.detail);
  }
  code.focus();
}

function tell(text, isGood = false) {
  const place = byID("admit-trouble");
  place.textContent = text;
  place.hidden = !text;
  place.className = isGood ? "note ok" : "trouble";
}
