"""A desk's page in a real browser: what a person does there by keyboard and by a scanner that types,
and what they see.

WARREN_BINARIES names the folder with `warren` and `page-stage`; WARREN_PICTURES, if it is set, the
folder that takes screenshots.
"""

import os
import sys
import unittest
from pathlib import Path

import axe_core_python
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

sys.path.insert(0, str(Path(__file__).parent))
from box import LAN_NAME, Box, binaries  # noqa: E402

PATIENCE = 60


class Desk(unittest.TestCase):
    """Each test has a box of its own; all share one browser."""

    @classmethod
    def setUpClass(cls):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage",
                     "--window-size=1280,900", "--force-prefers-reduced-motion", "--lang=en-GB",
                     # A box of the local network, whose certificate nobody installed here.
                     f"--host-resolver-rules=MAP {LAN_NAME} 127.0.0.1"]:
            options.add_argument(flag)
        options.accept_insecure_certs = True
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = webdriver.ChromeService("/usr/bin/chromedriver")
        cls.browser = webdriver.Chrome(options=options, service=service)

    @classmethod
    def tearDownClass(cls):
        cls.browser.quit()

    def setUp(self):
        self.box = Box(binaries())
        self.box.start()
        self.browser.set_script_timeout(PATIENCE)
        self.visit(self.box.url)

    def tearDown(self):
        self.browser.get("about:blank")
        self.box.stop()

    def visit(self, url):
        """Comes to a page as a stranger."""
        self.browser.get(url)
        self.browser.delete_all_cookies()
        self.browser.get(url)

    def come_by_lan(self):
        """Comes from another machine to a box that serves the local network, and is let in."""
        self.box.stop()
        self.box = Box(binaries(), is_on_lan=True)
        self.box.start()
        self.visit(self.box.lan_url)
        self.until(lambda: self.one("#desk-name").is_displayed(), "the question for a name")
        self.keys(Keys.ENTER)
        self.until(lambda: len(self.text("#enrol-code")) == 7, "the code")
        self.box.ask("POST", "desks:approve", {"code": self.text("#enrol-code")})
        self.until(lambda: self.one("#sign-in").is_displayed(), "the sign-in")
        self.assertFalse(self.one("#enrol").is_displayed())

    # What a person at the desk does

    def keys(self, *keys):
        ActionChains(self.browser, duration=0).send_keys(*keys).perform()

    def scan(self, code):
        """A scanner types fast and ends with Enter, wherever the focus is."""
        self.keys(code, Keys.ENTER)

    def sign_in(self, role="desk"):
        person = self.box.person(role)
        self.until(lambda: self.all("#people input"))
        names = [one.text for one in self.all("#people label")]
        # Nobody is chosen beforehand: space takes the first, arrows go on from there.
        self.keys(Keys.SPACE)
        for _ in range(names.index(person["name"])):
            self.keys(Keys.ARROW_DOWN)
        self.keys(Keys.TAB, person["pin"], Keys.ENTER)
        self.until(lambda: not self.one("#sign-in").is_displayed())
        self.until(lambda: self.all("#arrivals tbody tr"))

    def open_by_scan(self, code):
        self.scan(code)
        self.until(lambda: self.one("#check-in").is_displayed())

    def overflow(self):
        """Dots that one would have to scroll sideways for."""
        return self.browser.execute_script("""
            const open = document.querySelector("dialog[open]") ?? document.documentElement;
            const page = document.documentElement;
            const ends = [...open.querySelectorAll("button")]
              .map((one) => one.getBoundingClientRect().right - page.clientWidth);
            return Math.max(0, open.scrollWidth - open.clientWidth,
              page.scrollWidth - page.clientWidth, ...ends);""")

    def is_seen(self, css):
        """Whether all of it lies on the screen, under nothing else."""
        return self.browser.execute_script("""
            const box = document.querySelector(arguments[0]).getBoundingClientRect();
            const middle = document.elementFromPoint(
              (box.left + box.right) / 2, (box.top + box.bottom) / 2);
            return box.top >= 0 && box.bottom <= innerHeight && box.width > 0
              && document.querySelector(arguments[0]).contains(middle);""", css)

    def run_script(self, script, *values):
        """Lets the page itself run a script until it calls `done`."""
        outcome = self.browser.execute_async_script(f"""
            const values = [...arguments];
            const done = values.pop();
            const json = (value, status = 200) => new Response(JSON.stringify(value),
              {{ status, headers: {{ "content-type": "application/json" }} }});
            const real = window.fetch;
            const fail = (error) => done({{ broken: String(error.stack ?? error) }});
            (async () => {{ {script} }})().catch(fail);""", *values)
        if isinstance(outcome, dict) and "broken" in outcome:
            raise AssertionError(outcome["broken"])
        return outcome

    # What they see

    def one(self, css):
        return self.browser.find_element(By.CSS_SELECTOR, css)

    def all(self, css):
        return self.browser.find_elements(By.CSS_SELECTOR, css)

    def text(self, css):
        return self.one(css).text

    def until(self, holds, what="it"):
        def safe(_):
            try:
                return holds()
            except Exception:  # an element was just redrawn
                return False
        WebDriverWait(self.browser, PATIENCE, 0.05).until(safe, f"{what} never came")

    def focused(self):
        return self.browser.switch_to.active_element

    def picture(self, name):
        folder = os.environ.get("WARREN_PICTURES")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.browser.save_screenshot(str(Path(folder) / f"{name}.png"))

    def broken(self):
        """What the browser itself complained of: scripts, blocked content, lost files."""
        expected = ["401 (Unauthorized)", "404 (Not Found)", "409 (Conflict)",
                    "400 (Bad Request)",
                    "ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE",
                    "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_NETWORK"]
        return [line["message"] for line in self.browser.get_log("browser")
                if line["level"] == "SEVERE"
                and not any(word in line["message"] for word in expected)]

    def barriers(self):
        """What keeps people out, in the words of axe-core (WCAG 2.1 A and AA)."""
        script = Path(axe_core_python.__file__).with_name("axe.min.js").read_text()
        self.browser.execute_script(script)
        found = self.browser.execute_async_script("""
            const done = arguments[0];
            axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }).then(done);""")
        self.assertGreater(len(found["passes"]), 10, "axe looked at nothing")
        return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found["violations"]]

    def value(self, css):
        return self.one(css).get_attribute("value")

    def stays(self):
        return self.box.ask("GET", "stays?count=true")["total"]
