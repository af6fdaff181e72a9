"""The emulated twin of the two real TRF logs: 20 MU to each of two fields that abut at Y 0."""

from datetime import UTC, datetime
from pathlib import Path

from linacsim.formats.trf.frames import TrfSink
from linacsim.machines import load_machine
from linacsim.model.elekta import Field
from tests.fields import deliver, made

WHEN = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


def twin(folder: Path, version: int = 3) -> Path:
    """Deliver it on the Agility and return its TRF log."""
    half = [[0.0, 100.0], [0.0, 100.0], [-100.0, 0.0], [-100.0, 0.0]]
    field = made("agility", 40.0, [0, 0.5, 0.5, 1], y_jaws_mm=half, half_mm=[100.0] * 4)
    return written(field, folder, version)


def written(field: Field, folder: Path, version: int = 3) -> Path:
    """Deliver a field on the Agility and return its TRF log."""
    done = deliver(field, "agility")
    sink = TrfSink(
        folder / "twin.trf",
        load_machine("agility").layout,
        field="1-1/abutting",
        mu=field.prescribed_mu,
        when=WHEN,
        version=version,
    )
    for block in done.keep.blocks:
        sink.write(block)
    path = sink.close()
    assert path is not None
    return path
