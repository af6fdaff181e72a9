"""What a scenario asks to be judged over time or beside another source."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from linacsim.devices.checks.agreement import Agreement, AgreementLimits
from linacsim.devices.checks.baseline import Baseline, BaselineLimits
from linacsim.devices.sample import Limits
from linacsim.devices.stages.course import Mounting
from linacsim.engines.heard import Check, Checks, StageEar
from linacsim.model.findings import InputError, Place
from linacsim.model.time import NS_PER_MS, to_ns
from linacsim.scenario.devices import Bench
from linacsim.scenario.marker_base import AgreeKeys, MarkerBase
from linacsim.scenario.markers import limits_of
from linacsim.scenario.stage_keys import GrblStageKeys, StageKeys
from linacsim.scenario.stages import mounting_of

if TYPE_CHECKING:
    from linacsim.scenario.mqtt import MqttSide

ROOM_AXES = (0, 1, 2)


def checks_of(bench: Bench | None, mqtt: "MqttSide | None", path: Path) -> Checks | None:
    """Return the checks that markers ask for; None: none does.

    Raises InputError where another source is named that there is not.
    """
    markers = (*(bench.markers if bench else ()), *(mqtt.markers if mqtt else ()))
    _one_for_each_source(markers, path)
    stages = bench.stages if bench else ()
    by_name = {keys.name: keys for keys in (*markers, *stages)}
    made: list[Check] = [_baseline(keys) for keys in markers if keys.baseline is not None]
    named = set()
    for keys in markers:
        if keys.agree is not None:
            made.append(_agreement(keys, keys.agree, by_name, path))
            named.add(keys.agree.other)
    ears = [_ear(bench, stage) for stage in stages if bench and stage.name in named]
    return Checks(made, ears) if made else None


def _one_for_each_source(markers: Sequence[MarkerBase], path: Path) -> None:
    """Raise InputError where two devices would tell of one source in turns."""
    by_source: dict[str, MarkerBase] = {}
    for keys in markers:
        first = by_source.setdefault(keys.source, keys)
        if first is not keys:
            raise InputError(
                f"{first.name} and {keys.name} both stand for source {keys.source}: give one of "
                "them another source; `agree` then holds them against each other",
                Place(str(path), element=keys.name),
            )


def _baseline(keys: MarkerBase) -> Baseline:
    asked, limits = keys.baseline, limits_of(keys)
    assert asked is not None
    return Baseline(
        keys.source,
        f"{keys.name} baseline",
        BaselineLimits(
            to_ns(asked.learn_s),
            limits.period_ns,
            limits.least_age_ns,
            asked.warn_cm,
            asked.fault_cm,
        ),
    )


def _agreement(
    keys: MarkerBase, asked: AgreeKeys, by_name: Mapping[str, MarkerBase | StageKeys], path: Path
) -> Agreement:
    other = by_name.get(asked.other)
    if other is None or other is keys:
        raise InputError(
            f"agree with {asked.other}: that must be another device that sees a marker, or a stage",
            Place(str(path), element=keys.name),
        )
    ours, theirs = limits_of(keys), _reference_limits(other)
    limits = AgreementLimits(
        asked.within_cm,
        max(ours.period_ns, theirs.period_ns),
        max(ours.least_age_ns, theirs.least_age_ns),
        ROOM_AXES if isinstance(other, MarkerBase) else _axes(mounting_of(other)),
    )
    source = other.source if isinstance(other, MarkerBase) else other.name
    if source == keys.source:
        raise InputError(
            f"{keys.name} and {other.name} both stand for source {source}: give one of them "
            "another source",
            Place(str(path), element=keys.name),
        )
    return Agreement(keys.source, source, f"{keys.name} and {other.name}", limits)


def _reference_limits(keys: MarkerBase | StageKeys) -> Limits:
    if isinstance(keys, MarkerBase):
        return limits_of(keys)
    period_ms = keys.poll_ms if isinstance(keys, GrblStageKeys) else keys.period_ms
    return Limits(round(period_ms * NS_PER_MS))


def _axes(mounting: Mounting) -> tuple[int, ...]:
    return tuple(sorted(axis.column for axis in mounting.axes))


def _ear(bench: Bench, stage: StageKeys) -> StageEar:
    return StageEar(stage.name, mounting_of(stage), lambda: bench.positions(stage.name))
