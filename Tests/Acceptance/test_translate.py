"""Translating a text."""

import re

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

DEVANAGARI = r"[\u0900-\u097f]"
SENTENCES = "The train leaves at nine. We meet at the station. Where can I buy a ticket?"
# The simulated engine works on some dozen sentences at once, each as long as its words: the later take longer.
LONG = " ".join(f"Page {count} is {'very ' * (count // 54 * 3)}closed." for count in range(1, 161))


@pytest.mark.parametrize("target, expected", [("hi", "नमस्ते"), ("es", "Hola")])
def test_hello_world_is_translated(app, local, target, expected):
    app.open(local)
    app.choose("Translate to", target)
    app.one("textarea").send_keys("Hello, world!")
    app.wait_for_text(".reading", expected)
    assert app.one(".reading").get_attribute("lang") == target
    chosen = app.script("return document.querySelector('.languages select').selectedOptions[0].text")
    assert chosen == "English (detected)"


def test_the_language_is_detected_and_both_can_be_swapped(app, local):
    app.open(local)
    app.choose("Translate to", "en")
    app.one("textarea").send_keys("¿Dónde está la biblioteca?")
    app.wait_for_text(".reading", "library")
    app.press("Swap languages")
    app.wait_for_text(".reading", "biblioteca")
    assert "library" in app.one("textarea").get_property("value")
    assert [choice.get_property("value") for choice in app.all(".languages select")] == ["en", "es"]


def test_a_text_in_the_target_language_says_so(app, local):
    app.open(local)
    app.choose("Translate to", "es")
    app.one("textarea").send_keys("¿Dónde está la biblioteca? La biblioteca está cerrada.")
    app.wait_for_text(".status", "in Spanish already")


def test_long_text_arrives_sentence_by_sentence(app, accounts):
    app.sign_in(accounts)
    app.choose("Translate from", "en")
    app.choose("Translate to", "de")
    app.paste(f"Monday. {LONG}")
    app.wait(lambda: 0 < len(app.all(".sentence")) < 160)
    app.wait(lambda: 0 < app.one(".result progress").get_property("value") < 100)
    app.wait(lambda: len(app.all(".sentence")) == 161, seconds=60)
    app.wait(lambda: not app.one(".result progress").is_displayed())
    assert "very is 160 Page" in app.text(".reading")
    app.browser.refresh()
    # The job is there already: nothing is translated again.
    app.wait(lambda: len(app.all(".sentence")) == 161, seconds=5)


def test_a_changed_long_text_cancels_its_job(app, accounts):
    app.sign_in(accounts)
    app.choose("Translate to", "fr")
    app.paste(f"January. {LONG}")
    app.wait(lambda: app.one(".result progress").is_displayed())
    token = accounts.token("ada@example.org")

    def newest():
        return accounts.call("GET", "/api/v1/translations?limit=1", token=token)[1]["items"][0]

    job = app.wait(lambda: newest() if newest()["target_language"] == "fr" else None)
    app.paste("Short.")
    app.wait_for_text(".reading", r"\[fr\] Short")
    _, ended = accounts.call("GET", f"/api/v1/translations/{job['job_id']}", token=token)
    assert ended["status"] == "CANCELLED"


def test_pointing_at_a_sentence_shows_its_counterpart(app, local):
    app.open(local)
    app.choose("Translate to", "es")
    app.one("textarea").send_keys(SENTENCES)
    app.wait(lambda: len(app.all(".sentence")) == 3)
    ActionChains(app.browser).move_to_element(app.all(".sentence")[1]).perform()
    app.wait(lambda: app.text(".mirror .on") == "We meet at the station.")
    spans = app.all(".mirror span")
    ActionChains(app.browser).move_to_element(spans[2]).perform()
    app.wait(lambda: app.all(".sentence")[2].get_attribute("class").split()[-1] == "on")


def test_a_sentence_offers_other_translations(app, local):
    app.open(local)
    app.choose("Translate to", "es")
    app.one("textarea").send_keys(SENTENCES)
    app.wait(lambda: len(app.all(".sentence")) == 3)
    before = app.all(".sentence")[0].text
    app.all(".sentence")[0].click()
    choices = app.wait(lambda: app.all("[role=menuitemradio]"))
    others = [choice.text for choice in choices if choice.get_attribute("aria-checked") == "false"]
    assert choices[0].text == before and others and before not in others
    choices[1].click()
    app.wait(lambda: app.all(".sentence")[0].text == others[0])
    app.press("Copy")
    assert app.copied.startswith(others[0])


def test_doubtful_sentences_are_underlined_and_explained(app, local):
    app.open(local)
    app.choose("Translate from", "en")
    app.choose("Translate to", "hi")
    app.paste("Good morning.\nbuffalo buffalo buffalo buffalo buffalo buffalo buffalo buffalo")
    app.wait(lambda: app.all(".doubtful"))
    assert [sentence.text for sentence in app.all(".sentence:not(.doubtful)")] == [app.all(".sentence")[0].text]
    assert "underline" in app.all(".doubtful")[0].value_of_css_property("text-decoration-line")
    assert app.all(".doubtful")[0].get_attribute("aria-describedby") == "doubtful"
    assert app.one("#doubtful").is_displayed()


def test_a_link_carries_the_text(app, local):
    app.open(local)
    app.choose("Translate from", "en")
    app.choose("Translate to", "hi")
    app.one("textarea").send_keys("Good morning & <b>welcome</b>")
    app.wait_for_text(".reading", DEVANAGARI)
    app.press("Share")
    link = app.copied
    app.open(local)
    app.browser.get(link)
    app.wait_for_text(".reading", DEVANAGARI)
    assert app.one("textarea").get_property("value") == "Good morning & <b>welcome</b>"


def test_text_and_languages_survive_a_reload(app, local):
    app.open(local)
    app.choose("Translate to", "hi")
    app.one("textarea").send_keys("Good morning")
    app.wait_for_text(".reading", DEVANAGARI)
    app.browser.refresh()
    app.wait_for_text(".reading", DEVANAGARI)
    assert app.one("textarea").get_property("value") == "Good morning"


@pytest.mark.console("Failed to load resource")
def test_what_is_typed_while_the_server_is_away_is_translated_when_it_is_back(app, accounts):
    app.sign_in(accounts)
    app.choose("Translate to", "de")
    accounts.stop()
    app.one("textarea").send_keys("Nothing is lost")
    app.wait_for_text(".notice", "cannot be reached")
    accounts.start()
    app.wait_for_text(".reading", r"\[de\] lost is Nothing")
    assert not app.all(".notice")


@pytest.mark.console("429|Failed to load resource")
def test_too_many_requests_say_so_and_go_on_by_themselves(app, accounts):
    accounts.add_user("eve@example.org", "--tier", "free")
    app.sign_in(accounts, "eve@example.org")
    app.choose("Translate to", "de")
    token = accounts.token("eve@example.org")
    while accounts.call("POST", "/api/v1/detect", {"text": "x"}, token=token)[0] != 429:
        pass
    app.one("textarea").send_keys("Patience")
    app.wait_for_text(".notice", "more requests in a minute")
    app.wait_for_text(".status", r"Trying again in \d+ sec")
    app.wait_for_text(".reading", r"\[de\] Patience")


@pytest.mark.console("413")
def test_a_text_that_is_too_long_is_counted_and_explained(app, accounts):
    accounts.add_user("kim@example.org", "--tier", "free")
    app.sign_in(accounts, "kim@example.org")
    app.paste("x" * 50_001)
    app.wait_for_text(".count.over", "50,001 / 50,000")
    app.wait_for_text(".notice", "The text is too long")


def test_right_to_left_text_begins_at_the_right(app, local):
    app.open(local)
    app.one("textarea").send_keys("مرحبا بالعالم")
    assert app.script("return document.querySelector('textarea').matches(':dir(rtl)')")
    assert app.one(".mirror").get_attribute("dir") == "rtl"


def test_the_keyboard_is_enough(app, local):
    app.open(local)
    app.keys(Keys.ALT, "t")
    app.wait(lambda: app.browser.switch_to.active_element.tag_name == "textarea")
    app.keys("Good morning. How are you?")
    app.wait(lambda: len(app.all(".sentence")) == 2)
    app.keys(Keys.TAB, Keys.TAB)
    assert app.browser.switch_to.active_element.text == app.all(".sentence")[0].text
    app.keys(Keys.ARROW_RIGHT)
    assert app.browser.switch_to.active_element.text == app.all(".sentence")[1].text
    app.keys(Keys.ENTER)
    app.wait(lambda: app.browser.switch_to.active_element.get_attribute("role") == "menuitemradio")
    app.keys(Keys.ARROW_DOWN)
    chosen = app.browser.switch_to.active_element.text
    app.keys(Keys.ENTER)
    app.wait(lambda: app.all(".sentence")[1].text == chosen)
    app.keys(Keys.ALT, "c")
    assert app.copied.endswith(chosen)
    app.keys(Keys.ALT, "s")
    app.wait(lambda: chosen in app.one("textarea").get_property("value"))
    app.keys(Keys.CONTROL, "/")
    app.wait(lambda: app.browser.switch_to.active_element.accessible_name == "Close")
    assert "Swap languages" in app.text("dialog")
    app.keys(Keys.ESCAPE)
    app.wait(lambda: not app.all("dialog"))
    app.keys(Keys.ALT, "2")
    app.wait_for_text("h1", "Jobs")


def test_markup_in_a_text_stays_text(app, local):
    hostile = "<img src=x onerror=\"document.title='stolen'\"> Good morning. <script>document.title='stolen'</script>"
    app.open(local)
    app.choose("Translate from", "en")
    app.one("textarea").send_keys(hostile)
    app.wait_for_text(".reading", "onerror")
    assert not app.all(".reading img, .reading script, .mirror img, .mirror script")
    assert re.search("Translate", app.browser.title)
