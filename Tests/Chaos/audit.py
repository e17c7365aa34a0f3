"""What really happened to jobs, noted by the database itself: triggers in the transactions of whoever writes.

The program knows nothing of them. What a trigger notes is there if and only if the change is.
"""

import json

import psycopg

from analysis import Record

TRIGGERS = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.states (
    number BIGSERIAL PRIMARY KEY, at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(), job_id TEXT NOT NULL, before TEXT,
    after TEXT, attempt BIGINT, worker TEXT
);
CREATE TABLE chaos.results (
    number BIGSERIAL PRIMARY KEY, at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(), job_id TEXT NOT NULL, operation TEXT
);
CREATE FUNCTION chaos.note_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO chaos.states (job_id, before) VALUES (OLD.id, OLD.state);
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO chaos.states (job_id, after, attempt) VALUES (NEW.id, NEW.state, NEW.attempt);
    ELSE
        INSERT INTO chaos.states (job_id, before, after, attempt, worker)
        VALUES (NEW.id, OLD.state, NEW.state, NEW.attempt, COALESCE(NEW.worker, OLD.worker));
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION chaos.note_result() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO chaos.results (job_id, operation)
    VALUES (CASE WHEN TG_OP = 'DELETE' THEN OLD.job_id ELSE NEW.job_id END, TG_OP);
    RETURN NULL;
END $$;
CREATE TRIGGER chaos_states AFTER INSERT OR DELETE OR UPDATE OF state ON jobs FOR EACH ROW EXECUTE FUNCTION chaos.note_state();
CREATE TRIGGER chaos_results AFTER INSERT OR DELETE OR UPDATE ON job_results
    FOR EACH ROW EXECUTE FUNCTION chaos.note_result();
"""

RECORDS = """
SELECT id, idempotency_key, priority_class, submitted_at, due_at, started_at, ended_at, state, attempt, failure_code,
    (SELECT count(*) FROM chaos.states WHERE job_id = id AND after = 'completed'),
    (SELECT count(*) FROM chaos.results WHERE job_id = id),
    (SELECT result FROM job_results WHERE job_id = id),
    (SELECT count(*) FROM chaos.states WHERE job_id = id AND before IN ('completed', 'failed', 'cancelled')),
    (SELECT count(DISTINCT attempt) FROM chaos.states WHERE job_id = id AND after = 'processing'), failures
FROM jobs WHERE idempotency_key LIKE %s
"""


class Audit:
    """A look at the database, over a connection for each question: the server is restarted in between."""

    def __init__(self, url: str):
        self._url = url

    def install(self) -> None:
        """To be called once the program has made its tables."""
        with self._connect() as connection:
            connection.execute(TRIGGERS)
            connection.execute("CREATE INDEX chaos_states_of_job ON chaos.states (job_id)")
            connection.execute("CREATE INDEX chaos_results_of_job ON chaos.results (job_id)")

    def unfinished(self, prefix: str) -> int:
        """Jobs of a scenario that have not ended."""
        with self._connect() as connection:
            query = "SELECT count(*) FROM jobs WHERE idempotency_key LIKE %s AND state IN ('queued', 'processing')"
            return connection.execute(query, [f"{prefix}-%"]).fetchone()[0]

    def records(self, prefix: str) -> list[Record]:
        """All jobs of a scenario."""
        with self._connect() as connection:
            return [_record(row) for row in connection.execute(RECORDS, [f"{prefix}-%"])]

    def end(self, job: str) -> tuple[str, str | None, bool] | None:
        """A job's state, why it failed, and whether it is a dead letter."""
        with self._connect() as connection:
            query = "SELECT state, failure_code, dead_lettered_at IS NOT NULL FROM jobs WHERE id = %s"
            return connection.execute(query, [job]).fetchone()

    def jobs(self) -> int:
        """All jobs there are."""
        with self._connect() as connection:
            return connection.execute("SELECT count(*) FROM jobs").fetchone()[0]

    def disconnect_others(self) -> int:
        """Ends everybody else's connection; how many those were."""
        with self._connect() as connection:
            query = """
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
                """
            return connection.execute(query).fetchone()[0]

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self._url, autocommit=True, connect_timeout=10)


def _record(row: tuple) -> Record:
    (name, key, kind, submitted, due, started, ended, state, attempt, failure, completions, writes, result, reopened,
     claims, failures) = row
    def seconds(value: int | None) -> float | None:
        return None if value is None else value / 1e6
    return Record(
        id=name, key=key, priority=kind, submitted=seconds(submitted), due=seconds(due), started=seconds(started),
        ended=seconds(ended), state=state, attempts=attempt, failure=failure, completions=completions, result_writes=writes,
        output=_output(result), reopened=reopened, claims=claims, failures=failures,
    )


def _output(result: str | None) -> str | None:
    """The text in a result; what cannot be read is no text."""
    try:
        texts = json.loads(result)["texts"] if result is not None else []
        return texts[0]["text"] if len(texts) == 1 else None
    except (KeyError, TypeError, ValueError):
        return None
