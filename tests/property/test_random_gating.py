"""Random gated deliveries: each ends with a name, breaks no invariant, obeys its lines.

`python -m tools.fuzz_gating` runs the same for as long as wanted.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linacsim.engines.batch import run_batch
from linacsim.engines.digest import FrameDigest
from linacsim.machine.linac import Linac
from linacsim.model.time import NS_PER_S
from tests.effort import examples
from tests.random_gating import Situation, random_situation
from tools.fuzz_gating import MACHINE, NO_PROGRESS_NS, deliver

LIMIT_NS = 60 * NS_PER_S


@examples(12)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_gated_delivery_ends_with_a_name_and_obeys_its_lines(seed: int) -> None:
    _, ending = deliver(random_situation(seed))
    assert ending


def digest(situation: Situation) -> dict[str, str]:
    out = FrameDigest()
    run_batch(
        Linac(MACHINE, seed=situation.seed),
        situation.agenda(),
        [out],
        feeds=situation.feeds(MACHINE),
        limit_ns=LIMIT_NS,
        no_progress_ns=NO_PROGRESS_NS,
    )
    return out.columns()


@examples(4)
@given(seed=st.integers(0, 2**32 - 1), block=st.sampled_from([1, 3, 40]))
def test_gated_blocks_are_their_single_ticks(seed: int, block: int) -> None:
    situation = random_situation(seed)
    whole = digest(situation)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("linacsim.machine.linac.BLOCK_TICKS", block)
        assert digest(situation) == whole
