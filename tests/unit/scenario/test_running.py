"""Scenarios run, are recorded, and tell each expectation that is missed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from linacsim.engines.journal import read_journal
from linacsim.formats.trajectory_log import read_log
from linacsim.model.findings import InputError
from linacsim.scenario.compose import Stopped
from linacsim.scenario.running import BeamRefused, prepare, run_scenario

Write = Callable[[str], Path]

MET = "expect: {state: COMPLETE, mu: {value: 20, within: 0.05}}\n"


def misses(path: Path) -> tuple[str, ...]:
    return run_scenario(prepare(path)).misses


def test_what_is_expected_and_comes_is_no_miss(write_scenario: Write) -> None:
    assert misses(write_scenario(MET)) == ()


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ("state: TERMINATED", "final state: expected TERMINATED, found COMPLETE"),
        ("mu: {value: 21, within: 0.5}", "mu: expected 21 within 0.5, found 20.0"),
        ("total_time_s: {value: 9, within: 1}", "total_time_s: expected 9 within 1, found"),
        ("beam_on_time_s: {value: 9, within: 1}", "beam_on_time_s: expected 9"),
        ("positions: {gantry_rtn_deg: {value: 185, within: 1}}", "gantry_rtn_deg: expected 185"),
        ("interlocks: []", "interlocks: expected none, found INITIAL_POSITION"),
        ("holds: 2", "holds: expected 2, found 0"),
        ("refused: [no beam]", "refused: expected no beam, found none"),
        ("events: [halfway]", "events: none says 'halfway'"),
        ("invariants: [speed]", "invariant speed: expected to be broken, was kept"),
    ],
)
def test_each_miss_is_told(write_scenario: Write, expect: str, told: str) -> None:
    state = "" if expect.startswith("state") else "state: COMPLETE, "
    [line] = misses(write_scenario(f"expect: {{{state}{expect}}}\n"))
    assert line.startswith(told)


def test_step_that_was_never_done_is_a_miss(write_scenario: Write) -> None:
    steps = "operator: [{do: default}, {do: beam_off, when: {mu: 50}}]\n"
    assert misses(write_scenario(MET + steps)) == ("operator[1] was never done",)


def test_fault_that_never_came_is_a_miss(write_scenario: Write) -> None:
    fault = "faults: [{when: {interlock: DOOR}, axis_stuck: {axis: X1}}]\n"
    assert misses(write_scenario(MET + fault)) == ("faults[0] never came",)


def test_time_limit_is_a_miss(write_scenario: Write) -> None:
    lines = misses(write_scenario(MET + "limit_s: 3\n"))
    assert "the run was ended by limit_s at 3 s" in lines


def test_start_positions_are_where_axes_stand(write_scenario: Write) -> None:
    start = "start: {couch_lng_cm: 60}\noperator: [{do: load}]\n"
    expect = "expect: {state: LOADED, positions: {couch_lng_cm: {value: 60, within: 0.01}}}\n"
    assert misses(write_scenario(start + expect)) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("start: {gantry_rtn_deg: 400}\n", "start.gantry_rtn_deg: 400 is out of range"),
        ("start: {leaf_a99_cm: 1}\n", "this MLC has 60 leaf pairs"),
    ],
)
def test_start_that_the_machine_cannot_take_is_refused(
    write_scenario: Write, text: str, told: str
) -> None:
    with pytest.raises(InputError, match=r"s\.yaml: .*") as caught:
        prepare(write_scenario(text + MET))
    assert told in str(caught.value)


def test_beam_in_error_is_refused_with_its_findings(write_scenario: Write) -> None:
    path = write_scenario(MET)
    beam = path.with_name("beam.xml")
    beam.write_text(beam.read_text().replace("<Mu>20</Mu>", "<Mu>-20</Mu>"))
    with pytest.raises(BeamRefused, match="cannot be delivered") as caught:
        prepare(path)
    assert caught.value.findings


def test_recorded_run_leaves_log_companion_and_journal(
    write_scenario: Write, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    report = run_scenario(prepare(write_scenario(MET + "log: {version: '4.0'}\n")), out)
    files = report.outcome.files
    assert files.log is not None
    assert files.journal is not None
    log = read_log(files.log)
    assert log.header.version == "4.0"
    assert log.crc_ok
    assert not log.header.truncated
    assert files.log.with_suffix(".txt").is_file()
    assert read_journal(files.journal).digest == report.outcome.digest.value()


def test_run_without_beam_leaves_no_log(write_scenario: Write, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    text = "operator: [{do: load}]\nexpect: {state: LOADED}\n"
    files = run_scenario(prepare(write_scenario(text)), out).outcome.files
    assert files.log is None
    assert [path.suffix for path in out.iterdir()] == [".journal"]


def test_two_runs_in_one_second_keep_both_logs(write_scenario: Write, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    prepared = prepare(write_scenario(MET))
    names = {run_scenario(prepared, out).outcome.files.log for _ in range(3)}
    assert len(names) == 3


def test_ctrl_c_leaves_whole_files_marked_truncated(write_scenario: Write, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()

    def press(time_ns: int, mu: float) -> None:
        if mu > 5:
            raise KeyboardInterrupt

    with pytest.raises(Stopped) as caught:
        run_scenario(prepare(write_scenario(MET)), out, progress=press)
    files = caught.value.files
    assert files.log is not None
    assert files.journal is not None
    log = read_log(files.log)
    assert log.header.truncated
    assert log.crc_ok
    assert read_journal(files.journal).digest is not None


def test_failing_disk_leaves_nothing(write_scenario: Write, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()

    def fail(time_ns: int, mu: float) -> None:
        if mu > 5:
            raise OSError("disk gone")

    with pytest.raises(OSError, match="disk gone"):
        run_scenario(prepare(write_scenario(MET)), out, progress=fail)
    assert list(out.iterdir()) == []


def test_a_file_for_a_folder_is_told_before_beam_on(write_scenario: Write, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="not a folder"):
        run_scenario(prepare(write_scenario(MET)), tmp_path / "file")
