"""Reads a TRF log and tells what is wrong with it."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linacsim.formats.trf.header import TrfHeader, decode_header
from linacsim.formats.trf.items import BY_KEY, MLC_STATUS
from linacsim.formats.trf.log import TrfLog
from linacsim.model.arrays import Ints, readonly
from linacsim.model.findings import InputError, Place, os_reason

CELLS = {1: "<i2", 2: "<i2", 3: "<i2", 4: "<i4"}
"""Type of a count by version. No real file of 2 and 4 is at hand: read as pymedphys reads them."""

LONGEST_BYTES = 1 << 30
"""A day of delivery is 1.5 GB; no field comes near this."""
_HINT = "log info and log export take it all the same with --lenient"


def is_trf(start: bytes) -> bool:
    """Return whether the first bytes of a file (20 are enough) are those of a TRF log."""
    return start[:1] == b"\x13" and start[3:4] in (b"/", b"-") and start[6:7] == start[3:4]


def read_trf(path: Path | str, *, strict: bool = True) -> TrfLog:
    """Return the log in a file of version 1 to 4.

    A strict reading raises `InputError` for anything wrong. A lenient one raises it only where the
    header cannot be used; a file cut short inside a row then stands in `TrfLog.problems`.
    """
    path = Path(path)
    place = Place(file=str(path))
    if path.exists() and not path.is_file():
        raise InputError("this is not a file: name a TRF log (.trf)", place)
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > LONGEST_BYTES:
                raise InputError("the file is longer than any TRF log (1 GB)", place)
            data = file.read()
    except OSError as error:
        raise InputError(f"cannot read the log: {os_reason(error)}", place) from error
    return parse_trf(data, path, strict=strict)


def parse_trf(data: bytes, path: Path | None = None, *, strict: bool = True) -> TrfLog:
    """Return the log in bytes; errors as `read_trf`."""
    place = Place(file=str(path)) if path else Place()
    try:
        log = _parse(data, path)
    except InputError as error:
        raise InputError(str(error), place) from error
    if strict and log.problems:
        raise InputError(f"{'; '.join(log.problems)}; {_HINT}", place)
    return log


def row_dtype(version: int, columns: int) -> "np.dtype[np.void]":
    """Return the layout of one row: time stamp (none in version 1) and counts."""
    counts = ("counts", CELLS[version], (columns,))
    return np.dtype([counts] if version == 1 else [("time_ms", "<i8"), counts])


def _parse(data: bytes, path: Path | None) -> TrfLog:
    header, start = decode_header(data)
    _check_header(header)
    row = row_dtype(header.version, len(header.keys))
    count, rest = divmod(len(data) - start, row.itemsize)
    table = np.frombuffer(data, dtype=row, count=count, offset=start)
    problems = []
    if rest:
        problems.append(
            f"byte {len(data) - rest}: the file is cut short: {rest} of the {row.itemsize} bytes "
            f"of row {count}"
        )
    if not count:
        problems.append(f"byte {start}: the log has no rows")
    return TrfLog(path, header, _counts(table), _times(table), tuple(problems))


def _counts(table: NDArray[np.void]) -> "NDArray[np.int16] | NDArray[np.int32]":
    return readonly(table["counts"])


def _times(table: NDArray[np.void]) -> Ints | None:
    if "time_ms" not in (table.dtype.names or ()):
        return None
    return readonly(table["time_ms"].astype(np.int64))


def _check_header(header: TrfHeader) -> None:
    if header.version not in CELLS:
        raise InputError(f"version {header.version} is not known: 1 to 4 are")
    for key, times in Counter(header.keys).items():
        if key not in BY_KEY:
            raise InputError(f"the item part {key[0]}_{key[1]} is not known")
        if times > 1:
            raise InputError(f"the item part {key[0]}_{key[1]} stands in {times} columns")
    if header.version == 4 and MLC_STATUS.key not in header.keys:
        raise InputError("version 4 without its column 2170_111 (MLC status)")
