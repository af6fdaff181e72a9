"""Feed damaged TRF logs to the reader: `python -m tools.fuzz_trf --runs 100000 --seed 1`.

Small logs of versions 1 and 3 are damaged at random: bits, whole fields set to extreme numbers,
pieces cut, doubled or exchanged. Each is read strictly and leniently and measured; what may come
out is said in `tools.fuzzing`.
"""

import sys
from collections.abc import Callable

import numpy as np

from linacsim.formats.trf import EMULATED_MACHINE, TrfHeader, TrfLog, parse_trf, trf_info
from linacsim.formats.trf.header import encode_header
from linacsim.formats.trf.items import COLUMNS
from linacsim.formats.trf.reader import row_dtype
from linacsim.model.findings import InputError
from linacsim.review.trf_recording import of_trf
from tools.fuzzing import fuzz, outcome

ROWS = 12
EXTREMES = (0, 1, 2, 3, 4, 5, 255, 350, 351, 4096, 4097, 2**15, 2**31 - 1, 2**31, 2**32 - 1)


def main() -> int:
    """Run and tell; 0 if nothing but logs and input errors came out."""
    return fuzz("TRF logs", _prepared)


def _prepared(rng: np.random.Generator) -> Callable[[int], str]:
    seeds = [_seed_log(1, rng), _seed_log(3, rng)]

    def attempt(run: int) -> str:
        data = _damaged(seeds[run % 2], rng)
        return outcome(lambda strict: parse_trf(data, strict=strict), _use)

    return attempt


def _seed_log(version: int, rng: np.random.Generator) -> bytes:
    header = TrfHeader("26/05/04 09:30:00 Z", "+00:00", "1-1/a", EMULATED_MACHINE, 10.0, version)
    table = np.zeros(ROWS, row_dtype(version, len(COLUMNS)))
    table["counts"] = rng.integers(-1000, 1000, (ROWS, len(COLUMNS)))
    table["counts"][:, 2] = (41, 41, 42, 42, 42, 42, 42, 42, 42, 45, 45, 46)
    return encode_header(header) + table.tobytes()


def _damaged(whole: bytes, rng: np.random.Generator) -> bytes:
    data = bytearray(whole)
    for _ in range(rng.integers(1, 6)):
        _DAMAGES[rng.integers(len(_DAMAGES))](data, rng)
    return bytes(data)


def _flip(data: bytearray, rng: np.random.Generator) -> None:
    if data:
        data[_place(data, rng)] ^= 1 << int(rng.integers(8))


def _extreme_field(data: bytearray, rng: np.random.Generator) -> None:
    at = _place(data, rng)
    data[at : at + 4] = EXTREMES[rng.integers(len(EXTREMES))].to_bytes(4, "little")


def _random_piece(data: bytearray, rng: np.random.Generator) -> None:
    at = _place(data, rng)
    piece = rng.bytes(int(rng.integers(1, 40)))
    data[at : at + len(piece)] = piece


def _cut(data: bytearray, rng: np.random.Generator) -> None:
    at = _place(data, rng)
    del data[at : at + int(rng.integers(1, 2000))]


def _double(data: bytearray, rng: np.random.Generator) -> None:
    at = _place(data, rng)
    data[at:at] = data[at : at + int(rng.integers(1, 2000))]


def _place(data: bytearray, rng: np.random.Generator) -> int:
    """Return a byte, in the header as often as after it."""
    return int(rng.integers(max(1, min(len(data), 100 if rng.random() < 0.5 else len(data)))))


_DAMAGES = (_flip, _flip, _extreme_field, _extreme_field, _random_piece, _cut, _double)


def _use(log: TrfLog) -> None:
    """Do what commands do with a log; a column may be absent, which is an input error."""
    trf_info(log)
    try:
        of_trf(log)
    except InputError:
        return


if __name__ == "__main__":
    sys.exit(main())
