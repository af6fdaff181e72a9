"""Real Agility plans are delivered; journals of fields replay bit for bit."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linacsim.engines.agenda import Agenda, Steps
from linacsim.engines.batch import run_batch
from linacsim.engines.digest import FrameDigest
from linacsim.engines.field_record import field_from_record, field_to_record
from linacsim.engines.journal import JournalWriter, read_journal
from linacsim.engines.operator import FieldOperator
from linacsim.engines.replay import replay
from linacsim.formats.rtplan import read_plan
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.model.elekta import Field
from linacsim.model.imaging import ImagingParameters
from linacsim.model.interlocks import Right
from linacsim.model.messages import Action, Operator
from linacsim.model.motion import GatingParameters, GatingWindow
from linacsim.model.signals import State
from linacsim.planning.fields import prescribe
from tests.fields import deliver, made

PLANS = (
    "agility-06mv-static10.dcm",
    "agility-monaco-fff-template.dcm",
    "agility-monaco-vmat-template.dcm",
)


def fields_of(path: Path) -> list[Field]:
    plan, machine = read_plan(path).plan, load_machine("agility")
    meterset = {r.number: r.meterset for g in plan.fraction_groups for r in g.beams}
    made = [prescribe(beam, meterset[beam.number], machine, str(path)) for beam in plan.beams]
    assert all(one.field for one in made)
    return [one.field for one in made if one.field]


@pytest.mark.parametrize("name", PLANS)
def test_real_plans(shared_data: Path, name: str) -> None:
    for field in fields_of(shared_data / "plans" / name):
        done = deliver(field, "agility")
        assert done.result.state is State.COMPLETE
        assert done.result.mu == pytest.approx(field.prescribed_mu, abs=0.1)
        end = field.beam.resolved_positions()[-1]
        off = np.abs(done.result.positions - end)
        tolerance = load_machine("agility").axes.tolerance
        assert (np.nan_to_num(off) <= tolerance).all()
        assert not done.eye.violations


def test_a_journal_of_a_field_replays_bit_for_bit(tmp_path: Path) -> None:
    field = made("agility", 30.0, [0, 0.4, 1], gantry_deg=[0, 10, 40], half_mm=[50, 20, 60])
    machine, path = load_machine("agility"), tmp_path / "field.journal"
    journal = JournalWriter(path, machine, 7, Right.BASIC)
    agenda = Agenda()
    agenda.start(FieldOperator(field))
    result = run_batch(Linac(machine, seed=7), agenda, [journal], record=journal.record)
    journal.close()
    assert result.state is State.COMPLETE
    recorded = read_journal(path)
    assert replay(recorded).identical
    single = replay(recorded, block=1)
    assert single.identical, single.differing
    assert "field.wedge" in recorded.columns


def test_digests_know_what_only_fields_tell() -> None:
    done = deliver(made("agility", 10.0, [0, 1]), "agility")
    digest = FrameDigest()
    for block in done.keep.blocks:
        digest.write(block)
    assert {"field.state", "field.backup_mu"} <= set(digest.columns())


def test_a_field_survives_its_record_exactly() -> None:
    field = made("precise-mlc", 33.3, [0, 0.5, 1], wedge=["IN", "OUT", "OUT"], dose_rate=[0, 99, 1])
    again = field_from_record(field_to_record(field))
    assert again.beam.control_points == field.beam.control_points
    assert again.wedge_in.tolist() == field.wedge_in.tolist()


def test_a_field_with_gate_and_applicator_survives_its_record() -> None:
    field = made("agility", 10.0, [0, 1])
    gating = GatingParameters("BreathingAmplitude", (GatingWindow(-0.2, 0.5),))
    beam = replace(
        field.beam, fitments=("applicator A10",), imaging=ImagingParameters((), gating=gating)
    )
    again = field_from_record(field_to_record(replace(field, beam=beam)))
    assert again.beam.fitments == ("applicator A10",)
    assert again.beam.imaging == beam.imaging


def test_what_a_field_needs_must_be_mounted_and_nothing_else() -> None:
    field = made("agility", 10.0, [0, 1])
    field = replace(field, beam=replace(field.beam, fitments=("applicator A10",)))
    bare = deliver(field, "agility", limit_s=30.0)
    assert bare.result.state is State.PREPARED
    assert "ACCESSORY up: accessory applicator A10 is needed and not mounted" in bare.texts

    def mount(*names: str) -> Callable[[Agenda], Steps]:
        def steps(agenda: Agenda) -> Steps:
            for name in names:
                agenda.post(Operator(Action.MOUNT, name, 1.0))
            yield agenda.wait(0)

        return steps

    assert deliver(field, "agility", mount("applicator A10")).result.state is State.COMPLETE
    more = deliver(field, "agility", mount("applicator A10", "block TRAY1"), limit_s=30.0)
    assert "ACCESSORY up: accessory block TRAY1 is mounted and not needed" in more.texts
