"""The list of jobs."""

import pytest

from distance import Distance

HOSTILE = "<img src=x onerror=\"document.title='stolen'\">"


def long_text(start, sentences):
    """Sentences that no other text has, which would come from the cache."""
    return " ".join(f"{start} sentence {count} has six words." for count in range(sentences))


def submit(server, text, **fields):
    """Submits a job as ada; its id."""
    body = {"text": text, "source_language": "en", "target_language": "de"} | fields
    status, answer = server.call("POST", "/api/v1/translations", body, server.token("ada@example.org"))
    assert status == 202
    return answer["job_id"]


def job_of(server, job):
    return server.call("GET", f"/api/v1/translations/{job}", token=server.token("ada@example.org"))


def row(job):
    return f"[data-job={job}]"


def test_a_job_moves_live_and_can_be_cancelled(app, accounts):
    job = submit(accounts, long_text("Cancelled", 250))
    app.sign_in(accounts, view="jobs")
    app.wait_for_text(row(job), "Running")
    app.wait(lambda: 0 < app.one(f"{row(job)} progress").get_property("value") < 100)
    app.one(f"{row(job)} .row button").click()
    app.wait_for_text(row(job), "Cancelled")
    assert not app.one(f"{row(job)} progress").is_displayed()
    assert job_of(accounts, job)[1]["status"] == "CANCELLED"


def test_a_failed_job_is_explained_and_can_run_again(app, failing):
    job = submit(failing, "This one fails.")
    app.sign_in(failing, view="jobs")
    app.wait_for_text(row(job), "Failed")
    app.one(f"{row(job)} .opener").click()
    app.wait_for_text(f"{row(job)} .details", "was simulated")
    app.one(f"{row(job)} .row button").click()
    app.wait_for_text(".toasts", "queued again")
    app.wait_for_text(row(job), "Attempts\\s+2")


def test_a_result_is_shown_and_hostile_metadata_is_text(app, accounts):
    metadata = {"title": HOSTILE, "file": f"{HOSTILE}.docx", HOSTILE: {"deep": HOSTILE}}
    job = submit(accounts, f"{HOSTILE} Good morning.", metadata=metadata)
    app.sign_in(accounts, view="jobs")
    app.wait_for_text(row(job), "Completed")
    app.one(f"{row(job)} .opener").click()
    app.wait_for_text(f"{row(job)} .excerpt", "onerror")
    assert f"{HOSTILE}.docx" in app.text(f"{row(job)} .details")
    assert not app.all("main img, main script") and "stolen" not in app.browser.title


@pytest.mark.console("WebSocket connection", "Failed to load resource")
def test_the_list_goes_on_after_the_server_restarts(app, accounts):
    job = submit(accounts, long_text("Interrupted", 100))
    app.sign_in(accounts, view="jobs")
    app.wait_for_text(row(job), "Running")
    accounts.stop()
    app.wait_for_text(".connection", "Reconnecting")
    accounts.start()
    app.wait_for_text(".connection", "Live")
    app.wait_for_text(row(job), "Completed", seconds=40)


def test_leaving_while_a_connection_is_being_made_is_no_error(app, accounts):
    job = submit(accounts, long_text("Left alone", 100))
    with Distance(accounts.address, "/ws/") as far:
        app.sign_in(far, view="jobs")
        app.wait(lambda: app.all(row(job)))
        app.wait(lambda: far.open)
        app.go("notes")
        assert far.open
        far.let_through()
        app.wait(lambda: not far.open)


def test_jobs_can_be_filtered_and_erased(app, accounts):
    job = submit(accounts, "Erase me.")
    app.sign_in(accounts, view="jobs")
    app.wait_for_text(row(job), "Completed")
    app.choose("Show", "PROCESSING")
    app.wait(lambda: not app.all(row(job)))
    app.choose("Show", "")
    app.one(f"{row(job)} .opener").click()
    app.press("Erase the job and its texts")
    app.wait(lambda: not app.all(row(job)))
    assert job_of(accounts, job)[0] == 404
