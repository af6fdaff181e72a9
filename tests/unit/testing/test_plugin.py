"""The pytest plugin, in test runs of its own."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[3]
SCENARIOS = ROOT / "scenarios"
EXAMPLE = ROOT / "examples" / "pytest-project"


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with one scenario and its beam."""
    shutil.copytree(SCENARIOS / "beams", pytester.path / "beams")
    text = (SCENARIOS / "beam-on.yaml").read_text(encoding="utf-8")
    (pytester.path / "field.scenario.yaml").write_text(text, encoding="utf-8")
    return pytester


def change(project: pytest.Pytester, old: str, new: str) -> None:
    path = project.path / "field.scenario.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_scenario_file_is_a_test(project: pytest.Pytester) -> None:
    (project.path / "other.yaml").write_text("not: ours")
    result = project.runpytest_inprocess("-v")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["field.scenario.yaml::delivery PASSED*"])


def test_each_missed_expectation_has_its_line_and_no_traceback(project: pytest.Pytester) -> None:
    change(project, "holds: 0", "holds: 2")
    change(project, "value: 100", "value: 90")
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*scenario field.scenario.yaml*",
            "missed mu: expected 90 within 0.03, found 100.0087",
            "missed holds: expected 2, found 0",
            "*Captured linacsim call*",
            "COMPLETE: 100.01 MU in 20.06 s",
            "FAILED field.scenario.yaml::delivery - missed mu: expected 90*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*running.py*")


def test_bad_scenario_tells_path_line_and_key_of_all_faults(project: pytest.Pytester) -> None:
    change(project, "seed: 1", "sede: 1")
    change(project, "interlocks: []", "interlocks: [DOR]")
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "unusable: *field.scenario.yaml:6: sede: unknown key; did you mean seed?",
            "unusable: *field.scenario.yaml:11: expect.interlocks[[]0[]]: must be one of *DOOR?",
        ]
    )


def test_beam_that_is_not_there_is_told(project: pytest.Pytester) -> None:
    change(project, "beams/beam-on.xml", "beams/none.xml")
    result = project.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["unusable: *none.xml: cannot read the file: No such file*check the path"]
    )


def test_marker_selects_scenarios(project: pytest.Pytester) -> None:
    project.makepyfile("def test_other(): pass")
    result = project.runpytest_inprocess("-m", "linacsim", "--strict-markers")
    result.assert_outcomes(passed=1, deselected=1)


def test_names_of_scenario_files_are_an_option(project: pytest.Pytester) -> None:
    shutil.copy(SCENARIOS / "ceilings.yaml", project.path / "ceilings.yaml")
    project.makeini("[pytest]\nlinacsim_files = ceil*.yaml")
    result = project.runpytest_inprocess("-v")
    result.stdout.fnmatch_lines(["ceilings.yaml::delivery PASSED*"])
    result.assert_outcomes(passed=1)


def test_machine_of_the_command_line_replaces_that_of_scenarios(project: pytest.Pytester) -> None:
    result = project.runpytest_inprocess("--linacsim-machine", "truebeam-m121")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["unusable: unknown machine 'truebeam-m121'; did you mean*"])


def test_logs_are_kept_where_asked(project: pytest.Pytester) -> None:
    project.runpytest_inprocess("--linacsim-out", "kept").assert_outcomes(passed=1)
    kept = sorted(path.suffix for path in (project.path / "kept").rglob("*.*") if path.is_file())
    assert kept == [".bin", ".journal", ".txt"]


def test_fixtures_give_frames_events_and_files(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        def test_beam(deliver_beam, tmp_path):
            arc = deliver_beam("beams/arc-short.xml", seed=3)
            assert arc.state == "COMPLETE"
            assert arc.mu == pytest.approx(100, abs=0.05)
            assert arc.machine.name == "truebeam-hd120"
            n = len(arc.frames["time_s"])
            assert arc.frames["expected"].shape == (n, arc.machine.layout.n_axes)
            assert set(arc.frames) >= {"mu_actual", "state", "cp", "beam_on"}
            assert arc.actual("GantryRtn")[-1] == pytest.approx(130, abs=0.05)
            assert list(arc.control_point_s) == [0, 1]
            assert arc.total_time_s > arc.control_point_s[1] > 16
            assert arc.events[0].kind == "state"
            assert arc.log.parent == tmp_path
            assert arc.journal.exists()
            assert arc.interlocks == ("INITIAL_POSITION",)
            with pytest.raises(KeyError, match="frames have time_s, tick"):
                arc.frames["dose"]
            with pytest.raises(KeyError, match="GantryRot: the machine has"):
                arc.actual("GantryRot")

        def test_same_seed_same_frames(deliver_beam):
            one, other = (deliver_beam("beams/beam-on.xml", log=False) for _ in range(2))
            assert one.digest == other.digest
            assert one.log is None

        def test_scenario(run_scenario):
            run = run_scenario("field.scenario.yaml")
            run.assert_met()
            assert run.beam_on_time_s == pytest.approx(20, abs=0.05)
            assert run.holds == 0

        def test_beam_in_error(deliver_beam):
            with pytest.raises(ValueError, match="the beam cannot be delivered: "):
                deliver_beam("beams/with-mistakes.xml")
        """
    )
    project.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=5)


def test_missed_scenario_in_a_test_reads_well(project: pytest.Pytester) -> None:
    change(project, "holds: 0", "holds: 2")
    project.makepyfile(
        "def test_field(run_scenario):\n    run_scenario('field.scenario.yaml').assert_met()"
    )
    result = project.runpytest_inprocess("test_missed_scenario_in_a_test_reads_well.py")
    result.stdout.fnmatch_lines(["E*field.scenario.yaml: missed holds: expected 2, found 0"])
    result.stdout.no_fnmatch_line("*delivered.py*")


def test_machine_of_the_ini_file_is_as_seen_from_there(project: pytest.Pytester) -> None:
    (project.path / "ours.toml").write_text(
        'schema = 1\nextends = "truebeam-hd120"\nname = "ours"\ntitle = "ours"\n'
    )
    project.makeini("[pytest]\nlinacsim_machine = ours.toml")
    project.makepyfile(
        """
        def test_ours(deliver_beam):
            assert deliver_beam("beams/beam-on.xml", log=False).machine.name == "ours"

        def test_named(deliver_beam):
            run = deliver_beam("beams/beam-on.xml", machine="truebeam-hd120", log=False)
            assert run.machine.name == "truebeam-hd120"
        """
    )
    project.runpytest_inprocess().assert_outcomes(passed=3)


@pytest.mark.parametrize("words", [[], ["-n", "2"]])
def test_example_project_passes(words: list[str], tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "example")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 passed" in done.stdout


def test_plugin_costs_nothing_where_it_is_not_used() -> None:
    heavy = "{'numpy', 'pydantic', 'lxml', 'simpy', 'ruamel', 'typer'}"
    code = f"import sys, linacsim.testing.plugin; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_plugin_is_found_by_its_entry_point(pytester: pytest.Pytester) -> None:
    done = pytester.runpytest_subprocess("--markers")
    done.stdout.fnmatch_lines(["@pytest.mark.linacsim: a scenario file that linacsim runs"])
