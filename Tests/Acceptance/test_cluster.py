"""Live updates where several processes answer requests, behind the shipped nginx.conf."""

import asyncio
import http.client
import json
import time
import urllib.request

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from cluster import Cluster, Proxy
from conftest import SECRET

SOCKETS = 1000
AT_ONCE = 25
NO_SOCKETS = ('"~*^/ws/.* websocket$" websocket;', "")
NO_STREAMS = ("location ~ ^/api/v1/translations/[^/]+/events$ {", "location ~ /events$ { return 502;")


@pytest.fixture(scope="module", params=[("postgres", "redis"), ("postgres",)], ids=["redis", "no-redis"])
def cluster(request):
    cluster = Cluster(*request.param, engine="simulated", simulated_time_per_word="20ms", secret_key=SECRET)
    try:
        yield cluster.start()
    finally:
        cluster.remove()


def submit(server, token, words):
    """Submits a text that nobody has submitted yet; the job's id. Its sentences have six words."""
    start = time.monotonic_ns()
    text = " ".join(f"Sentence {start} {count} has six words." for count in range(words // 6))
    body = {"text": text, "source_language": "en", "target_language": "de"}
    status, answer = server.call("POST", "/api/v1/translations", body, token)
    assert status == 202, answer
    return answer["job_id"]


def cancel(server, token, job):
    assert server.call("DELETE", f"/api/v1/translations/{job}", token=token)[0] in (200, 202, 204)


def open_sockets(server):
    """How many WebSockets a process serves."""
    with urllib.request.urlopen(server.address + "/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return next((float(line.split()[1]) for line in lines if line.startswith("dragoman_websocket_connections")), 0)


class Visitor:
    """A page that opens one WebSocket after another: each with a ticket that came over a connection it keeps."""

    def __init__(self, cluster, token, job):
        self._host = cluster.address.removeprefix("http://")
        self._connection = http.client.HTTPConnection(self._host, timeout=30)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._job = job

    def _ticket(self):
        self._connection.request("POST", "/api/v1/tickets", headers=self._headers)
        answer = self._connection.getresponse()
        body = json.loads(answer.read())
        assert answer.status == 201, body
        return body["ticket"]

    async def open(self):
        """A WebSocket that has told where the job is."""
        ticket = await asyncio.to_thread(self._ticket)
        address = f"ws://{self._host}/ws/job/{self._job}?ticket={ticket}"
        socket = await connect(address, origin=f"http://{self._host}", open_timeout=30)
        assert json.loads(await asyncio.wait_for(socket.recv(), 30))["job_id"] == self._job
        return socket


async def last_words(socket):
    """The last status that is told, and the close code."""
    status = None
    try:
        while True:
            status = json.loads(await asyncio.wait_for(socket.recv(), 30))["status"]
    except ConnectionClosed as end:
        return status, end.rcvd and end.rcvd.code


async def visit(cluster, token, job):
    """Opens all sockets, a few at a time, then cancels the job; how many each process served, and all last words."""
    places = asyncio.Queue()
    for _ in range(AT_ONCE):
        places.put_nowait(Visitor(cluster, token, job))

    async def one():
        visitor = await places.get()
        try:
            return await visitor.open()
        finally:
            places.put_nowait(visitor)

    sockets = await asyncio.gather(*(one() for _ in range(SOCKETS)))
    counts = [await asyncio.to_thread(open_sockets, api) for api in cluster.apis]
    await asyncio.to_thread(cancel, cluster, token, job)
    return counts, await asyncio.gather(*(last_words(socket) for socket in sockets))


def test_a_thousand_tickets_open_a_thousand_sockets(cluster):
    token = cluster.token("ada@example.org")
    job = submit(cluster, token, 90_000)
    counts, ends = asyncio.run(visit(cluster, token, job))
    assert sum(counts) == SOCKETS and min(counts) > SOCKETS / 5
    assert set(ends) == {("CANCELLED", 1000)} and len(ends) == SOCKETS


def test_a_ticket_that_was_used_at_one_process_is_worthless_at_the_other(cluster):
    token = cluster.token("ada@example.org")
    job = submit(cluster, token, 3000)

    async def code(api, ticket):
        async with connect(f"{api.address.replace('http', 'ws')}/ws/job/{job}?ticket={ticket}") as socket:
            try:
                return json.loads(await asyncio.wait_for(socket.recv(), 30))["job_id"]
            except ConnectionClosed as end:
                return end.rcvd.code

    async def codes(order):
        ticket = (await asyncio.to_thread(order[0].call, "POST", "/api/v1/tickets", None, token))[1]["ticket"]
        return [await code(order[1], ticket), await code(order[0], ticket), await code(order[1], ticket)]

    for order in (cluster.apis, cluster.apis[::-1]):
        assert asyncio.run(codes(order)) == [job, 4401, 4401]
    cancel(cluster, token, job)


def test_metrics_are_hidden_however_they_are_spelled(cluster):
    host = cluster.address.removeprefix("http://")
    for path in ("/metrics", "/metrics/", "//metrics", "/%6detrics", "/metrics;x", "/METRICS", "/x/../metrics"):
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.request("GET", path)
        assert connection.getresponse().status == 404, path
        connection.close()


def row(job):
    return f"[data-job={job}]"


def progress(app, job):
    return app.one(f"{row(job)} progress").get_property("value")


def look_away(app):
    """A page that nobody sees does not load its list anew: then what moves on it is what it was told."""
    app.script("Object.defineProperty(document, 'hidden', { get: () => true })")


@pytest.mark.console("WebSocket connection", "Failed to load resource")
def test_the_page_goes_on_when_its_process_stops(app, cluster):
    token = cluster.token("ada@example.org")
    job = submit(cluster, token, 90_000)
    app.sign_in(cluster, view="jobs")
    app.wait_for_text(row(job), "Running")
    app.wait(lambda: progress(app, job) > 0)
    app.wait_for_text(".connection", "^Live$")
    look_away(app)
    serving = app.wait(lambda: next((api for api in cluster.apis if open_sockets(api) > 0), None))
    other = next(api for api in cluster.apis if api is not serving)
    serving.kill()
    try:
        app.wait(lambda: open_sockets(other) > 0)
        app.wait_for_text(".connection", "^Live$")
        before = progress(app, job)
        app.wait(lambda: progress(app, job) > before)
        cancel(cluster, token, job)
        app.wait_for_text(row(job), "Cancelled")
    finally:
        serving.start()


@pytest.mark.console("WebSocket connection", "Failed to load resource")
@pytest.mark.parametrize(
    "changes, words",
    [({"sockets": NO_SOCKETS}, "event stream"), ({"sockets": NO_SOCKETS, "streams": NO_STREAMS}, "every few seconds")],
    ids=["no-sockets", "no-sockets-nor-streams"],
)
def test_the_page_follows_by_what_the_proxy_lets_through_and_says_so(app, accounts, changes, words):
    proxy = Proxy(accounts, accounts, **changes).start()
    try:
        token = accounts.token("ada@example.org")
        job = submit(accounts, token, 90_000)
        app.sign_in(proxy, view="jobs")
        app.wait_for_text(".connection", words)
        look_away(app)
        before = progress(app, job)
        app.wait(lambda: progress(app, job) > before)
        cancel(accounts, token, job)
        app.wait_for_text(row(job), "Cancelled")
    finally:
        proxy.remove()
