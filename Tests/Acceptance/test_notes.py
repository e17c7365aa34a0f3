"""Notes and statistics."""

import pytest

HOSTILE = "<img src=x onerror=\"document.title='stolen'\">"


def write(app, title, text):
    app.field("Title").send_keys(title)
    app.field("Text").send_keys(text)
    app.press("Save")
    app.wait(lambda: "/notes/note_" in app.browser.current_url)
    app.wait_for_text(".cards", title)


def note(app, local):
    """The open note, as the server has it."""
    return local.call("GET", f"/api/v1/notes/{app.browser.current_url.rsplit('/', 1)[1]}")


def test_a_note_is_written_translated_changed_and_deleted(app, local):
    app.open(local, "notes")
    app.press("New note", "link")
    write(app, "Greeting", "Good morning. How are you?")
    for box in app.wait(lambda: app.all(".editor [type=checkbox]")):
        box.click()
    app.press("Translate")
    app.wait(lambda: len(app.all(".translations [data-language]")) == 2)
    assert set(note(app, local)[1]["translations"]) == {"es", "hi"}

    app.field("Text").send_keys(" Where is the station?")
    app.wait_for_text("form", "Not saved yet")
    app.press("Save")
    app.wait_for_text("[data-language=es]", "changed since")
    app.all("[data-language=es] .row button")[0].click()
    app.wait_for_text("[data-language=es]", "estación")
    assert "changed since" not in app.text("[data-language=es]")

    address = app.browser.current_url
    app.press("Delete")
    app.wait_for_text(".toasts", "Note deleted")
    app.wait(lambda: "Greeting" not in app.text(".cards"))
    app.press("Undo")
    app.wait_for_text(".cards", "Greeting")
    app.browser.get(address)
    app.press("Delete")
    app.press("Close")
    app.wait(lambda: local.call("GET", f"/api/v1/notes/{address.rsplit('/', 1)[1]}")[0] == 404)


@pytest.mark.console("429|Failed to load resource")
def test_a_note_that_comes_too_soon_waits_for_its_turn_and_says_so(app, accounts):
    accounts.add_user("zoe@example.org", "--tier", "free")
    app.sign_in(accounts, "zoe@example.org", "notes")
    app.press("New note", "link")
    token = accounts.token("zoe@example.org")
    while accounts.call("POST", "/api/v1/detect", {"text": "x"}, token=token)[0] != 429:
        pass
    app.field("Title").send_keys("Patience")
    app.field("Text").send_keys("It goes on by itself.")
    app.press("Save")
    app.wait_for_text(".toasts", "goes on by itself in")
    app.wait(lambda: "/notes/note_" in app.browser.current_url)
    app.wait_for_text(".cards", "Patience")


def test_a_draft_survives_a_reload(app, local):
    app.open(local, "notes/new")
    app.field("Title").send_keys("Half a")
    app.field("Text").send_keys("thought")
    app.browser.refresh()
    assert app.field("Title").get_property("value") == "Half a"
    assert app.field("Text").get_property("value") == "thought"


@pytest.mark.console("409")
def test_changes_made_elsewhere_are_not_overwritten(app, local):
    app.open(local, "notes/new")
    write(app, "Shared", "One.")
    path = f"/api/v1/notes/{app.browser.current_url.rsplit('/', 1)[1]}"
    local.call("PATCH", path, {"original_text": "Two."})
    app.field("Text").send_keys(" Three.")
    app.press("Save")
    app.wait_for_text(".notice", "changed somewhere else")
    app.press("Take the other")
    app.wait(lambda: app.field("Text").get_property("value") == "Two.")


def test_markup_in_a_note_stays_text(app, local):
    app.open(local, "notes/new")
    write(app, HOSTILE, f"{HOSTILE} Good morning.")
    app.wait(lambda: app.all(".editor [type=checkbox]"))[0].click()
    app.press("Translate")
    app.wait_for_text("[data-language]", "onerror")
    assert not app.all("main img") and "stolen" not in app.browser.title


def test_statistics_show_days_and_pairs(app, local):
    local.call(
        "POST", "/api/v1/translations", {"text": "Good morning.", "source_language": "en", "target_language": "es"}
    )
    app.open(local, "statistics")
    app.wait(lambda: len(app.all(".drawing rect")) == 30)
    app.wait_for_text("table", "English → Spanish")
    words = app.script("return [...document.querySelectorAll('.drawing title')].at(-1).textContent")
    assert words.endswith(" words") and not words.endswith(": 0 words")
