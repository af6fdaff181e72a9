"""Scenario files: strict YAML 1.2 in, a `Scenario` or one error with all its lines out."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import Node

from linacsim.model.findings import InputError, Place
from linacsim.scenario.problems import problems_of
from linacsim.scenario.schema import Scenario

MOST_BYTES = 1_000_000

Record = TypeVar("Record", bound=BaseModel)


class ScenarioError(InputError):
    """A scenario with several faults; its text is the first, `problems` are all."""

    def __init__(self, problems: tuple[InputError, ...]) -> None:
        """Take at least one problem."""
        self.problems = problems
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        ValueError.__init__(self, f"{problems[0]}{more}")
        self.place = problems[0].place


def read_scenario(path: Path) -> Scenario:
    """Return the scenario of a file.

    Raises `ScenarioError` with file, line and path of each fault, and OSError.
    """
    return read_record(path, Scenario, "scenario")


def parse_scenario(raw: bytes, name: str) -> Scenario:
    """Return the scenario of a text; `name` stands for the file in errors."""
    return _record(raw, name, Scenario, "scenario")


def read_record(path: Path, record: type[Record], what: str) -> Record:
    """Return what a strict YAML file says; `what` people call such a file. Raises as above."""
    with path.open("rb") as file:
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise InputError(f"larger than {MOST_BYTES} bytes: not a {what}", Place(str(path)))
    return _record(raw, str(path), record, what)


def _record(raw: bytes, name: str, record: type[Record], what: str) -> Record:
    tree, data = _parsed(raw, name)
    if not isinstance(data, dict):
        raise InputError(f"not a {what}: the file must hold keys and values", Place(name, 1))
    try:
        return record.model_validate(data)
    except ValidationError as error:
        raise ScenarioError(problems_of(error, tree, name, record)) from None


def _parsed(raw: bytes, name: str) -> tuple[Node | None, Any]:
    try:
        text = raw.decode("utf-8-sig")
        return YAML(typ="safe", pure=True).compose(text), YAML(typ="safe", pure=True).load(text)
    except UnicodeDecodeError:
        raise InputError("not UTF-8 text", Place(name)) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        reason = str(error.problem or error.context or error).splitlines()[0]
        raise InputError(f"not valid YAML: {reason}", Place(name, line)) from None
    except (YAMLError, ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"not valid YAML: {reason}", Place(name)) from None
