"""Breaks a cluster while it works, and checks that it keeps its promises.

One API process, three workers, the simulated engine, and the servers of scripts/services. Jobs of mixed priority are
submitted through HTTP, each under a key and repeated until it is answered, while processes and servers are killed,
restarted, stopped and cut off. Afterwards every job has to be there, completed once, with the text it should have; a
trigger in the database has noted who wrote what. See scripts/chaos.
"""

import argparse
import contextlib
import dataclasses
import datetime
import pathlib
import random
import sys
import threading
import time
import urllib.parse

import analysis
import client
import faults
import texts
from audit import Audit
from bench_server import machine, write_report
from cluster import PROGRAM, ROOT, Cluster, ClusterError, Node, has_workers, stop_on_signals
from proxy import Proxy

BEGIN, END = "<!-- chaos:begin -->", "<!-- chaos:end -->"
WORKERS, CONCURRENCY, LEASE = 3, 4, 3.0
MILLISECONDS_PER_WORD = 10
# Jobs a second that the workers could do if nothing but words took time.
CAPACITY = WORKERS * CONCURRENCY / (texts.MEAN_WORDS * MILLISECONDS_PER_WORD / 1000)
# Of the pairs of jobs that waited together, the share of which the lower class may go first.
ORDER_TOLERANCE = 0.10
RECOVERY_LIMIT = 30.0
# So many times the jobs of another scenario, as it has so many times the faults.
STORM = 4
# Seconds after the last submission and the last fault in which every job has to end.
PATIENCE = 120.0


@dataclasses.dataclass
class Outcome:
    """What came of one scenario."""

    name: str
    submissions: list[client.Submission]
    records: list[analysis.Record]
    verdict: analysis.Verdict
    order: analysis.Order
    faults: list["Felt"]
    seconds: float
    skipped: list[str]
    problems: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Felt:
    """A fault and what it did."""

    fault: faults.Fault
    recovery: analysis.Recovery | None
    hit: analysis.Hit
    # Seconds for which the API was not ready.
    away: float


class Readiness:
    """Asks the API ten times a second whether it is ready."""

    def __init__(self, node: Node):
        self._node = node
        self._answers: list[tuple[float, bool]] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(5)

    def away(self, since: float, until: float) -> float:
        """Seconds for which it was not ready."""
        answers = [answer for answer in self._answers if since <= answer[0] <= until]
        pairs = zip(answers, answers[1:], strict=False)
        return sum(later - earlier for (earlier, is_ready), (later, _) in pairs if not is_ready)

    def _watch(self) -> None:
        while not self._stopping.wait(0.1):
            moment = time.time()
            self._answers.append((moment, self._node.is_ready()))


class Run:
    """All scenarios on one cluster."""

    def __init__(self, stage: faults.Stage, arguments: argparse.Namespace):
        self.stage = stage
        self.arguments = arguments

    def scenario(self, name: str) -> Outcome:
        """Submits its jobs while its faults happen, and judges what came of them."""
        arguments, stage = self.arguments, self.stage
        kinds = list(faults.SCENARIOS[name])
        missing = faults.missing(kinds, stage)
        kinds = [kind for kind in kinds if kind not in missing]
        if name in faults.SHUFFLED:
            stage.chance.shuffle(kinds)
        count = arguments.jobs * (STORM if name == "storm" else 1)
        print(f"{name}: {count} jobs", flush=True)
        plans = texts.plans(name, count, arguments.seed)
        submitter = client.Client(stage.api.port, plans, rate=2 * CAPACITY, seed=arguments.seed)
        schedule = faults.Schedule(stage, kinds, gap=faults.GAP / (2 if arguments.short else 1), say=say)
        readiness, begin = Readiness(stage.api), time.time()
        try:
            submitter.start()
            schedule.start()
            problems = self._wait(name, submitter, schedule)
        finally:
            schedule.stop()
            submitter.stop()
            readiness.stop()
        return self._judge(name, submitter, schedule, readiness, begin, sorted({kind.title for kind in missing}), problems)

    def _wait(self, name: str, submitter: client.Client, schedule: faults.Schedule) -> list[str]:
        """Waits until all is submitted, broken and mended, and done."""
        while submitter.is_busy() or schedule.is_busy():
            if self.deaths():
                return self.deaths()
            time.sleep(0.2)
        deadline = time.monotonic() + PATIENCE
        while self.stage.audit.unfinished(name) and time.monotonic() < deadline and not self.deaths():
            time.sleep(0.2)
        return self.deaths()

    def deaths(self) -> list[str]:
        nodes = [self.stage.api] if self.stage.expects_deaths else [self.stage.api, *self.stage.workers]
        return [death for node in nodes if (death := node.death())]

    def _judge(self, name, submitter, schedule, readiness, begin, skipped, problems) -> Outcome:
        records = self.stage.audit.records(name)
        promised = [
            analysis.Promised(submission.plan.key, frozenset(submission.ids),
                              texts.expected(submission.plan.text, submission.plan.target), submission.refusal)
            for submission in submitter.submissions
        ]
        felt = []
        for index, fault in enumerate(schedule.faults):
            until = schedule.faults[index + 1].begin if index + 1 < len(schedule.faults) else time.time()
            felt.append(Felt(fault, analysis.recovery(records, fault.begin, until), analysis.hit(records, fault.begin),
                             readiness.away(fault.begin, until)))
        ends = [record.ended for record in records if record.ended is not None]
        outcome = Outcome(
            name, submitter.submissions, records, analysis.judge(promised, records), analysis.order(records), felt,
            max(ends, default=begin) - begin, skipped, problems + schedule.problems,
        )
        outcome.problems += self._look(submitter.submissions) + limits(outcome)
        return outcome

    def _look(self, submissions: list[client.Submission]) -> list[str]:
        """What the API says of some of the jobs."""
        problems = []
        accepted = [submission for submission in submissions if submission.ids]
        for submission in random.Random(1).sample(accepted, min(50, len(accepted))):
            job = next(iter(submission.ids))
            status, text = client.result(self.stage.api.port, job)
            wanted = texts.expected(submission.plan.text, submission.plan.target)
            if (status, text) != ("COMPLETED", wanted):
                problems.append(f"the API says of {job}: {status}, {text!r}; expected COMPLETED, {wanted!r}")
        return problems


def limits(outcome: Outcome) -> list[str]:
    """What took too long, or was out of order."""
    problems = []
    if outcome.order.share > ORDER_TOLERANCE:
        problems.append(f"the lower class went first in {outcome.order.share:.1%} of {outcome.order.pairs} pairs, "
                        f"expected at most {ORDER_TOLERANCE:.0%}")
    for felt in outcome.faults:
        limit = RECOVERY_LIMIT + felt.fault.lasts
        if felt.recovery and felt.recovery.seconds is not None and felt.recovery.seconds > limit:
            problems.append(f"'{felt.fault.title}' was felt for {felt.recovery.seconds:.1f} s, expected at most {limit:g} s")
        if all(record.ended is not None and record.ended < felt.fault.begin for record in outcome.records):
            problems.append(f"'{felt.fault.title}' came when all jobs were done, which proves nothing; expected more --jobs")
    last = outcome.faults[-1] if outcome.faults else None
    if last and last.recovery and last.recovery.seconds is None:
        problems.append(f"after '{last.fault.title}' the rate before was not reached again while jobs waited")
    return problems


# --- Report ---------------------------------------------------------------------------------------------------------------


def say(text: str) -> None:
    print(text, flush=True)


def scenario_rows(outcomes: list[Outcome]) -> list[str]:
    """Markdown: a row for each scenario."""
    rows = [
        "| scenario | jobs | lost | written twice | wrong | lower class first | requests repeated | "
        "attempts beyond the first | jobs/s |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for outcome in outcomes:
        verdict, records = outcome.verdict, outcome.records
        repeated = sum(submission.sent - 1 for submission in outcome.submissions if submission.sent)
        cells = [
            outcome.name, f"{len(outcome.submissions):,}", str(len(verdict.lost)), str(len(verdict.doubled)),
            str(len(verdict.wrong)), f"{outcome.order.share:.2%}", str(repeated),
            str(sum(max(0, record.attempts - 1) for record in records)), f"{len(records) / max(outcome.seconds, 0.1):.0f}",
        ]
        rows.append("| " + " | ".join(cells) + " |")
    return rows


def fault_rows(outcomes: list[Outcome]) -> list[str]:
    """Markdown: a row for each fault."""
    rows = [
        "| scenario | fault | mended after | jobs/s before | at least half again after | longest time without a completed job "
        "| jobs begun anew, last one done after | API not ready |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for outcome in outcomes:
        for felt in outcome.faults:
            recovery = felt.recovery
            if recovery is None:
                cells = ["–", "–", "–"]
            else:
                after = "not before the next fault" if recovery.seconds is None else f"{recovery.seconds:.1f} s"
                cells = [f"{recovery.before:.0f}", after, f"{recovery.pause:.1f} s"]
            hit = "0" if felt.hit.jobs == 0 else f"{felt.hit.jobs}, " + (
                "never" if felt.hit.seconds is None else f"{felt.hit.seconds:.1f} s")
            mended = f"{felt.fault.end - felt.fault.begin:.1f} s" if felt.fault.end else "–"
            cells = [outcome.name, felt.fault.title, mended, *cells, hit, f"{felt.away:.1f} s"]
            rows.append("| " + " | ".join(cells) + " |")
    return rows


def report(outcomes: list[Outcome], cluster: Cluster, arguments: argparse.Namespace) -> str:
    """The Markdown between the markers."""
    role = "`dragoman worker`" if has_workers(cluster.program) else "`dragoman serve --role all`"
    jobs = sum(len(outcome.submissions) for outcome in outcomes)
    broken = sum(len(outcome.verdict.problems) + len(outcome.problems) for outcome in outcomes)
    lines = [
        f"Measured on {datetime.date.today().isoformat()} with `scripts/chaos` (seed {arguments.seed}): {machine()}; "
        f"{cluster.describe()}; one API process, {WORKERS} workers ({role}, {CONCURRENCY} jobs at a time, leases of "
        f"{LEASE:g} s), simulated engine with {MILLISECONDS_PER_WORD} ms a word, jobs of {texts.MEAN_WORDS} words in the "
        f"mean. {jobs:,} jobs in all; promises broken: {broken}.",
        "", *scenario_rows(outcomes), "",
        f"Lower class first: of all pairs of jobs of two classes that waited together, the higher one due first; at most "
        f"{ORDER_TOLERANCE:.0%} is allowed. Half again: from the fault until, for good, half of the rate before was "
        f"completed within a second; at most {RECOVERY_LIMIT:g} s are allowed. A dash: too few jobs were left to tell. Mended: "
        "from the fault until what was broken ran again, or the test let go of it.",
        "", *fault_rows(outcomes),
    ]
    skipped = sorted({title for outcome in outcomes for title in outcome.skipped})
    if skipped:
        lines += ["", f"Not tried, as what it takes was not there: {'; '.join(skipped)}."]
    return "\n".join(lines)


def print_problems(outcomes: list[Outcome], most: int = 20) -> bool:
    """Says what broke; whether anything did."""
    is_broken = False
    for outcome in outcomes:
        problems = outcome.verdict.problems + outcome.problems
        for problem in problems[:most]:
            say(f"BROKEN: {outcome.name}: {problem}")
        if len(problems) > most:
            say(f"BROKEN: {outcome.name}: and {len(problems) - most} more")
        is_broken = is_broken or bool(problems)
    return is_broken


# --- Setting up -----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def prepared(cluster: Cluster, arguments: argparse.Namespace):
    """A stage on which all processes run."""
    proxy, database_proxy = None, None
    with faults.small_disk(cluster.folder / "disk") as disk:
        try:
            if "rabbitmq" in cluster.urls:
                proxy = put_between(cluster, "rabbitmq")
            # The audit looks at the database itself.
            audit = Audit(cluster.urls["postgres"])
            database_proxy = put_between(cluster, "postgres")
            settings = {
                "worker_lease": f"{LEASE:g}s", "simulated_time_per_word": f"{MILLISECONDS_PER_WORD}ms",
                "simulated_seed": str(arguments.seed), "worker_concurrency": str(CONCURRENCY),
                "simulated_poison": texts.POISON,
            }
            data = disk or cluster.folder / "disk"
            api = cluster.add("api", "api", settings, data)
            workers = [cluster.add(f"worker-{number}", "worker", settings, data) for number in range(1, WORKERS + 1)]
            # The first one makes the tables.
            api.start()
            audit.install()
            for worker in workers:
                worker.launch()
            for worker in workers:
                worker.wait()
            chance = random.Random(arguments.seed)
            yield faults.Stage(cluster, api, workers, audit, LEASE, chance, proxy, database_proxy, disk)
        finally:
            for node in cluster.nodes:
                node.stop()
            for one in (proxy, database_proxy):
                if one:
                    one.close()


def put_between(cluster: Cluster, service: str) -> Proxy:
    """Has all processes go to a server by way of a proxy."""
    url = urllib.parse.urlsplit(cluster.urls[service])
    proxy = Proxy(url.hostname, url.port)
    there = f"{url.netloc.rsplit('@', 1)[0]}@127.0.0.1:{proxy.port}"
    cluster.urls[service] = url._replace(netloc=there).geturl()
    return proxy


def check_expectation(stage: faults.Stage) -> None:
    """What is held for right has to be what the engine makes of a text while nothing is broken."""
    for plan in texts.plans("check", 20, 1):
        text = client.translate(stage.api.port, plan)
        if text != texts.expected(plan.text, plan.target):
            raise ClusterError(f"the engine makes {text!r} of {plan.text!r}, expected "
                               f"{texts.expected(plan.text, plan.target)!r}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Breaks a cluster while it works, and checks that it keeps its promises.")
    names = ", ".join(faults.SCENARIOS)
    parser.add_argument("--jobs", type=int, default=2000,
                        help="in each scenario; four times as many in 'storm' (default: 2000)")
    parser.add_argument("--seed", type=int, default=1, help="decides texts, classes, and whom faults hit (default: 1)")
    parser.add_argument("--only", action="append", metavar="SCENARIO", choices=list(faults.SCENARIOS),
                        help=f"one of: {names}; may be given again")
    parser.add_argument("--short", action="store_true", help="a few faults in less than a minute; writes no report")
    parser.add_argument("--binary", type=pathlib.Path, default=PROGRAM, help="the program")
    parser.add_argument("--services", type=pathlib.Path, default=ROOT / ".services/chaos", help="folder of the servers")
    parser.add_argument("--without", action="append", choices=["rabbitmq", "redis"], default=[],
                        help="leave a server out that is there")
    parser.add_argument("--keep", action="store_true", help="keep the processes' logs")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs" / "RELIABILITY.md",
                        help="the page to write the tables into (default: docs/RELIABILITY.md)")
    arguments = parser.parse_args()
    if arguments.short:
        arguments.jobs = min(arguments.jobs, 1000)
    arguments.scenarios = arguments.only or (["short"] if arguments.short else
                                             [name for name in faults.SCENARIOS if name not in faults.APART])
    return arguments


def run(arguments: argparse.Namespace) -> bool:
    """Whether every promise was kept."""
    wanted = [name for name in ("postgres", "rabbitmq", "redis") if name not in arguments.without]
    outcomes: list[Outcome] = []
    with Cluster(arguments.services, arguments.binary.resolve(), wanted, keeps_files=arguments.keep) as cluster:
        say(f"{cluster.describe()}; logs in {cluster.folder}")
        with prepared(cluster, arguments) as stage:
            check_expectation(stage)
            work = Run(stage, arguments)
            for name in arguments.scenarios:
                kinds = faults.SCENARIOS[name]
                if kinds and len(faults.missing(kinds, stage)) == len(kinds):
                    say(f"{name}: not tried, as what it takes is not there")
                    continue
                outcomes.append(work.scenario(name))
                for row in scenario_rows(outcomes[-1:])[2:] + fault_rows(outcomes[-1:])[2:]:
                    say(row)
                print_problems(outcomes[-1:])
                if work.deaths():
                    break
            accepted = len({job for outcome in outcomes for submission in outcome.submissions for job in submission.ids})
            accepted += len(stage.poisonous)
            if outcomes and (there := stage.audit.jobs()) != accepted:
                outcomes[-1].problems.append(f"{there} jobs are in the database, {accepted} were accepted")
        text = report(outcomes, cluster, arguments)
        say("\n" + text)
        if not arguments.short and not arguments.only:
            write_report(arguments.output, BEGIN, END, "Faults", text)
        return not print_problems(outcomes)


def main() -> None:
    arguments = parse_arguments()
    stop_on_signals()
    try:
        is_well = run(arguments)
    except (ClusterError, OSError) as error:
        sys.exit(f"error: {error}")
    if not is_well:
        sys.exit("error: promises were broken (see above)")


if __name__ == "__main__":
    main()
