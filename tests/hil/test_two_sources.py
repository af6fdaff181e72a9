"""Two sources that must agree, live on pseudo terminals, with the result that headless has."""

import re
import subprocess
import sys
from pathlib import Path

from linacsim.engines.journal import read_journal
from linacsim.engines.replay import replay
from linacsim.model.messages import DeviceReport

SCENARIO = """\
schema: 1
title: A camera and a marker drift apart
machine: truebeam-hd120
beam: {beam}
seed: 7
motion: {{kind: sine, period_s: 4.0, travel_cm: 1.5, power: 2}}
devices:
  - name: camera
    kind: ndi-polaris
    least_age_limit_ms: 3000
    agree: {{with: marker, within_cm: 0.2}}
  - name: marker
    kind: llp-marker
    source: RTX1
    least_age_limit_ms: 3000
    stub: {{faults: ["drift@0=12"]}}
real_time: {{wait_s: 60, late: {{hold_after: null, stop_ms: null}}}}
limit_s: 20
expect: {{state: COMPLETE}}
"""
"""Ages are wide: this is no test of punctuality. 2 mm are passed at 10 s, with the beam on."""
BEAM = Path("scenarios/beams/beam-on.xml").resolve()


def test_sources_that_drift_apart_hold_the_beam_live_as_they_do_headless(tmp_path: Path) -> None:
    path = tmp_path / "apart.yaml"
    path.write_text(SCENARIO.format(beam=BEAM))
    held = []
    for how in ([], ["--realtime"]):
        out = tmp_path / ("live" if how else "headless")
        out.mkdir()
        command = [sys.executable, "-m", "linacsim", "run", *how, "--out", str(out), str(path)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        (file,) = out.glob("*.journal")
        journal = read_journal(file)
        assert replay(journal).identical, ended.stderr
        reports = [
            (tick, message.text)
            for tick, told in journal.inputs.items()
            for message in told
            if isinstance(message, DeviceReport) and "sources disagree" in message.text
        ]
        held.append(reports[0])
    (headless_tick, headless), (live_tick, live) = held
    assert re.sub(r"[\d.]+ mm apart", "", headless) == re.sub(r"[\d.]+ mm apart", "", live)
    assert headless_tick > 0
    assert live_tick > 0
