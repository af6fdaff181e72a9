"""Machine files read into one flat table of sourced numbers, `extends` followed."""

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from linacsim.machines.keys import FIXED_SECTIONS, HEADER, Rule, section_rules
from linacsim.model.findings import InputError, Place, os_reason

DATA = Path(__file__).resolve().with_name("data")
SCHEMA = 1
FAMILIES = ("energy.", "gating.")
"""Sections of which a machine has as many as it likes, each with a name of its own."""
WORD_KEYS = {"mlc": ("model",)}
"""Keys inside sections that hold a word."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """A number (or list of numbers) with where it comes from and which file says so."""

    value: Any
    source: str
    file: str


@dataclass(slots=True)
class Table:
    """All that a machine file and the files it extends say."""

    file: str
    header: dict[str, Any] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, dict[str, Sourced]] = field(default_factory=dict)
    """By section, then key."""


def shipped_files() -> dict[str, Path]:
    """Return the machine files that come with the package, bases included, by name."""
    return {path.stem: path for path in sorted(DATA.glob("*.toml"))}


def fault(file: str, key: str, problem: str) -> InputError:
    """Return the error for one key of one file."""
    return InputError(problem, Place(file, element=key or None))


def close_to(word: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    """Return `; did you mean ...?` or nothing."""
    near = get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def read_chain(path: Path, seen: tuple[Path, ...] = ()) -> Table:
    """Read a machine file on top of the files it extends."""
    path = path.resolve()
    if path in seen:
        chain = " -> ".join(item.name for item in (*seen, path))
        raise fault(str(path), "extends", f"goes round in a circle: {chain}")
    document = dict(_parse_shipped(path) if path.parent == DATA else _parse(path))
    own = _checked(document, str(path))
    parent_name = own.header.get("extends")
    if parent_name is None:
        return own
    parent = read_chain(_parent_path(str(parent_name), path), (*seen, path))
    return _merged(parent, own)


@cache
def _parse_shipped(path: Path) -> dict[str, Any]:
    """Parse a file of the package once: these do not change, and all machines share a base."""
    return _parse(path)


def _parse(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise fault(str(path), "", "is not UTF-8 text") from None
    except OSError as error:
        raise fault(str(path), "", f"cannot be read: {os_reason(error)}") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise fault(str(path), "", f"is not valid TOML: {error}") from None


def _parent_path(name: str, child: Path) -> Path:
    shipped = shipped_files()
    if name in shipped:
        return shipped[name]
    beside = child.parent / name
    if beside.is_file():
        return beside
    raise fault(
        str(child),
        "extends",
        f"no machine {name!r}: give the path of a file, or one of {', '.join(shipped)}",
    )


def _checked(document: dict[str, Any], file: str) -> Table:
    if document.get("schema") != SCHEMA:
        raise fault(file, "schema", f"must be {SCHEMA}, not {document.get('schema')!r}")
    table = Table(file)
    for key in HEADER:
        if key in document:
            table.header[key] = _header_value(document.pop(key), key, file)
    for section, keys in _sections(document, file):
        _read_section(table, section, keys, file)
    return table


def _header_value(value: Any, key: str, file: str) -> Any:
    wanted = {"schema": int, "base": bool, "without": list}.get(key, str)
    if not isinstance(value, wanted):
        raise fault(file, key, f"must be a {wanted.__name__}, not {value!r}")
    return value


def _sections(
    tree: dict[str, Any], file: str, prefix: str = ""
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the known sections; refuse anything else at any depth."""
    for name, inner in tree.items():
        section = prefix + name
        if not isinstance(inner, dict) or "value" in inner:
            raise fault(file, section, f"unknown key{close_to(section, HEADER)}")
        if section_rules(section) is not None:
            yield section, inner
        elif any(known.startswith(section + ".") for known in (*FIXED_SECTIONS, *FAMILIES)):
            yield from _sections(inner, file, section + ".")
        else:
            raise fault(file, section, f"unknown section{close_to(section, FIXED_SECTIONS)}")


def _read_section(table: Table, section: str, keys: dict[str, Any], file: str) -> None:
    rules = section_rules(section) or {}
    numbers = table.numbers.setdefault(section, {})
    for key, entry in keys.items():
        dotted = f"{section}.{key}"
        if key in WORD_KEYS.get(section, ()):
            if not isinstance(entry, str):
                raise fault(file, dotted, f"must be a word, not {entry!r}")
            table.words[dotted] = entry
        elif key in rules:
            numbers[key] = _number(entry, rules[key], dotted, file)
        else:
            raise fault(file, dotted, f"unknown key{close_to(key, rules)}{_unit_hint(key, rules)}")


def _unit_hint(key: str, rules: dict[str, Rule]) -> str:
    """Tell when only the unit is wrong."""
    for unit, other in (("deg", "cm"), ("cm", "deg")):
        swapped = "_".join(other if part == unit else part for part in key.split("_"))
        if swapped != key and swapped in rules:
            return f"; this axis is in {other}, not {unit}"
    return ""


def _number(entry: Any, rule: Rule, dotted: str, file: str) -> Sourced:
    if not isinstance(entry, dict) or "value" not in entry:
        raise fault(file, dotted, 'must be written { value = ..., source = "..." }')
    unknown = set(entry) - {"value", "source"}
    if unknown:
        raise fault(file, dotted, f"unknown key {sorted(unknown)[0]!r} beside value and source")
    source = entry.get("source")
    if not isinstance(source, str) or not source.strip():
        raise fault(file, dotted, "has no source: say where the number comes from")
    for number in _plain_numbers(entry["value"], rule, dotted, file):
        _check_limits(number, rule, dotted, file)
    return Sourced(entry["value"], source, file)


def _plain_numbers(value: Any, rule: Rule, dotted: str, file: str) -> list[Any]:
    if rule.shape == "one":
        return [value]
    if not isinstance(value, list) or not value:
        raise fault(file, dotted, f"must be a list, not {value!r}")
    if rule.shape == "list":
        return value
    for pair in value:
        count = pair[0] if isinstance(pair, list) and len(pair) == 2 else None
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= 200:
            raise fault(file, dotted, f"must be pairs [count from 1 to 200, number], not {pair!r}")
    return [pair[1] for pair in value]


def _check_limits(number: Any, rule: Rule, dotted: str, file: str) -> None:
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise fault(file, dotted, f"must be a number, not {number!r}")
    if rule.whole and not isinstance(number, int):
        raise fault(file, dotted, f"must be a whole number, not {number!r}")
    if not math.isfinite(number) or not rule.lower <= number <= rule.upper:
        allowed = f"allowed: {rule.lower:g} to {rule.upper:g}"
        raise fault(file, dotted, f"{number:g} is out of range; {allowed}")


def _merged(parent: Table, own: Table) -> Table:
    numbers = {section: dict(keys) for section, keys in parent.numbers.items()}
    for section in own.header.get("without", []):
        if not str(section).startswith("energy.") or section not in numbers:
            raise fault(own.file, "without", f"{section!r} is not an energy of {parent.file}")
        del numbers[section]
    for section, keys in own.numbers.items():
        numbers.setdefault(section, {}).update(keys)
    inherited = {
        key: value
        for key, value in parent.header.items()
        if key not in ("name", "title", "base", "extends", "without")
    }
    return Table(own.file, inherited | own.header, parent.words | own.words, numbers)
