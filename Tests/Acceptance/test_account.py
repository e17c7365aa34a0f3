"""Signing in, keys, and administration."""

import subprocess

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from server import PASSWORD, Server


@pytest.mark.console("401")
def test_signing_in_and_out(app, accounts):
    app.open(accounts, "account")
    app.field("E-mail").send_keys("bob@example.org")
    app.field("Password").send_keys("wrong" + Keys.ENTER)
    app.wait_for_text(".notice", "do not belong together")
    app.field("Password").send_keys(PASSWORD)
    app.press("Sign in")
    app.wait_for_text("main", "bob@example.org")
    assert "Admin" not in app.text("#header") and "premium" in app.text(".facts")
    app.browser.refresh()
    app.wait_for_text("main", "bob@example.org")
    app.press("Sign out")
    app.wait_for_text("h1", "Sign in")
    app.browser.refresh()
    app.wait_for_text("h1", "Sign in")


def test_somebody_new_makes_an_account(app, accounts):
    app.open(accounts, "account")
    app.press("Make an account")
    app.field("E-mail").send_keys("new@example.org")
    app.field("Password").send_keys(PASSWORD)
    app.press("Make the account")
    app.wait_for_text("main", "new@example.org")
    app.wait_for_text(".columns", "of 500,000|of [0-9,]+")


@pytest.mark.console("401")
def test_a_session_that_ends_asks_to_sign_in_and_keeps_the_text(app, accounts):
    app.sign_in(accounts, "bob@example.org")
    app.one("textarea").send_keys("Keep this")
    app.wait_for_text(".reading", "this Keep")
    accounts.call("POST", "/auth/logout", token=app.script("return sessionStorage.getItem('dragoman.token')"))
    app.one("textarea").send_keys(" too")
    app.wait_for_text("h1", "Sign in")
    app.field("E-mail").send_keys("bob@example.org")
    app.field("Password").send_keys(PASSWORD + Keys.ENTER)
    app.wait_for_text(".reading", "too this Keep")


@pytest.mark.console("401")
def test_the_first_account_ends_local_mode_under_an_open_page(app):
    server = Server(engine="simulated").start()
    try:
        app.open(server, "translate")
        app.one("textarea").send_keys("Nobody is asked")
        app.wait_for_text(".reading", "asked is Nobody")
        server.add_user("ada@example.org", "--admin")
        app.wait(lambda: server.call("GET", "/auth/methods")[1]["credentials_required"], seconds=10)
        app.one("textarea").send_keys(" now")
        app.wait_for_text("h1", "Sign in")
        app.field("E-mail").send_keys("ada@example.org")
        app.field("Password").send_keys(PASSWORD + Keys.ENTER)
        app.wait_for_text(".reading", "now asked is Nobody")
    finally:
        server.remove()


def test_a_key_is_made_copied_used_and_revoked(app, accounts):
    app.sign_in(accounts, view="account")
    app.one("details.form summary").click()
    app.field("Name").send_keys("my <b>script</b>")
    app.press("Create key")
    app.wait_for_text(".once", "never shown again")
    app.press("Copy")
    key = app.copied
    assert key.startswith("dgm_") and app.text(".secret") == key

    def status():
        command = [
            "curl",
            "--silent",
            "--output",
            "/dev/null",
            "--write-out",
            "%{http_code}",
            f"{accounts.address}/api/v1/languages",
            "--header",
            f"Authorization: Bearer {key}",
        ]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert status() == "200"
    app.browser.refresh()
    app.wait_for_text("table", "my <b>script</b>")
    assert key not in app.browser.page_source
    app.press("Revoke")
    app.wait(lambda: app.all("dialog[open]"))
    app.one("dialog .danger").click()
    app.wait_for_text("main > .stack > .card", "No keys yet")
    assert status() == "401"


def test_an_administrator_sees_the_queue_and_changes_users(app, accounts):
    token = accounts.token("ada@example.org")
    text = " ".join(["word"] * 400)
    for count in range(24):
        body = {
            "text": f"{count} {text}",
            "source_language": "en",
            "target_language": "fr",
            "priority": "HIGH" if count % 2 else "STANDARD",
        }
        accounts.call("POST", "/api/v1/translations", body, token)
    app.sign_in(accounts, view="admin")
    app.wait_for_text(".figures", r"Running\s+\d+ / 16")
    app.wait_for_text(".legend-row", "High [1-9]|High\\s*[1-9]")
    app.wait(lambda: "," in app.one(".drawing polyline").get_attribute("points").partition(" ")[2])
    app.wait_for_text("main", "simulated")
    app.wait_for_text("main", "bob@example.org")
    app.choose("Tier: bob@example.org", "enterprise")
    app.wait_for_text(".toasts", "bob@example.org is changed")
    users = accounts.call("GET", "/api/v1/admin/users", token=token)[1]["items"]
    assert {user["tier"] for user in users if user["email"] == "bob@example.org"} == {"enterprise"}


def test_a_dead_letter_runs_again(app, failing):
    token = failing.token("ada@example.org")
    body = {"text": "This one fails.", "source_language": "en", "target_language": "hi"}
    job = failing.call("POST", "/api/v1/translations", body, token)[1]["job_id"]
    app.sign_in(failing, view="admin")
    app.wait_for_text("main", job)
    row = next(row for row in app.all("tr") if job in row.text)
    row.find_element(By.CSS_SELECTOR, "button").click()
    app.wait_for_text(".toasts", "queued again")
    app.wait(lambda: failing.call("GET", f"/api/v1/translations/{job}", token=token)[1]["attempt"] == 2)
