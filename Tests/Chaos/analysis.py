"""Judges what happened: promises kept or broken, the order of classes, and how long a fault was felt."""

import bisect
import dataclasses
import math

RANK = {"CRITICAL": 0, "HIGH": 1, "STANDARD": 2}
# Completions are counted over this many seconds, so that is how finely a recovery can be told.
WINDOW = 1.0
# Seconds before a fault in which the rate before it is taken.
BEFORE = 4.0


@dataclasses.dataclass(frozen=True)
class Record:
    """A job as the database has it, times in seconds."""

    id: str
    key: str
    priority: str
    submitted: float
    due: float
    started: float | None
    ended: float | None
    state: str
    attempts: int
    # How often it became completed, and how often a result of it was written, changed or removed.
    completions: int
    result_writes: int
    output: str | None
    failure: str | None = None
    # How often it left a state that is an end.
    reopened: int = 0
    # Attempts that a worker began, and those that count as failed.
    claims: int = 1
    failures: int = 0


@dataclasses.dataclass(frozen=True)
class Promised:
    """What was asked for under one key, and which jobs the server named for it."""

    key: str
    ids: frozenset[str]
    output: str
    refusal: str | None = None


@dataclasses.dataclass
class Verdict:
    """Broken promises, in words."""

    lost: list[str] = dataclasses.field(default_factory=list)
    doubled: list[str] = dataclasses.field(default_factory=list)
    wrong: list[str] = dataclasses.field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        return self.lost + self.doubled + self.wrong


def judge(promised: list[Promised], records: list[Record]) -> Verdict:
    """Every accepted job is there, completed once, with the right text; and there is no job that nobody asked for."""
    verdict = Verdict()
    by_key: dict[str, list[Record]] = {}
    for record in records:
        by_key.setdefault(record.key, []).append(record)
    for promise in promised:
        jobs = by_key.pop(promise.key, [])
        if promise.refusal is not None or not promise.ids:
            verdict.lost.append(f"{promise.key}: never accepted: {promise.refusal or 'no answer'}")
        elif len(promise.ids) > 1:
            verdict.doubled.append(f"{promise.key}: accepted as {len(promise.ids)} jobs: {', '.join(sorted(promise.ids))}")
        elif promise.ids != {job.id for job in jobs}:
            kept = ", ".join(job.id for job in jobs) or "none"
            (verdict.doubled if len(jobs) > 1 else verdict.lost).append(
                f"{promise.key}: accepted as {next(iter(promise.ids))}, the database has {kept}")
        for job in jobs:
            _judge_job(promise, job, verdict)
    for key in by_key:
        verdict.wrong.append(f"{key}: a job that nobody submitted")
    return verdict


def _judge_job(promise: Promised, job: Record, verdict: Verdict) -> None:
    name = f"{promise.key} ({job.id})"
    if job.state != "completed":
        failure = f" with '{job.failure}'" if job.failure else ""
        verdict.lost.append(f"{name}: {job.state}{failure} after {job.attempts} attempts, expected completed")
        return
    if job.completions == 0 or job.result_writes == 0:
        verdict.lost.append(f"{name}: completed {job.completions} times, result written {job.result_writes} times")
    if job.completions > 1 or job.result_writes > 1 or job.reopened:
        verdict.doubled.append(f"{name}: completed {job.completions} times, result written {job.result_writes} times, "
                               f"ended and went on {job.reopened} times")
    if job.attempts != job.claims:
        verdict.wrong.append(f"{name}: attempt {job.attempts}, but {job.claims} were begun")
    if job.failures:
        verdict.wrong.append(f"{name}: {job.failures} attempts count as failed, but none did")
    if job.output != promise.output:
        verdict.wrong.append(f"{name}: {job.output!r}, expected {promise.output!r}")


# --- Order ----------------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Order:
    """Pairs of jobs of different classes that waited at the same time, the higher one due first."""

    pairs: int
    # Those of which the lower one was begun first.
    inverted: int

    @property
    def share(self) -> float:
        return self.inverted / self.pairs if self.pairs else 0.0


def order(records: list[Record]) -> Order:
    """A pair counts when both jobs had been submitted before either was begun, and the higher class was due first:
    whoever waited so long that its due time comes first goes first by right."""
    begun = [record for record in records if record.started is not None]
    pairs = inverted = 0
    for kind, rank in RANK.items():
        lower = [(job.submitted, job.started, job.due) for job in begun if RANK[job.priority] > rank]
        for high in begun:
            if high.priority != kind:
                continue
            submitted, started, due = high.submitted, high.started, high.due
            for low_submitted, low_started, low_due in lower:
                if due <= low_due and submitted < low_started and low_submitted < started:
                    pairs += 1
                    inverted += low_started < started
    return Order(pairs, inverted)


# --- Recovery -------------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Recovery:
    """How a fault was felt in the jobs that were completed."""

    # Jobs a second in the seconds before the fault.
    before: float
    # Seconds from the fault until, for good, at least half of that was completed within a second; None: never seen.
    seconds: float | None
    # The longest time in which no job was completed.
    pause: float


def recovery(records: list[Record], fault: float, until: float) -> Recovery | None:
    """What a fault did, as far as can be told: up to the next fault, and while more jobs wait than a second takes.

    None if there was too little to do before or after the fault.
    """
    ends = sorted(record.ended for record in records if record.ended is not None)
    if not ends:
        return None
    since = max(ends[0], fault - BEFORE)
    before = _count(ends, since, fault) / (fault - since) if fault - since >= WINDOW else 0.0
    horizon = min(until, _busy_until(records, fault, before))
    if before <= 0 or horizon - fault < 2 * WINDOW:
        return None
    slow, moment = None, fault
    while moment <= horizon:
        if _count(ends, moment - WINDOW, moment) < before * WINDOW / 2:
            slow = moment
        moment += WINDOW / 20
    seconds = 0.0 if slow is None else slow - fault
    if slow is not None and slow + WINDOW / 20 > horizon:
        seconds = None
    moments = [fault, *(end for end in ends if fault < end < horizon), horizon]
    return Recovery(before, seconds, max(later - earlier for earlier, later in zip(moments, moments[1:], strict=False)))


@dataclasses.dataclass(frozen=True)
class Hit:
    """The jobs that were being worked on at a fault and needed another attempt."""

    jobs: int
    # Seconds from the fault until all of them were completed; None: never.
    seconds: float | None


def hit(records: list[Record], fault: float) -> Hit:
    """Jobs begun before the fault, ended after it, and begun more than once."""
    ends = [record.ended if record.ended is not None else math.inf for record in records
            if record.attempts > 1 and record.started is not None and record.started <= fault
            and (record.ended is None or record.ended > fault)]
    last = max(ends, default=fault)
    return Hit(len(ends), None if math.isinf(last) else last - fault)


def _count(times: list[float], since: float, until: float) -> int:
    """How many lie after one time, up to another."""
    return bisect.bisect_right(times, until) - bisect.bisect_right(times, since)


def _busy_until(records: list[Record], fault: float, rate: float) -> float:
    """When, after the fault, fewer jobs waited for their first attempt than a second takes; infinity: never."""
    begun = [record.started if record.started is not None else math.inf for record in records]
    steps = sorted([(record.submitted, 1) for record in records] + [(start, -1) for start in begun])
    waiting, spare = 0, rate * WINDOW
    for index, (moment, step) in enumerate(steps):
        waiting += step
        following = steps[index + 1][0] if index + 1 < len(steps) else math.inf
        if waiting < spare and following > fault:
            return max(moment, fault)
    return math.inf
