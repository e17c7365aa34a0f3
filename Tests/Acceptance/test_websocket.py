"""Jobs are followed with a WebSocket client that we did not write."""

import json

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

BODY = {"source_language": "en", "target_language": "es"}


def events(address, path, **options):
    """All messages until the server closes, and the close code."""
    messages = []
    with connect(address.replace("http", "ws") + path, **options) as socket:
        try:
            while True:
                messages.append(json.loads(socket.recv(timeout=30)))
        except ConnectionClosed as end:
            return messages, end.rcvd.code


def submit(server, text, token=None):
    """Submits a text. Returns the job's id."""
    status, answer = server.call("POST", "/api/v1/translations", BODY | {"text": text}, token)
    assert status == 202, answer
    return answer["job_id"]


def test_job_is_followed_to_its_end(local):
    job = submit(local, "Good morning. Where is the library? " * 20)
    messages, code = events(local.address, f"/ws/job/{job}")
    assert code == 1000
    assert {message["job_id"] for message in messages} == {job}
    progress = [message["progress"] for message in messages]
    assert progress == sorted(progress) and progress[-1] == 100
    assert messages[-1]["status"] == "COMPLETED" and "completed_at" in messages[-1]


def test_job_that_has_ended_is_told_at_once(local):
    job = submit(local, "Good morning.")
    events(local.address, f"/ws/job/{job}")
    messages, code = events(local.address, f"/ws/job/{job}")
    assert [message["status"] for message in messages] == ["COMPLETED"] and code == 1000


def test_unknown_job_is_4404(local):
    assert events(local.address, "/ws/job/trans_20200101_0000000000000000") == ([], 4404)


def test_credentials_come_by_header_or_ticket_and_tickets_once(accounts):
    token = accounts.token("ada@example.org")
    job = submit(accounts, "Good morning.", token)
    path = f"/ws/job/{job}"
    assert events(accounts.address, path) == ([], 4401)
    _, code = events(accounts.address, path, additional_headers={"Authorization": f"Bearer {token}"})
    assert code == 1000
    ticket = accounts.call("POST", "/api/v1/tickets", token=token)[1]["ticket"]
    assert events(accounts.address, f"{path}?ticket={ticket}")[1] == 1000
    assert events(accounts.address, f"{path}?ticket={ticket}") == ([], 4401)


def test_job_of_another_is_unknown(accounts):
    job = submit(accounts, "Good morning.", accounts.token("ada@example.org"))
    headers = {"Authorization": f"Bearer {accounts.token('bob@example.org')}"}
    assert events(accounts.address, f"/ws/job/{job}", additional_headers=headers) == ([], 4404)


@pytest.mark.parametrize("size", [200, 200_000])
def test_client_that_talks_is_answered_or_closed(local, size):
    job = submit(local, "Good morning.")
    with connect(local.address.replace("http", "ws") + f"/ws/job/{job}") as socket:
        with pytest.raises(ConnectionClosed):
            while True:
                socket.send("x" * size)
                socket.recv(timeout=30)
    assert local.call("GET", "/health")[0] == 200
