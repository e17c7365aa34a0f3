"""Compares `dragoman simulate` with the real system: the same jobs at the same times, waits measured and simulated.

A server with the simulated engine gets jobs at random times and of random lengths. What it recorded of them (submission,
words, class) becomes a trace, which the simulation replays on as many workers of one slot as the server had jobs at a
time, once with what the engine takes for the words, and once with what the server took beyond that for each job in the
mean. Waits are of the same jobs, so that what then still differs is luck: two jobs within a moment of each other, a
machine that was busy.

    python3 Benchmarks/simulate_check.py [--seconds 120] [--concurrency 2] [--utilisation 0.85] [--milliseconds 10]
"""

import argparse
import concurrent.futures
import datetime
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from bench_server import ROOT, BenchError, machine, running, write_report

BEGIN, END = "<!-- simulate-check:begin -->", "<!-- simulate-check:end -->"
SHARES = {"CRITICAL": (0.1, 90), "HIGH": (0.3, 70), "STANDARD": (0.6, 0)}
MEAN_WORDS, MOST_WORDS = 40, 200


def call(url: str, body: dict | None = None) -> dict:
    """One request and its answer as JSON."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def submit(server: str, words: int, priority: str, begin: float, offset: float) -> str:
    """Submits a job of one sentence at its time; its id."""
    time.sleep(max(0.0, begin + offset - time.monotonic()))
    text = " ".join(f"word{number}" for number in range(words)) + "."
    body = {"text": text, "source_language": "en", "target_language": "de", "priority": priority}
    return call(f"{server}/api/v1/translations", body)["job_id"]


def plan(arguments: argparse.Namespace) -> list[tuple[float, int, str]]:
    """Times, words and classes: Poisson arrivals, lengths exponential up to a limit."""
    chance = random.Random(arguments.seed)
    seconds_per_job = MEAN_WORDS * arguments.milliseconds / 1000
    rate = arguments.utilisation * arguments.concurrency / seconds_per_job
    jobs, now = [], chance.expovariate(rate)
    while now < arguments.seconds:
        words = min(MOST_WORDS, max(1, math.ceil(chance.expovariate(1 / MEAN_WORDS))))
        kind = chance.choices(list(SHARES), [share for share, _ in SHARES.values()])[0]
        jobs.append((now, words, kind))
        now += chance.expovariate(rate)
    return jobs


def instant(text: str) -> float:
    return datetime.datetime.fromisoformat(text).timestamp()


def measure(arguments: argparse.Namespace) -> list[dict]:
    """The jobs as the server recorded them, by submission."""
    settings = {
        "engine": "simulated", "simulated_time_per_word": f"{arguments.milliseconds}ms", "cache_size": "0",
        "cache_memory": "0", "worker_concurrency": str(arguments.concurrency),
    }
    with running(arguments.binary, settings) as server:
        call(f"{server.url}/health")
        begin = time.monotonic() + 0.5
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            submissions = [pool.submit(submit, server.url, words, kind, begin, offset)
                           for offset, words, kind in plan(arguments)]
            ids = [submission.result() for submission in submissions]
        jobs, deadline = [], time.monotonic() + 600
        for name in ids:
            while (job := call(f"{server.url}/api/v1/translations/{name}"))["status"] != "COMPLETED":
                if job["status"] in ("FAILED", "CANCELLED") or time.monotonic() > deadline:
                    raise BenchError(f"job '{name}' is {job['status']}, expected COMPLETED")
                time.sleep(0.2)
            jobs.append(job)
    return sorted(jobs, key=lambda job: instant(job["created_at"]))


def overhead(arguments: argparse.Namespace, jobs: list[dict]) -> float:
    """Milliseconds for a job in the mean beyond what its words take."""
    excess = [(instant(job["completed_at"]) - instant(job["started_at"])) * 1000
              - job["word_count"] * arguments.milliseconds for job in jobs]
    return max(0.0, sum(excess) / len(excess))


def simulate(arguments: argparse.Namespace, jobs: list[dict], extra: float) -> dict:
    """What the simulation makes of the same jobs, each of which takes some milliseconds more than its words do."""
    first = instant(jobs[0]["created_at"])
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8") as trace:
        for job in jobs:
            score = SHARES[job["priority"]][1]
            trace.write(f"{instant(job['created_at']) - first:.6f},{score},"
                        f"{job['word_count'] + extra / arguments.milliseconds}\n")
        trace.flush()
        workers = str(arguments.concurrency)
        command = [
            *arguments.simulator, "simulate", "--json", "--trace", trace.name, "--policy", "fixed", "--workers", workers,
            "--min-workers", workers, "--max-workers", workers, "--slots", "1",
            "--words-per-second", str(1000 / arguments.milliseconds),
        ]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)["results"][0]["result"]


def spread(values: list[float]) -> list[float]:
    """Mean, median and 95 in a hundred, as the simulation takes them."""
    values = sorted(values)
    def quantile(share: float) -> float:
        return values[max(0, math.ceil(share * len(values)) - 1)]
    return [sum(values) / len(values), quantile(0.5), quantile(0.95)]


def rows(jobs: list[dict], results: list[dict]) -> list[str]:
    """Markdown: a row for each class, measured beside what was simulated."""
    lines = [
        "| class | jobs | wait, mean (s) | p50 | p95 | turnaround, mean (s) | p50 | p95 |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    simulated = [{entry["priority_class"]: entry for entry in result["classes"]} | {"all": result} for result in results]
    for kind in [*SHARES, "all"]:
        own = [job for job in jobs if kind in ("all", job["priority"])]
        if not own:
            continue
        cells = []
        for key, end in (("wait", "started_at"), ("turnaround", "completed_at")):
            real = spread([instant(job[end]) - instant(job["created_at"]) for job in own])
            models = [[model[kind][key][name] for name in ("mean", "p50", "p95")] for model in simulated]
            cells += [" / ".join(f"{value:.2f}" for value in values) for values in zip(real, *models)]
        lines.append(f"| {kind} | {len(own)} | " + " | ".join(cells) + " |")
    return lines


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compares 'dragoman simulate' with the real system.")
    parser.add_argument("--seconds", type=float, default=120, help="how long jobs come in (default: 120)")
    parser.add_argument("--concurrency", type=int, default=2, help="jobs worked on at a time (default: 2)")
    parser.add_argument("--utilisation", type=float, default=0.85, help="share of that in use (default: 0.85)")
    parser.add_argument("--milliseconds", type=int, default=10, help="for each word (default: 10)")
    parser.add_argument("--seed", type=int, default=1, help="decides times and lengths (default: 1)")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/dragoman", help="the server")
    parser.add_argument("--simulator", nargs="+", help="the program that simulates (default: the server's)")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs" / "RELIABILITY.md",
                        help="the page to write the table into (default: docs/RELIABILITY.md)")
    arguments = parser.parse_args()
    arguments.simulator = arguments.simulator or [str(arguments.binary)]
    return arguments


def main() -> None:
    arguments = parse_arguments()
    try:
        jobs = measure(arguments)
        extra = overhead(arguments, jobs)
        results = [simulate(arguments, jobs, 0), simulate(arguments, jobs, extra)]
    except (BenchError, OSError, subprocess.CalledProcessError, urllib.error.URLError) as error:
        sys.exit(f"error: {error}")
    lines = [
        f"Measured on {datetime.date.today().isoformat()} with `Benchmarks/simulate_check.py`: {machine()}; {len(jobs)} jobs of "
        f"{MEAN_WORDS} words in the mean within {arguments.seconds:g} s, {arguments.concurrency} at a time, "
        f"{arguments.milliseconds} ms a word. Measured / simulated / simulated with the {extra:.1f} ms that the server took for a "
        "job beyond its words:", "", *rows(jobs, results),
    ]
    print("\n".join(lines))
    write_report(arguments.output, BEGIN, END, "The simulation beside the real system", "\n".join(lines))


if __name__ == "__main__":
    main()
