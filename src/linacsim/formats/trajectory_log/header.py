"""The header and the subbeam records, to bytes and back (research/log-formats.md 1.1 to 1.3)."""

import struct
from dataclasses import dataclass
from types import MappingProxyType

from linacsim.formats.trajectory_log.layout import (
    COUNT_FIELDS_BYTES,
    HEADER_BYTES,
    METADATA_BYTES,
    SIGNATURE,
    SINGLE_AXES,
    VERSIONS,
    AxisCode,
    LogVersion,
)
from linacsim.formats.trajectory_log.records import BeamRecord, FileHeader
from linacsim.formats.trajectory_log.text import (
    decode_metadata,
    decode_name,
    encode_metadata,
    encode_name,
)
from linacsim.model.findings import InputError

EMULATOR_MARK = b"LINACSIM EMULATOR, RESEARCH AND TEST USE ONLY"
"""Begins the last 64 bytes of the header, in space that all versions leave unused, so that a log
made here can be told from a machine's even when it has lost its name and its companion file."""

_MARK_BYTES = 64
_MOST_AXES = (HEADER_BYTES - COUNT_FIELDS_BYTES) // 8
_MOST_AXES_WITH_METADATA = (HEADER_BYTES - COUNT_FIELDS_BYTES - METADATA_BYTES) // 8
_MOST_SUBBEAMS = 10_000
_MOST_SAMPLES = 4096


def encode_header(header: FileHeader) -> bytes:
    """Return header and subbeam records; `InputError` where a text does not fit."""
    version = VERSIONS[header.version]
    n = len(header.axes)
    fixed = struct.pack(
        f"<16s16s3i{n}i{n}i5i",
        SIGNATURE,
        header.version.encode("ascii"),
        HEADER_BYTES,
        header.interval_ms,
        n,
        *header.axes,
        *header.samples,
        header.axis_scale,
        len(header.subbeams),
        header.truncated,
        header.snapshots,
        header.mlc_model,
    )
    metadata = encode_metadata(header.metadata) if version.has_metadata else b""
    mark = EMULATOR_MARK if header.emulated else b""
    block = (fixed + metadata).ljust(HEADER_BYTES - _MARK_BYTES, b"\0")
    return (
        block
        + mark.ljust(_MARK_BYTES, b"\0")
        + b"".join(_encode_subbeam(record, version) for record in header.subbeams)
    )


def _encode_subbeam(record: BeamRecord, version: LogVersion) -> bytes:
    size = version.subbeam_name_bytes
    name = encode_name(record.name, size, utf7=size > 32)
    numbers = struct.pack(
        "<iffi",
        record.start_control_point,
        record.planned_mu,
        record.radiation_time_s,
        record.sequence,
    )
    return numbers + name + name[:32]


@dataclass(frozen=True, slots=True)
class FixedHeader:
    """The first 1024 bytes: all but the subbeam records, which follow them."""

    header: FileHeader
    subbeam_count: int


def decode_header(data: bytes) -> FixedHeader:
    """Return what the first 1024 bytes of a file say.

    Raises `InputError`, which names the byte, where the header contradicts itself so that
    nothing after it could be trusted.
    """
    _demand_signature(data)
    version = _version(data[16:32])
    size, interval_ms, n = struct.unpack_from("<3i", data, 32)
    _demand(size == HEADER_BYTES, 32, "header size", size, f"{HEADER_BYTES}")
    _demand(1 <= interval_ms <= 10_000, 36, "sampling interval", interval_ms, "1 to 10000 ms")
    most = _MOST_AXES_WITH_METADATA if version.has_metadata else _MOST_AXES
    _demand(1 <= n <= most, 40, "number of axes", n, f"1 to {most}")
    axes, samples = _axes(data, n)
    at = 44 + 8 * n
    scale, subbeams, truncated, snapshots, mlc_model = struct.unpack_from("<5i", data, at)
    _demand(0 <= subbeams <= _MOST_SUBBEAMS, at + 4, "number of subbeams", subbeams, "0 to 10000")
    _demand(snapshots >= 0, at + 12, "number of snapshots", snapshots, "0 or more")
    text = data[at + 20 :]
    header = FileHeader(
        version=version.name,
        interval_ms=interval_ms,
        axes=axes,
        samples=samples,
        axis_scale=scale,
        truncated=truncated != 0,
        snapshots=snapshots,
        mlc_model=mlc_model,
        subbeams=(),
        metadata=MappingProxyType(
            decode_metadata(text[:METADATA_BYTES]) if version.has_metadata else {}
        ),
        emulated=EMULATOR_MARK in text,
        machine_serial=_serial(text[METADATA_BYTES:]) if version.name == "5.1" else "",
    )
    return FixedHeader(header, subbeams)


def _axes(data: bytes, n: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    axes = struct.unpack_from(f"<{n}i", data, 44)
    samples = struct.unpack_from(f"<{n}i", data, 44 + 4 * n)
    for i, (axis, count) in enumerate(zip(axes, samples, strict=True)):
        _demand(axis not in axes[:i], 44 + 4 * i, "axis", axis, "each axis once")
        fits, allowed = _sample_rule(axis, count)
        _demand(fits, 44 + 4 * (n + i), f"samples of axis {axis}", count, allowed)
    return axes, samples


def _sample_rule(axis: int, count: int) -> tuple[bool, str]:
    if axis == AxisCode.MLC:
        return 4 <= count <= _MOST_SAMPLES and count % 2 == 0, "two carriages and pairs of leaves"
    if axis in SINGLE_AXES:
        return count == 1, "1"
    return 1 <= count <= _MOST_SAMPLES, f"1 to {_MOST_SAMPLES}"


def decode_subbeams(data: bytes, version: LogVersion, count: int) -> tuple[BeamRecord, ...]:
    """Return `count` records from the bytes that follow the header."""
    return tuple(
        _decode_subbeam(data[at : at + version.subbeam_bytes], version)
        for at in range(0, count * version.subbeam_bytes, version.subbeam_bytes)
    )


def _decode_subbeam(data: bytes, version: LogVersion) -> BeamRecord:
    size = version.subbeam_name_bytes
    start, mu, time_s, sequence = struct.unpack_from("<iffi", data)
    name = decode_name(data[16 : 16 + size], utf7=size > 32)
    return BeamRecord(start, mu, time_s, sequence, name)


def _demand_signature(data: bytes) -> None:
    if not data.startswith(SIGNATURE):
        raise InputError(
            "not a trajectory log: byte 0 should begin the signature VOSTL; a Varian trajectory "
            "log (.bin) is needed"
        )
    if len(data) < HEADER_BYTES:
        raise InputError(f"the header is cut short: {len(data)} of {HEADER_BYTES} bytes")


def _version(field: bytes) -> LogVersion:
    text = field.split(b"\0", 1)[0].decode("ascii", errors="replace").strip()
    version = VERSIONS.get(text)
    if version is None:
        raise InputError(
            f"byte 16: log version {text!r} is not known; known are {', '.join(VERSIONS)}"
        )
    return version


def _demand(condition: bool, byte: int, what: str, found: int, allowed: str) -> None:
    if not condition:
        raise InputError(f"byte {byte}: {what} is {found}; allowed: {allowed}")


def _serial(after_metadata: bytes) -> str:
    return decode_name(after_metadata[1:7], utf7=False)
