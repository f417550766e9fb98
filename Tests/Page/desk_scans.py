"""Scans at a desk: whose they are, where they land, and what they must not press."""

import unittest

from desk import Desk
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select


class DeskScans(Desk):
    """Codes of ours, of others and misread ones, with the focus wherever it is."""

    CHIP = "981000123456789"

    def focus(self, css):
        self.browser.execute_script("document.querySelector(arguments[0]).focus()", css)

    def test_a_code_of_others_presses_no_button_and_says_so(self):
        self.sign_in()
        pair = self.box.stage["bookings"]["pair"]
        self.open_by_scan(pair["code"])
        self.assertEqual(self.focused().get_attribute("id"), "deed")
        self.scan(self.CHIP)
        self.until(lambda: "no code of Warren" in self.text("#trouble"), "the word on a chip")
        # Nor does it send the form from a box to tick.
        self.focus(f"#with-{pair['animals'][1]}")
        self.scan("4006381333931")
        self.until(lambda: "no code of Warren" in self.text("#trouble"), "the word on a parcel")
        # Through another keyboard layout the colons are other signs.
        self.focus("#deed")
        self.scan(pair["code"].replace(":", ";"))
        self.until(lambda: "keyboard layout" in self.text("#trouble"), "the word on the layout")
        # Into a name it does not belong either.
        self.focus("#handed-by")
        self.keys("Anna")
        self.scan(self.CHIP)
        self.until(lambda: "no code of Warren" in self.text("#trouble"), "the word in a name")
        self.assertEqual(self.value("#handed-by"), "Anna")
        self.assertEqual(self.stays(), 0)
        self.assertIn("Rex", self.text("#check-in-title"))
        # What a person types and presses is theirs.
        self.keys(Keys.ENTER)
        self.until(lambda: "are in" in self.text("#check-in-title"), "the check-in")
        self.scan(self.CHIP)
        self.until(lambda: "no code of Warren" in self.text("#trouble"), "the word after it")
        self.assertTrue(self.one("#check-in").is_displayed())
        self.assertEqual(self.stays(), 2)

    def test_a_chip_is_looked_for_where_no_dialog_is_open(self):
        self.sign_in()
        self.focus("#tab-arrivals")
        self.scan(self.CHIP)
        self.until(lambda: "Nobody and nothing" in self.text("#hits"), "the search")
        self.assertEqual(self.value("#field"), self.CHIP)

    def test_a_scan_chooses_no_manager(self):
        self.sign_in()
        self.open_by_scan(self.box.stage["bookings"]["blocked"]["code"])
        self.assertEqual(self.focused().get_attribute("id"), "approver")
        self.scan(self.box.person("manager")["name"].upper().replace(" ", "") + "0001")
        self.until(lambda: "no code of Warren" in self.text("#trouble"), "the word")
        self.assertEqual(Select(self.one("#approver")).first_selected_option.text, "Choose…")

    def test_enter_takes_nothing_that_an_earlier_text_found(self):
        self.sign_in()
        self.keys("bella")
        self.until(lambda: "Bella" in self.text("#hits li"), "the hits")
        self.keys(" of nobody", Keys.ENTER)
        self.until(lambda: "Nobody and nothing" in self.text("#hits"), "the search at once")
        self.assertFalse(self.one("#check-in").is_displayed())
        self.assertEqual(self.value("#field"), "bella of nobody")

    def test_a_refused_scan_is_seen_and_heard_where_the_person_is(self):
        self.sign_in()
        self.open_by_scan(self.box.stage["bookings"]["pair"]["code"])
        self.scan(self.box.stage["bookings"]["rtl"]["code"])
        self.until(lambda: "Finish or close" in self.text("#trouble"), "the refused scan")
        self.assertTrue(self.is_seen("#trouble"))
        self.assertEqual(self.stays(), 0)
        self.assertIn("Rex", self.text("#check-in-title"))
        self.keys(Keys.ENTER)
        self.until(lambda: "are in" in self.text("#check-in-title"), "the check-in")
        # An open dialog makes all outside of it mute.
        self.until(lambda: self.browser.execute_script("""
            const said = document.getElementById("said");
            return said.textContent.includes("checked in") && said.closest("dialog")?.id;""")
            == "check-in", "the word in the dialog")
        self.keys(Keys.ENTER)
        self.until(lambda: not self.one("#check-in").is_displayed())
        self.keys("zofie")
        self.until(lambda: self.browser.execute_script("""
            const said = document.getElementById("said");
            return said.textContent.includes("found") && said.parentNode === document.body;"""),
            "the word on the page")

    def test_the_boxs_scanner_opens_at_the_boxs_own_screen(self):
        self.sign_in()
        self.box.scan(self.box.stage["bookings"]["pair"]["code"])
        self.until(lambda: self.one("#check-in").is_displayed(), "the sheet")
        self.assertIn("Rex", self.text("#check-in-title"))

    def test_the_boxs_scanner_takes_nobodys_enter_from_what_they_type(self):
        self.sign_in()
        answer, typed, is_open = self.run_script("""
            const find = await import("/find.js");
            const field = document.getElementById("field");
            field.value = "be";
            field.dispatchEvent(new Event("input"));
            find.heardAtBox(values[0]);
            done([document.getElementById("answer").textContent, field.value,
              document.getElementById("check-in").open]);""",
            self.box.stage["bookings"]["pair"]["code"])
        self.assertIn("scanned at the box", answer)
        self.assertEqual(typed, "be")
        self.assertFalse(is_open)
        # What was typed long ago stands in nobody's way.
        self.browser.execute_script("""
            const now = performance.now() + 10_000;
            performance.now = () => now;""")
        self.box.scan(self.box.stage["bookings"]["rtl"]["code"])
        self.until(lambda: "ברק" in self.text("#check-in-title"), "the sheet")

    def test_the_boxs_scanner_only_offers_at_other_desks(self):
        self.come_by_lan()
        self.sign_in()
        self.keys("be")
        self.until(lambda: self.all("#hits li .what"))
        self.keys(Keys.ESCAPE)
        self.box.scan(self.box.stage["bookings"]["pair"]["code"])
        self.until(lambda: "scanned at the box" in self.text("#answer"), "the offer")
        self.assertEqual(self.value("#field"), "be")
        self.assertFalse(self.one("#check-in").is_displayed())
        self.picture("offered")
        self.assertEqual(self.barriers(), [], "offered")
        self.one("#answer button").click()
        self.until(lambda: self.one("#check-in").is_displayed(), "the sheet")
        self.assertIn("Rex", self.text("#check-in-title"))
        self.assertEqual(self.text("#answer"), "")
        self.assertEqual(self.broken(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
