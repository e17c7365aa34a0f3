"""Measures what others notice while a large model is loaded for the first time.

    python3 Benchmarks/random_model.py MODELS/fr-en fr en
    python3 Benchmarks/loading.py PROGRAM MODELS

MODELS also holds the starter. Two clients ask /health/live every 20 ms, one translates English into Spanish sentence by
sentence; then somebody asks for French into English. Its cache folder is empty, so that the weights are packed first.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import threading
import time

LIVE_EVERY = 0.02


@contextlib.contextmanager
def server(program: str, models: str, *options: str):
    """A server with nothing in its cache; yields its port and process id."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DRAGOMAN_")}
        environment["DRAGOMAN_CACHE_DIR"] = folder + "/cache"
        command = [program, "serve", "--api-port", "0", "--data-dir", folder + "/data", "--model-path", models, *options]
        # Nothing is remembered: every sentence goes through its model.
        command += ["--set", "cache_size=0", "--set", "cache_memory=0"]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            port = None
            for line in process.stdout:
                if found := re.search(r"127\.0\.0\.1:(\d+)", line):
                    port = int(found.group(1))
                    break
            if port is None:
                raise SystemExit("The server did not start.")
            threading.Thread(target=process.stdout.read, daemon=True).start()
            yield port, process.pid
        finally:
            process.terminate()
            process.wait()


class Client:
    """One connection; every request is timed in milliseconds."""

    def __init__(self, port: int):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def ask(self, method: str, path: str, body: object = None) -> tuple[float, dict]:
        start = time.perf_counter()
        content = None if body is None else json.dumps(body)
        self._connection.request(method, path, content, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {data[:300]!r}")
        return (time.perf_counter() - start) * 1000, json.loads(data)

    def translate(self, text: str, source: str, target: str) -> float:
        body = {"text": text, "source_language": source, "target_language": target}
        return self.ask("POST", "/api/v1/translate", body)[0]


class Samples:
    """Times with the moment each request began."""

    def __init__(self):
        self.all: list[tuple[float, float]] = []

    def collect(self, stop: threading.Event, pause: float, ask) -> None:
        while not stop.is_set():
            self.all.append((time.monotonic(), ask()))
            time.sleep(pause)

    def between(self, begin: float, end: float) -> list[float]:
        return sorted(value for at, value in self.all if begin <= at < end)


def line(name: str, values: list[float]) -> float:
    def part(share: float) -> float:
        return values[min(len(values) - 1, int(share * len(values)))]

    print(
        f"{name:32} {len(values):6} median {statistics.median(values):7.2f}  p95 {part(0.95):7.2f}  "
        f"p99 {part(0.99):7.2f}  max {values[-1]:8.2f} ms"
    )
    return part(0.95)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("models")
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    stop = threading.Event()
    lives, others = [Samples(), Samples()], Samples()
    with server(arguments.program, str(pathlib.Path(arguments.models).resolve())) as (port, _):
        Client(port).translate("Good morning.", "en", "es")
        works = [(sample, LIVE_EVERY, lambda c=Client(port): c.ask("GET", "/health/live")[0]) for sample in lives]
        client = Client(port)
        sentence = "The small house stands by the river."
        works.append((others, 0.01, lambda: client.translate(sentence, "en", "es")))
        threads = [threading.Thread(target=sample.collect, args=(stop, *rest)) for sample, *rest in works]
        for thread in threads:
            thread.start()
        time.sleep(1)
        begin = time.monotonic()
        time.sleep(arguments.seconds)
        middle = time.monotonic()
        first = Client(port).translate("Bonjour.", "fr", "en")
        end = time.monotonic()
        stop.set()
        for thread in threads:
            thread.join()
    live_before = sorted(lives[0].between(begin, middle) + lives[1].between(begin, middle))
    live_during = sorted(lives[0].between(middle, end) + lives[1].between(middle, end))
    line("/health/live before", live_before)
    line("/health/live while loading", live_during)
    before = line("en-es before", others.between(begin, middle))
    during = line("en-es while loading", others.between(middle, end))
    print(f"first fr-en request: {first:.0f} ms; p95 of en-es: {during / before:.2f} times what it was")


if __name__ == "__main__":
    main()
