"""Celery as a contender of queue_throughput.py."""

import dataclasses
import os
import pathlib
import subprocess
import sys
import threading
import time

import psycopg
import redis

from cluster import ClusterError

FOLDER = pathlib.Path(__file__).resolve().parent
LONGEST = 180.0


@dataclasses.dataclass(frozen=True)
class Shape:
    """How Celery is run."""

    processes: int
    multiplier: int
    producers: int

    def __str__(self) -> str:
        return f"{self.processes} worker processes, prefetch {self.multiplier}, {self.producers} producer(s)"


class Celery:
    """Producers and a worker in processes of their own."""

    name = ""
    environment: dict[str, str] = {}
    # Seconds between two looks at how far it is.
    pause = 0.02

    def __init__(self, shape: Shape):
        self.shape = shape

    def clear(self) -> None:
        """Removes what an earlier round left."""
        raise NotImplementedError

    def is_done(self, count: int) -> bool:
        """Whether so many tasks have been done."""
        raise NotImplementedError

    def has_begun(self, count: int) -> bool:
        """Whether the first of so many tasks has been done."""
        raise NotImplementedError

    def span(self, begin: float, end: float) -> tuple[float, float]:
        """When the first and the last task were done, if these are the times at which that was seen."""
        return begin, end

    def enqueue(self, count: int) -> tuple[float, float]:
        """Sends tasks; when that began and ended."""
        share = count // self.shape.producers
        producers = [self._python("celery_tasks.py", str(share)) for _ in range(self.shape.producers)]
        try:
            for producer in producers:
                _await(producer, "ready")
            begin = time.time()
            for producer in producers:
                producer.stdin.write("go\n")
                producer.stdin.flush()
            for producer in producers:
                _await(producer, "done")
            return begin, time.time()
        finally:
            for producer in producers:
                _end(producer)

    def drain(self, count: int) -> float:
        """Seconds in which a worker does all that waits, from the first task it has done."""
        worker = self.start()
        try:
            self._poll(lambda: self.has_begun(count))
            begin = time.time()
            self._poll(lambda: self.is_done(count))
            first, last = self.span(begin, time.time())
            return last - first
        finally:
            _end(worker)

    def through(self, count: int) -> float:
        """Seconds from the first submission until all is done, by a worker that waits for it."""
        worker = self.start()
        try:
            _await(worker, "ready")
            begin, _ = self.enqueue(count)
            self._poll(lambda: self.is_done(count))
            return self.span(begin, time.time())[1] - begin
        finally:
            _end(worker)

    def start(self) -> subprocess.Popen:
        return self._python(
            "-m", "celery", "--app", "celery_tasks", "worker", "--pool", "prefork", "--concurrency", str(self.shape.processes),
            "--prefetch-multiplier", str(self.shape.multiplier), "--without-gossip", "--without-mingle", "--without-heartbeat",
            "--loglevel", "ERROR",
        )

    def _python(self, *arguments: str) -> subprocess.Popen:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("CELERY", "QUEUE"))}
        # Celery warns of a worker that runs as root; here it does nothing but reverse words.
        environment |= self.environment | {"C_FORCE_ROOT": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.Popen(
            [sys.executable, *arguments], cwd=FOLDER, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True,
        )

    def _poll(self, condition) -> None:
        deadline = time.monotonic() + LONGEST
        while not condition():
            if time.monotonic() > deadline:
                raise ClusterError(f"{self.name} did not end its tasks within {LONGEST:g} s")
            time.sleep(self.pause)


class CeleryOnRedis(Celery):
    """The quickest there is: Redis hands out tasks, results are kept nowhere, and what a worker holds dies with it."""

    name = "Celery, Redis, no results"

    def __init__(self, shape: Shape, redis_url: str):
        super().__init__(shape)
        self.environment = {"QUEUE_BROKER": redis_url}
        self._redis = redis.Redis.from_url(redis_url)

    def clear(self) -> None:
        self._redis.flushdb()

    def is_done(self, count: int) -> bool:
        return self._redis.llen("celery") == 0 and self._redis.hlen("unacked") == 0

    def has_begun(self, count: int) -> bool:
        return self._redis.llen("celery") < count


class CeleryOnRabbitMQ(Celery):
    """What promises the same as Dragoman: confirmed, acknowledged after the work, the result in PostgreSQL."""

    name = "Celery, RabbitMQ, acks_late, results in PostgreSQL"
    pause = 0.1

    def __init__(self, shape: Shape, rabbitmq_url: str, postgres_url: str):
        super().__init__(shape)
        self._postgres = psycopg.connect(postgres_url, autocommit=True)
        if not self._postgres.execute("SELECT 1 FROM pg_database WHERE datname = 'celery'").fetchone():
            self._postgres.execute("CREATE DATABASE celery")
        self._postgres.close()
        own = postgres_url.rsplit("/", 1)[0] + "/celery"
        self._postgres = psycopg.connect(own, autocommit=True)
        self.environment = {
            "QUEUE_BROKER": rabbitmq_url, "QUEUE_IS_SAFE": "1",
            "QUEUE_BACKEND": "db+postgresql+psycopg2://" + own.split("://", 1)[1],
        }

    def clear(self) -> None:
        purge = "from celery_tasks import app; app.control.purge()"
        process = self._python("-c", purge)
        process.communicate(timeout=60)
        if self._postgres.execute("SELECT to_regclass('celery_taskmeta')").fetchone()[0]:
            self._postgres.execute("TRUNCATE celery_taskmeta")

    def is_done(self, count: int) -> bool:
        return self._done() >= count

    def has_begun(self, count: int) -> bool:
        return self._done() > 0

    def span(self, begin: float, end: float) -> tuple[float, float]:
        # Of the results themselves: asking more often would take time from the worker.
        query = "SELECT EXTRACT(EPOCH FROM min(date_done)), EXTRACT(EPOCH FROM max(date_done)) FROM celery_taskmeta"
        first, last = self._postgres.execute(query).fetchone()
        return float(first), float(last)

    def _done(self) -> int:
        # The table is made by the first result.
        try:
            return self._postgres.execute("SELECT count(*) FROM celery_taskmeta").fetchone()[0]
        except psycopg.errors.UndefinedTable:
            return 0


def _await(process: subprocess.Popen, word: str) -> None:
    """Waits until the process prints a word."""
    watchdog = threading.Timer(LONGEST, process.kill)
    watchdog.start()
    try:
        for line in process.stdout:
            if line.strip() == word:
                return
    finally:
        watchdog.cancel()
    raise ClusterError(f"a Celery process ended with {process.wait()} before it said '{word}'")


def _end(process: subprocess.Popen) -> None:
    """Asks it to end, and sees that it does."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for stream in (process.stdin, process.stdout):
        stream.close()
