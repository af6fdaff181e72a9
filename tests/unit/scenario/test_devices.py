"""What a scenario says of devices that cannot be is refused before anything is opened."""

from pathlib import Path

import pytest

pytest.importorskip("serial", reason="needs the extra `devices`")

from linacsim.devices.zaber.messages import SPEED_UNIT
from linacsim.model.findings import InputError
from linacsim.scenario.running import prepare

BEAM = Path(__file__).resolve().parents[3] / "scenarios" / "beams" / "beam-on.xml"
SCENARIO = """\
schema: 1
title: devices
machine: truebeam-hd120
beam: {beam}
seed: 1
motion: {{kind: sine, period_s: 4.0, travel_cm: 1.5}}
devices:
{devices}
{more}
expect: {{state: COMPLETE}}
"""
MARKER = "{name: a, kind: llp-marker}"
BOX = "{name: a, kind: gate-box, device: 1}"
UP = "{axis: X, along: z, zero_mm: -50, travel_mm: [-100, 0]}"
LEFT_HANDED = "{origin_cm: [0, 0, 0], x_axis: [1, 0, 0], y_axis: [0, 1, 0], z_axis: [0, 0, -1]}"


def stage(axes: str, kind: str = "grbl-stage", more: str = "") -> str:
    return f"{{name: a, kind: {kind}, play: motion, axes: [{axes}]{more}}}"


def mqtt(kind: str, **keys: object) -> str:
    pairs = ", ".join(f"{key}: {value}" for key, value in keys.items())
    return f"mqtt: {{url: embedded, {kind}: [{{url: stub, {pairs}}}]}}"


def scenario(folder: Path, *devices: str, more: str = "") -> Path:
    path = folder / "scenario.yaml"
    rows = "\n".join(f"  - {device}" for device in devices)
    path.write_text(SCENARIO.format(beam=BEAM, devices=rows, more=more))
    return path


def refusal(folder: Path, *devices: str, more: str = "") -> str:
    path = scenario(folder, *devices, more=more)
    with pytest.raises(InputError) as refused:
        prepare(path)
    assert str(path) in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("devices", "more"),
    [
        ((MARKER, BOX), ""),
        ((MARKER,), mqtt("markers", name="a", source="B")),
        ((MARKER,), mqtt("gate_boxes", name="a", device=1)),
        ((BOX.replace("a,", "b,"), MARKER, MARKER), ""),
    ],
)
def test_two_devices_of_one_name_are_refused(
    devices: tuple[str, ...], more: str, tmp_path: Path
) -> None:
    """The machine knows reports by name: the one would speak for the other."""
    assert "two devices are called a" in refusal(tmp_path, *devices, more=more)


@pytest.mark.parametrize("name", ["writer", "mqtt", "icom", "checks"])
def test_names_of_parts_that_report_on_themselves_are_refused(name: str, tmp_path: Path) -> None:
    device = MARKER.replace("name: a", f"name: {name}")
    assert f"no device can be called {name}" in refusal(tmp_path, device)


@pytest.mark.parametrize(
    ("devices", "more"),
    [
        ((BOX, BOX.replace("a,", "b,")), ""),
        ((BOX,), mqtt("gate_boxes", name="b", device=1)),
    ],
)
def test_two_boxes_for_one_line_are_refused(
    devices: tuple[str, ...], more: str, tmp_path: Path
) -> None:
    told = refusal(tmp_path, *devices, more=more)
    assert "two gate boxes are the same beam-hold device" in told


@pytest.mark.parametrize(
    ("device", "why"),
    [
        (stage(f"{UP}, {UP.replace('along: z', 'along: y')}"), "an axis stands twice in axes"),
        (stage(UP.replace("X", "A")), "a: the stand-in has axes X, Y, Z, not A"),
        (stage(UP.replace("[-100, 0]", "[-100, 10]")), "positions of 0 and below only"),
        (stage(UP, more=", stub: {start_mm: 101}"), "stub.start_mm 101: beyond the travel"),
        (
            stage(UP.replace("X", '"1"'), "zaber-stage", ", microstep_mm: 0.0005"),
            "axis 1: the stand-in has positions of 0 and above only",
        ),
        (
            BOX.replace("}", ", stub: {holds: [{from_s: 5, to_s: 3}]}}"),
            "to_s must be above from_s",
        ),
        (
            BOX.replace("}", ", stub: {holds: [{from_s: 5, to_s: 9}], repeat_s: 8}}"),
            "must end before they begin anew",
        ),
        (
            "{name: a, kind: ndi-polaris, reply: stream, baud: 57600}",
            "reply stream at 60 Hz needs 66000 baud or more: raise baud, lower rate_hz",
        ),
        (f"{{name: a, kind: ndi-polaris, calibration: {LEFT_HANDED}}}", "a: the axes of the calib"),
    ],
)
def test_what_cannot_be_is_told_with_its_place(device: str, why: str, tmp_path: Path) -> None:
    assert why in refusal(tmp_path, device)


def test_a_stand_in_is_as_fast_as_the_fastest_axis(tmp_path: Path) -> None:
    axes = ", ".join(
        f'{{axis: "{k}", along: {along}, zero_mm: 50, travel_mm: [0, 99], speed_mm_per_s: {most}}}'
        for k, along, most in ((1, "z", 50), (2, "y", 200))
    )
    device = stage(axes, "zaber-stage", ", microstep_mm: 0.001")
    bench = prepare(scenario(tmp_path, device)).bench
    assert bench is not None
    stub = bench.peers()["a"]
    stub.receive(b"/1 2 get maxspeed\n", 0)
    assert f" {round(200_000 * SPEED_UNIT)}:".encode() in stub.take()
