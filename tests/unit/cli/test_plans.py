"""DICOM plans on the command line: deliver, check, plan, convert, and as a scenario's beam."""

import json
from pathlib import Path

import pytest
from pydicom import dcmread

from linacsim.formats.truebeam_xml import read_beam
from tests.rtplans import arc, beam, group, plan, write
from tests.unit.cli.conftest import Run


def two_fields(folder: Path) -> Path:
    """Write a plan of two fields that go together."""
    fields = beam(number=2), arc([0.0, 10.0])
    return write(folder / "plan.dcm", plan(*fields, groups=[group((2, 5.0), (1, 10.0))]))


def two_energies(folder: Path) -> Path:
    """Write a plan of two fields that do not."""
    second = beam(number=2)
    second.ControlPointSequence[0].NominalBeamEnergy = 10.0
    groups = [group((1, 5.0), (2, 7.0))]
    return write(folder / "energies.dcm", plan(beam(), second, groups=groups))


def test_a_plan_is_delivered_as_one_sequence(linacsim: Run, folder: Path) -> None:
    result = linacsim("deliver", two_fields(folder), "--out", "out")
    assert result.exit_code == 0, result.output
    assert "COMPLETE: 15.0" in result.output
    assert len(list((folder / "out").glob("*.bin"))) == 1


def test_one_beam_of_a_plan(linacsim: Run, folder: Path) -> None:
    result = linacsim("deliver", two_fields(folder), "--beam", 2, "--out", "out", "--json")
    assert result.exit_code == 0
    assert abs(json.loads(result.stdout)["mu"] - 5.0) < 0.1


def test_sequences_are_delivered_one_after_the_other(linacsim: Run, folder: Path) -> None:
    result = linacsim("deliver", two_energies(folder), "--out", "out", "--json")
    assert result.exit_code == 0
    deliveries = json.loads(result.stdout)["deliveries"]
    assert [round(one["mu"]) for one in deliveries] == [5, 7]
    assert len({one["log"] for one in deliveries}) == 2


def test_nothing_is_delivered_unless_all_can_be(linacsim: Run, folder: Path) -> None:
    second = beam(number=2)
    second.ControlPointSequence[0].NominalBeamEnergy = 7.0
    result = linacsim("deliver", write(folder / "p.dcm", plan(beam(), second)), "--out", "out")
    assert result.exit_code == 1
    assert "Energy is 7x" in result.output
    assert list((folder / "out").iterdir()) == []


def test_setup_beams_are_told_and_passed_over(linacsim: Run, folder: Path) -> None:
    setup = beam(number=2, TreatmentDeliveryType="SETUP")
    path = write(folder / "p.dcm", plan(beam(), setup, groups=[group((1, 3.0), (2, None))]))
    assert "beam 2 is for SETUP" in linacsim("check", path).output
    assert linacsim("deliver", path, "--out", "out").exit_code == 0
    assert linacsim("deliver", path, "--beam", 2).exit_code == 2


def test_the_first_of_two_fraction_groups_is_delivered(linacsim: Run, folder: Path) -> None:
    groups = [group((1, 3.0)), group((2, 4.0), number=2)]
    path = write(folder / "p.dcm", plan(beam(), beam(number=2), groups=groups))
    assert "group 1 is delivered" in linacsim("check", path).output
    result = linacsim("deliver", path, "--beam", 2, "--out", "out", "--json")
    assert abs(json.loads(result.stdout)["mu"] - 4.0) < 0.1


def two_groups(folder: Path) -> Path:
    """Write a plan whose second group, number 7, gives beam 1 other MU and has one beam more."""
    groups = [group((1, 3.0)), group((2, 4.0), (1, 2.0), number=7)]
    return write(folder / "p.dcm", plan(beam(), beam(number=2), beam(number=3), groups=groups))


@pytest.mark.parametrize(("words", "mu"), [((), 6.0), (("--beam", 1), 2.0)])
def test_the_second_of_two_fraction_groups_is_delivered_with_its_own_mu(
    linacsim: Run, folder: Path, words: tuple[object, ...], mu: float
) -> None:
    chosen = (two_groups(folder), "--group", 7, *words)
    checked = linacsim("check", *chosen)
    assert checked.exit_code == 0
    assert "rtplan.fraction-groups" not in checked.output
    assert json.loads(linacsim("plan", *chosen, "--json").stdout)["mu"] == mu
    assert f"{mu:g} MU" in linacsim("convert", *chosen, "-o", "beam.xml").output
    result = linacsim("deliver", *chosen, "--out", "out", "--record", "--json")
    assert abs(json.loads(result.stdout)["mu"] - mu) < 0.1
    records = [dcmread(one) for one in (folder / "out").glob("*_record*.dcm")]
    assert [one.ReferencedFractionGroupNumber for one in records] == [7] * (1 if words else 2)


@pytest.mark.parametrize("command", ["check", "plan", "deliver", "convert"])
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--group", 2), "the plan has no fraction group 2; it has 1, 7"),
        (("--group", 2, "--beam", 1), "the plan has no fraction group 2; it has 1, 7"),
        (("--group", 1, "--beam", 2), "fraction group 1 does not have beam 2; it has 1"),
    ],
)
def test_a_group_that_is_not_there_is_told(
    linacsim: Run, folder: Path, command: str, words: tuple[object, ...], told: str
) -> None:
    out = ("-o", "beam.xml") if command == "convert" else ()
    refused = linacsim(command, two_groups(folder), *words, *out)
    assert refused.exit_code == 2
    assert told in refused.stderr


def test_a_log_is_compared_with_the_plan_of_its_group(linacsim: Run, folder: Path) -> None:
    chosen = (two_groups(folder), "--beam", 1)
    assert linacsim("deliver", *chosen, "--group", 7, "--out", "out").exit_code == 0
    (log,) = (folder / "out").glob("*.bin")
    path, *words = chosen
    assert linacsim("log", "compare", path, log, *words, "--group", 7).exit_code == 0
    assert linacsim("log", "compare", path, log, *words).exit_code != 0


def test_a_scenario_names_a_group(linacsim: Run, folder: Path) -> None:
    two_groups(folder)
    text = (
        "schema: 1\ntitle: second group\nmachine: truebeam-m120\nbeam: p.dcm\n"
        "group_number: 7\nseed: 1\nexpect:\n  state: COMPLETE\n  mu: {value: 6.0, within: 0.1}\n"
    )
    (folder / "s.yaml").write_text(text)
    done = linacsim("run", "s.yaml", "--record", "--out", "out")
    assert done.exit_code == 0, done.output
    records = [dcmread(one) for one in (folder / "out").glob("*_record*.dcm")]
    assert [one.ReferencedFractionGroupNumber for one in records] == [7, 7]
    (folder / "s.yaml").write_text(text.replace("group_number: 7", "group_number: 2"))
    assert "no fraction group 2; it has 1, 7" in linacsim("run", "s.yaml").stderr


def test_a_plan_without_groups_and_a_beam_have_none_to_choose(linacsim: Run, folder: Path) -> None:
    path = write(folder / "p.dcm", plan(groups=[]))
    assert "no fraction group 1; it has none" in linacsim("check", path, "--group", 1).stderr
    linacsim("convert", two_fields(folder), "-o", "beam.xml")
    refused = linacsim("deliver", "beam.xml", "--group", 1)
    assert refused.exit_code == 2
    assert "only DICOM plans have fraction groups" in refused.stderr


def test_what_another_group_had_does_not_count(linacsim: Run, folder: Path) -> None:
    head = "precise-mlc"
    beams = (beam(mlc="Millennium 80 or MLCi"), beam(number=2, mlc="Millennium 80 or MLCi"))
    groups = [group((1, 3.0)), group((1, 3.0), (2, 4.0), number=2)]
    path = write(folder / "p.dcm", plan(*beams, groups=groups))
    done = linacsim("deliver", path, "--machine", head, "--record", "--out", "out")
    assert done.exit_code == 0, done.output
    (record,) = (folder / "out").glob("*_record*.dcm")
    words = ("deliver", path, "--machine", head, "--after", record)
    assert "nothing is left to deliver" in linacsim(*words).stderr
    for other in (("--group", 2), ("--group", 2, "--beam", 2)):
        refused = linacsim(*words, *other)
        assert refused.exit_code == 2
        assert "of fraction group 1, which is not delivered" in refused.stderr


def test_check_tells_each_sequence(linacsim: Run, folder: Path) -> None:
    result = linacsim("check", two_energies(folder))
    assert result.exit_code == 0
    assert "energies.dcm (Field 1): deliverable on truebeam-m120" in result.output
    assert "energies.dcm (Field 2): deliverable on truebeam-m120" in result.output


def test_check_tells_what_is_wrong_with_a_plan(linacsim: Run, folder: Path) -> None:
    path = write(folder / "p.dcm", plan(beam(TreatmentMachineName="")))
    result = linacsim("check", path)
    assert result.exit_code == 1
    assert "beam 1 (300A,00B2) Treatment Machine Name: error[rtplan.missing]" in result.output
    assert linacsim("deliver", path).exit_code == 1


@pytest.mark.parametrize(
    ("mlc", "machine"),
    [
        ("Agility", "agility"),
        ("Beam Modulator", "precise-beam-modulator"),
        ("Millennium 80 or MLCi", "precise-mlc"),
    ],
)
def test_a_plan_goes_to_the_machine_with_its_head(
    linacsim: Run, folder: Path, mlc: str, machine: str
) -> None:
    path = write(folder / "p.dcm", plan(beam(mlc=mlc, Manufacturer="ELEKTA")))
    assert machine in linacsim("deliver", path).output
    refused = linacsim("convert", path, "-o", folder / "p.xml")
    assert refused.exit_code != 0
    assert machine in refused.output
    assert not (folder / "p.xml").exists()


def test_a_head_that_may_be_of_two_makers_needs_a_machine(linacsim: Run, folder: Path) -> None:
    path = write(folder / "p.dcm", plan(beam(mlc="Millennium 80 or MLCi", Manufacturer="")))
    assert "name a machine" in linacsim("deliver", path).output
    named = linacsim("check", path, "--machine", "truebeam-mlc80")
    assert named.exit_code == 0, named.output


def test_the_time_law_of_a_plan(linacsim: Run, folder: Path) -> None:
    result = linacsim("plan", two_fields(folder), "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["mu"] == 15
    result = linacsim("plan", two_energies(folder))
    assert result.exit_code == 2
    assert "its parts start at beams 1, 2" in result.stderr


def test_convert_to_a_file(linacsim: Run, folder: Path) -> None:
    result = linacsim("convert", two_fields(folder), "-o", "beam.xml")
    assert result.exit_code == 0
    assert "beam.xml: 2 fields, 15 MU, 4 control points" in result.output
    assert "gating parameters of a plan are never carried over" in result.output
    made = read_beam(folder / "beam.xml")
    assert made.findings == ()
    assert made.beam is not None
    assert [one.name for one in made.beam.control_points.sub_beam.values()] == [
        "Field 2",
        "Field 1",
    ]
    assert linacsim("check", "beam.xml").exit_code == 0


def test_convert_keeps_a_file_unless_told_otherwise(linacsim: Run, folder: Path) -> None:
    plan = two_fields(folder)
    (folder / "beam.xml").write_text("mine")
    kept = linacsim("convert", plan, "-o", "beam.xml")
    assert (kept.exit_code, (folder / "beam.xml").read_text()) == (2, "mine")
    assert "beam.xml: the file exists: add --overwrite" in kept.stderr
    assert linacsim("convert", plan, "-o", "beam.xml", "--overwrite").exit_code == 0
    assert (folder / "beam.xml").read_text() != "mine"


def test_convert_into_a_folder(linacsim: Run, folder: Path) -> None:
    path = two_energies(folder)
    assert linacsim("convert", path, "-o", "beam.xml").exit_code == 2
    result = linacsim("convert", path, "-o", "out", "--json")
    assert result.exit_code == 0
    written = json.loads(result.stdout)["written"]
    assert [Path(one).name for one in written] == ["energies-beam1.xml", "energies-beam2.xml"]
    assert linacsim("convert", path, "-o", "one.xml", "--beam", 2).exit_code == 0


def test_convert_is_as_strict_as_delivery(linacsim: Run, folder: Path) -> None:
    path = write(folder / "p.dcm", plan(groups=[group((1, None))]))
    result = linacsim("convert", path, "-o", "beam.xml")
    assert result.exit_code == 1
    assert "(300A,0086)" in result.output
    assert not (folder / "beam.xml").exists()


def test_convert_overwrites_no_plan_and_takes_no_xml(linacsim: Run, folder: Path) -> None:
    path = two_fields(folder)
    before = path.read_bytes()
    assert linacsim("convert", path, "-o", path).exit_code == 2
    assert path.read_bytes() == before
    result = linacsim("convert", "beams/beam-on.xml", "-o", "x.xml")
    assert result.exit_code == 2
    assert linacsim("convert", "none.dcm", "-o", "x.xml").exit_code == 2


def test_a_number_must_be_that_of_an_xml_beam(linacsim: Run, folder: Path) -> None:
    linacsim("convert", two_fields(folder), "-o", "beam.xml")
    assert linacsim("check", "beam.xml", "--beam", 2).exit_code == 0
    assert linacsim("check", "beam.xml", "--beam", 1).exit_code == 2


SCENARIO = """schema: 1
title: a field of a plan
machine: truebeam-m120
beam: {name}
seed: 1
expect:
  state: COMPLETE
  mu: {{ value: 7, within: 0.1 }}
"""


def test_a_plan_as_the_beam_of_a_scenario(linacsim: Run, folder: Path) -> None:
    two_energies(folder)
    text = SCENARIO.format(name="energies.dcm")
    (folder / "s.yaml").write_text(text + "beam_number: 2\n")
    result = linacsim("run", "s.yaml")
    assert result.exit_code == 0, result.output
    (folder / "s.yaml").write_text(text)
    result = linacsim("run", "s.yaml")
    assert result.exit_code == 2
    assert "choose one beam" in result.stderr
