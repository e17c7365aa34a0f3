"""Submits jobs as a careful client does: every submission has a key and is repeated until it is answered."""

import dataclasses
import http.client
import json
import random
import threading
import time

from texts import Plan

THREADS = 8
PATH = "/api/v1/translations"


@dataclasses.dataclass
class Submission:
    """What became of one plan."""

    plan: Plan
    # Every job the server named for the key; more than one is a broken promise.
    ids: set[str] = dataclasses.field(default_factory=set)
    sent: int = 0
    # Requests whose answer was lost on the way, or thrown away here on purpose.
    unanswered: int = 0
    refusal: str | None = None


class Client:
    """Submits plans at a pace, from several threads over connections that are kept."""

    def __init__(self, port: int, plans: list[Plan], rate: float, seed: int, patience: float = 120):
        self.submissions = [Submission(plan) for plan in plans]
        self._port = port
        self._rate = rate
        self._seed = seed
        self._patience = patience
        self._threads = [threading.Thread(target=self._work, args=(number,), daemon=True) for number in range(THREADS)]
        self._begin = 0.0
        self._stopping = threading.Event()

    def start(self) -> None:
        self._begin = time.monotonic()
        for thread in self._threads:
            thread.start()

    def is_busy(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(30)

    def _work(self, number: int) -> None:
        chance = random.Random(f"{self._seed}/{number}")
        connection = Connection(self._port)
        for index in range(number, len(self.submissions), THREADS):
            if self._stopping.wait(max(0.0, self._begin + index / self._rate - time.monotonic())):
                break
            submission = self.submissions[index]
            # One in fifty loses its answer on purpose, and one in fifty is sent again though it was answered.
            if chance.random() < 0.02:
                connection.send_and_hang_up(submission)
            self._insist(connection, submission)
            if chance.random() < 0.02 and submission.refusal is None:
                self._insist(connection, submission)
        connection.close()

    def _insist(self, connection: "Connection", submission: Submission) -> None:
        """Sends it until it is accepted, refused for good, or patience ends."""
        pause, deadline = 0.05, time.monotonic() + self._patience
        while not connection.submit(submission):
            if time.monotonic() > deadline:
                submission.refusal = f"not accepted within {self._patience:g} s"
                return
            if self._stopping.wait(pause):
                return
            pause = min(1.0, pause * 1.5)


class Connection:
    """A connection that is made again when it breaks."""

    def __init__(self, port: int):
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=15)

    def close(self) -> None:
        self._http.close()

    def send_and_hang_up(self, submission: Submission) -> None:
        """Sends the request and does not wait for what comes back."""
        try:
            self._send(submission)
        except (OSError, http.client.HTTPException):
            pass
        submission.unanswered += 1
        self._http.close()

    def submit(self, submission: Submission) -> bool:
        """Whether the submission is settled, by being accepted or refused for good."""
        try:
            self._send(submission)
            answer = self._http.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            submission.unanswered += 1
            self._http.close()
            return False
        if answer.status in (200, 202):
            submission.ids.add(json.loads(content)["job_id"])
            return True
        if answer.status == 429 or answer.status >= 500:
            return False
        submission.refusal = f"{answer.status}: {content.decode(errors='replace')[:300]}"
        return True

    def _send(self, submission: Submission) -> None:
        submission.sent += 1
        headers = {"Content-Type": "application/json", "Idempotency-Key": submission.plan.key}
        self._http.request("POST", PATH, json.dumps(submission.plan.body), headers)


def translate(port: int, plan: Plan) -> str:
    """The text translated at once."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        body = {name: value for name, value in plan.body.items() if name != "priority"}
        connection.request("POST", "/api/v1/translate", json.dumps(body), {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())["translated_text"]
    finally:
        connection.close()


def result(port: int, job: str) -> tuple[str, str | None]:
    """A job's status and text, as its owner sees them."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        connection.request("GET", f"{PATH}/{job}")
        answer = json.loads(connection.getresponse().read())
        return answer.get("status", "?"), answer.get("result", {}).get("translated_text")
    finally:
        connection.close()
