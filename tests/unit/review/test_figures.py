"""Figures of deliveries: what they say, that nothing covers anything, that noise stays small."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from linacsim.formats.trajectory_log import read_log
from linacsim.model.axes import Axis
from linacsim.model.findings import InputError
from linacsim.review.canvas import new_figure
from linacsim.review.figures import FIGURES, Subject, draw_figure, figure_svg
from linacsim.review.figures.frame import entitle, round_up, runs
from linacsim.review.figures.leaf_errors import worst_of_columns
from linacsim.review.recording import of_log
from tests.reviewing import MACHINE, deliver_to, vmat


@pytest.fixture(scope="module")
def arc(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    path = deliver_to(tmp_path_factory.mktemp("arc") / "arc.bin", vmat())
    return Subject(of_log(read_log(path)), MACHINE)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory, arc: Subject) -> Subject:
    """The same beam held for 3 s, against the one that was not."""
    path = tmp_path_factory.mktemp("held") / "held.bin"
    deliver_to(path, vmat(), hold_s=(25.0, 28.0), seed=2)
    return Subject(of_log(read_log(path)), MACHINE, arc.whole)


def drawn(name: str, subject: Subject) -> Figure:
    drawing = FIGURES[name]
    figure = new_figure(9.0, drawing.height_in(subject))
    drawing.draw(figure, subject)
    entitle(figure, subject, drawing.title)
    figure.canvas.draw()
    return figure


def panels(figure: Figure) -> list[Axes]:
    return [panel for panel in figure.axes if panel.get_visible()]


@pytest.mark.parametrize("which", ["arc", "held"])
@pytest.mark.parametrize("name", FIGURES)
def test_the_title_says_what_whose_and_what_for(
    name: str, which: str, request: pytest.FixtureRequest
) -> None:
    subject = request.getfixturevalue(which)
    title = drawn(name, subject).get_suptitle()
    assert title.startswith(FIGURES[name].title)
    assert subject.recording.name in title
    assert "Emulated delivery. Research and test use only." in title
    assert ("against arc.bin" in title) == (which == "held")


def test_real_logs_and_plans_are_called_so(arc: Subject) -> None:
    for change, words in (
        ({"emulated": False}, "Log of a real machine."),
        ({"planned": True}, "Plan, not delivered."),
    ):
        other = Subject(replace(arc.whole, **change), MACHINE)
        assert words in drawn("over-time", other).get_suptitle()


@pytest.mark.parametrize("which", ["arc", "held"])
@pytest.mark.parametrize("name", FIGURES)
def test_no_label_covers_another(name: str, which: str, request: pytest.FixtureRequest) -> None:
    figure = drawn(name, request.getfixturevalue(which))
    whole = figure.bbox
    for panel in panels(figure):
        for part, axis in enumerate((panel.xaxis, panel.yaxis)):
            low, high = sorted(axis.get_view_interval())
            shown = [
                label.get_window_extent()
                for label in axis.get_majorticklabels()
                if label.get_visible()
                and label.get_text()
                and low <= label.get_position()[part] <= high
            ]
            assert not any(one.overlaps(next_) for one, next_ in pairwise(shown))
            outside = [b for b in shown if b.x0 < whole.x0 - 1 or b.x1 > whole.x1 + 1]
            assert not outside, f"{name}: labels leave the picture"


@pytest.mark.parametrize("name", FIGURES)
def test_axes_have_names_with_units(name: str, held: Subject) -> None:
    figure = drawn(name, held)
    named = [panel for panel in panels(figure) if panel.get_ylabel() or panel.get_xlabel()]
    assert named
    words = " ".join(f"{panel.get_xlabel()} {panel.get_ylabel()}" for panel in figure.axes) + str(
        figure.get_supylabel()
    )
    units = {
        "over-time": ("[s]", "MU", "[MU/min]", "[deg]"),
        "time-line": ("[s]",),
        "control-points": ("control point", "[ms]"),
        "leaf-errors": ("[s]", "[mm]", "leaf"),
        "histograms": ("[mm]", "[deg]", "[MU]", "[%]"),
        "speeds": ("[s]", "[deg/s]", "[cm/s]"),
        "fluence": ("X [cm]", "Y [cm]", "MU"),
        "gamma": ("X [cm]", "Y [cm]", "gamma", "[%]"),
    }[name]
    for unit in units:
        assert unit in words


def test_holds_are_shaded_where_they_are(held: Subject) -> None:
    figure = drawn("over-time", held)
    spans = runs(held.recording.hold_actual != 0)
    for panel in figure.axes:
        [shade] = [c for c in panel.collections if len(c.get_paths()) == len(spans)]
        x = np.concatenate([path.vertices[:, 0] for path in shade.get_paths()])
        hold = held.metrics.holds[0]
        assert np.abs(x - hold.start_s).min() < 0.06
        assert np.abs(x - hold.start_s - hold.length_s).min() < 0.06


def test_the_limit_is_drawn_and_kept_by_expected(arc: Subject) -> None:
    panel = drawn("speeds", arc).axes[0]
    lines = {line.get_label(): line for line in panel.get_lines()}
    limit = MACHINE.axes.max_speed[Axis.GANTRY_RTN]
    assert lines["limit"].get_ydata()[0] == limit
    speed = np.asarray(lines["expected"].get_ydata(), dtype=float)
    assert np.nanmax(speed) == pytest.approx(limit, rel=0.001)


def test_a_stop_in_motion_makes_no_spike(held: Subject) -> None:
    """While held, logs set expected to actual, and back when the hold ends; that is no speed."""
    [hold] = held.metrics.holds
    first = round(hold.start_s / 0.02) + 2
    last = round((hold.start_s + hold.length_s) / 0.02) - 2
    jumps = replace(held.whole, expected=held.whole.expected.copy())
    jumps.expected[first:last, Axis.GANTRY_RTN] += 0.9
    panel = drawn("speeds", Subject(jumps, MACHINE)).axes[0]
    lines = {line.get_label(): line for line in panel.get_lines()}
    speed = np.asarray(lines["expected"].get_ydata(), dtype=float)
    assert np.nanmax(speed) <= MACHINE.axes.max_speed[Axis.GANTRY_RTN] * 1.001
    assert np.isnan(speed).any()


def test_noise_is_not_drawn_large(arc: Subject) -> None:
    still = replace(arc.whole, expected=arc.whole.expected.copy(), actual=arc.whole.actual.copy())
    still.expected[:, Axis.GANTRY_RTN] = 180.0
    still.actual[:, Axis.GANTRY_RTN] = 180.003
    gantry = drawn("over-time", Subject(still, MACHINE)).axes[2]
    low, high = gantry.get_ylim()
    assert high - low >= 2.0


def test_what_a_delivery_lacks_is_told(arc: Subject) -> None:
    dark = replace(arc.whole, mu_expected=0 * arc.whole.cp, mu_actual=0 * arc.whole.cp)
    for name, said in (("fluence", "no MU"), ("gamma", "no MU")):
        with pytest.raises(InputError, match=said):
            figure_svg(name, Subject(dark, MACHINE))
    with pytest.raises(InputError, match=r"MLC .*--machine"):
        figure_svg("fluence", Subject(arc.whole))
    assert figure_svg("speeds", Subject(arc.whole)).startswith(b"<?xml")


def test_figures_are_the_same_each_time(arc: Subject) -> None:
    again = Subject(arc.whole, MACHINE)
    for name in FIGURES:
        assert figure_svg(name, arc) == figure_svg(name, again)


def test_beam_names_are_not_taken_for_formulas(arc: Subject) -> None:
    odd = Subject(replace(arc.whole, beam="$\\bad{$ <x> & y"), MACHINE)
    assert b"<?xml" in figure_svg("time-line", odd)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_files_of_each_kind(arc: Subject, tmp_path: Path, suffix: str) -> None:
    path = draw_figure("time-line", arc, tmp_path / f"line{suffix}")
    assert path.stat().st_size > 2000
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_columns_of_a_map_keep_their_worst_error() -> None:
    values = np.zeros((2, 1000))
    values[0, 123], values[1, 777], values[1, 778] = 0.5, -0.7, 0.2
    values[:, 400:500] = np.nan
    found = worst_of_columns(values, 100)
    assert found.shape == (2, 100)
    assert found[0, 12] == 0.5
    assert found[1, 77] == -0.7
    assert np.isnan(found[:, 40:50]).all()
    assert worst_of_columns(values, 2000) is values


@pytest.mark.parametrize(
    ("value", "least", "end"), [(0.0, 0.02, 0.02), (0.021, 0.01, 0.05), (5.0, 1, 5), (5.1, 1, 10)]
)
def test_scales_end_at_round_numbers(value: float, least: float, end: float) -> None:
    assert round_up(value, least) == pytest.approx(end)
