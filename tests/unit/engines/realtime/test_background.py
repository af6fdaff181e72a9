"""Writing in the background: a disk that does not keep up stops the beam, then the run; nothing is
dropped."""

import pytest

from linacsim.engines.digest import FrameDigest
from linacsim.engines.realtime import background
from linacsim.engines.realtime.background import (
    END_RUN_TICKS,
    NAME,
    STOP_BEAM_TICKS,
    Background,
)
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.model.findings import InputError
from linacsim.model.messages import Standing
from linacsim.model.signals import Frames


@pytest.fixture(autouse=True)
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be written before the end."""
    monkeypatch.setattr(background, "PAUSE_S", 3600.0)


@pytest.fixture(scope="module")
def tick() -> Frames:
    return Linac(load_machine("truebeam-m120"), seed=1).tick()


def test_a_queue_that_grows_stops_the_beam_until_all_is_written(tick: Frames) -> None:
    sink = FrameDigest()
    writer = Background([sink], None)
    for _ in range(STOP_BEAM_TICKS):
        writer.write(tick)
    assert writer.report() is None
    writer.write(tick)
    report = writer.report()
    assert report is not None
    assert (report.device, report.standing) == (NAME, Standing.FAULT)
    assert "wait for the disk" in report.text
    assert writer.report() is None, "told once"
    writer.close()
    assert sink.ticks == STOP_BEAM_TICKS + 1
    report = writer.report()
    assert report is not None
    assert report.standing is Standing.GOOD


def test_a_queue_that_grows_further_ends_the_run_and_is_written_all_the_same(tick: Frames) -> None:
    sink = FrameDigest()
    writer = Background([sink], None)
    for _ in range(END_RUN_TICKS + 1):
        writer.write(tick)
    with pytest.raises(InputError, match="the disk does not keep up: 3001 ticks"):
        writer.write(tick)
    writer.close()
    assert sink.ticks == END_RUN_TICKS + 1
