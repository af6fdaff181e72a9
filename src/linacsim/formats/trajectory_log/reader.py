"""Reads a trajectory log and tells what is wrong with it."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linacsim.formats.trajectory_log.crc import log_crc
from linacsim.formats.trajectory_log.header import decode_header, decode_subbeams
from linacsim.formats.trajectory_log.layout import (
    ALWAYS_RECORDED,
    AXIS_SCALES,
    CRC_BYTES,
    HEADER_BYTES,
    MLC_MODELS,
    VERSIONS,
    AxisCode,
)
from linacsim.formats.trajectory_log.log import TrajectoryLog
from linacsim.formats.trajectory_log.records import FileHeader
from linacsim.model.arrays import Bytes8, readonly
from linacsim.model.findings import InputError, Place, os_reason

_KNOWN_AXES = frozenset(AxisCode)
_LENIENT_HINT = "log info and log export take it all the same with --lenient"


def read_log(path: Path | str, *, strict: bool = True) -> TrajectoryLog:
    """Return the log in a file of version 1.5 to 5.1.

    A strict reading raises `InputError` for anything wrong. A lenient one raises it only where
    the header cannot be trusted; a wrong CRC, a wrong length or an unknown code then stands in
    `TrajectoryLog.problems`, and as many whole snapshots are given as the file holds.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        raise InputError("this is not a file: name a trajectory log (.bin)", Place(file=str(path)))
    try:
        data = _file_bytes(path)
    except OSError as error:
        told = f"cannot read the log: {os_reason(error)}"
        raise InputError(told, Place(file=str(path))) from error
    return parse_log(data, path, strict=strict)


def parse_log(data: Bytes8, path: Path | None = None, *, strict: bool = True) -> TrajectoryLog:
    """Return the log in (n,) bytes; errors as `read_log`."""
    place = Place(file=str(path)) if path else Place()
    try:
        log = _parse(data, path)
    except InputError as error:
        raise InputError(str(error), place) from error
    if strict and log.problems:
        raise InputError(f"{'; '.join(log.problems)}; {_LENIENT_HINT}", place)
    return log


def _file_bytes(path: Path) -> Bytes8:
    """Return the whole file, or of one that is longer than it should be, one byte too many."""
    with path.open("rb") as file:
        start = file.read(HEADER_BYTES)
        file.seek(0)
        limit = min(os.fstat(file.fileno()).st_size, _length_by_header(start) + 1)
        return np.frombuffer(file.read(limit), dtype=np.uint8)


def _length_by_header(start: bytes) -> int:
    try:
        fixed = decode_header(start)
    except InputError:
        return HEADER_BYTES
    return _length(fixed.header, fixed.subbeam_count)


def _parse(data: Bytes8, path: Path | None) -> TrajectoryLog:
    fixed = decode_header(data[:HEADER_BYTES].tobytes())
    version = VERSIONS[fixed.header.version]
    start = HEADER_BYTES + fixed.subbeam_count * version.subbeam_bytes
    if len(data) < start:
        raise InputError(
            f"byte {len(data)}: the file ends inside its {fixed.subbeam_count} subbeam records, "
            f"which need {start} bytes"
        )
    subbeams = decode_subbeams(data[HEADER_BYTES:start].tobytes(), version, fixed.subbeam_count)
    header = replace(fixed.header, subbeams=subbeams)
    wanted = _length(header, len(subbeams))
    length_ok = len(data) == wanted
    crc_ok = length_ok and log_crc(data[:-CRC_BYTES]) == int(data[-2]) | int(data[-1]) << 8
    values = _snapshots(data[start:], header)
    return TrajectoryLog(
        path=path,
        header=header,
        expected=values[:, :, 0],
        actual=values[:, :, 1],
        crc_ok=crc_ok,
        length_ok=length_ok,
        problems=tuple(_problems(header, len(data), wanted, crc_ok)),
    )


def _length(header: FileHeader, subbeams: int) -> int:
    records = subbeams * VERSIONS[header.version].subbeam_bytes
    return HEADER_BYTES + records + header.snapshots * header.columns * 8 + CRC_BYTES


def _snapshots(data: Bytes8, header: FileHeader) -> NDArray[np.float32]:
    """Return (S, columns, 2) of whole snapshots: expected, actual."""
    row = header.columns * 8
    count = min(header.snapshots, len(data) // row)
    values = np.frombuffer(data[: count * row], dtype="<f4")
    return readonly(values.reshape(count, header.columns, 2))


def _problems(header: FileHeader, length: int, wanted: int, crc_ok: bool) -> list[str]:
    return _axis_problems(header) + _code_problems(header) + _byte_problems(length, wanted, crc_ok)


def _axis_problems(header: FileHeader) -> list[str]:
    problems = []
    unknown = [code for code in header.axes if code not in _KNOWN_AXES]
    if unknown:
        problems.append(f"byte 44: axis codes {unknown} are not known")
    absent = [code.name for code in ALWAYS_RECORDED if code not in header.axes]
    if absent:
        problems.append(f"byte 44: the log does not record {', '.join(absent)}")
    return problems


def _code_problems(header: FileHeader) -> list[str]:
    at = 44 + 8 * len(header.axes)
    problems = []
    if header.axis_scale not in AXIS_SCALES:
        problems.append(f"byte {at}: axis scale {header.axis_scale} is not known")
    if header.mlc_model not in MLC_MODELS:
        problems.append(f"byte {at + 16}: MLC model {header.mlc_model} is not known")
    if header.snapshots == 0:
        problems.append(f"byte {at + 12}: the log holds no snapshots")
    return problems


def _byte_problems(length: int, wanted: int, crc_ok: bool) -> list[str]:
    if length < wanted:
        return [f"the file is cut short: {length} of {wanted} bytes"]
    if length > wanted:
        return [f"the file is longer than the {wanted} bytes its header calls for"]
    if not crc_ok:
        return [f"byte {wanted - CRC_BYTES}: the CRC is wrong: bytes were changed"]
    return []
