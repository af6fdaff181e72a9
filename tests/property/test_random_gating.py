"""Random gated deliveries: each ends with a name, breaks no invariant, obeys its lines.

`python -m tools.fuzz_gating` runs the same for as long as wanted.
"""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linacsim.model.messages import Action
from linacsim.model.motion import ActionWindow
from linacsim.model.time import to_ns
from tests.effort import examples
from tests.random_gating import Situation, random_situation
from tools.fuzz_gating import compare, deliver


@examples(12)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_gated_delivery_ends_with_a_name_and_obeys_its_lines(seed: int) -> None:
    _, ending = deliver(random_situation(seed))
    assert ending


@examples(4)
@given(seed=st.integers(0, 2**32 - 1), block=st.sampled_from([1, 3, 40]))
def test_gated_blocks_are_their_single_ticks(seed: int, block: int) -> None:
    compare(random_situation(seed), block)


@examples(4)
@given(seed=st.integers(0, 2**32 - 1), block=st.sampled_from([1, 7]))
def test_faults_and_questions_come_no_earlier_for_motion_that_is_known(
    seed: int, block: int
) -> None:
    """Every window is one that must not be left, or that asks: each is told at its own time."""
    compare(strict(random_situation(seed)), block)


def strict(situation: Situation) -> Situation:
    """Return a situation in which leaving any window is a fault, and the operator acknowledges."""
    rng = np.random.default_rng(situation.seed)
    imaging = situation.beam.imaging
    if imaging is None:
        return situation
    gating, management = imaging.gating, imaging.motion_management
    if gating is not None:
        windows = tuple(replace(window, fault_on_exit=True) for window in gating.windows)
        gating = replace(gating, windows=windows)
    if management is not None:
        sources = tuple(
            replace(source, action_windows=tuple(map(strict_window, source.action_windows)))
            for source in management.tracking_sources
        )
        management = replace(management, tracking_sources=sources)
    imaging = replace(imaging, gating=gating, motion_management=management)
    times = np.sort(rng.uniform(5.0, 50.0, 12)).tolist()
    actions = (Action.ACKNOWLEDGE, Action.APPROVE, Action.MV_READY_PRESS, Action.MV_BEAM_ON)
    presses = [(to_ns(time), actions[k % len(actions)]) for k, time in enumerate(times)]
    return replace(situation, beam=replace(situation.beam, imaging=imaging), presses=presses)


def strict_window(window: ActionWindow) -> ActionWindow:
    return replace(window, fault_on_exit=window.kind == "Basic")
