"""Links of the chain from edge to hold, on times chosen by hand."""

import numpy as np
import pytest

from linacsim.model.messages import HoldLine, Samples
from linacsim.model.samples import PositionSample
from linacsim.model.signals import Inputs, State
from linacsim.model.time import NS_PER_MS
from linacsim.review.gate_truth import Spans
from linacsim.review.latency import LINKS, Heard, bars, latency_figures, line_figures


def ms(*values: float) -> np.ndarray:
    return np.array([round(value * NS_PER_MS) for value in values], dtype=np.int64)


def states(*spans: tuple[State, int]) -> np.ndarray:
    """Return the state of each tick of 10 ms."""
    return np.concatenate([np.full(ticks, state, dtype=np.uint8) for state, ticks in spans])


GATE = Spans(ms(0.0), ms(103.0))
SAMPLES = np.array([[*ms(95, 110), 12], [*ms(108, 124), 13], [*ms(125, 141), 15]])
"""The second is the first that is measured after the edge."""
HELD = states((State.DELIVERING, 20), (State.HOLDING, 5), (State.DELIVERING, 5))


def test_each_link_is_what_lies_between_two_times() -> None:
    figures = latency_figures(GATE, SAMPLES, HELD)
    medians = {link.name: link.median_ms for link in figures.links}
    assert medians == pytest.approx(
        {
            "edge to sample": 5.0,
            "sample to host": 16.0,
            "host to tick": 6.0,
            "tick to hold": 70.0,
            "sensor to decision": 22.0,
            "edge to hold": 97.0,
        }
    )
    assert figures.edges == 1
    assert sum(medians[name] for name in LINKS) == pytest.approx(medians["edge to hold"])


def test_late_ticks_are_part_of_the_last_links() -> None:
    late = np.zeros(len(HELD), dtype=np.int64)
    late[13], late[20] = ms(4, 1)
    links = latency_figures(GATE, SAMPLES, HELD, late)
    assert links.link("host to tick").median_ms == pytest.approx(10.0)
    assert links.link("edge to hold").median_ms == pytest.approx(98.0)


@pytest.mark.parametrize(
    ("state", "samples"),
    [
        (states((State.PREPARED, 20), (State.HOLDING, 5)), SAMPLES),
        (states((State.DELIVERING, 25)), SAMPLES),
        (states((State.DELIVERING, 5)), SAMPLES),
        (HELD, SAMPLES[:1]),
    ],
    ids=["no beam", "never held", "ended before", "no sample after"],
)
def test_an_edge_that_cannot_be_followed_is_left_out(state, samples) -> None:
    figures = latency_figures(GATE, samples, state)
    assert figures.edges == 0
    assert {link.count for link in figures.links} == {0}
    assert bars(figures.links[0]) == ""


LINES = np.array([[*ms(103), 11], [*ms(190), 20], [*ms(230), 24]])
"""The third comes when the beam is held already."""


def test_a_line_is_followed_from_the_box_to_the_hold() -> None:
    late = np.zeros(len(HELD), dtype=np.int64)
    late[11], late[20] = ms(4, 1)
    figures = line_figures(LINES[:1], HELD, late)
    assert {link.name: link.median_ms for link in figures.links} == pytest.approx(
        {"line to decision": 11.0, "decision to hold": 87.0, "edge to hold": 98.0}
    )


def test_lines_without_beam_are_left_out() -> None:
    assert line_figures(LINES, HELD).edges == 2
    assert line_figures(LINES[2:], HELD).edges == 0


def test_what_is_heard_are_samples_and_requests_for_holds() -> None:
    heard = Heard()
    lines = (HoldLine(7, True, 5), HoldLine(7, False, 6))
    heard.record(3, Inputs((*lines, Samples("NDI", (PositionSample(1, 2, 0.0, 0.0, 0.0),)))))
    assert heard.lines().tolist() == [[5, 3]]
    assert heard.samples().tolist() == [[1, 2, 3]]


def test_the_record_says_how_the_run_ended() -> None:
    done = states((State.DELIVERING, 20), (State.HOLDING, 5), (State.COMPLETE, 1))
    assert latency_figures(GATE, SAMPLES, done).record()["ended"] == "COMPLETE"
    assert latency_figures(GATE, SAMPLES, HELD[:25]).record()["ended"] == "HOLDING"


def test_a_histogram_counts_from_zero_to_the_longest() -> None:
    link = latency_figures(GATE, SAMPLES, HELD).link("sample to host")
    assert sum(link.histogram) == link.count == 1
    assert link.histogram[-1] == 1
    assert bars(link) == " " * 11 + "█"
