"""Journals opened up and sealed again, for tests of what a forged one does."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def contents(path: Path) -> list[dict[str, Any]]:
    """Return what the lines of a journal hold."""
    rows = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(row.partition(" ")[2]) for row in rows]


def reseal(rows: Sequence[dict[str, Any] | str]) -> bytes:
    """Return a journal of these lines whose seals fit."""
    seal = hashlib.sha256()
    out = []
    for row in rows:
        text = row if isinstance(row, str) else json.dumps(row, separators=(",", ":"))
        seal.update(text.encode())
        out.append(f"{seal.hexdigest()} {text}\n")
    return "".join(out).encode()
