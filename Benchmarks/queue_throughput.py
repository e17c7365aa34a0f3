"""Jobs a second from submission to result, beside Celery, which does the same work in the same run.

Dragoman: requests over many connections → API process → PostgreSQL (and RabbitMQ, where it is there) → worker processes
with the simulated engine at 0 ms a word → PostgreSQL. Celery once with Redis and no results, once with what promises the
same: confirmed messages on RabbitMQ, acks_late, results in PostgreSQL. The contenders take turns; each is first tried in
several shapes, and its best is taken. See scripts/bench-queue.
"""

import argparse
import dataclasses
import datetime
import pathlib
import re
import statistics
import subprocess
import sys
import time

import psycopg

from bench_server import ROOT, machine, write_report
from cluster import PROGRAM, Cluster, ClusterError, stop_on_signals
from queue_celery import CeleryOnRabbitMQ, CeleryOnRedis, Shape
from submitter import ACCEPTED, requests, sentences, submit

BEGIN, END = "<!-- queue:begin -->", "<!-- queue:end -->"
LONGEST = 600.0
COLUMNS = {"enqueue": "enqueue", "drain": "drain", "drain 2": "drain, 2 worker processes", "through": "submission to result"}
# Celery is tried in each of these, and measured in the best.
SHAPES = [Shape(processes, multiplier, producers) for processes, multiplier, producers in
          [(2, 4, 1), (2, 64, 2), (4, 64, 4), (8, 64, 8)]]


class Dragoman:
    """Our own processes on given servers."""

    def __init__(self, cluster: Cluster, names: list[str], concurrency: int, connections: int):
        self.name = "Dragoman, " + (" and ".join({"postgres": "PostgreSQL", "rabbitmq": "RabbitMQ", "redis": "Redis"}[name]
                                                for name in names))
        self._cluster = cluster
        self._connections = connections
        addresses = {"postgres": "database_url", "rabbitmq": "rabbitmq_url", "redis": "redis_url"}
        # Nothing that is remembered makes a job quicker, and what is not used here is not there.
        self.settings = {
            "simulated_time_per_word": "0s", "cache_size": "0", "cache_memory": "0", "log_level": "warning",
            "worker_concurrency": str(concurrency),
        } | {addresses[name]: "" for name in cluster.urls if name not in names}
        self._postgres = psycopg.connect(cluster.urls["postgres"], autocommit=True)

    def clear(self) -> None:
        if self._postgres.execute("SELECT to_regclass('jobs')").fetchone()[0]:
            self._postgres.execute("TRUNCATE jobs CASCADE")

    def measure(self, count: int) -> dict[str, float]:
        """Jobs a second in each of `COLUMNS`."""
        todo = requests(sentences(count))
        rates = {}
        api = self._cluster.add("bench-api", "api", self.settings)
        try:
            api.start()
            submit(api.port, requests(sentences(200)), self._connections)
            for column, workers in (("drain", 1), ("drain 2", 2)):
                self.clear()
                begin, end, statuses = submit(api.port, todo, self._connections)
                check(statuses, count)
                rates.setdefault("enqueue", count / (end - begin))
                with Workers(self._cluster, self.settings, workers):
                    first, last = self._span(count)
                    rates[column] = count / (last - first)
            self.clear()
            with Workers(self._cluster, self.settings, 1):
                begin, _, statuses = submit(api.port, todo, self._connections)
                check(statuses, count)
                rates["through"] = count / (self._span(count)[1] - begin)
        finally:
            self._cluster.remove(api)
        return rates

    def _span(self, count: int) -> tuple[float, float]:
        """When the first job was begun and the last one ended, once all have been completed."""
        deadline = time.monotonic() + LONGEST
        done = "SELECT count(*), min(started_at), max(ended_at) FROM jobs WHERE state = 'completed'"
        while True:
            completed, first, last = self._postgres.execute(done).fetchone()
            if completed >= count:
                return first / 1e6, last / 1e6
            if time.monotonic() > deadline:
                raise ClusterError(f"{completed} of {count} jobs were completed within {LONGEST:g} s")
            time.sleep(0.1)


class Workers:
    """Worker processes as long as the block runs."""

    def __init__(self, cluster: Cluster, settings: dict[str, str], count: int):
        self._cluster = cluster
        self.nodes = [cluster.add(f"bench-worker-{number}", "worker", settings) for number in range(1, count + 1)]

    def __enter__(self):
        try:
            for node in self.nodes:
                node.launch()
            for node in self.nodes:
                node.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for node in self.nodes:
            self._cluster.remove(node)


def check(statuses, count: int) -> None:
    if statuses != {ACCEPTED: count}:
        raise ClusterError(f"the answers to {count} submissions were {dict(statuses)}, expected 202 alone")


def measure_celery(contender, count: int) -> dict[str, float]:
    """Tasks a second in those of `COLUMNS` that Celery has: it scales by processes of one worker."""
    contender.clear()
    begin, end = contender.enqueue(count)
    rates = {"enqueue": count / (end - begin), "drain": count / contender.drain(count)}
    contender.clear()
    return rates | {"through": count / contender.through(count)}


def best_shape(make, count: int):
    """The contender in the shape that suits it best."""
    tried = []
    for shape in SHAPES:
        contender = make(shape)
        rates = measure_celery(contender, count)
        say(f"{contender.name}: {shape}: " + ", ".join(f"{name} {rate:,.0f}/s" for name, rate in rates.items()))
        tried.append((rates, shape))
    # Producers and worker in the shape that suits each, so that Celery is not held to one that suits the other.
    drain = max(tried, key=lambda entry: min(entry[0]["drain"], entry[0]["through"]))[1]
    producers = max(tried, key=lambda entry: entry[0]["enqueue"])[1].producers
    return make(dataclasses.replace(drain, producers=producers))


def measure_latency(cluster: Cluster, settings: dict[str, str], arguments: argparse.Namespace) -> list[str]:
    """The load generator's rows for jobs that come at a fixed rate."""
    api = cluster.add("bench-api", "api", settings)
    try:
        api.start()
        with Workers(cluster, settings, 1):
            command = [arguments.generator, "submit", "--url", api.address, "--pid", str(api.pid),
                       "--rate", str(arguments.rate), "--seconds", str(arguments.seconds)]
            result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, start_new_session=True)
    finally:
        cluster.remove(api)
    rows = [line for line in result.stdout.splitlines() if line.startswith("|")]
    if result.returncode != 0 or not rows:
        raise ClusterError(f"the load generator ended with {result.returncode}:\n{result.stdout.strip()}")
    # Its aims are those of one machine with SQLite.
    return [re.sub(r"\| p95 < 20 ms \|$", "| p95 < 50 ms |", row) for row in rows]


# --- Report ---------------------------------------------------------------------------------------------------------------


def say(text: str) -> None:
    print(text, flush=True)


def cell(values: list[float]) -> str:
    return f"{statistics.median(values):,.0f} ({min(values):,.0f}–{max(values):,.0f})" if values else "–"


def table(results: dict[str, list[dict[str, float]]], ours: list[str]) -> list[str]:
    """Markdown: a row for each contender, then a row for each ratio, taken within each round."""
    rows = ["| jobs/s | " + " | ".join(COLUMNS.values()) + " |", "| --- |" + " ---: |" * len(COLUMNS)]
    for name, rounds in results.items():
        rows.append(f"| {name} | " + " | ".join(
            cell([rates[column] for rates in rounds if column in rates]) for column in COLUMNS) + " |")
    for mine in ours:
        for other in (name for name in results if name not in ours):
            cells = []
            for column in COLUMNS:
                # Celery's one number is for its best number of processes.
                theirs = "drain" if column == "drain 2" else column
                ratios = [own[column] / rival[theirs] for own, rival in zip(results[mine], results[other], strict=True)]
                cells.append(f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f}–{max(ratios):.2f})")
            rows.append(f"| ratio: {mine} to {other} | " + " | ".join(cells) + " |")
    return rows


def report(results, ours: list[str], shapes: dict[str, str], latency: dict[str, list[str]], arguments) -> str:
    """The Markdown between the markers."""
    versions = subprocess.run([sys.executable, "-m", "pip", "freeze"], stdout=subprocess.PIPE, text=True, check=True).stdout
    celery = re.search(r"^celery==(.*)$", versions, re.MULTILINE)[1]
    lines = [
        f"Measured on {datetime.date.today().isoformat()} with `scripts/bench-queue`: {machine()}; servers, clients and "
        f"workers on the same machine. {arguments.jobs:,} jobs of 20 words, simulated engine at 0 ms; medians of "
        f"{arguments.rounds} rounds in turns, smallest and largest beside them. Dragoman: {arguments.connections} connections, "
        f"{arguments.concurrency} jobs at a time in a worker. Celery {celery}, prefork: "
        + "; ".join(f"{name}: {shape}" for name, shape in shapes.items()) + ".",
        "", *table(results, ours),
    ]
    for name, rows in latency.items():
        lines += ["", f"| {name}, one API process, one worker | measured | aim |", "| --- | --- | --- |", *rows]
    return "\n".join(lines)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures jobs a second from submission to result, beside Celery.")
    parser.add_argument("--jobs", type=int, default=6000, help="in each measurement (default: 6000)")
    parser.add_argument("--rounds", type=int, default=3, help="in which the contenders take turns (default: 3)")
    parser.add_argument("--concurrency", type=int, default=64, help="jobs that a worker of ours has at a time (default: 64)")
    parser.add_argument("--connections", type=int, default=64, help="of the client that submits (default: 64)")
    parser.add_argument("--rate", type=int, default=500, help="jobs a second for latencies (default: 500)")
    parser.add_argument("--seconds", type=int, default=30, help="for how long (default: 30)")
    parser.add_argument("--without-celery", action="store_true", help="only Dragoman; writes no report")
    parser.add_argument("--without-latency", action="store_true", help="leave the load generator out")
    parser.add_argument("--binary", type=pathlib.Path, default=PROGRAM, help="the program")
    parser.add_argument("--generator", type=pathlib.Path, default=ROOT / ".build/release/load-generator",
                        help="the load generator")
    parser.add_argument("--services", type=pathlib.Path, default=ROOT / ".services/bench", help="folder of the servers")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs" / "BENCHMARKS.md",
                        help="the page to write the table into (default: docs/BENCHMARKS.md)")
    return parser.parse_args()


def run(arguments: argparse.Namespace) -> None:
    with Cluster(arguments.services, arguments.binary.resolve()) as cluster:
        sets = [["postgres"]] + ([["postgres", "rabbitmq"]] if "rabbitmq" in cluster.urls else [])
        own = [Dragoman(cluster, names, arguments.concurrency, arguments.connections) for names in sets]
        rivals = [] if arguments.without_celery else celery_contenders(cluster, arguments)
        results: dict[str, list[dict[str, float]]] = {contender.name: [] for contender in own + rivals}
        for number in range(arguments.rounds):
            for contender in own + rivals:
                rates = contender.measure(arguments.jobs) if contender in own else measure_celery(contender, arguments.jobs)
                results[contender.name].append(rates)
                say(f"round {number + 1}: {contender.name}: "
                    + ", ".join(f"{name} {rate:,.0f}/s" for name, rate in rates.items()))
        latency = {}
        for contender in [] if arguments.without_latency else own:
            contender.clear()
            latency[contender.name] = measure_latency(cluster, contender.settings, arguments)
        ours = [contender.name for contender in own]
        shapes = {contender.name: str(contender.shape) for contender in rivals}
        if rivals:
            text = report(results, ours, shapes, latency, arguments)
        else:
            text = "\n".join(table(results, ours) + [row for rows in latency.values() for row in rows])
        say("\n" + text)
        if rivals:
            write_report(arguments.output, BEGIN, END, "Jobs a second, beside Celery", text)


def celery_contenders(cluster: Cluster, arguments: argparse.Namespace) -> list:
    """Those whose servers are there, each in its best shape."""
    count, contenders = max(1000, arguments.jobs // 2), []
    every = set(cluster.services.available())
    extra = [name for name in ("rabbitmq", "redis") if name in every]
    # Celery may use servers that the program does not know yet.
    addresses = cluster.urls | cluster.more(extra)
    if "redis" in addresses:
        contenders.append(best_shape(lambda shape: CeleryOnRedis(shape, addresses["redis"]), count))
    if "rabbitmq" in addresses:
        contenders.append(best_shape(
            lambda shape: CeleryOnRabbitMQ(shape, addresses["rabbitmq"], addresses["postgres"]), count))
    for name in ("rabbitmq", "redis"):
        if name not in addresses:
            say(f"scripts/services has no '{name}': Celery is not measured on it")
    return contenders


def main() -> None:
    arguments = parse_arguments()
    stop_on_signals()
    try:
        run(arguments)
    except (ClusterError, OSError, psycopg.Error) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
