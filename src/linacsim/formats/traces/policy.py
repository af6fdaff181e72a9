"""What is done about each defect of a trace; every case that occurs is told as a finding."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from enum import StrEnum

from linacsim.model.findings import InputError


class Action(StrEnum):
    """What may be done about a sample with a defect."""

    REFUSE = "refuse"
    """The file is not read."""
    DROP = "drop"
    """The sample is left out."""
    INVALID = "invalid"
    """The sample stays and is marked invalid."""
    KEEP = "keep"
    """The sample stays as it is."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One action per defect; the defaults are those of docs/reference/traces.md."""

    malformed: Action = Action.REFUSE
    """A row that is not a row of numbers."""
    not_a_number: Action = Action.INVALID
    """A position that is NaN, infinite or empty. Without a usable time the sample is dropped."""
    out_of_order: Action = Action.DROP
    """A time before an earlier sample's."""
    repeated_time: Action = Action.DROP
    """A time equal to the sample before."""
    gap: Action = Action.KEEP
    """A step of more than three median steps."""
    jump: Action = Action.REFUSE
    """A step of more than ten seconds."""
    zero_row: Action = Action.INVALID
    """All positions exactly zero, and not on the way of the motion."""
    frozen: Action = Action.KEEP
    """The same position again and again for at least half a second while the rest moves."""
    lost: Action = Action.INVALID
    """Valid flag -1."""
    irregular: Action = Action.KEEP
    """Valid flag -2: measured, but the breathing was not periodic."""


ALLOWED: dict[str, tuple[Action, ...]] = {
    "malformed": (Action.REFUSE, Action.DROP),
    "not_a_number": (Action.REFUSE, Action.DROP, Action.INVALID),
    "out_of_order": (Action.REFUSE, Action.DROP),
    "repeated_time": (Action.REFUSE, Action.DROP),
    "gap": (Action.REFUSE, Action.KEEP),
    "jump": (Action.REFUSE, Action.KEEP),
    **dict.fromkeys(("zero_row", "frozen", "lost", "irregular"), tuple(Action)),
}
"""Actions that make sense for each defect."""


def policy_from(words: Iterable[str], base: Policy | None = None) -> Policy:
    """Return a policy with some actions changed by words such as `out-of-order=refuse`.

    Raises InputError for a defect or action that is not known.
    """
    policy = base or Policy()
    for word in words:
        name, _, action = word.partition("=")
        policy = replace(policy, **_choice(name.strip().replace("-", "_"), action.strip(), word))
    return policy


def _choice(defect: str, action: str, word: str) -> dict[str, Action]:
    known = [item.name for item in fields(Policy)]
    if defect not in known:
        near = get_close_matches(defect, known, n=1)
        hint = f"; did you mean {near[0].replace('_', '-')}?" if near else ""
        names = ", ".join(name.replace("_", "-") for name in known)
        raise InputError(f"unknown defect in {word!r}{hint}; known: {names}")
    if action not in ALLOWED[defect]:
        allowed = ", ".join(ALLOWED[defect])
        raise InputError(f"unknown action in {word!r}; allowed for this defect: {allowed}")
    return {defect: Action(action)}
