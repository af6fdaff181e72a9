"""A log as a table: CSV, npz, Parquet or HDF5.

One row per snapshot: `time_s`, then `<axis>_<unit>_expected` and `..._actual` for each column of
the log. Values are the log's own float32; CSV writes nine significant digits, which gives the
same float32 back.
"""

import importlib
import io
import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Literal, get_args

import numpy as np

from linacsim.formats.trajectory_log.errors import LogWriteError, write_error
from linacsim.formats.trajectory_log.info import log_info
from linacsim.formats.trajectory_log.log import Floats32, TrajectoryLog
from linacsim.model.findings import InputError, Place

ExportFormat = Literal["csv", "npz", "parquet", "hdf5"]
EXPORT_FORMATS: tuple[ExportFormat, ...] = get_args(ExportFormat)

_SUFFIXES: dict[str, ExportFormat] = {
    ".csv": "csv",
    ".npz": "npz",
    ".parquet": "parquet",
    ".h5": "hdf5",
    ".hdf5": "hdf5",
}
_CSV_ROWS_AT_ONCE = 256


def export_log(
    log: TrajectoryLog, path: Path | str, format: str | None = None, *, overwrite: bool = False
) -> Path:
    """Write the log as a table and return where.

    The format follows the file's suffix; a path without one becomes CSV, which every other tool
    of the field opens. Raises `InputError` for an unknown format or a missing extra, and
    `LogWriteError` where the file exists already or cannot be written; no half-written file
    stays.
    """
    path = Path(path)
    chosen = _chosen_format(path, format)
    if not path.suffix:
        path = path.with_suffix(f".{'h5' if chosen == 'hdf5' else chosen}")
    if path.exists() and not overwrite:
        raise LogWriteError(
            "a file of this name exists and is kept: remove it, choose another name or ask to "
            "overwrite it",
            Place(file=str(path)),
        )
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
    try:
        _WRITERS[chosen](log, temporary)
        temporary.replace(path)
    except OSError as error:
        raise write_error(error, path, "the exported log") from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    return path


def table_names(log: TrajectoryLog) -> list[str]:
    """Return the names of the table's columns."""
    pairs = ((f"{name}_expected", f"{name}_actual") for name in log.column_names())
    return ["time_s", *(name for pair in pairs for name in pair)]


def _chosen_format(path: Path, format: str | None) -> ExportFormat:
    asked = format or _SUFFIXES.get(path.suffix.lower(), path.suffix.lstrip(".") or "csv")
    for known in EXPORT_FORMATS:
        if asked == known:
            return known
    raise InputError(
        f"export format {asked!r} is not known; known are {', '.join(EXPORT_FORMATS)} "
        f"(suffixes {', '.join(_SUFFIXES)})"
    )


def _interleaved(log: TrajectoryLog) -> Floats32:
    """Return (S, 2 * columns): expected and actual of each column side by side."""
    return np.stack([log.expected, log.actual], axis=2).reshape(len(log), -1)


def _write_csv(log: TrajectoryLog, path: Path) -> None:
    values = _interleaved(log)
    time = log.time_s
    row = ",".join(["%.3f"] + ["%.9g"] * values.shape[1])
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(",".join(table_names(log)) + "\n")
        for start in range(0, len(values), _CSV_ROWS_AT_ONCE):
            block = values[start : start + _CSV_ROWS_AT_ONCE].tolist()
            file.writelines(
                row % (seconds, *numbers) + "\n"
                for seconds, numbers in zip(time[start:], block, strict=False)
            )


def _write_npz(log: TrajectoryLog, path: Path) -> None:
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            time_s=log.time_s,
            expected=log.expected,
            actual=log.actual,
            columns=np.array(log.column_names()),
            info=np.array(json.dumps(log_info(log))),
        )


def _write_parquet(log: TrajectoryLog, path: Path) -> None:
    pyarrow = _extra("pyarrow", "parquet")
    parquet = _extra("pyarrow.parquet", "parquet")
    values = _interleaved(log)
    arrays = [log.time_s, *np.ascontiguousarray(values.T)]
    table = pyarrow.table(arrays, names=table_names(log))
    table = table.replace_schema_metadata({"linacsim.info": json.dumps(log_info(log))})
    parquet.write_table(table, path, compression="zstd")


def _write_hdf5(log: TrajectoryLog, path: Path) -> None:
    """Write by way of memory: h5py itself crashes where a disk runs full."""
    h5py = _extra("h5py", "hdf5")
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file["time_s"] = log.time_s
        for name, values in (("expected", log.expected), ("actual", log.actual)):
            file.create_dataset(name, data=values, compression="gzip", shuffle=True)
        file["columns"] = log.column_names()
        file.attrs["info"] = json.dumps(log_info(log))
    path.write_bytes(content.getbuffer())


_WRITERS: dict[ExportFormat, Callable[[TrajectoryLog, Path], None]] = {
    "csv": _write_csv,
    "npz": _write_npz,
    "parquet": _write_parquet,
    "hdf5": _write_hdf5,
}


def _extra(module: str, extra: str) -> ModuleType:
    """Import an optional dependency, or say how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InputError(
            f"export to {extra} needs the package {module.partition('.')[0]}: "
            f"install it with pip install 'linacsim[{extra}]', or export to csv or npz"
        ) from error
