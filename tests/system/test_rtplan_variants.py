"""Plans with the traits of many planning systems: delivered, or refused for one stated reason."""

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset

from linacsim.machines import load_machine, machine_names
from linacsim.machines.spec import MachineSpec
from linacsim.model.findings import Finding, InputError, Severity, has_errors
from linacsim.model.signals import State
from linacsim.scenario.beam_file import BeamFile, open_beams
from linacsim.scenario.beam_job import beam_job
from linacsim.scenario.compose import run_job
from tests.effort import examples
from tests.plan_variants import (
    ELEKTA_REFUSED,
    ELEKTA_SOUND,
    REFUSED,
    SOUND,
    Change,
    agility_plan,
    elekta_plan,
    truebeam_arc,
    truebeam_plan,
)
from tests.rtplans import beam, encoded, group, plan

MU = 100.0
BASES: dict[str, Callable[[], Dataset]] = {
    "truebeam": truebeam_plan,
    "arc": truebeam_arc,
    "agility": agility_plan,
    "precise": elekta_plan,
}
CHANGES: list[Change] = [
    *SOUND.values(),
    *ELEKTA_SOUND.values(),
    *(change for change, _, _ in (*REFUSED.values(), *ELEKTA_REFUSED.values())),
]
MACHINES = [None, *(load_machine(name) for name in machine_names())]


def changed(base: Callable[[], Dataset], *changes: Change) -> bytes:
    dataset = base()
    with warnings.catch_warnings():
        # What pydicom has to say of the traits is not the matter here.
        warnings.simplefilter("ignore")
        for change in changes:
            change(dataset)
        return encoded(dataset)


def opened(folder: Path, data: bytes, machine: MachineSpec | None = None) -> tuple[BeamFile, ...]:
    path = folder / "plan.dcm"
    path.write_bytes(data)
    return open_beams(path, machine)


def delivered_mu(file: BeamFile) -> float:
    outcome = run_job(beam_job(file, seed=3))
    assert outcome.result.state is State.COMPLETE
    assert outcome.violations == ()
    return outcome.result.mu


@pytest.mark.parametrize("name", SOUND)
def test_a_truebeam_delivers_the_mu_of_the_plan(name: str, tmp_path: Path) -> None:
    (file,) = opened(tmp_path, changed(truebeam_plan, SOUND[name]))
    assert file.deliverable, [str(one) for one in file.findings]
    assert delivered_mu(file) == pytest.approx(MU, abs=0.1)


@pytest.mark.parametrize("base", [agility_plan, elekta_plan])
@pytest.mark.parametrize("name", ELEKTA_SOUND)
def test_an_elekta_delivers_the_mu_of_the_plan(
    name: str, base: Callable[[], Dataset], tmp_path: Path
) -> None:
    (file,) = opened(tmp_path, changed(base, ELEKTA_SOUND[name]))
    assert file.deliverable, [str(one) for one in file.findings]
    assert delivered_mu(file) == pytest.approx(MU, abs=0.1)


@pytest.mark.parametrize(
    ("kind", "mu", "severity"),
    [("SETUP", None, Severity.NOTE), ("CONTINUATION", 20.0, Severity.WARNING)],
)
def test_a_beam_with_mu_that_is_not_delivered_is_warned_of(
    kind: str, mu: float | None, severity: Severity, tmp_path: Path
) -> None:
    path = tmp_path / "plan.dcm"
    other = beam(number=2, TreatmentDeliveryType=kind)
    path.write_bytes(encoded(plan(beam(), other, groups=[group((1, 100.0), (2, mu))])))
    (file,) = open_beams(path)
    (told,) = file.findings
    assert (told.rule, told.severity) == ("rtplan.not-treatment", severity)


def test_a_beam_that_groups_give_different_mu_is_told(tmp_path: Path) -> None:
    path = tmp_path / "plan.dcm"
    path.write_bytes(encoded(plan(groups=[group((1, 100.0)), group((1, 50.0), number=2)])))
    (file,) = open_beams(path, None, 1)
    (told,) = file.findings
    assert (told.rule, told.severity) == ("rtplan.fraction-groups", Severity.WARNING)
    assert "delivered with 100 MU" in told.found


def refused_for(folder: Path, data: bytes) -> list[Finding | InputError]:
    try:
        files = opened(folder, data)
    except InputError as error:
        return [error]
    errors = [one for file in files for one in file.findings if one.severity is Severity.ERROR]
    return list(dict.fromkeys(errors))


@pytest.mark.parametrize(
    ("base", "name", "refusal"),
    [
        *((truebeam_plan, name, one) for name, one in REFUSED.items()),
        *((agility_plan, name, one) for name, one in ELEKTA_REFUSED.items()),
        *((elekta_plan, name, one) for name, one in ELEKTA_REFUSED.items()),
    ],
)
def test_refused_for_one_reason_that_names_tag_or_point(
    base: Callable[[], Dataset], name: str, refusal: tuple[Change, str, str], tmp_path: Path
) -> None:
    change, rule, tag = refusal
    errors = refused_for(tmp_path, changed(base, change))
    assert errors
    for error in errors:
        assert tag in str(error)
        assert "\n" not in str(error)
        if isinstance(error, Finding):
            assert error.rule == rule


@given(
    base=st.sampled_from(sorted(BASES)),
    changes=st.lists(st.sampled_from(range(len(CHANGES))), min_size=2, max_size=4, unique=True),
    machine=st.sampled_from(range(len(MACHINES))),
)
@examples(60)
def test_traits_together_give_findings_or_one_line(
    base: str, changes: list[int], machine: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("plan")
    try:
        data = changed(BASES[base], *(CHANGES[k] for k in changes))
    except (AttributeError, IndexError):
        return  # one change took away what another one needs
    try:
        files = opened(folder, data, MACHINES[machine])
    except InputError:
        return  # what cannot be read at all has one line, which its own tests look at
    for file in files:
        assert file.deliverable or has_errors(file.findings)
        assert file.plan is not None or has_errors(file.findings)
        if file.deliverable:
            assert file.beam is not None
            assert file.beam.resolved_mu()[-1] == pytest.approx(MU)


@pytest.mark.parametrize("maker", ["SIEMENS", "Varian Medical Systems"])
def test_leaf_widths_alone_do_not_make_another_makers_machine_an_elekta(
    maker: str, tmp_path: Path
) -> None:
    def made_by(dataset: Dataset) -> None:
        dataset.BeamSequence[0].Manufacturer = maker

    (error,) = refused_for(tmp_path, changed(agility_plan, made_by))
    assert isinstance(error, Finding)
    assert error.rule == "rtplan.machine"
    assert maker in error.found


@pytest.mark.parametrize(
    ("change", "rule", "severity", "tag"),
    [
        ("block", "field.accessory", Severity.NOTE, "(300A,00F4)"),
        ("electrons", "field.accessory", Severity.NOTE, "(300A,0107)"),
        ("compensator", "field.accessory", Severity.WARNING, "(300A,00E3)"),
        ("bolus", "field.accessory", Severity.WARNING, "(300C,00B0)"),
        ("eccentric", "field.table-top", Severity.NOT_ACTED_ON, "(300A,0125)"),
        ("tilted", "field.table-top", Severity.NOT_ACTED_ON, "(300A,0140)"),
    ],
)
def test_what_an_elekta_does_not_act_on_is_told(
    change: str, rule: str, severity: Severity, tag: str, tmp_path: Path
) -> None:
    (file,) = opened(tmp_path, changed(elekta_plan, ELEKTA_SOUND[change]))
    (told,) = [one for one in file.findings if one.rule == rule]
    assert told.severity is severity
    assert tag in str(told)
