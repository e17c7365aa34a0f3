"""The web app as a person sees it: what it shows, and what can be typed and pressed."""

import re

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from server import PASSWORD

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--force-prefers-reduced-motion",
    "--lang=en-US",
]

# Collects what the policy refuses, and what people copy, as the clipboard is nobody's in a headless browser.
WATCH = """
window.violations = [];
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  violations.push(`${violatedDirective} ${blockedURI}`));
window.copied = [];
if (navigator.clipboard) navigator.clipboard.writeText = (text) => { copied.push(text); return Promise.resolve(); };
"""


def open_browser(chromium, driver):
    """Starts a browser without a window."""
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in FLAGS:
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"intl.accept_languages": "en-US"})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    return browser


class App:
    """The app of one server in a browser."""

    def __init__(self, browser):
        self.browser = browser
        self.address = None

    def look(self, width=1280, height=800, dark=False):
        """Sets the window's size and the person's preferred colours."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def open(self, server, view="translate", fresh=True):
        """Opens a view, as somebody who was never here unless `fresh` is false."""
        self.address = server.address
        if fresh:
            data = {"origin": server.address, "storageTypes": "all"}
            self.browser.execute_cdp_cmd("Storage.clearDataForOrigin", data)
            self.browser.get("about:blank")
        self.browser.get(f"{server.address}/#/{view}")
        self.wait(lambda: self.all("h1") or self.all(".notice"))

    def go(self, view):
        """Goes to a view by the page's address."""
        self.script("location.hash = arguments[0]", f"#/{view}")
        self.wait(lambda: self.script("return document.querySelector('main').childElementCount"))

    def sign_in(self, server, email="ada@example.org", view="translate"):
        """Opens a view as somebody with an account."""
        self.open(server, view)
        self.one("input[type=email]").send_keys(email)
        self.one("input[type=password]").send_keys(PASSWORD + Keys.ENTER)
        self.wait(lambda: self.all("#header nav"))

    # What is there

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.wait(lambda: next(iter(self.all(selector)), None), f"'{selector}' is not there")

    def text(self, selector):
        return self.script("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def named(self, role, name):
        """The shown element with that role and accessible name, as screen readers find it."""
        selector = {"button": "button", "link": "a", "option": "[role=menuitemradio]"}[role]
        return self.wait(
            lambda: next((e for e in self.all(selector) if e.accessible_name == name and e.is_displayed()), None),
            f"There is no {role} '{name}'",
        )

    def press(self, name, role="button"):
        """Presses a button or follows a link."""
        self.named(role, name).click()

    def field(self, label):
        """The control with that label."""
        selector = "input, textarea, select"
        return self.wait(
            lambda: next((e for e in self.all(selector) if e.accessible_name == label and e.is_displayed()), None),
            f"There is no field '{label}'",
        )

    def wait(self, condition, message="The page did not come to it", seconds=30):
        """Waits until something is so, and returns it."""
        waiting = WebDriverWait(self.browser, seconds, 0.05, [StaleElementReferenceException])
        return waiting.until(lambda _: condition(), message)

    def wait_for_text(self, selector, pattern, seconds=30):
        """Waits until an element's text matches."""
        try:
            return self.wait(lambda: re.search(pattern, self.text(selector)), seconds=seconds)
        except Exception as error:
            raise AssertionError(f"'{selector}' shows '{self.text(selector)}', expected '{pattern}'") from error

    # What is done

    def keys(self, *keys):
        """Types into whatever has the focus."""
        self.browser.switch_to.active_element.send_keys(*keys)

    def paste(self, text):
        """Puts a text into the source field at once."""
        self.script(
            "const field = document.querySelector('textarea'); field.value = arguments[0];"
            "field.dispatchEvent(new InputEvent('input', {bubbles: true, inputType: 'insertFromPaste'}))",
            text,
        )

    def choose(self, label, value):
        """Chooses an option of a select by its value."""
        field = self.field(label)
        self.script(
            "const [field, value] = arguments; field.value = value;"
            "field.dispatchEvent(new Event('change', {bubbles: true}))",
            field,
            value,
        )

    def script(self, code, *arguments):
        return self.browser.execute_script(code, *arguments)

    @property
    def copied(self):
        """What was copied last."""
        return self.wait(lambda: self.script("return copied.at(-1)"), "Nothing was copied")

    def problems(self, allowed=()):
        """Errors on the console, and what the content security policy refused."""
        entries = [entry for entry in self.browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
        messages = [entry["message"] for entry in entries]
        unexpected = [text for text in messages if not any(re.search(pattern, text) for pattern in allowed)]
        return unexpected + [f"policy: {text}" for text in self.script("return window.violations ?? []")]
