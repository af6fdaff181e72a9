"""The control points of a beam, into arrays; what persists is carried forward."""

import numpy as np

from linacsim.formats.rtplan import tags
from linacsim.formats.rtplan.item import Item
from linacsim.formats.rtplan.positions import read_positions, read_wedge_positions
from linacsim.model.arrays import Bools, Floats
from linacsim.model.beam import carried_forward
from linacsim.model.rotations import restated, undirected, unrolled
from linacsim.model.rt_plan import Device, Rotation, RtControlPoints, Wedge

_SCALARS = {
    "weight": tags.WEIGHT,
    "energy": tags.ENERGY,
    "dose_rate": tags.DOSE_RATE,
    "gantry": tags.GANTRY_ANGLE,
    "collimator": tags.COLLIMATOR_ANGLE,
    "support": tags.SUPPORT_ANGLE,
    "eccentric": tags.ECCENTRIC_ANGLE,
    "vertical": tags.COUCH_VERTICAL,
    "longitudinal": tags.COUCH_LONGITUDINAL,
    "lateral": tags.COUCH_LATERAL,
    "pitch": tags.PITCH_ANGLE,
    "roll": tags.ROLL_ANGLE,
    "gantry_pitch": tags.GANTRY_PITCH_ANGLE,
}
_NEEDED = ("energy", "gantry", "collimator")
"""What the first control point must say (type 1 there)."""

_TURNS = {
    "gantry": (tags.GANTRY_ROTATION, 1),
    "collimator": (tags.COLLIMATOR_ROTATION, -1),
    "support": (tags.SUPPORT_ROTATION, -1),
    "eccentric": (tags.ECCENTRIC_ROTATION, -1),
}
"""Direction tag, and whether clockwise grows the IEC angle."""

_DIRECTIONS = {direction.value: direction for direction in Rotation}


def read_points(
    beam: Item, items: list[Item], devices: tuple[Device, ...], wedges: tuple[Wedge, ...]
) -> RtControlPoints:
    """Return the control points of a beam; `items` is not empty."""
    for index, item in enumerate(items):
        item.point = index
        _check_index(item, index)
    stated = _scalars(items)
    # Of numbers that are missing at the first point, zero stands in where an error was reported.
    values = {name: carried_forward(column[:, None])[:, 0] for name, column in stated.items()}
    for name in _NEEDED:
        if np.isnan(values[name][0]):
            # What cannot be read was told already.
            if items[0].is_empty(_SCALARS[name]):
                items[0].report("missing", _SCALARS[name], "the first control point lacks it")
            values[name] = np.nan_to_num(values[name])
    _check_gantry_pitch(items, values["gantry_pitch"])
    weight = _weights(items, stated["weight"])
    rates = values["dose_rate"]
    turns = {
        name: _turn(items, name, stated[name], values[name], np.diff(weight) > 0) for name in _TURNS
    }
    return RtControlPoints(
        weight=weight,
        energy=values["energy"],
        dose_rate=np.where(rates > 0, rates, np.nan),
        gantry_deg=turns["gantry"][0],
        gantry_rotation=turns["gantry"][1],
        collimator_deg=turns["collimator"][0],
        collimator_rotation=turns["collimator"][1],
        support_deg=turns["support"][0],
        support_rotation=turns["support"][1],
        eccentric_deg=turns["eccentric"][0],
        pitch_deg=_bipolar(values["pitch"]),
        roll_deg=_bipolar(values["roll"]),
        couch_mm=np.column_stack(
            [values[axis] for axis in ("vertical", "longitudinal", "lateral")]
        ),
        **read_positions(beam, items, devices),
        wedge_positions=read_wedge_positions(items, wedges),
    )


def _check_index(item: Item, index: int) -> None:
    stated = item.integer(tags.POINT_INDEX)
    if stated is None:
        item.warn("point-index", tags.POINT_INDEX, "the point has no index")
    elif stated != index:
        item.report(
            "point-index",
            tags.POINT_INDEX,
            f"control point {index} in order has the index {stated}",
            allowed=f"{index}",
        )


def _scalars(items: list[Item]) -> dict[str, Floats]:
    """Return (n,) numbers by name as they are stated; NaN where a point is silent."""
    out = {name: np.full(len(items), np.nan) for name in _SCALARS}
    for row, item in enumerate(items):
        for name, tag in _SCALARS.items():
            value = item.number(tag)
            if value is not None:
                out[name][row] = value
    return out


def _weights(items: list[Item], stated: Floats) -> Floats:
    """Return (n,) weights; findings where they are missing, start high or fall."""
    missing = np.flatnonzero(np.isnan(stated))
    for row in missing:
        if items[row].is_empty(tags.WEIGHT):
            items[row].report("missing", tags.WEIGHT, "the control point has no weight")
    weight = np.nan_to_num(carried_forward(stated[:, None])[:, 0])
    if len(missing):
        return weight
    if weight[0] != 0:
        items[0].report("first-weight", tags.WEIGHT, f"the first is {weight[0]:g}", allowed="0")
    for row in np.flatnonzero(np.diff(weight) < 0) + 1:
        items[row].report(
            "weight-falls",
            tags.WEIGHT,
            f"the weight falls from {weight[row - 1]:.9g} to {weight[row]:.9g}",
            allowed="the same as before or more",
        )
    return weight


def _turn(
    items: list[Item], name: str, stated: Floats, angles: Floats, dose: Bools
) -> tuple[Floats, tuple[Rotation, ...]]:
    """Return (n,) angles without jumps and the (n,) directions; NaN where there is no angle."""
    tag, clockwise = _TURNS[name]
    rotations = _rotations(items, tag)
    for row in undirected(angles, rotations):
        text = f"the angle goes from {angles[row]:g} to {angles[row + 1]:g}, the direction is NONE"
        if dose[row]:
            items[row].report("no-direction", tag, text, allowed="CW or CC")
        else:
            items[row].warn("no-direction", tag, f"{text}: the shorter way is taken")
    said = ~np.isnan(stated)
    for row in restated(angles, said, rotations):
        taken = "it makes a full turn" if dose[row] else "without dose it is taken to stand"
        text = f"the angle is {angles[row]:g} at the next point too, the direction {rotations[row]}"
        items[row].warn("full-turn", tag, f"{text}: {taken}")
    return unrolled(angles, said, dose, rotations, clockwise), rotations


def _rotations(items: list[Item], tag: int) -> tuple[Rotation, ...]:
    """Return the directions in force, NONE until one is stated."""
    out = []
    now = Rotation.NONE
    for item in items:
        word = item.word(tag)
        if word in _DIRECTIONS:
            now = _DIRECTIONS[word]
        elif word:
            item.report("direction", tag, f"the direction is {word!r}", allowed="CW, CC or NONE")
        out.append(now)
    return tuple(out)


def _bipolar(angles: Floats) -> Floats:
    return np.where(np.abs(angles) < 180.0, angles, 180.0 - np.mod(180.0 - angles, 360.0))


def _check_gantry_pitch(items: list[Item], angles: Floats) -> None:
    tilted = np.flatnonzero(np.nan_to_num(angles) != 0)
    if len(tilted):
        items[tilted[0]].report(
            "gantry-pitch", tags.GANTRY_PITCH_ANGLE, "the gantry is tilted", allowed="0"
        )
