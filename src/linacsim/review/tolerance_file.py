"""Tolerances by file: shipped ones, of which a user's TOML file replaces some."""

import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any

from linacsim.model.findings import InputError, Place

SCHEMA = 1
Value = float | bool


def tolerance_values(shipped: str, path: Path | None, *, zero: bool) -> dict[str, Value]:
    """Return the values of the `shipped` text, with those of a file in their place.

    Keys are `section.key`. `zero` says whether a tolerance may be none at all. Raises InputError
    that names the key where the file holds anything that is not a tolerance, and OSError.
    """
    known = dict(_flat(tomllib.loads(shipped)))
    return known if path is None else known | _read(path, known, zero=zero)


def _flat(content: dict[str, Any]) -> Iterator[tuple[str, Value]]:
    for section, keys in content.items():
        if isinstance(keys, dict):
            yield from ((f"{section}.{key}", value) for key, value in keys.items())


def _read(path: Path, known: dict[str, Value], *, zero: bool) -> dict[str, Value]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"this is not TOML: {error}", Place(str(path))) from None
    if content.get("schema") != SCHEMA:
        raise InputError(f"must say schema = {SCHEMA}", Place(str(path), element="schema"))
    sections = {key.split(".")[0] for key in known}
    for name, keys in content.items():
        if name != "schema" and (name not in sections or not isinstance(keys, dict)):
            raise _unknown(path, name, sorted(sections))
    values = dict(_flat(content))
    for key, value in values.items():
        _check(path, key, value, known, zero=zero)
    return values


def _check(path: Path, key: str, value: object, known: dict[str, Value], *, zero: bool) -> None:
    place = Place(str(path), element=key)
    if key not in known:
        raise _unknown(path, key, list(known))
    if isinstance(known[key], bool):
        if not isinstance(value, bool):
            raise InputError(f"must be true or false, not {value!r}", place)
        return
    number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    if not number or value < 0 or (value == 0 and not zero):  # type: ignore[operator]
        least = "0 or more" if zero else "above 0"
        raise InputError(f"must be a number {least}, not {value!r}", place)


def _unknown(path: Path, key: str, known: list[str]) -> InputError:
    near = get_close_matches(key, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    return InputError(f"unknown key; {hint}", Place(str(path), element=key))
