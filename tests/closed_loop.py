"""The shipped closed loop of stubs, changed for tests."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"
Change = Callable[[dict[str, Any]], None]


def changed(folder: Path, *changes: Change, name: str = "live-closed-loop") -> Path:
    """Write a shipped scenario with changes to a folder; return where."""
    yaml = YAML(typ="safe", pure=True)
    data = yaml.load((SCENARIOS / f"{name}.yaml").read_text(encoding="utf-8"))
    data["beam"] = str(SCENARIOS / data["beam"])
    for change in changes:
        change(data)
    path = folder / "changed.yaml"
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(data, file)
    return path


def zaber(data: dict[str, Any]) -> None:
    """Let a Zaber stage play instead."""
    stage = data["devices"][0]
    stage["kind"] = "zaber-stage"
    stage["microstep_mm"] = 0.00049609375
    stage["axes"] = [{"axis": "1", "along": "z", "zero_mm": 50.0, "travel_mm": [0.0, 100.0]}]
    del stage["shift_ms"]


def llp(data: dict[str, Any]) -> None:
    """Let a home-made stage play instead."""
    stage = data["devices"][0]
    stage["kind"] = "llp-stage"
    stage["axes"] = [{"axis": "0", "along": "z", "zero_mm": 50.0, "travel_mm": [0.0, 100.0]}]
    del stage["shift_ms"]


def busy(data: dict[str, Any]) -> None:
    """Allow for a test machine that is late now and then: this is no test of punctuality."""
    data["devices"][1]["least_age_limit_ms"] = 3000.0
    data["devices"][0]["rehome_s"] = 0.5


def of_stage(**keys: Any) -> Change:
    """Return a change of keys of the stage."""
    return lambda data: data["devices"][0].update(keys)


def of_axis(**keys: Any) -> Change:
    """Return a change of keys of the stage's axis."""
    return lambda data: data["devices"][0]["axes"][0].update(keys)


def expecting(**keys: Any) -> Change:
    """Return a change of what is expected."""

    def change(data: dict[str, Any]) -> None:
        data["expect"] = keys

    return change
