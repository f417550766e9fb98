"""What the page says of the box, its devices, its labels and its people."""

import unittest

from desk import Desk
from selenium.webdriver.common.keys import Keys


class DeskWords(Desk):
    """Words for a person; each says what is and what to do, and promises nothing else."""

    def test_only_what_is_safe_to_repeat_is_said_to_be(self):
        reading, scanning, checking = self.run_script("""
            const box = await import("/box.js");
            window.fetch = async () => { throw new TypeError("no network"); };
            const said = (path, options) => box.ask(path, options).catch((one) => one.detail);
            const all = [await said("arrivals"),
              await said("scans", { method: "POST", body: { code: "WRN1" } }),
              await said("stays:checkin", { method: "POST", body: {}, key: "desk-1" })];
            window.fetch = real;
            done(all);""")
        for words in [reading, scanning]:
            self.assertEqual(words, "The box does not answer. Try again when it is back.")
        self.assertIn("nothing is done twice", checking)

    def test_one_wish_for_a_label_has_one_key_until_it_is_answered(self):
        keys = self.run_script("""
            const keys = [];
            window.fetch = async (path, options) => {
              if (!String(path).includes(":retry")) return real(path, options);
              keys.push(options.headers["idempotency-key"]);
              if (keys.length === 1) throw new TypeError("lost on the way");
              return json({ id: "1", state: "queued" });
            };
            const labels = await import("/labels.js");
            const job = { id: "1", state: "failed", since: Date.now(), data: "{}" };
            // Each time the list is drawn anew, as after an outage.
            for (let press = 0; press < 3; press += 1) {
              await new Promise((told) => {
                const [button] = labels.wishButtons(job, labels.plight(job).wishes, told);
                document.body.append(button);
                button.click();
                button.remove();
              });
            }
            done(keys);""")
        self.assertEqual(keys[0], keys[1])
        self.assertNotEqual(keys[1], keys[2])

    def test_a_wish_of_hours_ago_whose_answer_was_lost_is_no_part_of_a_new_one(self):
        keys = self.run_script("""
            const keys = [];
            window.fetch = async (path, options) => {
              keys.push(options.headers["idempotency-key"]);
              throw new TypeError("lost on the way");
            };
            const box = await import("/box.js");
            const now = Date.now;
            const wish = () => box.once("stays:print-labels", { stay: "1", role: "collar" })
              .catch(() => {});
            await wish();
            await wish();
            Date.now = () => now() + 5 * 3_600_000;
            await wish();
            Date.now = now;
            window.fetch = real;
            done(keys);""")
        self.assertEqual(keys[0], keys[1])
        self.assertNotEqual(keys[1], keys[2])

    def test_labels_that_no_list_shows_are_counted(self):
        self.sign_in()
        self.run_script("""
            window.fetch = async (path, options) => String(path).includes("print-jobs?")
              ? json({ items: [{ id: "1", state: "held", detail: "absent", since: 0, data: "{}" }],
                total: 1_204, next: "x.1" }) : real(path, options);
            const jobs = await import("/jobs.js");
            await jobs.reload();
            window.fetch = real;
            done(null);""")
        self.assertIn("Only the latest 1 of 1204 are shown", self.one("#labels").get_attribute(
            "textContent"))

    def test_no_dialog_scrolls_that_has_nothing_to_show(self):
        heights = self.run_script("""
            const { say } = await import("/parts.js");
            const dialog = document.getElementById("enrol");
            document.querySelector("dialog[open]")?.close();
            dialog.showModal();
            say("The code is 1 2 3.");
            await new Promise(requestAnimationFrame);
            done([dialog.scrollHeight, dialog.clientHeight]);""")
        self.assertEqual(*heights)

    def test_who_is_in_house_elsewhere_is_said_to_be_there_and_who_is_still_due_is_said_first(self):
        self.sign_in()
        shown = self.run_script("""
            const stay = { site: "Elsewhere", run: "B02L", since: 0 };
            const here = { ...stay, site: document.getElementById("site").textContent };
            const hit = (kind, more) => ({ kind, id: kind, name: kind, animals: [], animal: {},
              party: null, booking: null, is_expected: false, ...more });
            window.fetch = async (path, options) => !String(path).includes("search?")
              ? real(path, options) : json({ items: [hit("animal", { stay }),
                hit("animal", { stay: here }),
                hit("party", { stay: here, booking: { id: "b" }, is_expected: true })] });
            const field = document.getElementById("field");
            field.value = "anybody";
            field.dispatchEvent(new InputEvent("input"));
            const hits = document.getElementById("hits");
            while (!hits.children.length) await new Promise(requestAnimationFrame);
            window.fetch = real;
            done([...hits.children].map((one) => one.lastElementChild.textContent));""")
        self.assertEqual(shown, ["At Elsewhere · B02L", "In house · B02L",
                                 "Due today In house · B02L"])

    def test_a_label_that_was_sent_becomes_a_question_with_its_answers(self):
        self.run_script("""
            window.fetch = async (path, options) => {
              if (!/print-jobs\\/\\d$/.test(String(path))) return real(path, options);
              // The first is as old as the patience, the other gets there in a second.
              const isOld = String(path).endsWith("1");
              return json({ id: String(path).slice(-1), state: "sent", findings: [], copy: 1,
                since: Date.now() - (isOld ? 60_000 : 19_000), data: "{}" });
            };
            const labels = await import("/labels.js");
            const list = await labels.show(["1", "2"]);
            list.id = "shown";
            document.querySelector("dialog[open]").replaceChildren(list);
            done(null);""")
        self.assertEqual(len(self.all("#shown [data-job='1'] [data-wish=confirm]")), 1)
        self.until(lambda: self.all("#shown [data-job='2'] [data-wish=confirm]"), "the question")
        self.assertIn("2 labels wait. Sent.", self.text("#shown .summary"))

    def test_a_label_that_failed_is_said_to_be_tried_again_only_while_it_is(self):
        young, old = self.run_script("""
            const { plight } = await import("/labels.js");
            const failed = (age) => plight({ state: "failed", since: Date.now() - age, data: "{}" });
            done([failed(0), failed(60_000)].map((one) => one.remedy));""")
        self.assertIn("tried again", young)
        self.assertNotIn("tried again", old)
        self.assertIn("cable", old)

    def test_keyboards_and_mice_are_no_trouble(self):
        self.sign_in()
        device = {"kind": "device", "title": "", "profile": None, "state": "unknown",
                  "conditions": [], "sentence": None, "is_virtual": False}
        keyboard = device | {"id": "413c-2113-port-1-2", "title": "Dell Keyboard"}
        mouse = device | {"id": "046d-c077-port-1-3", "title": "046d-c077-port-1-3",
                          "sentence": "It could not be asked who it is; it is left alone."}
        printer = device | {"id": "p", "kind": "label-printer", "title": "Collars",
                            "state": "ready"}
        nameless = printer | {"id": "0a5f-0166-port-1-1", "title": "", "state": "absent"}
        # What may not be opened was never asked for its name.
        shut = device | {"id": "0a5f-011c-port-1-1", "title": "0a5f-011c-port-1-1",
                         "state": "waiting", "sentence": "This program may not open it."}
        half = device | {"id": "h", "title": "Acme X", "profile": "acme-x",
                         "sentence": "It lacks the interface that it needs."}
        fault = "none"
        for items, words, tone in [
            ([keyboard, mouse, printer], "1 device ready", "ok"),
            ([mouse, keyboard], "No printer or scanner", "warn"),
            ([], "No printer or scanner", "warn"),
            ([keyboard, nameless], "0a5f-0166-port-1-1: unplugged", "warn"),
            ([printer, shut, mouse], "0a5f-011c-port-1-1: cannot be taken", "warn"),
            ([printer, half, nameless], "Acme X: not known and 1 more", "warn"),
        ]:
            self.run_script("""
                window.real ??= real;
                window.fetch = async (path, options) => String(path).endsWith("/devices")
                  ? json({ items: values[0] }) : window.real(path, options);
                done(null);""", items)
            # Any word of a device makes the page look at all of them.
            fault = "unplugged" if fault == "none" else "none"
            self.box.break_printers(fault)
            self.until(lambda: self.text("#state-devices") == words, words)
            self.assertIn(tone, self.one("#state-devices").get_attribute("class"))
            # What is not judged can still be looked up, under a name that it has.
            self.assertEqual(self.one("#state-devices").get_attribute("title").count("\n") + 1,
                             max(1, len(items)))

    def test_a_desk_that_is_put_out_at_its_sign_in_asks_to_be_let_in(self):
        self.come_by_lan()
        self.until(lambda: self.all("#people input"), "the names")
        [desk] = self.box.ask("GET", "desks")["items"]
        self.box.ask("DELETE", f"desks/{desk['id']}")
        self.until(lambda: self.one("#enrol").is_displayed(), "the question for a name")
        self.assertFalse(self.one("#sign-in").is_displayed())
        self.assertTrue(self.is_seen("#desk-name"))
        self.assertEqual(self.focused().get_attribute("id"), "desk-name")

    def test_who_is_set_up_while_the_sign_in_stands_open_appears_there(self):
        self.until(lambda: self.all("#people input"))
        # As before anybody was set up.
        self.run_script("""
            window.real = real;
            window.fetch = async (path, options) => String(path).endsWith("sessions/staff")
              ? json({ items: [] }) : real(path, options);
            done(null);""")
        self.until(lambda: "Nobody may sign in here yet" in self.text("#sign-in-trouble"))
        self.browser.execute_script("window.fetch = window.real")
        self.until(lambda: self.all("#people input"), "the names")
        self.assertFalse(self.one("#sign-in-trouble").is_displayed())
        self.keys(Keys.SPACE)
        chosen = self.value("#people input:checked")
        self.box.ask("POST", "staff:enrol", {"name": "Zoë Neu", "role": "desk", "pin": "604173"})
        self.until(lambda: "Zoë Neu" in self.text("#people"), "the new name")
        self.assertEqual(self.value("#people input:checked"), chosen)
        self.assertEqual(self.focused().get_attribute("value"), chosen)
        self.box.kill()
        self.until(lambda: "does not answer" in self.text("#sign-in-trouble"), "the outage")
        self.box.start()
        self.until(lambda: not self.one("#sign-in-trouble").is_displayed(), "its end")
        self.assertEqual(self.value("#people input:checked"), chosen)
        # A word of the person's own attempt stays where it is.
        self.keys(Keys.TAB, "0000", Keys.ENTER)
        self.until(lambda: "PIN is not right" in self.text("#sign-in-trouble"))
        before = len(self.all("#people label"))
        self.box.ask("POST", "staff:enrol", {"name": "Ada Neu", "role": "desk", "pin": "604174"})
        self.until(lambda: len(self.all("#people label")) == before + 1, "one more name")
        self.assertIn("PIN is not right", self.text("#sign-in-trouble"))
        self.assertEqual(self.focused().get_attribute("id"), "pin")


if __name__ == "__main__":
    unittest.main(verbosity=2)
