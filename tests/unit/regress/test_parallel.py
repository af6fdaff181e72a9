"""What becomes of cases that cannot be delivered, and of processes that end before their time."""

from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from linacsim.regress import parallel
from linacsim.regress.cases import Case
from linacsim.regress.parallel import Unusable, default_jobs, deliver_all
from tests.regressing import SHIPPED

CASE = Case(SHIPPED / "beam-on.yaml", Path("none.toml"))


def test_process_that_ended_is_told_with_its_case() -> None:
    future: Future[Any] = Future()
    future.set_exception(BrokenProcessPool())
    result, _ = parallel._taken(future, CASE)
    assert isinstance(result, Unusable)
    assert "beam-on.yaml: a process ended before its time" in result.reasons[0]


def test_defect_names_its_case(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(parallel, "deliver_case", fail)
    with pytest.raises(RuntimeError, match=r"beam-on\.yaml: ZeroDivisionError: by zero"):
        list(deliver_all([CASE], None, jobs=1, stop=bool))


def test_user_who_has_had_enough_ends_a_case() -> None:
    with pytest.raises(KeyboardInterrupt):
        list(deliver_all([CASE], None, jobs=1, stop=lambda: True))


def test_file_that_is_not_there_is_told() -> None:
    gone = Case(Path("gone.yaml"), Path("gone.toml"))
    [done] = deliver_all([gone], None, jobs=1, stop=bool)
    assert done.result == Unusable(("gone.yaml: No such file or directory: check the path",))


def test_no_more_processes_than_cases() -> None:
    assert default_jobs(1) == 1
    assert default_jobs(0) == 1
