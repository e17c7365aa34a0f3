"""What is done to the cluster while it works, and when."""

import contextlib
import dataclasses
import os
import pathlib
import random
import subprocess
import threading
import time
import traceback
from collections.abc import Callable

import client
import texts
from audit import Audit
from cluster import Cluster, Node
from proxy import Proxy

# Seconds until the first fault, so that there is a rate to compare with, and from one to the next.
FIRST, GAP = 5.0, 7.0
# A supervisor needs a moment to see that a process is gone.
RESTART_DELAY = 1.0
# Seconds in which jobs that kill their workers have to be given up.
POISON_PATIENCE = 90.0
DISK_BYTES = 64 << 20


@dataclasses.dataclass
class Stage:
    """What faults happen to."""

    cluster: Cluster
    api: Node
    workers: list[Node]
    audit: Audit
    lease: float
    chance: random.Random
    # Between our processes and the broker.
    proxy: Proxy | None = None
    # Between our processes and PostgreSQL.
    database_proxy: Proxy | None = None
    # The small disk that the processes' own folders are on.
    disk: pathlib.Path | None = None
    # Whether workers may end by themselves just now; somebody starts them again.
    expects_deaths: bool = False
    # Jobs that were submitted beside those of the scenarios.
    poisonous: list[str] = dataclasses.field(default_factory=list)

    # MARK: Processes

    def kill_worker(self) -> None:
        worker = self.chance.choice(self.workers)
        worker.kill()
        time.sleep(RESTART_DELAY)
        worker.start()

    def kill_api(self) -> None:
        self.api.kill()
        time.sleep(RESTART_DELAY)
        self.api.start()

    def drain_worker(self) -> None:
        worker = self.chance.choice(self.workers)
        worker.stop()
        worker.start()

    def pause_worker(self) -> None:
        """Past its lease and the next sweep, so that others have its jobs when it wakes."""
        worker = self.chance.choice(self.workers)
        worker.pause()
        time.sleep(self.lease + 7)
        worker.resume()

    # MARK: Jobs

    def poison(self) -> None:
        """Two jobs that kill whoever works on them. Workers are started again, as a supervisor does."""
        self.expects_deaths = True
        connection, deaths = client.Connection(self.api.port), 0
        try:
            for number in range(2):
                plan = texts.poisonous(f"poison-{len(self.poisonous)}", number)
                submission = client.Submission(plan)
                while not connection.submit(submission):
                    time.sleep(0.1)
                if submission.refusal:
                    raise OSError(f"'{plan.text}' was not accepted: {submission.refusal}")
                self.poisonous += submission.ids
            deadline = time.monotonic() + POISON_PATIENCE
            while any(self._status(job) in ("QUEUED", "PROCESSING") for job in self.poisonous):
                for worker in self.workers:
                    if worker.death():
                        deaths += 1
                        time.sleep(RESTART_DELAY)
                        worker.launch()
                if time.monotonic() > deadline:
                    raise TimeoutError(f"jobs that kill their workers are still tried after {deaths} deaths")
                time.sleep(0.1)
            self._check_poisonous(deaths)
            for worker in self.workers:
                worker.wait()
        finally:
            self.expects_deaths = False
            connection.close()

    def _status(self, job: str) -> str:
        return client.result(self.api.port, job)[0]

    def _check_poisonous(self, deaths: int) -> None:
        ends = [self.audit.end(job) for job in self.poisonous]
        if any(end != ("failed", "worker_died", True) for end in ends) or deaths > 3 * len(ends):
            raise ValueError(f"after {deaths} deaths the jobs that kill their workers are {ends}, expected dead letters "
                             "that say so after three deaths each")

    # MARK: Servers

    def restart_postgres(self) -> None:
        self.cluster.services.restart("postgres")

    def crash_postgres(self) -> None:
        self.cluster.services.crash("postgres")

    def cut_postgres(self) -> None:
        self.audit.disconnect_others()

    def forget_postgres(self) -> None:
        """As a firewall does that has lost its memory: nobody is told, and new connections work."""
        self.database_proxy.forget()

    def restart_rabbitmq(self) -> None:
        self.cluster.services.restart("rabbitmq")

    def crash_rabbitmq(self) -> None:
        self.cluster.services.crash("rabbitmq")

    def cut_rabbitmq(self) -> None:
        self.proxy.cut()

    def stall_rabbitmq(self) -> None:
        self.proxy.stall()
        time.sleep(5)
        self.proxy.resume()

    def restart_redis(self) -> None:
        self.cluster.services.restart("redis")

    def crash_redis(self) -> None:
        self.cluster.services.crash("redis")

    # MARK: Disk

    def fill_disk(self) -> None:
        """Leaves no byte for ten seconds."""
        file = self.disk / "filling"
        try:
            with open(file, "wb", buffering=0) as handle:
                for size in (1 << 20, 1 << 12, 1):
                    with contextlib.suppress(OSError):
                        while handle.write(b"x" * size):
                            pass
            if left := os.statvfs(self.disk).f_bavail:
                raise OSError(f"'{self.disk}' could not be filled: {left} blocks are left")
            time.sleep(10)
        finally:
            file.unlink(missing_ok=True)


@dataclasses.dataclass(frozen=True)
class Kind:
    """A fault: its name in the report, what it needs, and what it does."""

    title: str
    action: Callable[[Stage], None]
    # `rabbitmq`, `redis` or `disk`.
    needs: str | None = None
    # Seconds in which it does harm again and again, by its nature.
    lasts: float = 0.0


KILL_WORKER = Kind("SIGKILL a worker", Stage.kill_worker)
KILL_API = Kind("SIGKILL the API", Stage.kill_api)
DRAIN_WORKER = Kind("SIGTERM a worker", Stage.drain_worker)
PAUSE_WORKER = Kind("SIGSTOP a worker past its lease", Stage.pause_worker)
RESTART_POSTGRES = Kind("restart PostgreSQL", Stage.restart_postgres)
CRASH_POSTGRES = Kind("crash PostgreSQL", Stage.crash_postgres)
CUT_POSTGRES = Kind("cut all connections to PostgreSQL", Stage.cut_postgres)
FORGET_POSTGRES = Kind("forget all connections to PostgreSQL", Stage.forget_postgres)
RESTART_RABBITMQ = Kind("restart RabbitMQ", Stage.restart_rabbitmq, "rabbitmq")
CRASH_RABBITMQ = Kind("crash RabbitMQ", Stage.crash_rabbitmq, "rabbitmq")
CUT_RABBITMQ = Kind("cut all connections to RabbitMQ", Stage.cut_rabbitmq, "rabbitmq")
STALL_RABBITMQ = Kind("stall RabbitMQ's connections for 5 s", Stage.stall_rabbitmq, "rabbitmq")
RESTART_REDIS = Kind("restart Redis", Stage.restart_redis, "redis")
CRASH_REDIS = Kind("crash Redis", Stage.crash_redis, "redis")
# Each of them three times, after its lease and its delay.
POISON = Kind("two jobs that kill their workers", Stage.poison, lasts=30.0)
FILL_DISK = Kind("fill the processes' disk for 10 s", Stage.fill_disk, "disk")

SCENARIOS: dict[str, list[Kind]] = {
    "steady": [],
    "kill-worker": [KILL_WORKER, KILL_WORKER, KILL_WORKER],
    "kill-api": [KILL_API, KILL_API],
    "drain-worker": [DRAIN_WORKER, DRAIN_WORKER],
    "pause-worker": [PAUSE_WORKER],
    "poison-job": [POISON],
    "postgres": [RESTART_POSTGRES, CRASH_POSTGRES, CUT_POSTGRES],
    "half-open-postgres": [FORGET_POSTGRES, FORGET_POSTGRES],
    "rabbitmq": [RESTART_RABBITMQ, CRASH_RABBITMQ],
    "broker-network": [CUT_RABBITMQ, STALL_RABBITMQ, CUT_RABBITMQ],
    "redis": [RESTART_REDIS, CRASH_REDIS],
    "disk": [FILL_DISK],
    # Everything, in an order that the seed decides.
    "storm": [KILL_WORKER, KILL_API, PAUSE_WORKER, RESTART_POSTGRES, CRASH_POSTGRES, CUT_POSTGRES, FORGET_POSTGRES,
              RESTART_RABBITMQ, CRASH_RABBITMQ, CUT_RABBITMQ, STALL_RABBITMQ, CRASH_REDIS, FILL_DISK, KILL_WORKER],
    "short": [KILL_WORKER, CRASH_POSTGRES, CUT_RABBITMQ, KILL_API],
}
# What `--only` may name but a whole run does not contain.
APART = {"short"}
SHUFFLED = {"storm"}


@dataclasses.dataclass
class Fault:
    """A fault that happened; times since 1970."""

    title: str
    begin: float
    # When all was meant to work again.
    end: float | None = None
    lasts: float = 0.0


class Schedule:
    """Carries out a scenario's faults on a thread, one after another."""

    def __init__(self, stage: Stage, kinds: list[Kind], gap: float = GAP, say: Callable[[str], None] = print):
        self.faults: list[Fault] = []
        self.problems: list[str] = []
        self._stage = stage
        self._kinds = kinds
        self._gap = gap
        self._say = say
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def is_busy(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """Begins nothing more, and waits for what was begun."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(120)

    def _run(self) -> None:
        begin = time.monotonic()
        wait = FIRST
        for kind in self._kinds:
            if self._stopping.wait(wait):
                return
            fault = Fault(kind.title, time.time(), lasts=kind.lasts)
            self.faults.append(fault)
            self._say(f"  {time.monotonic() - begin:5.1f} s  {kind.title}")
            try:
                kind.action(self._stage)
            except Exception as error:  # Whatever it was, the run is to end with its report.
                traceback.print_exc()
                self.problems.append(f"'{kind.title}' could not be carried out: {error}")
            fault.end = time.time()
            wait = max(self._gap / 2, self._gap - (fault.end - fault.begin))


def missing(kinds: list[Kind], stage: Stage) -> list[Kind]:
    """Faults for which something is not there."""
    there = {"rabbitmq": stage.proxy is not None, "redis": "redis" in stage.cluster.urls, "disk": stage.disk is not None}
    return [kind for kind in kinds if kind.needs and not there[kind.needs]]


@contextlib.contextmanager
def small_disk(place: pathlib.Path):
    """A disk in memory, where this may be mounted; else None."""
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0755", "tmpfs", str(place)]
    is_mounted = os.geteuid() == 0 and subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0
    try:
        yield place if is_mounted else None
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(place)], check=False)
