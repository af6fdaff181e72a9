"""A marker that prints bare lines: what holds the beam, and what it can never do."""

from dataclasses import replace

import pytest

from linacsim.devices.catalogue import Condition
from linacsim.devices.csv.marker import CsvMarker, CsvSettings
from linacsim.devices.llp.marker import AS_IN_THE_ROOM
from linacsim.devices.sample import Limits, Mark
from linacsim.model.messages import Standing
from linacsim.model.time import NS_PER_S
from linacsim.motion.waveforms import Regular
from linacsim.stubs.csv.printer import CsvPrinter, Print
from linacsim.stubs.faults import Faults, fault_of
from linacsim.stubs.faulty import FaultyPeer
from tests.llp_wired import Wired

LIMITS = Limits(NS_PER_S // 50, allowed=Mark.SIMULATED | Mark.UNPROTECTED)
REFUSALS = {Mark.SIMULATED: "simulated source", Mark.UNPROTECTED: "source without checksum"}
COLUMNS = ("t", "x", "y", "z")
SETTINGS = CsvSettings(LIMITS, AS_IN_THE_ROOM, COLUMNS, 1.0)


def wired(*texts: str, settings: CsvSettings = SETTINGS, form: Print | None = None) -> Wired:
    faults = [fault_of(text) for text in texts]
    printer = CsvPrinter(Regular(1.5, 4.0, power=2), form or Print(), Faults(faults, 3))
    stub = FaultyPeer(printer, Faults(faults, 3))
    return Wired(CsvMarker("marker", settings), stub)  # type: ignore[arg-type]


def test_it_is_live_after_ten_lines_and_tells_where_it_is() -> None:
    run = wired().run_to(10)
    assert run.first(Standing.GOOD, 0.0) < 0.5
    assert all(sample.valid for _, message in run.samples for sample in message.samples)
    z = [message.samples[0].z_cm for _, message in run.samples]
    assert max(z) - min(z) == pytest.approx(1.5, abs=0.05)
    assert run.counts(Condition.DROPPED) == 0


@pytest.mark.parametrize("allowed", [Mark.NONE, Mark.SIMULATED, Mark.UNPROTECTED])
def test_it_releases_nothing_unless_all_that_is_doubtful_of_it_is_allowed(allowed: Mark) -> None:
    settings = replace(SETTINGS, limits=replace(LIMITS, allowed=allowed))
    run = wired(settings=settings).run_to(5)
    assert {report.standing for _, report in run.reports} == {Standing.HOLD}
    for mark, named in REFUSALS.items():
        assert (named in run.text()) is not bool(mark & allowed)


@pytest.mark.parametrize(
    ("fault", "named", "within_s"),
    [
        ("dropout@5+1", "no samples (fault 2)", 0.13),
        ("silent@5+1", "no samples (fault 2)", 0.13),
        ("repeat@5+1", "no samples (fault 2)", 0.13),
        ("nan@5+1", "not a number (fault 10)", 0.13),
        ("freeze@5+1", "value frozen (fault 4)", 0.25),
        ("crc@5+1", "(fault 24)", 0.3),
        ("babble@5+2=12000", "babbling (fault 27)", 1.3),
        ("reboot@5", "device restarted (fault 23)", 0.1),
    ],
)
def test_faults_hold_in_time_and_are_named(fault: str, named: str, within_s: float) -> None:
    run = wired(fault).run_to(7.5)
    held = next(t for t, report in run.reports if t > 5 and report.standing is not Standing.GOOD)
    assert held <= 5 + within_s + 0.02
    assert named in run.text()


@pytest.mark.parametrize("fault", ["dropout@5+1", "nan@5+1", "freeze@5+1"])
def test_it_comes_back_by_itself(fault: str) -> None:
    run = wired(fault).run_to(8)
    assert run.standing_at(8) is Standing.GOOD


@pytest.mark.parametrize(
    ("form", "settings"),
    [
        (Print(), replace(SETTINGS, columns=("x", "y", "z"))),
        (Print(separator=";", decimal=","), SETTINGS),
        (Print(separator=";"), SETTINGS),
    ],
)
def test_another_form_than_is_stated_never_becomes_live(form: Print, settings: CsvSettings) -> None:
    run = wired(form=form, settings=settings).run_to(5)
    assert {report.standing for _, report in run.reports} == {Standing.HOLD}
    assert "nothing readable (fault 26): are baud rate, separator and columns" in run.text()
    assert "it said '" in run.driver.health().text
    assert run.samples == []


def test_a_wrapped_counter_of_microseconds_is_no_restart() -> None:
    form = Print(time_unit="us")
    run = wired(settings=replace(SETTINGS, time_unit="us"), form=form)
    run.stub._stub._booted_ns = -((1 << 32) * 1000 - 3 * NS_PER_S)  # type: ignore[attr-defined]
    run.run_to(6)
    assert run.standing_at(6) is Standing.GOOD
    assert run.counts(Condition.REBOOT) == run.counts(Condition.DROPPED) == 0


def test_one_number_a_line_without_time_will_do() -> None:
    settings = replace(SETTINGS, columns=("z",), mm_per_unit=10.0, decimal=",", separator=";")
    form = Print(("z",), 10.0, separator=";", decimal=",", digits=4)
    run = wired(settings=settings, form=form).run_to(6)
    assert run.standing_at(6) is Standing.GOOD
    z = [message.samples[0].z_cm for _, message in run.samples]
    assert max(z) - min(z) == pytest.approx(1.5, abs=0.05)
