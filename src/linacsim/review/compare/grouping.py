"""Differences that several axes share, told once."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from linacsim.review.compare.records import Difference

MANY = 3
"""This many leaves with the same difference are told together."""
TOGETHER_CP = 1.5
"""Stretches that begin and end within this many control points of each other are the same."""


def grouped(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """Return the differences, those of several leaves of a bank made one."""
    found: list[Difference] = []
    leaves = [d for d in differences if d.subject.startswith("leaf")]
    found += [d for d in differences if not d.subject.startswith("leaf")]
    for _, alike in groupby(sorted(leaves, key=_family), key=_family):
        for members in _clusters(list(alike)):
            found += [_joined(members)] if len(members) >= MANY else members
    return tuple(found)


def _family(difference: Difference) -> tuple[str, str, str, int]:
    bank = difference.subject.split()[1][0]
    sign = 1 if difference.size > 0 else -1
    return difference.kind.value, difference.column, bank, 0 if "sign" in difference.kind else sign


def _clusters(members: list[Difference]) -> list[list[Difference]]:
    clusters: list[list[Difference]] = []
    for member in sorted(members, key=lambda d: (d.from_cp, d.to_cp)):
        for cluster in clusters:
            first = cluster[0]
            if (
                abs(first.from_cp - member.from_cp) <= TOGETHER_CP
                and abs(first.to_cp - member.to_cp) <= TOGETHER_CP
            ):
                cluster.append(member)
                break
        else:
            clusters.append([member])
    return clusters


def _joined(members: list[Difference]) -> Difference:
    worst = max(members, key=lambda d: abs(d.size))
    bank = worst.subject.split()[1][0]
    return replace(
        worst,
        subject=f"bank {bank}, {len(members)} leaves",
        from_cp=min(d.from_cp for d in members),
        to_cp=max(d.to_cp for d in members),
        from_s=min(d.from_s for d in members),
        to_s=max(d.to_s for d in members),
        text=f"{worst.subject} most: {worst.text}",
        axes=tuple(d.axes[0] for d in members),
    )
