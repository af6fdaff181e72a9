"""Feed damaged trajectory logs to the reader: `python -m tools.fuzz_log --runs 100000 --seed 1`.

Small logs of every readable version are damaged at random: bits, whole fields set to extreme
numbers, pieces cut, doubled or exchanged, with the CRC mended in half of the cases so that the
reader gets past it. Each is read strictly and leniently, one in a hundred from a file; what may
come out is said in `tools.fuzzing`.
"""

import binascii
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from linacsim.formats.trajectory_log import (
    AxisCode,
    BeamRecord,
    FileHeader,
    TrajectoryLog,
    log_info,
    parse_log,
    read_log,
)
from linacsim.formats.trajectory_log.layout import VERSIONS
from linacsim.formats.trajectory_log.log_file import LogFile
from linacsim.model.findings import InputError
from tools.fuzzing import fuzz, outcome

EXTREMES = (0, 1, 2, 3, 42, 50, 122, 255, 1024, 65535, 2**31 - 1, 2**31, 2**32 - 1, 0x7FC00000)


def main() -> int:
    """Run and tell; 0 if nothing but logs and input errors came out."""
    with tempfile.TemporaryDirectory() as folder:
        return fuzz("trajectory logs", lambda rng: _prepared(Path(folder), rng))


def _prepared(folder: Path, rng: np.random.Generator) -> Callable[[int], str]:
    seeds = _seed_logs(folder)

    def attempt(run: int) -> str:
        data = _damaged(seeds[rng.integers(len(seeds))], rng)
        file = folder / "damaged.bin" if run % 100 == 0 else None
        return outcome(lambda strict: _read(data, file, strict=strict), _use)

    return attempt


def _seed_logs(folder: Path) -> list[bytes]:
    header = FileHeader(
        version="3.0",
        interval_ms=20,
        axes=(),
        samples=(),
        axis_scale=1,
        truncated=False,
        snapshots=0,
        mlc_model=2,
        subbeams=(BeamRecord(0, 10.0, 1.0, 0, "1.1:TX"), BeamRecord(3, 5.0, 1.0, 1, "a_b")),
        metadata=dict.fromkeys(
            ("Patient ID", "Plan Name", "Plan UID", "Original MU", "Remaining MU", "Energy"), "1"
        )
        | {"BeamName": "b"},
        emulated=True,
    )
    logs = []
    for name, version in VERSIONS.items():
        samples = tuple(10 if code is AxisCode.MLC else 1 for code in version.axes)
        path = folder / f"{name}.bin"
        this = replace(header, version=name, axes=version.axes, samples=samples)
        file = LogFile(path, this, overwrite=False, sync=False)
        file.append(np.ones((4, this.columns, 2), dtype="<f4"))
        file.finish(truncated=False)
        logs.append(path.read_bytes())
    return logs


def _damaged(whole: bytes, rng: np.random.Generator) -> bytes:
    data = bytearray(whole)
    for _ in range(rng.integers(1, 6)):
        _DAMAGES[rng.integers(len(_DAMAGES))](data, rng)
    if rng.random() < 0.5 and len(data) > 2:
        data[-2:] = binascii.crc_hqx(bytes(data[:-2]), 0xFFFF).to_bytes(2, "little")
    return bytes(data)


def _flip(data: bytearray, rng: np.random.Generator) -> None:
    if data:
        data[rng.integers(len(data))] ^= 1 << int(rng.integers(8))


def _extreme_field(data: bytearray, rng: np.random.Generator) -> None:
    at = 4 * int(rng.integers(4, 60))
    value = EXTREMES[rng.integers(len(EXTREMES))]
    if len(data) >= at + 4:
        data[at : at + 4] = value.to_bytes(4, "little")


def _random_piece(data: bytearray, rng: np.random.Generator) -> None:
    at = int(rng.integers(len(data) + 1))
    piece = rng.bytes(int(rng.integers(1, 40)))
    data[at : at + len(piece)] = piece


def _cut(data: bytearray, rng: np.random.Generator) -> None:
    start, end = sorted(rng.integers(len(data) + 1, size=2).tolist())
    del data[start:end]


def _double(data: bytearray, rng: np.random.Generator) -> None:
    start, end = sorted(rng.integers(len(data) + 1, size=2).tolist())
    data[start:start] = data[start : min(end, start + 5000)]


_DAMAGES = (_flip, _flip, _extreme_field, _extreme_field, _random_piece, _cut, _double)


def _read(data: bytes, file: Path | None, *, strict: bool) -> TrajectoryLog:
    if file is None:
        return parse_log(np.frombuffer(data, dtype=np.uint8), strict=strict)
    file.write_bytes(data)
    return read_log(file, strict=strict)


def _use(log: TrajectoryLog) -> None:
    """Do what commands do with a log; an axis may be absent, which is an input error."""
    log_info(log)
    names = log.column_names()
    if len(names) != log.expected.shape[1]:
        raise AssertionError("names and columns differ in number")
    try:
        log.positions()
    except InputError:
        return


if __name__ == "__main__":
    sys.exit(main())
