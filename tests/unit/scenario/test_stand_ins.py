"""A stand-in releases the beam only where the scenario asks for one."""

from pathlib import Path

import pytest

pytest.importorskip("serial", reason="needs the extra `devices`")

from linacsim.devices.sample import Mark
from linacsim.scenario.markers import limits_of
from linacsim.scenario.running import prepare

BEAM = Path(__file__).resolve().parents[3] / "scenarios" / "beams" / "beam-on.xml"
SCENARIO = """\
schema: 1
title: who is at the other end
machine: truebeam-hd120
beam: {beam}
seed: 1
motion: {{kind: sine, period_s: 4.0, travel_cm: 1.5}}
devices:
  - {{name: marker, kind: llp-marker, {keys}}}
  - name: phantom
    kind: llp-stage
    play: motion
    axes: [{{axis: "0", along: z, zero_mm: 50, travel_mm: [0, 100]}}]
    {keys}
expect: {{state: COMPLETE}}
"""
NAMED = "url: /dev/ttyUSB0"


@pytest.mark.parametrize(
    ("keys", "taken"),
    [
        ("url: stub", True),
        ("url: stub, allow_simulated: false", False),
        (NAMED, False),
        (f"{NAMED}, allow_simulated: true", True),
    ],
)
def test_a_stand_in_must_have_been_asked_for(keys: str, taken: bool, tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO.format(beam=BEAM, keys=keys).replace(f"    {keys}\n", yaml(keys)))
    bench = prepare(path).bench
    assert bench is not None
    assert (Mark.SIMULATED in limits_of(bench.markers[0]).allowed) is taken
    assert bench.stage_drivers["phantom"].guard._allow_simulated is taken


def yaml(keys: str) -> str:
    """Return keys one to a line."""
    return "".join(f"    {key}\n" for key in keys.split(", "))
