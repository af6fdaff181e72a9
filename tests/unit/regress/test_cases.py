"""What is delivered, and as what it is kept."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linacsim.engines.keep import KeepFrames
from linacsim.engines.operator import DefaultOperator
from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from linacsim.regress.cases import BASELINES, cases_in, deliver_case
from linacsim.regress.signal_changes import SignalChange, signal_changes
from linacsim.regress.signature import signals_of
from linacsim.regress.tolerances import load_tolerances
from linacsim.scenario.compose import Job, run_job
from tests.regressing import SHIPPED, make_folder, one_leaf_window


def test_cases_are_scenarios_and_beams_of_the_folder_itself(tmp_path: Path) -> None:
    make_folder(tmp_path)
    (tmp_path / ".hidden.yaml").touch()
    cases = cases_in(tmp_path)
    assert [case.name for case in cases] == ["arc.xml", "beam-on.yaml", "window.yaml"]
    assert cases[0].baseline == tmp_path / BASELINES / "arc.toml"


def test_all_figures_have_a_tolerance() -> None:
    known = load_tolerances().values
    for name in ("dynamic-arc", "motion-only-mlc", "hold-lines"):
        [made] = deliver_case(SHIPPED / f"{name}.yaml").baseline.delivery
        keys = {f"figures.{key}" for key in made.figures}
        keys |= {f"axis_figures.{key}" for axis in made.axis_figures.values() for key in axis}
        assert keys <= known.keys()


def test_beam_is_delivered_on_the_machine_that_is_named() -> None:
    path = SHIPPED / "beams" / "beam-on.xml"
    assert deliver_case(path).baseline.delivery[0].machine == "truebeam-hd120"
    with pytest.raises(ValueError, match="truebeam-m121"):
        deliver_case(path, "truebeam-m121")


def _changed(spec: MachineSpec, leaf: int) -> dict[str, SignalChange]:
    """Return what another acceleration of one leaf changes in a beam that only A30 limits."""
    accel = spec.axes.max_accel.copy()
    accel[spec.layout.bank_a.start + leaf - 1] *= 0.98
    slower = replace(spec, axes=replace(spec.axes, max_accel=accel))
    beam, signatures = one_leaf_window(), []
    for machine in (spec, slower):
        kept = KeepFrames()
        job = Job(machine, beam, None, (DefaultOperator(beam),), seed=1)
        digest = run_job(job, sinks=[kept]).digest
        signatures.append(signals_of(kept.blocks, machine.layout, digest))
    return {change.what: change for change in signal_changes(*signatures)}


def test_two_percent_of_one_leaf_that_limits_is_seen_during_the_beam() -> None:
    spec = load_machine("truebeam-hd120")
    spec = replace(spec, start=_at_the_start(spec))
    changed = _changed(spec, 30)
    assert "signal mu_expected" in changed
    [part, *_] = changed["signal mu_expected"].parts
    assert float(part.from_cp) < 1 < float(part.to_cp)


def test_two_percent_of_a_leaf_that_stands_changes_nothing() -> None:
    spec = load_machine("truebeam-hd120")
    assert _changed(replace(spec, start=_at_the_start(spec)), 31) == {}


def _at_the_start(spec: MachineSpec) -> np.ndarray:
    """Return a start with all leaves where the beam wants them, so that Go To moves none."""
    start = spec.start.copy()
    start[spec.layout.leaves] = 0.5
    return start
