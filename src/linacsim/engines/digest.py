"""A digest of frames: equal digests mean bit-identical frames, however they came in blocks."""

import hashlib
from typing import Any

import numpy as np

from linacsim.model.signals import Frames

COLUMNS = (
    "tick",
    "state",
    "segment",
    "cp",
    "mu_expected",
    "mu_actual",
    "hold_expected",
    "hold_actual",
    "expected",
    "actual",
    "beam_on",
    "interlocks",
)


FIELD_COLUMNS = ("state", "wedge", "backup_mu", "dose_rate")
"""Columns of `FieldFrames`, hashed as `field.state` and so on where there are any."""


class FrameDigest:
    """A frame sink that hashes each column on its own, so that block borders do not matter."""

    def __init__(self) -> None:
        """Start with no frames."""
        self.ticks = 0
        self._hashes = {name: hashlib.sha256() for name in COLUMNS}
        self._field_hashes: dict[str, Any] = {}

    def write(self, frames: Frames) -> None:
        """Take the next frames."""
        self.ticks += len(frames)
        for name, running in self._hashes.items():
            running.update(np.ascontiguousarray(getattr(frames, name)).data)
        if frames.field is not None:
            for name, running in self._of_fields().items():
                running.update(np.ascontiguousarray(getattr(frames.field, name)).data)

    def close(self, *, truncated: bool = False) -> None:
        """Do nothing: a digest is good at any time."""

    def columns(self) -> dict[str, str]:
        """Return the digest of each column, to see which signal differs."""
        return {name: running.hexdigest()[:16] for name, running in self._all().items()}

    def value(self) -> str:
        """Return one digest for everything."""
        whole = hashlib.sha256()
        for name, running in self._all().items():
            whole.update(name.encode() + running.digest())
        return whole.hexdigest()

    def _of_fields(self) -> dict[str, Any]:
        if not self._field_hashes:
            self._field_hashes = {name: hashlib.sha256() for name in FIELD_COLUMNS}
        return self._field_hashes

    def _all(self) -> dict[str, Any]:
        fields = {f"field.{name}": running for name, running in self._field_hashes.items()}
        return self._hashes | fields
