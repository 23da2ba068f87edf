"""Any executor, any number of workers, even workers that are lost: the same bytes."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest

import rulewright as rw
from rulewright.mechanisms.cases import profiles
from rulewright.mechanisms.property import Finding, examined
from rulewright.solvers.verification import scan

ENV = rw.games.allocation({"ann": (1, 2, 3, 4), "bob": (1, 2, 3, 4), "cem": (1, 3)})
ASK = (rw.strategyproof, rw.efficient, rw.bayesian_incentive_compatible, rw.pareto_efficient, rw.envy_free)
RULES = (rw.mechanisms.second_price, rw.mechanisms.first_price, rw.mechanisms.third_price)
PARENT = "RULEWRIGHT_TEST_PARENT"


@rw.mechanism
def deadly(env: rw.Environment, reports: Any) -> Any:
    """The second-price auction, which ends every process but the one it was declared in."""
    if os.environ.get(PARENT) not in (None, str(os.getpid())):
        os._exit(1)
    return rw.mechanisms.second_price(env, reports)


@examined(profiles, "SOLD")
def sold(rule: Any, env: rw.Environment, case: Any) -> Finding | None:
    """The item goes to somebody."""
    return Finding(case, 0, 1, "nobody gets it") if rule.result(env, case.reports)[0] == "nobody" else None


class Breaking:
    """An executor that loses every second piece."""

    def __init__(self) -> None:
        self.count = 0

    def submit(self, function: Any, *task: Any) -> Future[Any]:
        self.count += 1
        future: Future[Any] = Future()
        if self.count % 2:
            future.set_exception(RuntimeError("a worker was lost"))
        else:
            future.set_result(function(*task))
        return future


def answer(executor: Any, rule: Any) -> str:
    report = rw.verify(rule, ENV, *ASK, executor=executor)
    return "\n".join([str(report), *(json.dumps(v.certificate) for v in report)])


def test_answers_are_the_same_bytes_for_any_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "CHUNK", 16)
    monkeypatch.setattr("rulewright.solvers.verification.verify_arrays.PIECE", 16)
    monkeypatch.setattr("rulewright.solvers.verification.tabulate.CALLS", 5)
    alone = [answer(None, rule) for rule in RULES]
    assert [answer(Breaking(), rule) for rule in RULES] == alone
    context = get_context("spawn")
    for workers in (1, 2):
        with ThreadPoolExecutor(workers) as threads:
            assert [answer(threads, rule) for rule in RULES] == alone
        with ProcessPoolExecutor(workers, mp_context=context) as processes:
            assert [answer(processes, rule) for rule in RULES] == alone


def test_a_killed_worker_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PARENT, str(os.getpid()))
    here = rw.verify(deadly, ENV, rw.pareto_efficient)
    with ProcessPoolExecutor(2, mp_context=get_context("fork")) as processes:
        there = rw.verify(deadly, ENV, rw.pareto_efficient, executor=processes)
    assert str(here) == str(there) and here.status == "proved"


def test_what_cannot_be_sent_is_said_in_a_sentence() -> None:
    rule = rw.mechanism("in a closure")(lambda env, reports: ("nobody", rw.Profile()))
    with ProcessPoolExecutor(1) as processes:
        with pytest.raises(rw.BadInput, match=r"cannot be sent to other processes.*threads"):
            rw.verify(rule, ENV, sold, executor=processes)
        # arrays know nothing of the rule: they can
        assert rw.verify(rule, ENV, rw.strategyproof, executor=processes).status == "proved"
    with ThreadPoolExecutor(2) as threads:
        found = rw.verify(rule, ENV, sold, executor=threads)
    assert str(found) == str(rw.verify(rule, ENV, sold)) and found.checked == 1
    with pytest.raises(rw.BadInput, match="executor is 2; it needs submit"):
        rw.verify(rule, ENV, sold, executor=2)


def test_errors_of_the_work_itself_come_up() -> None:
    with ThreadPoolExecutor(2) as threads, pytest.raises(rw.BadInput, match="non_bossy needs outcomes"):
        rw.verify(RULES[0], ENV, rw.mechanisms.non_bossy, executor=threads)


class Slow:
    """An executor whose pieces never finish, but for the first."""

    def __init__(self) -> None:
        self.first = True

    def submit(self, function: Any, *task: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if self.first:
            future.set_result(function(*task))
            self.first = False
        return future


def test_time_is_obeyed_and_what_was_covered_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "CHUNK", 16)
    monkeypatch.setattr("rulewright.solvers.verification.verify_arrays.PIECE", 16)
    start = time.monotonic()
    verdict = rw.verify(RULES[0], ENV, rw.strategyproof, executor=Slow(), time=0.5)
    assert time.monotonic() - start < 5
    assert verdict.status == "unknown" and 0 < verdict.checked < 1000
    assert f"the time ran out after {verdict.checked:,} of " in verdict.reason
    told: list[tuple[int, int]] = []
    with ThreadPoolExecutor(2) as threads:
        tell = lambda done, total: told.append((done, total))  # noqa: E731
        rw.verify(RULES[0], ENV, rw.strategyproof, executor=threads, progress=tell)
    assert told == sorted(told) and told[-1][0] == told[-1][1]
