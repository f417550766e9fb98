"""The lists of a desk: arrivals, who is in house, labels that are not on paper yet."""

import unittest

from desk import Desk

# An animal as the lists have it.
ANIMAL = """
    const animal = (name) => ({ id: "a", name, species: "dog", breed: null, sex: null, alerts: [],
      allergies: [], gaps: [], stay: null });"""


class DeskLists(Desk):
    """Each list is drawn from answers of the box; here the test gives them, in its own order."""

    def test_a_slow_older_answer_replaces_no_newer_list(self):
        shown = self.run_script(ANIMAL + """
            const asked = { "in-house": [], arrivals: [], "print-jobs": [] };
            window.fetch = (path, options) => {
              const list = Object.keys(asked).find((one) => String(path).includes(one));
              return list ? new Promise((go) => asked[list].push(go)) : real(path, options);
            };
            const arrivals = await import("/arrivals.js");
            const jobs = await import("/jobs.js");
            const [olderGuests, newerGuests] = [arrivals.reload(), arrivals.reload()];
            const [olderJobs, newerJobs] = [jobs.reload(), jobs.reload()];
            const tell = (place, word) => {
              asked["in-house"][place](json({ items: [{ stay: { id: "s" }, owner: null,
                booking: null, animal: animal(word) }], next: null }));
              asked.arrivals[place](json({ items: [], next: null, site: "North",
                date: "2026-11-21" }));
              asked["print-jobs"][place](json({ items: [{ id: "j", state: "held",
                detail: "paperOut", since: 1, target_role: "card",
                data: JSON.stringify({ animal: word }) }] }));
            };
            tell(1, "Newer");
            await Promise.all([newerGuests, newerJobs]);
            tell(0, "Older");
            await Promise.all([olderGuests, olderJobs]);
            const text = (id) => document.getElementById(id).textContent;
            done([text("in-house"), text("labels")]);""")
        for text in shown:
            self.assertIn("Newer", text)
            self.assertNotIn("Older", text)

    def test_a_guest_without_a_name_and_a_list_that_is_cut_are_said_so(self):
        label, arrivals, lodgers = self.run_script(ANIMAL + """
            window.fetch = async (path, options) => {
              const url = String(path);
              if (url.includes("in-house")) return json({ next: "more", items: [{
                stay: { id: "s" }, owner: null, booking: null, animal: animal("Rex") }] });
              if (url.includes("arrivals")) return json({ next: null, site: "North",
                date: "2026-11-21", items: [{ booking: { id: "b" }, owner: null, run: null,
                  state: "expected", animals: [animal(null), animal("Rex")] }] });
              return real(path, options);
            };
            const arrivals = await import("/arrivals.js");
            await arrivals.reload();
            const text = (id) => document.getElementById(id).textContent;
            done([document.querySelector("#arrivals button").getAttribute("aria-label"),
              text("arrivals"), text("in-house")]);""")
        self.assertEqual(label, "Check in an animal without a name and Rex")
        self.assertIn("Only the first 1,000 are shown", lodgers)
        self.assertNotIn("Only the first", arrivals)

    def test_a_guest_whose_records_are_gone_is_still_on_the_list(self):
        self.sign_in()
        rows = self.run_script(ANIMAL + """
            const trouble = "The record of the animal was deleted at another site.";
            const stay = { id: "s", run: "A03R", since: 0 };
            window.fetch = async (path, options) => {
              const url = String(path);
              if (url.includes("in-house")) return json({ next: null, items: [
                { stay, owner: null, booking: null, animal: animal("Rex"), trouble },
                { stay, owner: null, booking: null, animal: animal(null), trouble },
                { stay, owner: null, booking: null, animal: null, trouble: null }] });
              if (url.includes("arrivals")) return json({ next: null, site: "North",
                date: "2026-11-21", items: [] });
              return real(path, options);
            };
            const arrivals = await import("/arrivals.js");
            await arrivals.reload();
            document.getElementById("tab-in-house").click();
            done([...document.querySelectorAll("#in-house tbody tr")].map((row) =>
              row.textContent));""")
        self.assertEqual(len(rows), 3)
        for row in rows:
            self.assertIn("A03R", row)
            self.assertNotIn("Today", row)
        said = "The record of the animal was deleted at another site."
        self.assertEqual([said in row for row in sorted(rows)], [True, True, False])
        self.assertTrue(sorted(rows)[0].startswith("A03RRex"))
        self.assertTrue(sorted(rows)[1].startswith("A03RUnknown guest"))
        self.assertTrue(sorted(rows)[2].startswith("A03RWithout a name"))
        self.picture("lost-guest")
        self.assertEqual(self.barriers(), [], "a guest whose records are gone")

    def test_why_a_label_cannot_be_printed_again_is_said(self):
        self.sign_in()
        pair = self.box.stage["bookings"]["pair"]
        self.box.ask("POST", "stays:checkin", {"booking": pair["id"]}, self.box.token("vet"),
                     {"idempotency-key": "elsewhere"})
        self.open_by_scan(pair["code"])
        why = "It is not in house at this site; labels are printed there."
        self.run_script("""
            const [detail] = values;
            window.fetch = async (path, options) => !String(path).includes("stays:print-labels")
              ? real(path, options)
              : json({ type: "/problems/conflict", title: "No", status: 409, detail }, 409);
            done(null);""", why)
        self.one('#check-in [data-role="collar"]').click()
        self.until(lambda: self.text("#check-in .trouble") == why, "the reason")

    def test_an_alarm_that_comes_or_goes_shows_on_an_open_page(self):
        self.sign_in()
        self.assertFalse(self.one("#alarm").is_displayed())
        secrets = self.box.root / "secrets"
        for mode, is_alarming in [(0o644, True), (0o600, False)]:
            secrets.chmod(mode)
            self.box.ask("POST", "parties", {"kind": "person", "display": "Ida"},
                         self.box.token("desk"), {"idempotency-key": f"news-{mode}"})
            self.until(lambda: self.one("#alarm").is_displayed() == is_alarming, "the alarm")
            if is_alarming:
                self.assertIn("chmod 600", self.text("#alarm"))

    def test_labels_of_a_printer_that_cannot_tell_are_confirmed_together(self):
        self.sign_in()
        asked = self.run_script("""
            const job = (id, state, detail) => ({ id, state, detail, since: Date.now() - 60_000,
              target_role: "collar", data: JSON.stringify({ animal: `Dog ${id}` }) });
            const items = [job("1", "sent"), job("2", "sent"), job("3", "held", "paperOut")];
            const asked = [];
            window.fetch = async (path, options) => {
              const deed = String(path).match(/print-jobs\\/(\\d):(\\w+)$/);
              if (String(path).includes("print-jobs?state=open")) {
                return json({ items: items.filter((one) =>
                  !asked.some(([id, , isTaken]) => isTaken && id === one.id)) });
              }
              if (!deed) return real(path, options);
              // The second one is refused at first.
              const isTaken = deed[1] !== "2" || asked.some(([id]) => id === "2");
              asked.push([deed[1], deed[2], isTaken, options.headers["idempotency-key"]]);
              return isTaken ? json({ id: deed[1], state: "printed" })
                : json({ type: "/problems/busy", title: "", detail: "The disk is full." }, 507);
            };
            window.asked = asked;
            const jobs = await import("/jobs.js");
            await jobs.reload();
            document.getElementById("tab-labels").click();
            done(document.querySelector("#labels [data-wish=confirm-all]").textContent);""")
        self.assertEqual(asked, "All 2 that were sent came out")
        self.picture("sent")
        self.assertEqual(self.barriers(), [], "sent")
        self.one("#labels [data-wish=confirm-all]").click()
        self.until(lambda: "The disk is full." in self.text("#labels"), "the refusal")
        self.until(lambda: len(self.all("#labels tbody tr")) == 2, "one label less")
        # One alone is confirmed by its own button.
        self.assertEqual(self.all("#labels [data-wish=confirm-all]"), [])
        self.one("#labels [data-wish=confirm]").click()
        self.until(lambda: len(self.all("#labels tbody tr")) == 1, "the other one")
        asked = self.browser.execute_script("return window.asked")
        self.assertEqual([one[:3] for one in asked],
                         [["1", "confirm", True], ["2", "confirm", False], ["2", "confirm", True]])
        # One wish, one key, whichever button says it.
        self.assertEqual(asked[1][3], asked[2][3])
        self.assertNotEqual(asked[0][3], asked[1][3])


if __name__ == "__main__":
    unittest.main(verbosity=2)
