"""Placements between coordinate systems (manual, "Placement").

A placement gives the origin of an inner system in an outer one and the inner axes as unit vectors.
"""

from typing import NamedTuple

from linacsim.model.findings import InputError, Place
from linacsim.model.motion import UNIT_SLACK, Placement, Vector
from linacsim.motion.directions import Triple

X_AXIS, Y_AXIS, Z_AXIS = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)


class Transform(NamedTuple):
    """Rigid relation of an inner to an outer system: a point p inside is origin + R p outside."""

    origin: Triple
    axis_x: Triple
    """The inner axes in the outer system: the columns of R."""
    axis_y: Triple
    axis_z: Triple

    def outward(self, point: Triple) -> Triple:
        """Return where a point of the inner system is in the outer one."""
        (x, y, z), (ox, oy, oz) = self.turned(point), self.origin
        return x + ox, y + oy, z + oz

    def inward(self, point: Triple) -> Triple:
        """Return where a point of the outer system is in the inner one."""
        (x, y, z), (ox, oy, oz) = point, self.origin
        return self.turned_back((x - ox, y - oy, z - oz))

    def turned(self, vector: Triple) -> Triple:
        """Return a direction of the inner system as the outer one sees it."""
        x, y, z = vector
        (ax, ay, az), (bx, by, bz), (cx, cy, cz) = self[1:]
        return ax * x + bx * y + cx * z, ay * x + by * y + cy * z, az * x + bz * y + cz * z

    def turned_back(self, vector: Triple) -> Triple:
        """Return a direction of the outer system as the inner one sees it."""
        x, y, z = vector
        (ax, ay, az), (bx, by, bz), (cx, cy, cz) = self[1:]
        return ax * x + ay * y + az * z, bx * x + by * y + bz * z, cx * x + cy * y + cz * z

    def inverse(self) -> "Transform":
        """Return the relation seen from inside."""
        return Transform(
            self.inward((0.0, 0.0, 0.0)),
            self.turned_back(X_AXIS),
            self.turned_back(Y_AXIS),
            self.turned_back(Z_AXIS),
        )

    def after(self, inner: "Transform") -> "Transform":
        """Return the relation to this outer system of what lies in this inner one by `inner`."""
        return Transform(
            self.outward(inner.origin),
            self.turned(inner.axis_x),
            self.turned(inner.axis_y),
            self.turned(inner.axis_z),
        )


IDENTITY = Transform((0.0, 0.0, 0.0), X_AXIS, Y_AXIS, Z_AXIS)


def transform(placement: Placement) -> Transform:
    """Return the transform of a placement.

    All axes absent: the axes of the outer system. One absent: the other two decide it, for a
    right-handed system. Axes off by no more than rounding are made exactly orthonormal.

    Raises:
        InputError: the axes are not orthogonal unit vectors, or only one is given.
    """
    axes = [
        None if axis is None else (axis.x, axis.y, axis.z)
        for axis in (placement.axis_x, placement.axis_y, placement.axis_z)
    ]
    origin = _triple(placement.origin)
    given = [axis for axis in axes if axis is not None]
    if not given:
        return IDENTITY._replace(origin=origin)
    if len(given) == 1:
        raise _refused(placement, "one axis does not tell how the system is turned; give two")
    _require_orthonormal(placement, given)
    x, y, z = axes
    x = x or _cross(_known(y), _known(z))
    y = y or _cross(_known(z), x)
    hand = 1.0 if z is None or _dot(_cross(x, y), z) > 0 else -1.0
    return _squared(origin, x, y, hand)


def _squared(origin: Triple, x: Triple, y: Triple, hand: float) -> Transform:
    """Make the axes exactly orthonormal: x keeps its direction, y its plane with x."""
    x = _unit(x)
    slip = _dot(x, y)
    y = _unit((y[0] - slip * x[0], y[1] - slip * x[1], y[2] - slip * x[2]))
    zx, zy, zz = _cross(x, y)
    return Transform(origin, x, y, (hand * zx, hand * zy, hand * zz))


def _require_orthonormal(placement: Placement, axes: list[Triple]) -> None:
    for i, one in enumerate(axes):
        for j, other in enumerate(axes[: i + 1]):
            wanted = 1.0 if i == j else 0.0
            if not abs(_dot(one, other) - wanted) <= UNIT_SLACK:
                what = "has not length 1" if i == j else "and another are not at right angles"
                raise _refused(placement, f"axis {', '.join(f'{v:g}' for v in one)} {what}")


def _refused(placement: Placement, why: str) -> InputError:
    return InputError(f"placement refused: {why}", Place(line=placement.line or None))


def _known(axis: Triple | None) -> Triple:
    assert axis is not None
    return axis


def _triple(vector: Vector) -> Triple:
    return vector.x, vector.y, vector.z


def _dot(a: Triple, b: Triple) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _cross(a: Triple, b: Triple) -> Triple:
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


def _unit(a: Triple) -> Triple:
    length = _dot(a, a) ** 0.5
    return a[0] / length, a[1] / length, a[2] / length
