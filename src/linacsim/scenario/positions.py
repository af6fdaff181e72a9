"""Positions by names that carry their unit: `gantry_rtn_deg`, `couch_lng_cm`, `leaf_a17_cm`."""

import re
from difflib import get_close_matches

from linacsim.model.axes import FIRST_LEAF, N_SINGLE, XML_NAMES, AxisLayout
from linacsim.model.findings import InputError

_LEAF = re.compile(r"leaf_([ab])([1-9][0-9]?)_cm")


def _key(name: str, unit: str) -> str:
    return f"{re.sub(r'(?<=[a-z])(?=[A-Z])', '_', name).lower()}_{unit}"


SINGLE_AXIS_KEYS = tuple(
    _key(name, AxisLayout(0).unit(column)) for column, name in enumerate(XML_NAMES)
)
"""Keys of the single axes by column."""

POSITION_PATTERN = rf"^({'|'.join(SINGLE_AXIS_KEYS)}|carriage_[ab]_cm|{_LEAF.pattern})$"


def check_key(key: str) -> str:
    """Return the key if it names a position; else raise ValueError."""
    if re.fullmatch(POSITION_PATTERN, key):
        return key
    near = get_close_matches(key, SINGLE_AXIS_KEYS, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise ValueError(f"no such axis{hint}; axes: {', '.join(SINGLE_AXIS_KEYS)}, leaf_a1_cm, ...")


def column_of(key: str, layout: AxisLayout) -> int:
    """Return the column that a key allowed by `check_key` names.

    Raises InputError for a leaf that the MLC does not have.
    """
    if key in SINGLE_AXIS_KEYS:
        return SINGLE_AXIS_KEYS.index(key)
    if key.startswith("carriage"):
        return N_SINGLE + "ab".index(key[9])
    match = _LEAF.fullmatch(key)
    assert match is not None
    bank, leaf = "ab".index(match[1]), int(match[2])
    if leaf > layout.leaf_pairs:
        raise InputError(f"{key}: this MLC has {layout.leaf_pairs} leaf pairs")
    return FIRST_LEAF + bank * layout.leaf_pairs + leaf - 1
