"""What the loader accepts of users' own files and how it refuses the rest."""

from pathlib import Path

import pytest

from linacsim.machines import load_machine
from linacsim.model.axes import Axis
from linacsim.model.findings import InputError

HEAD = """schema = 1
extends = "truebeam-m120"
name = "mine"
title = "My machine"
"""


def written(folder: Path, body: str, head: str = HEAD, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(head + body, encoding="utf-8")
    return path


def refusal(path: Path | str) -> str:
    with pytest.raises(InputError) as caught:
        load_machine(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_own_file_changes_one_number(tmp_path: Path) -> None:
    body = '[axis.gantry_rtn]\nmax_speed_deg_per_s = { value = 4.8, source = "our test" }\n'
    spec = load_machine(written(tmp_path, body))
    base = load_machine("truebeam-m120")
    assert (spec.name, spec.title, spec.vendor) == ("mine", "My machine", "Varian")
    assert spec.axes.max_speed[Axis.GANTRY_RTN] == 4.8
    assert spec.sources["axis.gantry_rtn.max_speed_deg_per_s"] == "our test"
    assert spec.axes.max_accel[Axis.GANTRY_RTN] == base.axes.max_accel[Axis.GANTRY_RTN]


def test_own_file_extends_own_file_beside_it(tmp_path: Path) -> None:
    written(tmp_path, '[log]\nlog_interval_ms = { value = 10, source = "x" }\n', name="first.toml")
    second = HEAD.replace("truebeam-m120", "first.toml")
    assert load_machine(written(tmp_path, "", head=second, name="b.toml")).log_interval_ms == 10


def test_energies_can_be_left_out(tmp_path: Path) -> None:
    spec = load_machine(written(tmp_path, 'without = ["energy.18x", "energy.2.5x"]\n'))
    assert "18x" not in spec.energies
    assert "2.5x" not in spec.energies
    assert "6x" in spec.energies


def test_an_energy_can_be_added(tmp_path: Path) -> None:
    body = """[energy.20x]
dose_rates_mu_per_min = { value = [300, 600], source = "x" }
min_dose_rate_mu_per_min = { value = 5, source = "x" }
max_dose_rate_mu_per_min = { value = 600, source = "x" }
mu_per_pulse = { value = 0.05, source = "x" }
"""
    assert load_machine(written(tmp_path, body)).energies["20x"].dose_rates_mu_per_min == (300, 600)


def value(number: str, source: str = '"x"') -> str:
    return f"{{ value = {number}, source = {source} }}"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            f"[axis.gantry_rtn]\nmax_sped_deg_per_s = {value('4')}",
            ["axis.gantry_rtn.max_sped_deg_per_s", "unknown key", "max_speed_deg_per_s?"],
        ),
        (
            f"[axis.gantry_rtn]\nmax_speed_cm_per_s = {value('4')}",
            ["max_speed_cm_per_s", "this axis is in deg, not cm"],
        ),
        (f"[axis.x1]\nupper_deg = {value('4')}", ["axis.x1.upper_deg", "in cm, not deg"]),
        ("[axis.x1]\nupper_cm = 4.0", ["axis.x1.upper_cm", "{ value = ..., source"]),
        ("[axis.x1]\nupper_cm = { value = 4.0 }", ["axis.x1.upper_cm", "has no source"]),
        (f"[axis.x1]\nupper_cm = {value('4.0', chr(34) * 2)}", ["has no source"]),
        ('[axis.x1]\nupper_cm = { value = 4.0, source = "x", unit = "cm" }', ["unit"]),
        (
            f"[axis.x1]\nmax_speed_cm_per_s = {value('-1')}",
            ["axis.x1.max_speed_cm_per_s", "-1 is out of range", "0.001 to 100"],
        ),
        (f"[axis.x1]\nmax_speed_cm_per_s = {value('nan')}", ["nan is out of range"]),
        (f"[axis.x1]\nmax_speed_cm_per_s = {value('inf')}", ["inf is out of range"]),
        (f"[axis.x1]\nmax_speed_cm_per_s = {value('true')}", ["must be a number, not True"]),
        (f"[axis.x1]\nmax_speed_cm_per_s = {value(chr(34) + '3' + chr(34))}", ["not '3'"]),
        (f"[planning]\nmax_control_points = {value('2.5')}", ["whole number"]),
        (f"[axis.x1]\nupper_cm = {value('-5')}", ["axis.x1.upper_cm", "greater than the lower"]),
        (f"[axis.x1]\nupper_cm = {value('4')}", ["axis.x1.start_cm", "-2 to 4"]),
        (
            f"[axis.x3]\nupper_cm = {value('19')}",
            ["axis.x3", "unknown section", "did you mean axis.x"],
        ),
        (f"[axes.x1]\nupper_cm = {value('19')}", ["axes", "unknown section"]),
        ('colour = "red"', ["colour", "unknown key"]),
        ('[axis]\ncolour = "red"', ["axis.colour", "unknown key"]),
        ('[mlc]\nmodel = "NDS121"', ["mlc.model", "NDS121", "NDS120HD"]),
        ('[mlc]\nmodel = "NDS80"', ["mlc.leaf_widths_cm", "60 leaves", "40 pairs"]),
        ("[mlc]\nmodel = 3", ["mlc.model", "must be a word"]),
        (f"[mlc]\nleaf_widths_cm = {value('[[60]]')}", ["mlc.leaf_widths_cm", "pairs"]),
        (f"[mlc]\nleaf_widths_cm = {value('[]')}", ["must be a list"]),
        (f"[mlc]\nleaf_widths_cm = {value('[[60, 0.01]]')}", ["0.01 is out of range"]),
        (f"[mlc]\novertravel_cm = {value('15.0')}", ["axis.leaf.lower_cm", "-20", "15"]),
        (
            f"[energy.6x]\ndose_rates_mu_per_min = {value('[400, 900]')}",
            ["energy.6x.dose_rates_mu_per_min", "900 is out of range", "5 to 600"],
        ),
        (f"[energy.7x]\nmu_per_pulse = {value('0.1')}", ["energy.7x.dose_rates", "is missing"]),
        ('without = ["energy.7x"]', ["without", "energy.7x"]),
        ('without = ["axis.x1"]', ["without", "axis.x1"]),
        ("[axis.x1", ["not valid TOML"]),
    ],
)
def test_refusals_name_file_key_and_limit(tmp_path: Path, body: str, told: list[str]) -> None:
    path = written(tmp_path, body)
    message = refusal(path)
    assert str(path) in message
    for part in told:
        assert part in message, message


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("", "schema"),
        ("schema = 2\n", "schema: must be 1, not 2"),
        ('schema = 1\nextends = "truebeam"\n', "name: is missing"),
        (HEAD.replace("truebeam-m120", "truebeam"), "mlc.model: is missing"),
        (HEAD.replace("truebeam-m120", "trubeam"), "no machine 'trubeam'"),
        (HEAD.replace('extends = "truebeam-m120"\n', ""), "is missing"),
        (HEAD.replace('"mine"', "3"), "name: must be a str, not 3"),
    ],
)
def test_header_refusals(tmp_path: Path, head: str, told: str) -> None:
    assert told in refusal(written(tmp_path, "", head=head))


def test_circle_of_extends(tmp_path: Path) -> None:
    head = HEAD.replace("truebeam-m120", "{}")
    written(tmp_path, "", head=head.format("b.toml"), name="a.toml")
    path = written(tmp_path, "", head=head.format("a.toml"), name="b.toml")
    assert "b.toml -> a.toml -> b.toml" in refusal(path)


def test_a_fault_in_a_parent_names_the_parent(tmp_path: Path) -> None:
    parent = written(tmp_path, f"[log]\nlog_interval_ms = {value('1')}", name="parent.toml")
    head = HEAD.replace("truebeam-m120", "parent.toml")
    assert str(parent) in refusal(written(tmp_path, "", head=head))


def test_unknown_and_missing() -> None:
    assert "did you mean truebeam-m120?; known: agility" in refusal("truebeam-m12")
    assert "does not exist" in refusal("nowhere/mine.toml")
    assert "is a base for other machines" in refusal("truebeam")


def test_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "bytes.toml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in refusal(path)
    folder = tmp_path / "folder.toml"
    folder.mkdir()
    assert "does not exist" in refusal(folder)


def test_control_systems_are_known_by_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    text = 'schema = 1\nextends = "agility"\nname = "mine"\ntitle = "Mine"\n'
    path.write_text(text + 'control_system = "elector"\n')
    assert "unknown 'elector'; one of truebeam, elekta" in refusal(path)
    path.write_text(text + 'control_system = "truebeam"\n')
    assert "imaging.Mvd.Lat.lower_cm: is missing" in refusal(path)
