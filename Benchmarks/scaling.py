"""Jobs a second by the number of workers, and what binds first when there are more of them.

Worker processes with the simulated engine and a fixed number of jobs at a time work off a queue that is full from the
beginning to the end. As long as every job takes the time of its words, jobs a second grow with the workers; then the rate
is raised until they no longer do, and the processor time of each kind of process shows why. See scripts/bench-scaling.
"""

import argparse
import collections
import dataclasses
import datetime
import os
import pathlib
import statistics
import sys
import time
import urllib.parse

import psycopg

from bench_server import ROOT, machine, write_report
from cluster import PROGRAM, Cluster, ClusterError, Node, listener, processor_seconds, stop_on_signals
from queue_throughput import Workers, check
from submitter import requests, sentences, submit

BEGIN, END = "<!-- scaling:begin -->", "<!-- scaling:end -->"
WORDS, MILLISECONDS = 20, 1
TITLES = {"postgres": "PostgreSQL", "rabbitmq": "RabbitMQ", "redis": "Redis"}
LONGEST = 300.0
MACHINE = "whole machine"


@dataclasses.dataclass(frozen=True)
class Point:
    """A measurement."""

    workers: int
    concurrency: int
    # Jobs a second.
    rate: float
    # Cores in use, by kind of process; the whole machine's last.
    cores: dict[str, float]
    # What PostgreSQL's busy connections waited for most often, and in which share of looks at them.
    wait: str


class Bench:
    """The servers, and one API process that fills the queue."""

    def __init__(self, cluster: Cluster, arguments: argparse.Namespace):
        self._cluster = cluster
        self._arguments = arguments
        self._settings = {
            "simulated_time_per_word": f"{MILLISECONDS}ms", "cache_size": "0", "cache_memory": "0", "log_level": "warning",
        }
        self.api: Node = cluster.add("bench-api", "api", self._settings)
        self.api.start()
        self._postgres = psycopg.connect(cluster.urls["postgres"], autocommit=True)
        ports = {TITLES[name]: urllib.parse.urlsplit(url).port for name, url in cluster.urls.items()}
        self._servers = {title: listener(port) for title, port in ports.items()}

    def measure(self, workers: int, concurrency: int) -> Point:
        """So many workers with so many jobs at a time each, once all of them run."""
        ideal = workers * concurrency * 1000 / (WORDS * MILLISECONDS)
        count = int(min(self._arguments.most, ideal * self._arguments.seconds))
        self._postgres.execute("TRUNCATE jobs CASCADE")
        _, _, statuses = submit(self.api.port, requests(sentences(count, WORDS)))
        check(statuses, count)
        settings = self._settings | {"worker_concurrency": str(concurrency)}
        with Workers(self._cluster, settings, workers) as crew:
            time.sleep(0.5)
            groups = self._groups(crew.nodes)
            before, begin = usage(groups), time.time()
            waits = self._wait(count * 9 // 10)
            end, after = time.time(), usage(groups)
            done = self._postgres.execute(
                "SELECT count(*) FROM jobs WHERE ended_at > %s AND ended_at <= %s", [int(begin * 1e6), int(end * 1e6)]
            ).fetchone()[0]
        if end - begin < 1:
            raise ClusterError(f"{count} jobs were done before they could be measured, expected more (--most)")
        cores = {title: (after[title] - before[title]) / (end - begin) for title in after}
        [(wait, looks)] = waits.most_common(1) or [("nothing", 0)]
        share = looks / max(1, waits.total())
        return Point(workers, concurrency, done / (end - begin), cores, f"{wait} ({share:.0%})")

    def _groups(self, nodes: list[Node]) -> dict[str, list[int]]:
        return {"workers": [node.pid for node in nodes], "API": [self.api.pid]} | {
            title: [pid] for title, pid in self._servers.items() if pid}

    def _wait(self, count: int) -> collections.Counter:
        """Waits for so many completed jobs; what busy connections were seen waiting for meanwhile."""
        deadline = time.monotonic() + LONGEST
        waits: collections.Counter = collections.Counter()
        activity = """
            SELECT COALESCE(wait_event_type || ':' || wait_event, 'processor') FROM pg_stat_activity
            WHERE backend_type = 'client backend' AND state = 'active' AND pid <> pg_backend_pid()
            """
        while True:
            query = "SELECT count(*) FROM jobs WHERE state = 'completed'"
            if (done := self._postgres.execute(query).fetchone()[0]) >= count:
                return waits
            if time.monotonic() > deadline:
                raise ClusterError(f"{done} of {count} jobs were completed within {LONGEST:g} s")
            for _ in range(5):
                waits.update(row[0] for row in self._postgres.execute(activity))
                time.sleep(0.04)


def usage(groups: dict[str, list[int]]) -> dict[str, float]:
    """Seconds of processor time by kind of process, and of the whole machine."""
    fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    # Without idle, waiting for disks, and what was stolen or is counted twice.
    busy = sum(fields[index] for index in (0, 1, 2, 5, 6)) / os.sysconf("SC_CLK_TCK")
    return {title: processor_seconds(pids) for title, pids in groups.items()} | {MACHINE: busy}


def linearity(rates: dict[int, float]) -> dict[int, float]:
    """What share of so many times one worker's rate so many workers reach."""
    return {workers: rate / (workers * rates[1]) for workers, rate in rates.items()}


def binding(point: Point, share: float, cores: int) -> str:
    """What keeps the rate down, in words. `share` is what was reached of what the workers could do."""
    if share >= 0.9:
        return "nothing but the words' own time"
    own = {title: used for title, used in point.cores.items() if title != MACHINE}
    if point.cores[MACHINE] > 0.9 * cores:
        if sum(own.values()) < 0.75 * point.cores[MACHINE]:
            return "the machine, which other programs use"
        return f"the machine's {cores} cores; most of them {max(own, key=own.get)}"
    return f"PostgreSQL; its connections wait for {point.wait}"


def linear_rows(points: dict[int, list[Point]]) -> list[str]:
    """Markdown: workers at a low rate."""
    medians = {workers: statistics.median(point.rate for point in rounds) for workers, rounds in points.items()}
    shares = linearity(medians)
    rows = ["| workers | jobs/s | times one worker | linearity | aim |", "| ---: | ---: | ---: | ---: | --- |"]
    for workers, rounds in points.items():
        rates = [point.rate for point in rounds]
        rows.append(f"| {workers} | {medians[workers]:.1f} ({min(rates):.1f}–{max(rates):.1f}) | "
                    f"{medians[workers] / medians[1]:.2f} | {shares[workers]:.3f} | {'≥ 0.95' if workers > 1 else ''} |")
    return rows


def limit_rows(points: list[Point], single: float, cores: int) -> list[str]:
    """Markdown: rates that rise until something binds."""
    kinds = list(points[0].cores)
    rows = [
        "| workers × jobs at a time | jobs/s | of what they could do | " + " | ".join(f"{kind}, cores" for kind in kinds)
        + " | what binds |",
        "| --- | ---: | ---: |" + " ---: |" * len(kinds) + " --- |",
    ]
    for point in points:
        share = point.rate / (point.workers * point.concurrency * single)
        used = " | ".join(f"{point.cores[kind]:.2f}" for kind in kinds)
        rows.append(f"| {point.workers} × {point.concurrency} | {point.rate:,.0f} | {share:.0%} | {used} | "
                    f"{binding(point, share, cores)} |")
    return rows


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures jobs a second by the number of workers.")
    parser.add_argument("--concurrency", type=int, default=1, help="jobs at a time, for linearity (default: 1)")
    parser.add_argument("--rounds", type=int, default=3, help="for linearity (default: 3)")
    parser.add_argument("--seconds", type=float, default=12, help="that a measurement takes about (default: 12)")
    parser.add_argument("--most", type=int, default=12_000, help="jobs in a measurement at most (default: 12000)")
    parser.add_argument("--binary", type=pathlib.Path, default=PROGRAM, help="the program")
    parser.add_argument("--services", type=pathlib.Path, default=ROOT / ".services/bench", help="folder of the servers")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs" / "BENCHMARKS.md",
                        help="the page to write the tables into (default: docs/BENCHMARKS.md)")
    return parser.parse_args()


def run(arguments: argparse.Namespace) -> None:
    with Cluster(arguments.services, arguments.binary.resolve()) as cluster:
        bench = Bench(cluster, arguments)
        points: dict[int, list[Point]] = {1: [], 2: [], 4: []}
        for number in range(arguments.rounds):
            for workers, rounds in points.items():
                rounds.append(bench.measure(workers, arguments.concurrency))
                print(f"round {number + 1}: {workers} workers: {rounds[-1].rate:.1f} jobs/s, {rounds[-1].cores}", flush=True)
        single = statistics.median(point.rate for point in points[1]) / arguments.concurrency
        higher = []
        for concurrency in (1, 2, 4, 8, 16, 32):
            higher.append(bench.measure(4, concurrency))
            print(f"4 × {concurrency}: {higher[-1].rate:,.0f} jobs/s, {higher[-1].cores}", flush=True)
        lines = [
            f"Measured on {datetime.date.today().isoformat()} with `scripts/bench-scaling`: {machine()}; "
            f"{cluster.describe()}; servers and workers on the same machine. Jobs of {WORDS} words at "
            f"{MILLISECONDS} ms a word from a full queue; a worker has {arguments.concurrency} at a time; medians of "
            f"{arguments.rounds} rounds in turns.",
            "", *linear_rows(points), "",
            f"Four workers with more and more jobs at a time. What they could do is {single:.1f} jobs/s, one worker's rate, "
            "for each of them:",
            "", *limit_rows(higher, single, os.cpu_count() or 1),
        ]
        print("\n" + "\n".join(lines))
        write_report(arguments.output, BEGIN, END, "Scaling", "\n".join(lines))


def main() -> None:
    arguments = parse_arguments()
    stop_on_signals()
    try:
        run(arguments)
    except (ClusterError, OSError, psycopg.Error) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
