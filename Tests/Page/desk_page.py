"""The days of a desk: each from signing in to what is on paper. `make page` runs them, with the tests
of the other files here.

WARREN_BINARIES and WARREN_PICTURES: see `desk.py`.
"""

import sys
import time
import unittest
import urllib.error
from pathlib import Path

from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

sys.path.insert(0, str(Path(__file__).parent))
from desk import Desk  # noqa: E402
from desk_lists import DeskLists  # noqa: E402, F401
from desk_scans import DeskScans  # noqa: E402, F401
from desk_sheet import DeskSheet  # noqa: E402, F401
from desk_words import DeskWords  # noqa: E402, F401


class DeskPage(Desk):
    """Each test has a box of its own; all of a class share one browser."""

    def test_a_scanned_booking_of_two_dogs_is_checked_in_with_three_keys(self):
        self.picture("sign-in")
        self.sign_in()
        self.picture("arrivals")
        self.assertEqual(self.focused().get_attribute("id"), "field")
        self.open_by_scan(self.box.stage["bookings"]["pair"]["code"])
        self.picture("check-in")
        title = self.text("#check-in-title")
        self.assertIn("Rex", title)
        self.assertIn("Bella", title)
        self.assertIn("+961 3 123 456", self.text("#check-in .facts"))
        self.assertIn("chicken", self.text("#check-in .guests"))
        self.assertIn("chicken", self.text("#watch-out"))
        self.assertTrue(self.is_seen("#watch-out"))
        self.assertEqual(self.focused().get_attribute("id"), "deed")
        self.keys(Keys.ENTER)
        self.until(lambda: "are in" in self.text("#check-in-title"), "the check-in")
        self.until(lambda: len(self.all("#check-in .labels li")) == 4, "two tags and two cards")
        self.until(lambda: all("Printed" in one.text for one in self.all("#check-in .labels .chip")),
                   "the printer's word")
        self.until(lambda: self.text("#check-in .summary") == "4 labels printed.", "the sum")
        self.assertEqual(self.focused().text, "Done")
        self.picture("checked-in")
        self.assertEqual(self.stays(), 2)
        self.keys(Keys.ENTER)
        self.until(lambda: not self.one("#check-in").is_displayed())
        self.assertEqual(self.focused().get_attribute("id"), "field")
        self.until(lambda: self.text("#count-in-house") == "2", "the list of who is here")
        self.assertEqual(self.broken(), [])

    def test_a_second_scan_shows_who_is_in_and_prints_nothing(self):
        self.sign_in()
        pair = self.box.stage["bookings"]["pair"]
        self.open_by_scan(pair["code"])
        self.keys(Keys.ENTER)
        self.until(lambda: "are in" in self.text("#check-in-title"))
        jobs = self.box.ask("GET", "print-jobs?count=true")["total"]
        # Without closing anything: the next scan goes on by itself.
        self.scan(pair["code"])
        self.until(lambda: "Rex and Bella are in house" in self.text("#check-in-title"), "the stay")
        self.assertRegex(self.text("#check-in .guests"), r"Run A03R\nSince \w{3} \d+ \w{3}, \d\d:\d\d at North")
        self.assertNotIn("Not yet", self.text("#check-in"))
        self.assertEqual(self.all("#check-in .note.bad"), [])
        self.assertEqual(self.all("#deed"), [])
        self.assertEqual(self.focused().text, "Close")
        self.picture("in-house")
        self.assertEqual(self.box.ask("GET", "print-jobs?count=true")["total"], jobs)
        # The animal's own tag says the same, and the next scan needs no key before it.
        self.browser.execute_script(
            "document.getElementById('check-in-title').dataset.old = 'yes'")
        self.scan(pair["tags"][0])
        self.until(lambda: not self.all("#check-in-title[data-old]")
                   and "are in house" in self.text("#check-in-title"), "the stay by its tag")
        # A chewed tag: printed once more, and it says that it is the second.
        # What the check-in changed may redraw the sheet under the pointer.
        self.until(lambda: self.one("#check-in [data-role=collar]").click() or True)
        self.until(lambda: "Printed" in self.text("#check-in .labels .chip"), "the second tag")
        self.picture("copy")
        self.assertEqual(self.box.ask("GET", "print-jobs?count=true")["total"], jobs + 1)
        self.assertEqual(self.broken(), [])

    def test_labels_that_wait_say_why_and_end_it(self):
        self.sign_in()
        self.box.break_printers("paper-out")
        self.open_by_scan(self.box.stage["bookings"]["pair"]["code"])
        self.keys(Keys.ENTER)
        self.until(lambda: "are in" in self.text("#check-in-title"))
        self.until(lambda: "Labels are out. Put in a new roll." in self.text("#check-in .summary"),
                   "the remedy")
        self.picture("held")
        self.keys(Keys.ENTER)
        self.until(lambda: not self.one("#check-in").is_displayed())
        self.until(lambda: "to look at" in self.text("#count-labels"), "the mark on the tab")
        self.one("#tab-labels").click()
        self.until(lambda: "Put in a new roll" in self.text("#labels"), "the list")
        self.picture("labels")
        # A person may do without one of them.
        rows = len(self.all("#labels tbody tr"))
        self.until(lambda: self.one("#labels tbody tr [data-wish=cancel]").click() or True)
        self.until(lambda: len(self.all("#labels tbody tr")) == rows - 1, "one label less")
        self.assertEqual(self.barriers(), [], "labels")
        self.box.break_printers("none")
        self.until(lambda: "Every label is printed." in self.text("#labels"), "the paper")
        self.assertEqual(self.broken(), [])

    def test_a_missing_vaccination_blocks_until_a_manager_says_yes(self):
        self.sign_in()
        self.open_by_scan(self.box.stage["bookings"]["blocked"]["tags"][0])
        self.until(lambda: "Rabies of Duke" in self.text("#check-in .note.bad"))
        self.assertIn("men in hats", self.text("#check-in .guests"))
        self.picture("blocked")
        self.assertEqual(self.focused().get_attribute("id"), "approver")
        mara = self.box.person("manager")
        # Only who may approve is offered, and what blocks is seen without scrolling.
        offered = [one.text for one in Select(self.one("#approver")).options[1:]]
        self.assertIn(mara["name"], offered)
        self.assertNotIn(self.box.person("desk")["name"], offered)
        self.browser.set_window_size(1280, 800)
        for css in ["#check-in .note.bad", "#approver", "#approval-until", "#deed"]:
            self.assertTrue(self.is_seen(css), css)
        self.picture("blocked-800")
        self.keys(mara["name"][:4])
        self.assertEqual(Select(self.one("#approver")).first_selected_option.text, mara["name"])
        self.keys(Keys.TAB, "0000", Keys.TAB, "Owner has the paper at home", Keys.ENTER)
        self.until(lambda: "PIN is not right" in self.text("#trouble"), "the wrong PIN's words")
        self.assertEqual(self.stays(), 0)
        self.assertTrue(self.is_seen("#trouble"), "the trouble's words")
        self.picture("blocked-trouble")
        self.browser.set_window_size(1280, 900)
        self.assertEqual(self.focused().get_attribute("id"), "approver-pin")
        self.keys(mara["pin"], Keys.ENTER)
        self.until(lambda: "is in" in self.text("#check-in-title"), "the check-in")
        self.assertEqual(self.stays(), 1)
        self.until(lambda: "labels printed" in self.text("#check-in .summary"))
        self.picture("waived")
        self.assertEqual(self.broken(), [])

    def test_names_are_text_in_whatever_script(self):
        self.sign_in()
        rows = self.text("#arrivals")
        self.assertIn("<script>", rows)
        self.assertIn("onerror", rows)
        self.assertIn("<b>Pug</b>", rows)
        self.assertEqual(self.browser.execute_script("""
            const name = [...document.querySelectorAll("#arrivals strong")]
              .find((one) => one.textContent === "ברק");
            return [name.dir, getComputedStyle(name).direction];"""), ["auto", "rtl"])
        self.open_by_scan(self.box.stage["bookings"]["markup"]["code"])
        self.picture("markup")
        self.keys(Keys.ENTER)
        self.until(lambda: "is in" in self.text("#check-in-title"))
        self.assertNotIn("owned", self.browser.title)
        self.assertEqual(self.all("img[src='x']"), [])
        self.keys(Keys.ENTER)
        self.open_by_scan(self.box.stage["bookings"]["rtl"]["code"])
        self.picture("rtl")
        # The name keeps its direction and leaves the heading its own.
        self.assertEqual(self.browser.execute_script("""
            const title = document.getElementById("check-in-title");
            return [getComputedStyle(title).direction, getComputedStyle(title.querySelector("bdi"))
              .direction];"""), ["ltr", "rtl"])
        self.keys(Keys.ENTER)
        self.until(lambda: "is in." in self.text("#check-in-title"))
        self.assertEqual(self.browser.execute_script("""
            return getComputedStyle(document.getElementById("check-in-title")).direction;"""), "ltr")
        self.until(lambda: "?" in self.text("#check-in .labels"), "what the label cannot show")
        self.picture("rtl-in")
        self.assertEqual(self.broken(), [])

    def test_a_name_from_elsewhere_in_europe_is_printed_as_it_is_written(self):
        self.sign_in()
        self.keys("zofie")
        self.until(lambda: self.all("#hits li .what"))
        self.keys(Keys.ENTER)
        self.until(lambda: self.one("#check-in").is_displayed())
        self.keys(Keys.ENTER)
        self.until(lambda: "Žofie is in" in self.text("#check-in-title"))
        self.until(lambda: self.text("#check-in .summary") == "2 labels printed.")
        self.assertNotIn("show as ?", self.text("#check-in"))
        self.picture("drawn")

    def test_narrow_screens_hold_everything(self):
        self.sign_in()
        for width, height in [(800, 600), (400, 800)]:
            self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
            try:
                self.assertEqual(self.overflow(), 0, f"arrivals at {width}")
                self.picture(f"arrivals-{width}")
                self.open_by_scan(self.box.stage["bookings"]["blocked"]["code"])
                self.assertEqual(self.overflow(), 0, f"blocked at {width}")
                self.assertTrue(self.is_seen("#deed"), f"the deed at {width}")
                self.picture(f"blocked-{width}")
                self.keys(Keys.ESCAPE)
                self.until(lambda: not self.one("#check-in").is_displayed())
            finally:
                self.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def test_a_manager_lets_a_desk_in_and_nobody_else_sees_the_way(self):
        self.sign_in()
        self.assertFalse(self.one("#desks").is_displayed())
        self.one("#sign-out").click()
        self.until(lambda: self.one("#sign-in").is_displayed())
        self.assertIn("North", self.text("#sign-in"))
        self.assertFalse(self.one("#arrivals").is_displayed(), "customers stay on the screen")
        self.sign_in("manager")
        self.one("#desks").click()
        self.until(lambda: "No desk asks" in self.text("#admit-waiting"), "who waits")
        asked = self.box.ask("POST", "desks:ask", {"name": "Ward ‹2›"})
        self.keys("12", Keys.ENTER)
        self.until(lambda: "six digits" in self.text("#admit-trouble"), "the hint")
        self.one("#admit-code").clear()
        other = "000000" if asked["code"] != "000 000" else "000001"
        self.one("#admit-code").send_keys(other, Keys.ENTER)
        self.until(lambda: "No desk shows that code" in self.text("#admit-trouble"), "the refusal")
        self.one("#admit-code").clear()
        self.one("#admit-code").send_keys(asked["code"], Keys.ENTER)
        self.until(lambda: "Ward ‹2› is in." in self.text("#admit-trouble"), "the new desk")
        self.assertIn("Ward ‹2›", self.text("#admit-in"))
        self.picture("admit")
        self.assertEqual(self.barriers(), [], "admit")
        self.keys(Keys.ESCAPE)
        self.until(lambda: not self.one("#admit").is_displayed())
        self.assertEqual(self.focused().get_attribute("id"), "field")

    def test_search_finds_by_name_without_accents_and_by_a_part_of_the_phone(self):
        self.sign_in()
        self.keys("zofie")
        self.until(lambda: self.all("#hits li .what"))
        self.assertIn("Žofie", self.text("#hits li"))
        self.picture("search")
        self.keys(Keys.ESCAPE, Keys.ESCAPE)
        self.keys("123456")
        self.until(lambda: "Nadia Haddad" in self.text("#hits"), "the owner by her phone")
        self.keys(Keys.ENTER)
        self.until(lambda: self.one("#check-in").is_displayed())
        self.assertIn("Rex", self.text("#check-in-title"))
        self.keys(Keys.ESCAPE)
        self.until(lambda: not self.one("#check-in").is_displayed())
        self.assertEqual(self.stays(), 0)
        self.assertEqual(self.focused().get_attribute("id"), "field")

    def test_another_desks_check_in_shows_by_itself(self):
        self.sign_in()
        pair = self.box.stage["bookings"]["pair"]
        waiting = len(self.all("#arrivals tbody button"))
        self.box.ask("POST", "stays:checkin", {"booking": pair["id"]}, self.box.token("vet"),
                     {"idempotency-key": "elsewhere"})
        self.until(lambda: len(self.all("#arrivals tbody button")) == waiting - 1,
                   "the other desk's check-in")

    def test_a_dead_box_is_named_and_its_return_too(self):
        self.sign_in()
        self.box.kill()
        self.until(lambda: self.one("#lost").is_displayed(), "the banner")
        self.assertIn("cannot reach the box", self.text("#lost"))
        self.picture("lost")
        self.box.start()
        self.until(lambda: not self.one("#lost").is_displayed(), "the box")
        # A new process knows no session: it says so, and the page goes on where it was.
        self.until(lambda: self.one("#sign-in").is_displayed(), "the sign-in")
        self.sign_in("vet")
        rtl = self.box.stage["bookings"]["rtl"]
        waiting = len(self.all("#arrivals tbody button"))
        self.box.ask("POST", "stays:checkin", {"booking": rtl["id"]}, self.box.token("desk"),
                     {"idempotency-key": "live-again"})
        self.until(lambda: len(self.all("#arrivals tbody button")) == waiting - 1,
                   "what happens after it")

    def test_who_could_not_be_signed_out_is_told_and_is_out_once_the_box_is_back(self):
        self.sign_in()
        cookie = next(cookie["value"] for cookie in self.browser.get_cookies()
                      if cookie["name"].startswith("warren_session_"))
        # It answers nobody, but forgets nothing.
        self.box.pause()
        try:
            self.one("#sign-out").click()
            self.until(lambda: "still signed in" in self.text("#answer"), "the refusal's words")
            self.assertFalse(self.one("#sign-in").is_displayed())
            self.assertTrue(self.one("#who").is_displayed())
        finally:
            self.box.go_on()
        self.until(lambda: self.one("#sign-in").is_displayed(), "the sign-in")
        with self.assertRaises(urllib.error.HTTPError) as refusal:
            self.box.ask("GET", "sessions/current", token=cookie)
        self.assertEqual(refusal.exception.code, 401)
        self.assertEqual(self.one("#answer").get_attribute("textContent"), "")

    def test_a_box_that_refuses_its_events_is_asked_more_and_more_seldom(self):
        waits = self.browser.execute_async_script("""
            const done = arguments[0];
            const waits = [];
            let asked = 0;
            window.setTimeout = (body, time) => {
              // The page waits for other things as well, for names at its sign-in.
              if (body.name !== "follow") return 0;
              waits.push(time);
              queueMicrotask(body);
              return 0;
            };
            window.fetch = async () => new Response("{}", {
              headers: { "content-type": "application/json" } });
            window.EventSource = class {
              static CLOSED = 2;
              constructor() {
                asked += 1;
                if (asked === 9) return done(waits);
                queueMicrotask(() => {
                  this.readyState = 2;
                  this.onerror();
                });
              }
              addEventListener() {}
              close() {}
            };
            import("/box.js").then(({ follow }) => follow());""")
        self.assertEqual(waits, [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])

    def test_a_desk_that_is_put_out_twice_asks_once(self):
        asked = self.browser.execute_async_script("""
            const done = arguments[0];
            let state = "unknown";
            let asked = 0;
            window.fetch = async (path) => {
              if (path.endsWith("desks:ask")) {
                asked += 1;
                state = "local";
              }
              return new Response(JSON.stringify({ state }), {
                headers: { "content-type": "application/json" } });
            };
            const form = document.getElementById("enrol-form");
            const enrol = ({ letIn }) => new Promise((go) => {
              state = "unknown";
              letIn(go).then(() => {
                form.dispatchEvent(new Event("submit", { cancelable: true }));
              });
            });
            import("/enrol.js").then(async (module) => {
              await enrol(module);
              await enrol(module);
              done(asked);
            });""")
        self.assertEqual(asked, 2)

    def test_nothing_keeps_people_out_in_the_light(self):
        self.until(lambda: self.all("#people input"))
        self.assertEqual(self.barriers(), [], "sign-in")
        self.sign_in()
        self.assertEqual(self.barriers(), [], "arrivals")
        self.keys("be")
        self.until(lambda: self.all("#hits li .what"))
        self.assertEqual(self.barriers(), [], "search")
        self.keys(Keys.ESCAPE, Keys.ESCAPE)
        self.open_by_scan(self.box.stage["bookings"]["blocked"]["code"])
        self.assertEqual(self.barriers(), [], "blocked")

    def test_nothing_keeps_people_out_in_the_dark(self):
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": "dark"}]})
        try:
            self.sign_in()
            self.picture("dark")
            self.assertEqual(self.barriers(), [], "arrivals")
            self.open_by_scan(self.box.stage["bookings"]["blocked"]["code"])
            self.picture("dark-blocked")
            self.assertEqual(self.barriers(), [], "blocked")
        finally:
            self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        self.assertEqual(self.broken(), [])

    def test_a_wrong_pin_lets_nobody_in_and_says_so(self):
        self.until(lambda: self.all("#people input"))
        self.assertEqual(self.all("#people input:checked"), [])
        self.keys(Keys.TAB, "0000", Keys.ENTER)
        self.until(lambda: "Choose your name first" in self.text("#sign-in-trouble"))
        self.keys(Keys.SPACE, Keys.TAB, Keys.ENTER)
        self.until(lambda: "PIN is not right" in self.text("#sign-in-trouble"))
        self.assertEqual(self.focused().get_attribute("id"), "pin")
        self.assertEqual(self.one("#pin").get_attribute("value"), "")
        # Escape does not open the desk to nobody.
        self.keys(Keys.ESCAPE, Keys.ESCAPE)
        self.assertTrue(self.one("#sign-in").is_displayed())
        self.assertEqual(self.all("#arrivals tbody tr"), [])

    def test_one_of_two_dogs_is_checked_in_and_the_other_later(self):
        self.sign_in()
        pair = self.box.stage["bookings"]["pair"]
        self.open_by_scan(pair["code"])
        self.one(f"#with-{pair['animals'][1]}").send_keys(Keys.SPACE)
        self.until(lambda: self.text("#deed") == "Check in", "one animal's deed")
        self.one("#deed").send_keys(Keys.ENTER)
        self.until(lambda: "Rex is in" in self.text("#check-in-title"))
        self.assertEqual(self.stays(), 1)
        self.scan(pair["tags"][1])
        self.until(lambda: self.all("#deed"), "the other dog's sheet")
        self.assertIn("In house", self.text("#check-in .guests"))
        self.keys(Keys.ENTER)
        self.until(lambda: "Bella is in" in self.text("#check-in-title"))
        self.assertEqual(self.stays(), 2)


if __name__ == "__main__":
    started = time.monotonic()
    outcome = unittest.main(verbosity=2, exit=False).result
    print(f"page: {outcome.testsRun} tests in {time.monotonic() - started:.0f} s")
    sys.exit(not outcome.wasSuccessful())
