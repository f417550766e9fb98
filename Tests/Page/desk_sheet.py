"""The check-in's sheet: what somebody typed and chose there survives whatever happens meanwhile."""

import unittest

from desk import Desk
from selenium.webdriver.common.keys import Keys


class DeskSheet(Desk):
    """A sheet that is open while the box, the network or another desk does something."""

    def colleague(self, method, path, body):
        """Another desk changes a record."""
        self.box.ask(method, path, body, self.box.token("vet"))

    def colleague_checks_in(self, booking):
        self.box.ask("POST", "stays:checkin", {"booking": booking["id"]}, self.box.token("vet"),
                     {"idempotency-key": "elsewhere"})

    def count_sheets(self):
        """Counts the sheets that the box gave from now on, once the page has them."""
        self.run_script("""
            window.sheets = 0;
            window.fetch = async (path, options) => {
              const answer = await real(path, options);
              if (String(path).includes("stays:checkin?")) {
                // Two frames on, whatever the page makes of it is drawn.
                requestAnimationFrame(() => requestAnimationFrame(() => { window.sheets += 1; }));
              }
              return answer;
            };
            done(null);""")

    def sheets(self):
        return self.browser.execute_script("return window.sheets")

    def test_what_changes_nothing_on_the_sheet_draws_nothing(self):
        self.sign_in()
        bookings = self.box.stage["bookings"]
        self.open_by_scan(bookings["pair"]["code"])
        self.browser.set_window_size(1280, 480)
        try:
            self.count_sheets()
            self.browser.execute_script("""
                const title = document.getElementById("check-in-title");
                title.dataset.old = "yes";
                const name = document.getElementById("handed-by");
                name.value = "Anna";
                name.focus();
                name.setSelectionRange(2, 2);
                title.closest(".scroll").scrollTop = 30;""")
            self.colleague("PATCH", f"animals/{bookings['rtl']['animals'][0]}", {"name": "Baraq"})
            self.until(lambda: self.sheets() > 0 and "Baraq" in self.text("#arrivals"), "the news")
            self.assertEqual(len(self.all("#check-in-title[data-old]")), 1)
            before = self.sheets()
            # What does change it leaves the person where they were.
            self.colleague("PATCH", f"bookings/{bookings['pair']['id']}", {"notes_for_staff": "By taxi"})
            self.until(lambda: self.sheets() > before and "By taxi" in self.text("#check-in"))
            self.assertEqual(self.all("#check-in-title[data-old]"), [])
            self.assertEqual(self.browser.execute_script("""
                const name = document.activeElement;
                return [name.id, name.value, name.selectionStart,
                  name.closest(".scroll").scrollTop];"""), ["handed-by", "Anna", 2, 30])
        finally:
            self.browser.set_window_size(1280, 900)

    def test_a_choice_draws_the_sheet_once(self):
        self.sign_in()
        pair = self.box.stage["bookings"]["pair"]
        self.open_by_scan(pair["code"])
        self.count_sheets()
        self.browser.execute_script("""
            window.drawn = 0;
            new MutationObserver(() => { window.drawn += 1; }).observe(
              document.getElementById("check-in"), { childList: true });""")
        self.one(f"#with-{pair['animals'][1]}").send_keys(Keys.SPACE)
        self.until(lambda: self.sheets() == 1, "what the box says of one")
        self.assertEqual(self.text("#deed"), "Check in")
        self.assertEqual(self.browser.execute_script("return window.drawn"), 1)
        self.assertEqual(self.focused().get_attribute("id"), f"with-{pair['animals'][1]}")

    def test_with_nobody_chosen_there_is_nothing_to_press(self):
        self.sign_in()
        bookings = self.box.stage["bookings"]
        pair = bookings["pair"]
        self.open_by_scan(pair["code"])
        for animal in pair["animals"]:
            self.one(f"#with-{animal}").send_keys(Keys.SPACE)
            self.until(lambda: not self.one(f"#with-{animal}").is_selected())
        hint = "#check-in .deeds .hint"
        self.until(lambda: "Choose who comes in" in self.text(hint), "the line")
        self.assertFalse(self.one("#deed").is_enabled())
        self.colleague("PATCH", f"bookings/{pair['id']}", {"notes_for_staff": "By taxi"})
        self.colleague("PATCH", f"animals/{bookings['rtl']['animals'][0]}", {"name": "Baraq"})
        self.until(lambda: "Baraq" in self.text("#arrivals"), "the news")
        self.assertFalse(self.one("#deed").is_enabled())
        self.assertEqual(self.barriers(), [], "nobody chosen")
        self.one(f"#with-{pair['animals'][0]}").send_keys(Keys.SPACE)
        self.until(lambda: "By taxi" in self.text("#check-in"), "the sheet for one")
        self.assertTrue(self.one("#deed").is_enabled())
        self.assertNotIn("Choose who comes in", self.text(hint))

    def test_one_animal_in_two_items_of_a_booking_stands_there_once(self):
        self.sign_in()
        self.run_script("""
            window.fetch = async (path, options) => {
              const answer = await real(path, options);
              if (!String(path).includes("stays:checkin?")) return answer;
              const sheet = await answer.json();
              sheet.animals.push(sheet.animals[0]);
              return json(sheet);
            };
            done(null);""")
        self.open_by_scan(self.box.stage["bookings"]["pair"]["code"])
        self.assertEqual(len(self.all("#check-in .guests > li")), 2)
        self.assertEqual(self.text("#check-in-title"), "Check in Rex and Bella")
        self.assertEqual(self.browser.execute_script("""
            const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
            return ids.filter((id, place) => ids.indexOf(id) !== place);"""), [])

    def test_a_second_press_after_a_lost_answer_makes_no_second_label(self):
        self.sign_in()
        pair = self.box.stage["bookings"]["pair"]
        self.colleague_checks_in(pair)
        self.open_by_scan(pair["code"])
        jobs = self.box.ask("GET", "print-jobs?count=true")["total"]
        self.run_script("""
            window.fetch = async (path, options) => {
              const answer = await real(path, options);
              if (!String(path).includes("stays:print-labels")) return answer;
              window.fetch = real;
              throw new TypeError("lost on the way");
            };
            done(null);""")
        self.one("#check-in [data-role=collar]").click()
        self.until(lambda: "nothing is done twice" in self.text("#trouble"), "the lost answer")
        # The sheet is drawn anew meanwhile, its buttons with it.
        self.colleague("PATCH", f"bookings/{pair['id']}", {"notes_for_staff": "By taxi"})
        self.until(lambda: "By taxi" in self.text("#check-in"), "the new sheet")
        self.until(lambda: self.one("#check-in [data-role=collar]").click() or True)
        self.until(lambda: "Printed" in self.text("#check-in .labels .chip"), "the tag")
        self.assertEqual(self.box.ask("GET", "print-jobs?count=true")["total"], jobs + 1)
        # What was answered is over: the next press is another wish.
        self.until(lambda: self.one("#check-in [data-role=collar]").click() or True)
        self.until(lambda: len(self.all("#check-in .labels li")) == 2, "one more tag")
        self.assertEqual(self.box.ask("GET", "print-jobs?count=true")["total"], jobs + 2)

    def test_managers_who_could_not_be_read_are_not_said_to_be_none(self):
        self.sign_in()
        added = self.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": """
            window.realFetch = window.fetch;
            window.fetch = async (path, options) => {
              if (String(path).endsWith("sessions/staff")) return new Response("{}",
                { status: 500, headers: { "content-type": "application/json" } });
              return window.realFetch(path, options);
            };"""})
        try:
            self.browser.get(self.box.url)
        finally:
            self.browser.execute_cdp_cmd(
                "Page.removeScriptToEvaluateOnNewDocument", {"identifier": added["identifier"]})
        self.until(lambda: self.all("#arrivals tbody tr"))
        self.open_by_scan(self.box.stage["bookings"]["blocked"]["code"])
        self.until(lambda: "could not be read" in self.text("#check-in fieldset"), "the word")
        self.assertNotIn("Nobody who may approve", self.text("#check-in"))
        # The next look asks again.
        self.browser.execute_script("window.fetch = window.realFetch")
        self.keys(Keys.ESCAPE)
        self.until(lambda: not self.one("#check-in").is_displayed())
        self.open_by_scan(self.box.stage["bookings"]["blocked"]["code"])
        self.until(lambda: self.box.person("manager")["name"] in self.text("#approver"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
