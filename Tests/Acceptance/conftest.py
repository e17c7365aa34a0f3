"""What all tests share: the browser, and two servers."""

import os
import shutil
from pathlib import Path

import pytest

from app import App, open_browser
from server import PROGRAM, Server

# Chromium looks fonts up by it.
os.environ["FONTCONFIG_FILE"] = str(Path(__file__).with_name("fonts.conf"))


SECRET = "0123456789abcdef" * 3


@pytest.fixture(scope="session")
def browser():
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    assert chromium and driver, "'chromium' and 'chromedriver' are not on the PATH."
    assert PROGRAM.exists(), f"There is no '{PROGRAM}'; build the product 'dragoman' in release mode first."
    browser = open_browser(chromium, driver)
    yield browser
    browser.quit()


@pytest.fixture
def app(browser, request):
    """The app. Fails the test where the console has errors, or something went against the content security policy."""
    app = App(browser)
    app.look()
    browser.get_log("browser")
    yield app
    allowed = [pattern for mark in request.node.iter_markers("console") for pattern in mark.args]
    problems = app.problems(allowed)
    # Nothing of this page shall go on during the next test.
    browser.get("about:blank")
    assert problems == []


@pytest.fixture(scope="session")
def local():
    """In local mode, with the model that is shipped."""
    server = Server().start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def accounts():
    """With accounts, and an engine that takes its time."""
    server = Server(engine="simulated", simulated_time_per_word="15ms", secret_key=SECRET, allow_signup="true")
    server.add_user("ada@example.org", "--admin", "--tier", "enterprise")
    server.add_user("bob@example.org", "--tier", "premium")
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def failing():
    """With accounts, and an engine in which every job fails."""
    server = Server(engine="simulated", simulated_error_rate="1", retry_limit="1", secret_key=SECRET)
    server.add_user("ada@example.org", "--admin", "--tier", "enterprise")
    server.start()
    yield server
    server.remove()
