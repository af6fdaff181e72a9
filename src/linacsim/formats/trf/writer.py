"""Writes TRF logs of versions 1 and 3."""

from pathlib import Path

import numpy as np

from linacsim.formats.trf.header import TrfHeader, encode_header
from linacsim.formats.trf.items import COLUMNS
from linacsim.formats.trf.log import ROW_S, TrfLog
from linacsim.formats.trf.reader import CELLS, row_dtype
from linacsim.formats.trf.rows import TrfRows, counts_of
from linacsim.model.arrays import Ints
from linacsim.model.findings import InputError, Place, os_reason

WRITABLE = (1, 3)
"""Versions that real files confirm."""

_ROW_MS = round(1000 * ROW_S)


def trf_bytes(header: TrfHeader, rows: TrfRows) -> bytes:
    """Return a log, whole.

    Rows without time stamps get those of the header's date and 40 ms a row. Raises InputError for
    a version that is not written and for values that the format has no room for.
    """
    if header.keys != tuple(column.key for column in COLUMNS):
        raise InputError("the columns of a TRF log are written in their usual order only")
    return _encoded(header, counts_of(rows), rows.time_ms)


def rewritten(log: TrfLog) -> bytes:
    """Return the bytes of a log that was read: those of the file, where nothing was wrong."""
    return _encoded(log.header, log.counts.astype(np.int64), log.time_ms)


def write_trf(path: Path, header: TrfHeader, rows: TrfRows, *, overwrite: bool = False) -> Path:
    """Write a log under its name once it is whole, and return where.

    Raises InputError as `trf_bytes`, where the file exists and where it cannot be written.
    """
    data = trf_bytes(header, rows)
    place = Place(file=str(path))
    if path.exists() and not overwrite:
        raise InputError("a file of this name exists and is kept: choose another name", place)
    temporary = path.with_name(f".{path.name}.partial")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(f"cannot write the log: {os_reason(error)}", place) from error
    return path


def _encoded(header: TrfHeader, counts: Ints, time_ms: Ints | None) -> bytes:
    if header.version not in WRITABLE:
        raise InputError(f"TRF logs of version {header.version} are not written: 1 and 3 are")
    head = encode_header(header)
    table = np.zeros(len(counts), dtype=row_dtype(header.version, len(header.keys)))
    table["counts"] = counts.astype(CELLS[header.version])
    if header.version != 1:
        table["time_ms"] = _stamps(header, len(counts)) if time_ms is None else time_ms
    return head + table.tobytes()


def _stamps(header: TrfHeader, count: int) -> Ints:
    start_ms = round(header.when.timestamp() * 1000)
    return start_ms + _ROW_MS * np.arange(count)
