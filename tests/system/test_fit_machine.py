"""The fit tool: finds altered numbers of an emulated machine, and those of real machines' logs."""

from pathlib import Path

import numpy as np
import pytest

from linacsim.machines import load_machine
from linacsim.model.axes import Axis
from tests.beams import make_beam
from tests.fitted_machine import ALTERED, altered_machine, logs_of, point
from tests.reviewing import deliver_to
from tools.fit_machine.__main__ import main
from tools.fit_machine.fit import fit_machine
from tools.fit_machine.found import Found
from tools.fit_machine.write import Fit, base_table

HD120 = (
    "tlog-v3.0-hd120-T3-mlc-speed-arc.bin",
    "tlog-v3.0-hd120-kv-rotation-aborted.bin",
    "tlog-v3.0-hd120-vmat-jaw-tracking.bin",
)
M120 = (
    "tlog-v2.1-m120-picketfence-static.bin",
    "tlog-v3.0-m120-field.bin",
    "tlog-v3.0-m120-static-midbeam-hold.bin",
)


def by_key(fit: Fit) -> dict[str, Found]:
    return {item.dotted: item for item in fit.found}


# A machine whose numbers are known -------------------------------------------------------------


@pytest.fixture(scope="module")
def altered(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], Fit]:
    folder = tmp_path_factory.mktemp("altered")
    logs = logs_of(altered_machine(folder), folder)
    return logs, fit_machine(logs, energy="6x")


NUMBERS = {
    f"{section}.{key}": value for section, keys in ALTERED.items() for key, value in keys.items()
}


@pytest.mark.parametrize("key", NUMBERS)
def test_altered_number_is_found_within_the_stated_error(
    altered: tuple[list[Path], Fit], key: str
) -> None:
    found = by_key(altered[1])[key]
    assert abs(found.value - NUMBERS[key]) <= found.error
    # And the statement says something; of a single observation it may be vague.
    assert found.error < 0.2 * abs(NUMBERS[key]) or found.observations == 1


def test_numbers_that_were_not_altered_are_found_as_they_are(
    altered: tuple[list[Path], Fit],
) -> None:
    base = load_machine("truebeam-m120")
    found = by_key(altered[1])
    assert found["axis.y2.max_speed_cm_per_s"].value == pytest.approx(2.5, rel=1e-4)
    assert found["axis.x2.max_accel_cm_per_s2"].value == pytest.approx(15.0, rel=2e-3)
    step = float(base.axes.resolution[Axis.GANTRY_RTN])
    assert found["axis.gantry_rtn.resolution_deg"].value == pytest.approx(step, rel=1e-3)


def test_what_the_logs_cannot_tell_is_kept_and_said(altered: tuple[list[Path], Fit]) -> None:
    kept = {item.dotted: item.why for item in altered[1].kept}
    assert kept["axis.couch_lat.max_speed_cm_per_s"] == "never moved"
    assert kept["axis.gantry_rtn.brake_decel_deg_per_s2"] == "never stopped dead at speed"
    assert set(kept).isdisjoint(by_key(altered[1]))


def test_the_written_machine_delivers_as_the_altered_one(
    altered: tuple[list[Path], Fit], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logs, fit = altered
    out = tmp_path / "mine.toml"
    assert main([*map(str, logs), "--energy", "6x", "-o", str(out)]) == 0
    told = capsys.readouterr().out
    assert "axis.leaf.max_accel_cm_per_s2" in told
    assert "kept  axis.couch_lat.max_speed_cm_per_s: never moved" in told
    machine = load_machine(out)
    for key in by_key(fit):
        assert "fitted" in machine.sources[key]
        assert f"of {len(logs)} logs" in machine.sources[key]
    text = out.read_text(encoding="utf-8")
    assert "axis.couch_lat.max_speed_cm_per_s = 4: never moved" in text
    assert all(log.name not in text for log in logs), "names of logs may hold those of patients"
    beam = make_beam(point(0.0), point(60.0, GantryRtn=260.0, X1=2.0), point(90.0, GantryRtn=270.0))
    ours, theirs = (
        deliver_to(tmp_path / f"{name}.bin", beam, spec).stat().st_size
        for name, spec in (("ours", machine), ("theirs", altered_machine(tmp_path)))
    )
    shipped = deliver_to(tmp_path / "shipped.bin", beam).stat().st_size
    row = 1096
    assert abs(ours - theirs) <= row
    assert abs(shipped - theirs) > 20 * row


# Real machines ---------------------------------------------------------------------------------

RECOVERED = {
    "axis.gantry_rtn.max_speed_deg_per_s": HD120,
    "axis.gantry_rtn.max_accel_deg_per_s2": HD120,
    "axis.gantry_rtn.brake_decel_deg_per_s2": HD120,
    "axis.gantry_rtn.resolution_deg": HD120,
    "axis.leaf.max_speed_cm_per_s": HD120,
    "axis.leaf.max_accel_cm_per_s2": HD120,
    "axis.x1.max_accel_cm_per_s2": HD120,
    "axis.y2.max_accel_cm_per_s2": HD120,
    "axis.coll_rtn.max_speed_deg_per_s": M120,
    "axis.coll_rtn.max_accel_deg_per_s2": M120,
    "axis.x1.max_speed_cm_per_s": M120,
    "axis.y1.max_accel_cm_per_s2": M120,
    "axis.leaf.lag_s": M120,
    "dose.hold_drift_mu_per_s": M120,
    "energy.6x.mu_per_pulse": M120,
}
"""Numbers that the shipped machines have from such logs, and the logs at hand that tell them."""
PRECISION = {
    "axis.leaf.lag_s": 2e-4,
    "energy.6x.mu_per_pulse": 5e-5,
    "axis.gantry_rtn.resolution_deg": 1e-6,
}
"""To how much the shipped number is stated, where that is coarser than the fit."""
_fits: dict[tuple[str, ...], Fit] = {}


def real_fit(folder: Path, names: tuple[str, ...]) -> Fit:
    if names not in _fits:
        _fits[names] = fit_machine([folder / "logs" / name for name in names], energy="6x")
    return _fits[names]


@pytest.mark.parametrize("key", RECOVERED)
def test_refitting_recovers_shipped_numbers(shared_data: Path, key: str) -> None:
    fit = real_fit(shared_data, RECOVERED[key])
    found = by_key(fit)[key]
    section, name = key.rsplit(".", 1)
    value = float(base_table(fit.base).numbers[section][name].value)
    assert abs(found.value - value) <= found.error + PRECISION.get(key, 0.0)


def test_no_servo_is_told_that_is_not_clearly_better(shared_data: Path) -> None:
    kept = {item.dotted: item.why for item in real_fit(shared_data, HD120).kept}
    assert kept["gantry_servo.proportional_per_s2"].startswith("no clearly better one")


@pytest.mark.parametrize(
    ("logs", "told"),
    [
        ((), "no logs: name at least one"),
        (("missing.bin",), "cannot read the log"),
        ((M120[0], HD120[0]), "fit one machine at a time"),
        ((M120[2], M120[2]), "given before"),
    ],
)
def test_logs_that_cannot_be_used_are_refused(
    shared_data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    logs: tuple[str, ...],
    told: str,
) -> None:
    out = tmp_path / "machine.toml"
    paths = [str(shared_data / "logs" / name) for name in logs]
    assert main([*paths, "-o", str(out)]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert [*tmp_path.iterdir()] == []


def test_emulated_logs_are_not_mixed_with_real_ones(shared_data: Path, tmp_path: Path) -> None:
    ours = deliver_to(tmp_path / "ours.bin", make_beam(point(0.0), point(20.0)))
    real = shared_data / "logs" / M120[0]
    assert main([str(real), str(ours), "-o", str(tmp_path / "x.toml")]) == 2


def test_a_log_without_motion_and_dose_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    beam = make_beam(point(0.0), point(0.0), energy="0k", dose_rate=0.0)
    log = deliver_to(tmp_path / "still.bin", beam)
    if not log.exists():
        pytest.skip("such a beam writes no log")
    assert main([str(log), "-o", str(tmp_path / "x.toml")]) == 2
    assert "nothing can be fitted" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--base", "truebeam-hd120"), "has another MLC than the logs"),
        (("--base", "truebeam-x"), "no shipped machine 'truebeam-x'"),
        (("--energy", "7x"), "has no energy '7x'"),
    ],
)
def test_wrong_options_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, str], told: str
) -> None:
    log = deliver_to(tmp_path / "ours.bin", make_beam(point(0.0), point(20.0)))
    assert main([str(log), "-o", str(tmp_path / "x.toml"), *options]) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "x.toml").exists()


def test_a_file_is_replaced_only_if_asked(tmp_path: Path) -> None:
    log = deliver_to(tmp_path / "ours.bin", make_beam(point(0.0), point(20.0)))
    out = tmp_path / "mine.toml"
    out.write_text("mine", encoding="utf-8")
    assert main([str(log), "-o", str(out)]) == 2
    assert out.read_text(encoding="utf-8") == "mine"
    assert main([str(log), "-o", str(out), "--overwrite"]) == 0
    assert load_machine(out).name == "mine"
    assert np.isfinite(load_machine(out).axes.max_speed).all()
