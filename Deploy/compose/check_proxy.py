"""Checks nginx.conf with nginx itself, in front of a small server that says what reached it."""

import contextlib
import http.client
import http.server
import json
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator

FOLDER = pathlib.Path(__file__).resolve().parent
STREAM = "/api/v1/translations/trans_1/events"
# Ways to write one path: a slash at the end or two at the beginning, an escape, a parameter, capitals, detours.
METRICS = ("/metrics", "/metrics/", "//metrics", "/%6detrics", "/metrics;x", "/METRICS", "/metrics%2f", "/./metrics",
           "/x/../metrics", "/metrics?x=1")


class Backend(http.server.BaseHTTPRequestHandler):
    """Answers with the headers that came; an event stream sends each event but the first only once it is told to."""

    protocol_version = "HTTP/1.1"
    next_event = threading.Semaphore(0)

    def do_GET(self) -> None:
        self.send_response(200)
        if self.path == STREAM:
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for number in range(3):
                self.chunk(f"data: {number}\n\n".encode())
                self.next_event.acquire(timeout=10)
            self.chunk(b"")
            return
        body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


def check() -> list[str]:
    """What is wrong with nginx.conf."""
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
    if not nginx:
        return ["nginx is not installed; expected it for the check of nginx.conf"]
    with tempfile.TemporaryDirectory() as folder, backend() as port:
        path = pathlib.Path(folder)
        front = write_configuration(path, f"127.0.0.1:{port}", f"localhost:{port}")
        base = [nginx, "-c", str(path / "nginx.conf"), "-e", "stderr"]
        tested = subprocess.run([*base, "-t"], check=False, text=True, capture_output=True)
        if tested.returncode != 0:
            return [f"nginx -t: {tested.stderr.strip()}"]
        with open(path / "log", "wb") as log:
            process = subprocess.Popen([*base, "-g", "daemon off;"], stdout=log, stderr=log)
        try:
            wait_for(front)
            return list(findings(front))
        finally:
            process.terminate()
            process.wait(timeout=10)


@contextlib.contextmanager
def backend() -> Iterator[int]:
    """The small server, as long as the block runs."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()


def write_configuration(folder: pathlib.Path, first: str, second: str) -> int:
    """nginx.conf as it is but for folders and addresses, which are those of two servers; the port it listens on."""
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        front, secure = one.getsockname()[1], two.getsockname()[1]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-keyout", str(folder / "tls_key"), "-out", str(folder / "tls_certificate")],
        check=True, capture_output=True,
    )
    text = (FOLDER / "nginx.conf").read_text(encoding="utf-8")
    for old, new in {
        "/tmp/": f"{folder}/", "/run/secrets/": f"{folder}/", "api-1:8080": first,
        "api-2:8080": second, "listen 8080": f"listen 127.0.0.1:{front}",
        "listen 8443": f"listen 127.0.0.1:{secure}", "worker_connections 16384": "worker_connections 4096",
    }.items():
        if old not in text:
            raise ValueError(f"nginx.conf lacks '{old}', which this check replaces")
        text = text.replace(old, new)
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    return front


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError("nginx did not listen within 10 seconds")


def ask(port: int, path: str, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path, headers=headers or {})
    return connection.getresponse()


def findings(port: int) -> Iterator[str]:
    """What the proxy does not do."""
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "Host": "translate.example.org:8443"}
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
    for path in ("/api/v1/languages", "/ws/job/trans_1"):
        seen = json.load(ask(port, path, forged | upgrade))
        if seen.get("x-forwarded-for") != "127.0.0.1" or seen.get("x-forwarded-proto") != "http":
            yield f"nginx passes on what a client says about where it comes from, at {path}: {seen}"
        if seen.get("host") != forged["Host"] or seen.get("x-forwarded-host") != forged["Host"]:
            yield f"nginx asks for another host than was asked for, at {path}: {seen.get('host')}"
        passed = seen.get("upgrade") == "websocket" and seen.get("connection", "").lower() == "upgrade"
        if passed != path.startswith("/ws/"):
            yield f"nginx {'passes on' if passed else 'does not pass on'} the upgrade to a WebSocket at {path}: {seen}"
    for path in METRICS:
        if (status := ask(port, path).status) != 404:
            yield f"nginx answers {path} with {status}, expected 404"
    yield from stream_findings(port)


def stream_findings(port: int) -> Iterator[str]:
    """Whether events come through one by one."""
    stream = ask(port, STREAM)
    for number in range(3):
        try:
            line = stream.readline()
        except TimeoutError:
            yield f"nginx holds back event {number} of a stream"
            return
        finally:
            Backend.next_event.release()
        if line != f"data: {number}\n".encode():
            yield f"event {number} of a stream came as '{line!r}'"
        stream.readline()
    stream.read()
