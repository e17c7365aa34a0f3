"""What holds for every view: people with assistive technology, small screens, other languages, speed."""

import os
import re
from pathlib import Path

import pytest
from axe_core_python.selenium import Axe

VIEWS = ["translate", "jobs", "notes", "notes/new", "statistics", "account", "admin"]
TEXT = "Good morning. The train leaves at nine. Where is the station?"
#: Where pictures of the views go; nowhere, unless it is set.
PICTURES = os.environ.get("PICTURES")


def picture(app, name):
    if PICTURES:
        app.browser.save_screenshot(str(Path(PICTURES) / f"{name}.png"))


def show(app, server, view, language="en"):
    """Opens a view, filled as far as it can be, in a language."""
    app.script("localStorage.setItem('dragoman.language', JSON.stringify(arguments[0]))", language)
    app.open(server, view, fresh=False)
    app.browser.refresh()
    app.wait(lambda: app.script("return document.documentElement.lang") == language)
    app.wait(lambda: app.all("main h1, main form"))
    if view == "translate":
        app.script(
            "const field = document.querySelector('textarea'); field.value = arguments[0];"
            "field.dispatchEvent(new InputEvent('input', {bubbles: true}))",
            TEXT,
        )
        app.wait(lambda: app.all(".sentence"))
    if view == "admin":
        app.wait(lambda: app.all("main table"))


def serious(app):
    """axe-core's serious and critical findings, each with the elements."""
    findings = Axe().run(app.browser)["violations"]
    return [
        (finding["id"], [node["html"][:160] for node in finding["nodes"]])
        for finding in findings
        if finding["impact"] in ("serious", "critical")
    ]


@pytest.fixture
def signed_in(app, accounts):
    """The app with something in every view."""
    app.sign_in(accounts)
    token = app.script("return sessionStorage.getItem('dragoman.token')")
    accounts.call("POST", "/api/v1/notes", {"title": "Travel", "original_text": TEXT, "original_language": "en"}, token)
    accounts.call(
        "POST", "/api/v1/translations", {"text": TEXT, "source_language": "en", "target_language": "es"}, token
    )
    return app


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_view_is_accessible(signed_in, accounts, dark):
    app = signed_in
    app.look(dark=dark)
    found = {}
    for view in VIEWS:
        show(app, accounts, view)
        app.wait(lambda: "Loading" not in app.text("main"))
        found[view] = serious(app)
        picture(app, f"{view.replace('/', '-')}-{'dark' if dark else 'light'}")
    app.browser.get(f"{accounts.address}/docs#submitTranslation")
    app.wait(lambda: app.all("#submitTranslation form"))
    found["docs"] = serious(app)
    picture(app, f"docs-{'dark' if dark else 'light'}")
    app.open(accounts)
    app.wait(lambda: app.all("input[type=email]"))
    found["sign in"] = serious(app)
    assert {view: problems for view, problems in found.items() if problems} == {}


@pytest.mark.parametrize("language", ["en", "es", "hi"])
def test_every_view_fits_a_small_screen(signed_in, accounts, language):
    app = signed_in
    app.look(width=360, height=740, dark=language == "es")
    for view in VIEWS:
        show(app, accounts, view, language)
        picture(app, f"{view.replace('/', '-')}-small-{language}")
        widths = app.script("return [document.documentElement.scrollWidth, innerWidth]")
        assert widths[0] <= widths[1], f"{view} is wider than the screen"
        # A text that a catalogue lacks would show as its name.
        assert not re.search(r"\b(action|jobs|notes|admin|users|error|keys|usage)\.[a-z]\w+", app.text("body"))


def test_controls_of_a_menu_and_a_dialog_are_accessible(app, local):
    app.open(local)
    app.choose("Translate to", "es")
    app.one("textarea").send_keys(TEXT)
    app.wait(lambda: app.all(".sentence"))
    app.all(".sentence")[0].click()
    app.wait(lambda: app.all("[role=menuitemradio]"))
    assert serious(app) == []
    app.press("Keyboard shortcuts")
    app.wait(lambda: app.all("dialog[open]"))
    assert serious(app) == []


def test_the_first_paint_comes_within_a_fifth_of_a_second(app, local):
    paints = []
    for _ in range(3):
        app.open(local)
        paints.append(
            app.wait(lambda: app.script("return performance.getEntriesByName('first-contentful-paint')[0]?.startTime"))
        )
    # The best of three: the machine may have other work.
    assert min(paints) < 200
