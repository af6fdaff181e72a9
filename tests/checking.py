"""What tests of the beam checker share: rules, beams and cases."""

import importlib
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np

from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec
from linacsim.model.acquisition import (
    Acquisition,
    AcquisitionParameters,
    AcquisitionSpecs,
    KvParameters,
    Mode,
    MvParameters,
)
from linacsim.model.beam import Beam, ControlPoints
from linacsim.model.findings import Finding
from linacsim.model.imaging import ArmAxes, ArmPosition, ImagingParameters, ImagingPoint
from linacsim.model.motion import (
    ActionWindow,
    MotionManagementParameters,
    TrackingSource,
)
from linacsim.planning import check as package
from linacsim.planning.check import check
from linacsim.planning.check.not_acted_on import KINDS
from linacsim.planning.check.report import Rule
from tests.beams import make_beam


@dataclass(frozen=True)
class Case:
    """A rule, a beam that keeps it and one that breaks it."""

    rule: Rule
    good: Beam
    bad: Beam

    def __str__(self) -> str:
        return self.rule.id


@cache
def m120() -> MachineSpec:
    return load_machine("truebeam-m120")


def findings(beam: Beam, rule: Rule | str | None = None) -> list[Finding]:
    """Return all findings, or those of one rule."""
    wanted = rule.id if isinstance(rule, Rule) else rule
    return [item for item in check(beam, m120()) if wanted in (None, item.rule)]


def judge(case: Case) -> None:
    """Check that only the bad beam breaks the rule, and what its findings hold."""
    assert findings(case.good, case.rule) == []
    told = findings(case.bad, case.rule)
    assert told
    assert all(item.severity is case.rule.severity for item in told)
    assert all(item.found and "\n" not in str(item) for item in told)
    assert all("nan" not in item.found.lower() for item in told)


def all_rules() -> dict[str, Rule]:
    """Return every rule of the checker by id, found in its modules."""
    rules = {kind.rule.id: kind.rule for kind in KINDS}
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Rule):
                rules[value.id] = value
    return rules


def uncovered(family: str, cases: Sequence[Case]) -> set[str]:
    """Return the rules of a family that no case breaks."""
    rules = {rule for rule in all_rules() if rule.partition(".")[0] == family}
    return rules - {case.rule.id for case in cases}


def static(mu: float = 100.0, **rest: Any) -> Beam:
    """Return the simplest beam."""
    return make_beam({"Mu": 0}, {"Mu": mu}, **rest)


def with_points(beam: Beam, **changed: Any) -> Beam:
    """Return the beam with other members of its control points."""
    old = beam.control_points
    members = {name: getattr(old, name) for name in ControlPoints.__slots__}
    for name, value in changed.items():
        members[name] = MappingProxyType(value) if isinstance(value, dict) else np.array(value)
    return replace(beam, control_points=ControlPoints(**members))


def kv_image(
    id: int = 1, mode: str = "HighQuality", ma: float = 50.0, kv: float = 80.0, **specs: Any
) -> Acquisition:
    return Acquisition(
        id,
        AcquisitionSpecs(**specs),
        AcquisitionParameters(Mode(mode), kv=KvParameters(kv, ma, 10.0)),
    )


def mv_image(
    id: int = 1, mode: str = "Highres", energy: str | None = None, **specs: Any
) -> Acquisition:
    return Acquisition(
        id,
        AcquisitionSpecs(**specs),
        AcquisitionParameters(Mode(mode), mv=MvParameters(energy)),
    )


def arm(vrt: float = -50.0) -> ArmPosition:
    return ArmPosition(positions=ArmAxes(0.0, 0.0, vrt, 0.0))


def imaging(*points: ImagingPoint, **rest: Any) -> ImagingParameters:
    return ImagingParameters(points or (ImagingPoint(0.0),), **rest)


def imaging_beam(*points: ImagingPoint, energy: str = "6x", **rest: Any) -> Beam:
    """Return a static beam with imaging points."""
    rate = 0.0 if energy == "0k" else 600.0
    mu = 0.0 if energy == "0k" else 100.0
    return static(mu, energy=energy, dose_rate=rate, imaging=imaging(*points, **rest))


def camera(*windows: ActionWindow, id: str = "NDI", **rest: Any) -> TrackingSource:
    return TrackingSource(id, AcquisitionParameters(Mode("x")), action_windows=windows, **rest)


def motion_beam(*sources: TrackingSource, **rest: Any) -> Beam:
    """Return a static beam with motion management."""
    management = MotionManagementParameters(tracking_sources=sources, **rest)
    return static(imaging=imaging(motion_management=management))
