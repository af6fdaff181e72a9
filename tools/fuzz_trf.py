"""Feed damaged TRF logs to the reader: `python -m tools.fuzz_trf --runs 100000 --seed 1`.

Small logs of versions 1 and 3 are damaged at random: bits, whole fields set to extreme numbers,
pieces cut, doubled or exchanged. Each is read strictly and leniently and measured. Only a log or
an `InputError` of one line may come out, and memory must stay within a few times the size of the
file. Exit code 1 names the seed and the run of the first failure.
"""

import argparse
import sys
import time
import tracemalloc
import warnings

import numpy as np

from linacsim.formats.trf import EMULATED_MACHINE, TrfHeader, TrfLog, parse_trf, trf_info
from linacsim.formats.trf.header import encode_header
from linacsim.formats.trf.items import COLUMNS
from linacsim.formats.trf.reader import row_dtype
from linacsim.model.findings import InputError
from linacsim.review.trf_recording import of_trf

ROWS = 12
EXTREMES = (0, 1, 2, 3, 4, 5, 255, 350, 351, 4096, 4097, 2**15, 2**31 - 1, 2**31, 2**32 - 1)
MEMORY_LIMIT = 2_000_000


def main() -> int:
    """Run and tell; 0 if nothing but logs and input errors came out."""
    parser = argparse.ArgumentParser(description="Fuzz the TRF reader.")
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    warnings.simplefilter("error")
    rng = np.random.default_rng(arguments.seed)
    seeds = [_seed_log(1, rng), _seed_log(3, rng)]
    outcomes = {"read": 0, "read with problems": 0, "refused": 0}
    start = time.perf_counter()
    for run in range(arguments.runs):
        data = _damaged(seeds[run % 2], rng)
        watched = run % 1000 == 0
        try:
            if watched:
                tracemalloc.start()
            outcomes[_outcome(data)] += 1
            if watched:
                _demand_little_memory()
        except Exception as error:  # the finding of this tool is any other exception
            print(f"seed {arguments.seed}, run {run}: {type(error).__name__}: {error}")
            return 1
    seconds = time.perf_counter() - start
    print(f"{arguments.runs} damaged logs in {seconds:.0f} s, seed {arguments.seed}: {outcomes}")
    return 0


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


def _outcome(data: bytes) -> str:
    strict, lenient = _read(data, strict=True), _read(data, strict=False)
    if lenient is None:
        if strict is not None:
            raise AssertionError("a lenient reading refused what a strict one took")
        return "refused"
    _use(lenient)
    return "read with problems" if strict is None else "read"


def _read(data: bytes, *, strict: bool) -> TrfLog | None:
    try:
        return parse_trf(data, strict=strict)
    except InputError as error:
        if not str(error).isprintable():
            raise AssertionError(f"not one printable line: {str(error)!r}") from error
        return None


def _use(log: TrfLog) -> None:
    """Do what commands do with a log; a column may be absent, which is an input error."""
    trf_info(log)
    try:
        of_trf(log)
    except InputError:
        return


def _demand_little_memory() -> None:
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    if peak > MEMORY_LIMIT:
        raise MemoryError(f"a damaged log took {peak} bytes")


if __name__ == "__main__":
    sys.exit(main())
