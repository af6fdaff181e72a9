"""What a live run asks of the system: it says what it got, and goes on without."""

import ctypes
import errno
import gc
import os
import sys
from dataclasses import dataclass, field

import pytest

from linacsim.engines.realtime.priority import (
    FIFO_PRIORITY,
    SWITCH_S,
    ask_system,
    quiet_interpreter,
    stay_on_one_processor,
)

PRESENT, FUTURE, WHEN_TOUCHED = 1, 2, 4
"""MCL_CURRENT, MCL_FUTURE and MCL_ONFAULT (mlockall(2))."""


@dataclass
class System:
    """A system that grants, and remembers what it was asked for."""

    processors: set[int] = field(default_factory=lambda: {0, 1, 3})
    scheduler: tuple[int, int, int] | None = None
    kept_on: set[int] | None = None
    lock_flags: int | None = None
    lock_error: int = 0

    def sched_setscheduler(self, pid: int, policy: int, how: os.sched_param) -> None:
        self.scheduler = (pid, policy, how.sched_priority)

    def sched_getaffinity(self, _pid: int) -> set[int]:
        return self.processors

    def sched_setaffinity(self, _pid: int, processors: set[int]) -> None:
        self.kept_on = processors

    def mlockall(self, flags: int) -> int:
        self.lock_flags = flags
        ctypes.set_errno(self.lock_error)
        return -1 if self.lock_error else 0


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> System:
    made = System()
    for name in ("sched_setscheduler", "sched_getaffinity", "sched_setaffinity"):
        monkeypatch.setattr(os, name, getattr(made, name), raising=False)
    monkeypatch.setattr(ctypes, "CDLL", lambda *_names, **_options: made)
    return made


def test_what_is_granted_is_used_and_told(system: System) -> None:
    assert (*ask_system(), stay_on_one_processor()) == (
        f"SCHED_FIFO: priority {FIFO_PRIORITY}",
        "mlockall: memory locked",
        "processor affinity: the loop stays on processor 3",
    )
    assert system.scheduler == (0, os.SCHED_FIFO, FIFO_PRIORITY)
    assert system.lock_flags == PRESENT | FUTURE | WHEN_TOUCHED
    assert system.kept_on == {3}


def test_what_is_refused_is_told_with_what_it_needs(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_asked: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    system.lock_error = errno.ENOMEM
    system.processors = {5}
    assert (*ask_system(), stay_on_one_processor()) == (
        "SCHED_FIFO: refused (Operation not permitted); needs an rtprio limit or CAP_SYS_NICE",
        f"mlockall: refused ({os.strerror(errno.ENOMEM)}); needs a memlock limit",
        "processor affinity: only processor 5 is allowed, left as it is",
    )
    assert system.kept_on is None


def test_a_processor_that_may_not_be_chosen_is_told(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The set may shrink between asking and choosing, as in a container."""

    def refuse(*_asked: object) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    assert stay_on_one_processor() == "processor affinity: refused (Invalid argument)"


def test_a_system_without_any_of_it_is_told(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("sched_setscheduler", "sched_getaffinity"):
        monkeypatch.delattr(os, name)
    monkeypatch.delattr(System, "mlockall")
    assert (*ask_system(), stay_on_one_processor()) == (
        "SCHED_FIFO: not on this system",
        "mlockall: not on this system",
        "processor affinity: not on this system",
    )
    assert system.kept_on is None


def test_the_interpreter_is_quiet_for_the_run_only() -> None:
    before_s = sys.getswitchinterval()

    def run_that_ends_badly() -> None:
        with quiet_interpreter():
            assert not gc.isenabled()
            assert gc.get_freeze_count() > 0
            assert sys.getswitchinterval() == pytest.approx(SWITCH_S)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        run_that_ends_badly()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
    assert sys.getswitchinterval() == pytest.approx(before_s)
