"""The journal of a run: machine, seed, rights and every input, as JSON lines.

Each line is sealed: it carries the running SHA-256 of all lines up to it, so that an altered
journal is refused with the line that was altered. The last line holds the digest of the frames.
A journal without its last line is that of a run that was cut off; it still replays.
"""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from linacsim import __version__
from linacsim.engines.digest import FrameDigest
from linacsim.engines.message_record import from_line, to_line
from linacsim.machines.record import from_record, to_record
from linacsim.machines.spec import MachineSpec
from linacsim.model.findings import InputError, Place, os_reason
from linacsim.model.interlocks import Right
from linacsim.model.messages import Message
from linacsim.model.signals import Frames, Inputs

FORMAT = 1
_ALTERED = "the seal does not fit: this line was altered or is incomplete"
SAFETY = "Research and test use only. Made by an emulator; never connect it to a real machine."


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal that was read."""

    machine: MachineSpec
    seed: int
    rights: Right
    versions: dict[str, str]
    inputs: dict[int, tuple[Message, ...]]
    """Messages by tick."""
    ticks: int
    """Ticks run; of a run that was cut off, the last tick with an input plus one."""
    digest: str | None
    """Digest of all frames; None if the run was cut off."""
    columns: dict[str, str]
    """Digest of each column of the frames."""
    timing: dict[str, Any] | None = None
    """How punctual a live run was; None for a headless one."""


class JournalWriter:
    """Writes a journal while a run goes on; also a frame sink, for the digest."""

    def __init__(self, path: Path, machine: MachineSpec, seed: int, rights: Right) -> None:
        """Create the file and write its head.

        Raises InputError, as all of writing does, where the disk does not take it.
        """
        self.path = path
        try:
            self._file: TextIO = path.open("w", encoding="utf-8", newline="\n")
        except OSError as error:
            raise self._refused(error) from error
        self._seal = hashlib.sha256()
        self._digest = FrameDigest()
        self._line(
            {
                "journal": FORMAT,
                "notice": SAFETY,
                "versions": {"linacsim": __version__, "numpy": np.__version__},
                "seed": seed,
                "rights": rights.name,
                "machine": to_record(machine),
            }
        )

    def record(self, tick: int, inputs: Inputs) -> None:
        """Write the inputs of a tick."""
        self._line({"tick": tick, "messages": [to_line(message) for message in inputs.messages]})

    def note(self, timing: dict[str, Any]) -> None:
        """Write how punctual a live run was; a replay does not look at it."""
        self._line({"timing": timing})

    def write(self, frames: Frames) -> None:
        """Take frames into the digest."""
        self._digest.write(frames)

    def close(self, *, truncated: bool = False) -> None:
        """Write the last line and close the file."""
        self._line(
            {
                "end": self._digest.ticks,
                "truncated": truncated,
                "frames": self._digest.value(),
                "columns": self._digest.columns(),
            }
        )
        self._file.close()

    def abandon(self) -> None:
        """Leave no file behind."""
        with suppress(OSError):  # what is still in memory may not fit on the disk
            self._file.close()
        with suppress(OSError):
            self.path.unlink()

    def _line(self, content: dict[str, Any]) -> None:
        text = json.dumps(content, allow_nan=False, separators=(",", ":"))
        self._seal.update(text.encode())
        try:
            self._file.write(f"{self._seal.hexdigest()} {text}\n")
            self._file.flush()
        except OSError as error:
            raise self._refused(error) from error

    def _refused(self, error: OSError) -> InputError:
        return InputError(f"cannot write the journal: {os_reason(error)}", Place(str(self.path)))


def read_journal(path: Path) -> Journal:
    """Read a journal. Raises InputError with the line that is wrong, OSError if unreadable."""
    lines = _unsealed(path)
    if not lines or lines[0].get("journal") != FORMAT:
        raise InputError(f"not a linacsim journal of format {FORMAT}", Place(str(path), 1))
    try:
        return _journal(lines)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"written by another version: {error}", Place(str(path))) from error


def _journal(lines: list[dict[str, Any]]) -> Journal:
    """Return the journal of its lines. Raises what a missing or unknown member raises."""
    head, end = lines[0], lines[-1] if "end" in lines[-1] else None
    entries = lines[1:-1] if end else lines[1:]
    inputs = {
        int(entry["tick"]): tuple(from_line(line) for line in entry["messages"])
        for entry in entries
        if "timing" not in entry
    }
    timing = next((entry["timing"] for entry in entries if "timing" in entry), None)
    return Journal(
        machine=from_record(head["machine"]),
        seed=head["seed"],
        rights=Right[head["rights"]],
        versions=head["versions"],
        inputs=inputs,
        ticks=end["end"] if end else max(inputs, default=-1) + 1,
        digest=end["frames"] if end else None,
        columns=end["columns"] if end else {},
        timing=timing,
    )


def _unsealed(path: Path) -> list[dict[str, Any]]:
    """Return the contents of all whole lines after checking every seal.

    A last line without its end is what a killed process leaves behind; it is left out. Nothing
    comes behind the line that ends a journal.
    """
    seal = hashlib.sha256()
    out = []
    try:
        # Not `read_text`, which would take an altered line end for a good one.
        whole, _, torn = path.read_bytes().decode("utf-8").rpartition("\n")
    except UnicodeDecodeError as error:
        raise InputError("not text, so not a journal", Place(str(path))) from error
    for number, row in enumerate(whole.split("\n"), start=1):
        sealed, _, text = row.partition(" ")
        seal.update(text.encode())
        if sealed != seal.hexdigest():
            hint = ", or this is no journal" if number == 1 else ""
            raise InputError(_ALTERED + hint, Place(str(path), number))
        out.append(_content(text, Place(str(path), number)))
    if torn:
        sealed, _, text = torn[:-1].partition(" ")
        seal.update(text.encode())
        if "end" in out[-1] or sealed == seal.hexdigest():  # whole but for its line end
            raise InputError(_ALTERED, Place(str(path), len(out) + 1))
    return out


def _content(text: str, place: Place) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"this is no journal: {error}", place) from error
    if not isinstance(content, dict):
        raise InputError("this is no journal: the line holds no record", place)
    return content
