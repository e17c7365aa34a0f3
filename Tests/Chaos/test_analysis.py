"""The judge has to see every kind of wrong, and nothing where all is well."""

import dataclasses

import pytest

from analysis import Hit, Promised, Record, hit, judge, order, recovery


def record(number=0, **changes):
    """A job that went well."""
    job = Record(
        id=f"job-{number}", key=f"key-{number}", priority="STANDARD", submitted=0.0, due=600.0, started=1.0, ended=2.0,
        state="completed", attempts=1, completions=1, result_writes=1, output=f"text {number}",
    )
    return dataclasses.replace(job, **changes)


def promised(number=0, **changes):
    return dataclasses.replace(Promised(f"key-{number}", frozenset({f"job-{number}"}), f"text {number}"), **changes)


def test_all_well_has_no_problems():
    verdict = judge([promised(0), promised(1)], [record(0), record(1, attempts=3, claims=3)])
    assert verdict.problems == []


@pytest.mark.parametrize("records", [
    [],
    [record(state="queued", ended=None, completions=0, result_writes=0, output=None)],
    [record(state="processing", ended=None, completions=0, result_writes=0, output=None)],
    [record(state="failed", completions=0, result_writes=0, output=None, failure="lease_lost")],
    [record(state="cancelled", completions=0, result_writes=0, output=None)],
    [record(id="job-9")],
    [record(result_writes=0)],
], ids=["not there", "waiting", "stuck", "failed", "cancelled", "another job under the key", "no result"])
def test_a_lost_job_is_seen(records):
    verdict = judge([promised()], records)
    assert verdict.lost


def test_a_job_that_was_never_accepted_is_lost():
    assert judge([promised(ids=frozenset(), refusal="503")], []).lost
    assert judge([promised(ids=frozenset())], []).lost


@pytest.mark.parametrize("changes", [
    {"completions": 2}, {"result_writes": 2}, {"reopened": 1},
], ids=["completed twice", "result written twice", "went on after its end"])
def test_a_doubled_job_is_seen(changes):
    verdict = judge([promised()], [record(**changes)])
    assert verdict.doubled and not verdict.lost and not verdict.wrong


def test_two_jobs_under_one_key_are_seen():
    twins = [record(), record(id="job-twin")]
    assert judge([promised()], twins).doubled
    assert judge([promised(ids=frozenset({"job-0", "job-twin"}))], twins).doubled


@pytest.mark.parametrize("changes", [
    {"output": "text 1"}, {"output": None}, {"output": ""}, {"attempts": 2}, {"failures": 1},
], ids=["another's text", "no text", "empty text", "an attempt nobody began", "a failure that was none"])
def test_a_wrong_result_is_seen(changes):
    verdict = judge([promised()], [record(**changes)])
    assert verdict.wrong and not verdict.lost and not verdict.doubled


def test_a_job_that_nobody_submitted_is_seen():
    assert judge([promised(0)], [record(0), record(1)]).wrong


# --- Order


def waiting(kind, submitted, started, allowance=None):
    allowances = {"CRITICAL": 30.0, "HIGH": 120.0, "STANDARD": 600.0}
    due = submitted + (allowances[kind] if allowance is None else allowance)
    return record(priority=kind, submitted=submitted, started=started, due=due)


def test_classes_in_order_have_no_inversions():
    found = order([waiting("STANDARD", 0, 5), waiting("HIGH", 1, 4), waiting("CRITICAL", 2, 3)])
    assert (found.pairs, found.inverted) == (3, 0)


def test_the_lower_class_begun_first_is_an_inversion():
    found = order([waiting("STANDARD", 0, 3), waiting("HIGH", 1, 4), waiting("CRITICAL", 2, 5)])
    assert (found.pairs, found.inverted, found.share) == (3, 3, 1.0)


@pytest.mark.parametrize("jobs", [
    [waiting("STANDARD", 0, 1), waiting("CRITICAL", 2, 3)],
    [waiting("CRITICAL", 0, 1), waiting("STANDARD", 2, 3)],
    [waiting("HIGH", 0, 3), waiting("HIGH", 1, 2)],
    [waiting("STANDARD", 0, 3, allowance=10), waiting("CRITICAL", 1, 4)],
    [waiting("CRITICAL", 0, None), waiting("STANDARD", 0, 1)],
], ids=["begun before the other came", "other way round", "one class", "due first by age", "never begun"])
def test_jobs_that_did_not_compete_are_no_pair(jobs):
    assert order(jobs).pairs == 0


def test_jobs_begun_by_one_claim_are_in_order():
    assert order([waiting("STANDARD", 0, 3), waiting("CRITICAL", 0, 3)]).inverted == 0


# --- Recovery


def completions(*stretches):
    """Jobs submitted at 0 and completed at an even rate in each stretch: (from, to, jobs a second)."""
    ends = [since + step / rate for since, until, rate in stretches for step in range(int((until - since) * rate))]
    return [record(number, started=end, ended=end) for number, end in enumerate(sorted(ends))]


def test_a_fault_that_is_not_felt_recovers_at_once():
    found = recovery(completions((0, 40, 20)), fault=10, until=100)
    assert found.seconds == 0 and found.before == pytest.approx(20, rel=0.05) and found.pause < 0.1


def test_a_stop_is_measured():
    found = recovery(completions((0, 10, 20), (16, 40, 20)), fault=10, until=100)
    # Half of what was done in a second before has to be done in a second: half a second after the first job.
    assert found.seconds == pytest.approx(6.5, abs=0.2) and found.pause == pytest.approx(6, abs=0.2)


def test_a_slow_stretch_counts_until_its_end():
    found = recovery(completions((0, 10, 20), (10, 14, 20), (14, 20, 5), (20, 40, 20)), fault=10, until=100)
    assert found.seconds == pytest.approx(10.5, abs=0.5)


def test_less_than_half_for_ever_is_no_recovery():
    found = recovery(completions((0, 10, 20), (10, 60, 8)), fault=10, until=100)
    assert found.seconds is None


def test_two_thirds_are_enough():
    assert recovery(completions((0, 10, 30), (10, 60, 20)), fault=10, until=100).seconds == 0


def test_jobs_that_nobody_begins_are_no_recovery():
    stuck = [record(number, state="queued", started=None, ended=None) for number in range(1000, 1100)]
    found = recovery(completions((0, 10, 20)) + stuck, fault=10, until=30)
    assert found.seconds is None and found.pause == pytest.approx(20)


def test_the_next_fault_ends_what_is_looked_at():
    found = recovery(completions((0, 10, 20), (30, 60, 20)), fault=10, until=14)
    assert found.seconds is None and found.pause == pytest.approx(4, abs=0.1)


def test_a_lull_with_nothing_to_do_is_no_fault():
    late = [dataclasses.replace(job, submitted=30) for job in completions((30, 40, 20))]
    assert recovery(completions((0, 14, 20)) + late, fault=10, until=100).seconds == 0


@pytest.mark.parametrize(("jobs", "fault"), [
    ([], 10), (completions((0, 10, 20)), 9.5), (completions((0, 10, 20)), 0.2), (completions((20, 40, 20)), 10),
], ids=["no jobs", "hardly a job left", "nothing before", "before the first job"])
def test_too_little_to_tell_is_said(jobs, fault):
    assert recovery(jobs, fault, until=100) is None


# --- Jobs that were hit


def test_jobs_in_work_that_needed_another_attempt_were_hit():
    jobs = [
        record(0, started=1, ended=12, attempts=2), record(1, started=2, ended=9, attempts=3),
        record(2, started=2, ended=6), record(3, started=1, ended=4, attempts=2), record(4, started=6, ended=20, attempts=2),
    ]
    assert hit(jobs, fault=5) == Hit(2, 7)


def test_a_hit_job_that_never_ends_is_seen():
    assert hit([record(started=1, ended=None, attempts=2)], fault=5) == Hit(1, None)
    assert hit([record()], fault=5) == Hit(0, 0)
