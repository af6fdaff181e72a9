"""Scenario files are read strictly, and what is wrong is told with its place."""

from pathlib import Path

import pytest

from linacsim.model.findings import InputError
from linacsim.scenario.reader import MOST_BYTES, ScenarioError, parse_scenario, read_scenario
from linacsim.scenario.schema import Scenario

LEAST = """\
schema: 1
title: least
machine: truebeam-m120
beam: beam.xml
seed: 7
expect:
  state: COMPLETE
"""


def parse(text: str) -> Scenario:
    return parse_scenario(text.encode(), "s.yaml")


def problems(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    return [str(problem) for problem in caught.value.problems]


def test_least_scenario_has_the_stated_defaults() -> None:
    scenario = parse(LEAST)
    assert scenario.rights == "basic"
    assert scenario.room == "as_planned"
    assert scenario.check
    assert [step.do for step in scenario.operator] == ["default"]
    assert scenario.faults == ()
    assert (scenario.log.version, scenario.log.interval_ms) == ("3.0", 20)


def test_unknown_key_is_told_with_line_path_and_suggestion() -> None:
    text = LEAST.replace("state: COMPLETE", "state: COMPLETE\n  total_time: 3")
    assert problems(text) == [
        "s.yaml:8: expect.total_time: unknown key; did you mean total_time_s?"
    ]


def test_all_problems_are_told_by_line() -> None:
    text = LEAST.replace("seed: 7", "seed: -1\nopperator: []") + "  holds: '1'\n"
    assert problems(text) == [
        "s.yaml:5: seed: must be greater than or equal to 0, not -1",
        "s.yaml:6: opperator: unknown key; did you mean operator?",
        "s.yaml:9: expect.holds: must be a valid integer, not '1'",
    ]


@pytest.mark.parametrize(
    ("addition", "told"),
    [
        ("start: {gantry_rtn_cm: 3}", "did you mean gantry_rtn_deg?"),
        ("operator: [{do: beam_of}]", "did you mean beam_off?"),
        ("operator: [{go_to: true}]", "has no do"),
        ("operator: [{do: move, axis: GantryRtn, by_cm: 1}]", "GantryRtn is in deg"),
        ("operator: [{do: move, axis: X1}]", "give by_deg for a rotation or by_cm"),
        ("operator: [{do: prepare, at_s: 1, when: {mu: 1}}]", "at_s or when, not both"),
        ("operator: [{do: mount, slot: 5, code: 1}]", "less than or equal to 4, not 5"),
        ("faults: [{at_s: 1}]", "give exactly one of axis_pushed"),
        ("faults: [{axis_stuck: {axis: leaf A0}}]", "no axis 'leaf A0'"),
        ("faults: [{dose_rate: {fraction: 1.5}}]", "less than or equal to 1, not 1.5"),
        ("faults: [{for_s: 1, beam_hold_device: {id: 4, ready: true}}]", "has no for_s"),
        ("faults: [{when: {}, kv_collimation: {}}]", "give exactly one of state, mu"),
        ("motion: {kind: sinus, period_s: 4, travel_cm: 1}", "did you mean sine?"),
        ("motion: {period_s: 4, travel_cm: 1}", "has no kind"),
        ("motion: {kind: sine, period_s: 0, travel_cm: 1}", "greater than 0, not 0"),
        ("motion: {kind: constant, origin_mm: 1}", "did you mean origin_cm?"),
        ("sensor: {preset: NDI}", "sensor needs motion"),
        ("motion: {kind: constant}\nsensor: {preset: NDL}", "did you mean NDI?"),
        (
            "motion: {kind: constant}\nsensor: {outages: [{from_s: 2, to_s: 2}]}",
            "to_s must be after from_s",
        ),
        ("hold_lines: [{device: 16}]", "less than or equal to 15, not 16"),
        ("hold_lines: [{device: 4, times: 3}]", "times needs for_s and every_s"),
        ("hold_lines: [{device: 4, for_s: 1, every_s: 1, times: 3}]", "more than for_s"),
        ("hold_lines: [{device: 4, for_s: 1, every_s: 2}]", "every_s needs times"),
        ("rights: admin", "must be one of basic, service, not admin"),
        ("limit_s: .inf", "must be a finite number"),
        ("seed: 8", "duplicate key"),
    ],
)
def test_slip_is_refused(addition: str, told: str) -> None:
    with pytest.raises(InputError, match=r"s\.yaml:") as caught:
        parse(LEAST + addition + "\n")
    assert told in str(caught.value)


def test_states_and_interlocks_are_those_of_the_machine() -> None:
    [state] = problems(LEAST.replace("COMPLETE", "COMPLET"))
    assert "did you mean COMPLETE?" in state
    [interlock] = problems(LEAST + "  interlocks: [MOTION]\n")
    assert "s.yaml:8: expect.interlocks[0]: must be one of MLC_MODEL" in interlock


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "not a scenario"),
        (b"- 1\n", "not a scenario"),
        (b"a: [\n", "not valid YAML"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"a: !!python/object:os.system x\n", "not valid YAML"),
        (b"[" * 5000, "not valid YAML"),
    ],
)
def test_what_is_no_scenario_is_told_in_one_line(raw: bytes, told: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_scenario(raw, "s.yaml")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    path.write_bytes(b"#" * (MOST_BYTES + 1))
    with pytest.raises(InputError, match="larger than"):
        read_scenario(path)


def test_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_scenario(tmp_path / "none.yaml")
