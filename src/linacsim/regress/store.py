"""Baseline files: read one, or write several, each whole or not at all."""

import os
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from linacsim.model.findings import InputError, Place
from linacsim.regress.baseline import SCHEMA, Baseline
from linacsim.regress.text import to_text

_TEMPORARY = ".new"


class OldBaseline(InputError):
    """A baseline that an older version wrote."""


def read_baseline(path: Path) -> Baseline | None:
    """Return the baseline of a file; None where there is no file.

    Raises OldBaseline, InputError for whatever else cannot be compared with, and OSError.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"not TOML, so not a baseline: {error}", Place(str(path))) from None
    _check_schema(content.get("schema"), path)
    try:
        return Baseline.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        text = (
            f"not a whole baseline: {first['msg']}; take the file from your history, or delete it"
        )
        raise InputError(text, Place(str(path), element=key)) from None


def _check_schema(found: object, path: Path) -> None:
    place = Place(str(path), element="schema")
    if not isinstance(found, int) or isinstance(found, bool):
        raise InputError("not a baseline: it does not state its schema", place)
    if found < SCHEMA:
        raise OldBaseline(
            f"written by an older linacsim (schema {found}, this one writes {SCHEMA}): compare "
            "with that version a last time, then write it anew with --update",
            place,
        )
    if found > SCHEMA:
        raise InputError(
            f"written by a newer linacsim (schema {found}, this one knows {SCHEMA}): use that",
            place,
        )


def write_baselines(baselines: Mapping[Path, Baseline], removed: Iterable[Path] = ()) -> None:
    """Write files in place of those that are there, which stay until all new ones are whole.

    Raises OSError where the folder does not take them; then nothing is overwritten or removed.
    """
    written: dict[Path, Path] = {}
    try:
        for path, baseline in baselines.items():
            path.parent.mkdir(exist_ok=True)
            temporary = path.with_name(path.name + _TEMPORARY)
            written[path] = temporary
            _write_through(temporary, to_text(baseline))
        for path, temporary in written.items():
            temporary.replace(path)
        for path in removed:
            path.unlink()
    finally:
        for temporary in written.values():
            with suppress(OSError):
                temporary.unlink()


def _write_through(path: Path, text: str) -> None:
    """Write a file and have it on the disk, so that a crash does not leave an empty one."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
