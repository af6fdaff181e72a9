"""A TRF log as a table: CSV or npz.

One row per row of the log: `time_s`, `time_ms` where there are time stamps, then each column by
its name, in its unit. Leaves and diaphragms are positive outward.
"""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from linacsim.formats.trf.info import trf_info
from linacsim.formats.trf.log import TrfLog
from linacsim.model.arrays import Floats
from linacsim.model.findings import InputError, Place, os_reason

EXPORT_FORMATS = ("csv", "npz")


def export_trf(
    log: TrfLog, path: Path | str, format: str | None = None, *, overwrite: bool = False
) -> Path:
    """Write the log as a table and return where; the format follows the suffix, CSV without one.

    Raises `InputError` for another format, where the file exists already, and where it cannot be
    written; no half-written file stays.
    """
    path = Path(path)
    chosen = format or path.suffix.lower().lstrip(".") or "csv"
    if chosen not in EXPORT_FORMATS:
        raise InputError(
            f"a TRF log is exported to {' or '.join(EXPORT_FORMATS)}, not to {chosen!r}",
            Place(file=str(path)),
        )
    if not path.suffix:
        path = path.with_suffix(f".{chosen}")
    if path.exists() and not overwrite:
        raise InputError(
            "a file of this name exists and is kept: remove it, choose another name or ask to "
            "overwrite it",
            Place(file=str(path)),
        )
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
    try:
        (_write_csv if chosen == "csv" else _write_npz)(log, temporary)
        temporary.replace(path)
    except OSError as error:
        raise InputError(
            f"cannot write the exported log: {os_reason(error)}", Place(file=str(path))
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    return path


def _values(log: TrfLog) -> Floats:
    """Return (n, columns) values in the header's order."""
    return np.stack([log.value(column.name) for column in log.columns], axis=1)


def _write_csv(log: TrfLog, path: Path) -> None:
    stamps = [] if log.time_ms is None else ["time_ms"]
    names = ["time_s", *stamps, *(column.name for column in log.columns)]
    times = log.time_s.tolist()
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(",".join(names) + "\n")
        # A count is worth 1, a tenth or a 64th: nine digits show any of them exactly.
        for row, values in enumerate(_values(log).tolist()):
            stamp = [] if log.time_ms is None else [str(int(log.time_ms[row]))]
            cells = [f"{times[row]:.2f}", *stamp, *(f"{value:.9g}" for value in values)]
            file.write(",".join(cells) + "\n")


def _write_npz(log: TrfLog, path: Path) -> None:
    stamps: dict[str, Any] = {} if log.time_ms is None else {"time_ms": log.time_ms}
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            time_s=log.time_s,
            values=_values(log),
            columns=np.array([column.name for column in log.columns]),
            info=np.array(json.dumps(trf_info(log))),
            **stamps,
        )
