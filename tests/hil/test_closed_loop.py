"""The closed loop of stubs on pseudo terminals, live: one command, no hardware.

Nothing here asserts how punctual this machine is: a busy one may be late, and the journal says so.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from linacsim.engines.journal import read_journal
from linacsim.engines.replay import replay
from linacsim.formats.trajectory_log import read_log
from linacsim.model.messages import DeviceReport, Samples
from linacsim.model.time import NS_PER_S
from tests.closed_loop import busy, changed, llp, zaber


def brief(data) -> None:
    """Leave the count of holds and the latencies to headless runs."""
    data["expect"] = {"state": "COMPLETE", "mu": {"value": 100, "within": 0.1}}
    data["real_time"]["wait_s"] = 60.0


STAGES = {"grbl": [], "zaber": [zaber], "llp": [llp]}


@pytest.mark.parametrize("kind", STAGES)
def test_one_command_closes_the_loop_and_its_journal_replays(kind: str, tmp_path: Path) -> None:
    path = changed(tmp_path, *STAGES[kind], busy, brief)
    ended = subprocess.run(
        [sys.executable, "-m", "linacsim", "run", "--realtime", "--out", str(tmp_path), str(path)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    told = ended.stdout + ended.stderr
    assert ended.returncode == 0, told
    assert "phantom: playing" in told
    assert "SIM" in told, "the operator is told that these are stand-ins"
    assert "truth: the marker on stage phantom" in told

    (journal_file,) = tmp_path.glob("*.journal")
    journal = read_journal(journal_file)
    assert journal.ticks > 2000
    again = replay(journal)
    assert again.identical
    assert again.digest == journal.digest
    (log_file,) = tmp_path.glob("*.bin")
    assert read_log(log_file).crc_ok

    messages = [m for told in journal.inputs.values() for m in told]
    assert {m.device for m in messages if isinstance(m, DeviceReport)} >= {"phantom", "camera"}
    seen = [s for m in messages if isinstance(m, Samples) for s in m.samples]
    assert len(seen) > 1000, "60 Hz for half a minute"
    heights = np.array([s.z_cm for s in seen if s.measured_ns > 15 * NS_PER_S and s.valid])
    assert np.ptp(heights) == pytest.approx(1.5, abs=0.1), "the breath that the stage plays"
