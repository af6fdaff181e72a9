"""What is wrong with a scenario, in words for people, with the line and the path of keys."""

from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from linacsim.model.findings import InputError, Place

_Location = tuple[int | str, ...]


def problems_of(
    error: ValidationError, tree: Node | None, name: str, record: type[BaseModel]
) -> tuple[InputError, ...]:
    """Return the faults of the file `name`, whose YAML nodes are `tree`, by line."""
    found = [_problem(item, tree, name, record) for item in error.errors(include_url=False)]
    return tuple(sorted(found, key=lambda problem: problem.place.line or 0))


def _problem(item: Any, tree: Node | None, name: str, record: type[BaseModel]) -> InputError:
    line, keys = _followed(tree, item["loc"])
    if item["type"] == "missing":
        keys = f"{keys}.{item['loc'][-1]}".lstrip(".")
    return InputError(_told(item, record), Place(name, line, keys or None))


def _told(item: Any, record: type[BaseModel]) -> str:
    found, context = item["input"], item.get("ctx", {})
    match item["type"]:
        case "extra_forbidden":
            return "unknown key" + _near(str(item["loc"][-1]), _known_keys(record))
        case "missing":
            return "is missing"
        case "value_error":
            return str(context["error"])
        case "union_tag_invalid":
            known = context["expected_tags"].replace("'", "").split(", ")
            key = context["discriminator"].strip("'")
            return f"{key}: must be one of {', '.join(known)}{_not(context['tag'], known)}"
        case "union_tag_not_found":
            key = context["discriminator"].strip("'")
            return f"has no {key}: say which one it is"
        case "literal_error":
            known = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            one = "one of " if len(known) > 1 else ""
            return f"must be {one}{', '.join(known)}{_not(found, known)}"
    shown = f", not {found!r}" if isinstance(found, str | int | float | bool) else ""
    return str(item["msg"]).replace("Input should be", "must be") + shown


def _not(found: object, known: list[str]) -> str:
    return f", not {found}{_near(str(found), known)}"


def _near(word: str, known: list[str]) -> str:
    near = get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _followed(tree: Node | None, location: _Location) -> tuple[int | None, str]:
    """Return the line that a location leads to, and the keys and indices on the way.

    Steps that are not in the file (names of choices within the schema) are left out.
    """
    node, line, keys = tree, None if tree is None else tree.start_mark.line + 1, ""
    for step in location:
        if isinstance(node, SequenceNode) and isinstance(step, int):
            node = node.value[step]
            line, keys = node.start_mark.line + 1, f"{keys}[{step}]"
        elif isinstance(node, MappingNode):
            for key, value in node.value:
                if key.value == str(step):
                    node, line = value, key.start_mark.line + 1
                    keys = f"{keys}.{step}".lstrip(".")
                    break
    return line, keys


def _known_keys(record: type[BaseModel]) -> list[str]:
    """Return all keys of the schema."""
    schema = record.model_json_schema()
    records = [schema, *schema.get("$defs", {}).values()]
    return sorted({key for record in records for key in record.get("properties", {})})
