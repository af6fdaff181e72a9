"""Writes a trajectory log while the beam runs; what is on the disk is whole or not there.

Rows go to a temporary file beside the log's future place. `close` fills in the counts and the
CRC, brings the file to the disk and only then gives it its name. Memory does not grow with the
length of the log.
"""

from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

import numpy as np

from linacsim.formats.trajectory_log.companion import BeamSample, companion_text
from linacsim.formats.trajectory_log.errors import LogWriteError, write_error
from linacsim.formats.trajectory_log.layout import (
    RECORDING_LIMIT_S,
    VERSIONS,
    WRITABLE,
    LogVersion,
)
from linacsim.formats.trajectory_log.log_file import LogFile
from linacsim.formats.trajectory_log.records import FileHeader, LogHeader
from linacsim.formats.trajectory_log.rows import RowShape, Ticks, join
from linacsim.formats.trajectory_log.sampling import RecordingWindow, Sampler
from linacsim.formats.trajectory_log.storage import check_free_name, write_whole
from linacsim.model.arrays import Ints
from linacsim.model.axes import AxisLayout
from linacsim.model.findings import InputError, Place
from linacsim.model.signals import Frames

INTERVALS_MS = (20, 10)
MACHINE_SCALE = 1

_ROWS_AT_ONCE = 512
_TICKS_AT_ONCE = 512
_WHOLE_BEAM = RecordingWindow()


class TrajectoryLogWriter:
    """A sink of frames that becomes a trajectory log.

    `write` may fail with `LogWriteError` when the disk does; the log is then given up. As a
    context manager it closes the log at the end, marks it truncated after Ctrl-C, and leaves
    nothing behind after any other exception.
    """

    def __init__(
        self,
        path: Path | str,
        layout: AxisLayout,
        header: LogHeader,
        *,
        version: str = "3.0",
        interval_ms: int = 20,
        window: RecordingWindow = _WHOLE_BEAM,
        overwrite: bool = False,
        keep_partial: bool = False,
        sync: bool = True,
    ) -> None:
        """Open the log for writing.

        `overwrite` replaces an earlier log of the same name, at the end and at once; without it
        such a log is refused here. `keep_partial` keeps what was recorded as
        `<name>.partial.bin`, a valid log marked truncated, when the disk fills up. `sync` waits
        for the disk before the log takes its name.

        Raises `InputError` for a version or an interval that is not written and for texts that
        do not fit the header, `LogWriteError` where the file cannot be made.
        """
        _check_choice("log version", version, WRITABLE)
        _check_choice("log interval in ms", interval_ms, INTERVALS_MS)
        self.path = Path(path)
        self._header = header
        self._keep_partial = keep_partial
        self._overwrite = overwrite
        self._sync = sync
        written = VERSIONS[version]
        self._shape = RowShape(written, layout, header.lacking)
        self._sampler = Sampler(window, interval_ms)
        self._sample = BeamSample(header.original_mu, interval_ms, self._shape.mu_column)
        self._most_rows = RECORDING_LIMIT_S * 1000 // interval_ms
        self.full = False
        """Whether ticks were left out because the recording limit was reached."""
        self._pending: list[Frames | Ticks] = []
        self._pending_ticks = 0
        self._buffer = np.empty((_ROWS_AT_ONCE, self._shape.columns, 2), dtype="<f4")
        self.rows = 0
        """Rows recorded so far; the newest ticks may not be among them."""
        self._closed = False
        raw = _file_header(header, written, interval_ms, self._shape.samples)
        if not overwrite:
            check_free_name(self.path.with_suffix(".txt"))
        self._file = LogFile(self.path, raw, overwrite=overwrite, sync=sync)

    def write(self, frames: Frames) -> None:
        """Record the frames that fall into the recording window; they must come in order.

        Frames are kept for a while before they are turned into rows, so their arrays must not
        change afterwards.
        """
        self._demand_open()
        if not len(frames):
            return
        self._pending.append(frames)
        self._pending_ticks += len(frames)
        if self._pending_ticks >= _TICKS_AT_ONCE:
            self._record_pending()

    def close(self, *, truncated: bool = False) -> Path | None:
        """Finish the log, write its companion text and return its path.

        `truncated` marks a recording that was cut off. Returns None, and leaves no file, where
        nothing was recorded because no beam was started.
        """
        self._demand_open()
        self._record_pending()
        self._flush()
        self._closed = True
        if not self._file.rows:
            self._file.discard()
            return None
        try:
            self._file.finish(truncated=truncated or self.full)
        except OSError as error:
            self._give_up(error)
        self._write_companion()
        return self.path

    def abandon(self) -> None:
        """Leave no file behind."""
        if not self._closed:
            self._closed = True
            self._file.discard()

    def __enter__(self) -> Self:
        """Return the writer itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close or abandon, see the class."""
        if self._closed:
            return
        if kind is None or issubclass(kind, KeyboardInterrupt):
            self.close(truncated=kind is not None)
        else:
            self.abandon()

    def _record_pending(self) -> None:
        if not self._pending:
            return
        ticks = join(self._pending)
        self._pending.clear()
        self._pending_ticks = 0
        chosen = self._sampler.choose(ticks.tick, ticks.state)
        room = self._most_rows - self.rows
        if len(chosen) > room:
            self.full = True
            chosen = chosen[:room]
        self._record(ticks, chosen)
        if lead := self._sampler.lead_ticks:
            self._pending.append(ticks.last(lead))

    def _record(self, ticks: Ticks, chosen: Ints) -> None:
        while len(chosen):
            filled = self.rows - self._file.rows
            part = chosen[: len(self._buffer) - filled]
            rows = self._buffer[filled : filled + len(part)]
            self._shape.fill(rows, ticks, _as_slice(part, self._sampler.stride))
            self.rows += len(part)
            chosen = chosen[len(part) :]
            if filled + len(part) == len(self._buffer):
                self._flush()

    def _flush(self) -> None:
        rows = self._buffer[: self.rows - self._file.rows]
        try:
            self._file.append(rows)
        except OSError as error:
            self._give_up(error)
        self._sample.observe(rows)

    def _write_companion(self) -> None:
        path = self.path.with_suffix(".txt")
        text = companion_text(self._header, self._sample)
        try:
            write_whole(path, text.encode("utf-8"), overwrite=self._overwrite, sync=self._sync)
        except OSError as error:
            told = write_error(error, path, f"the text beside {self.path.name}, which is complete")
            raise told from error

    def _give_up(self, error: OSError) -> NoReturn:
        """Keep or remove what was written and say so."""
        self._closed = True
        told = write_error(error, self.path)
        if not self._keep_partial or self._file.complete:
            self._file.discard()
            raise told from error
        try:
            kept = self._file.salvage()
        except OSError:
            self._file.discard()
            kept = None
        hint = f"; what was recorded is in {kept}" if kept else ""
        raise LogWriteError(f"{told}{hint}") from error

    def _demand_open(self) -> None:
        if self._closed:
            raise LogWriteError("the log is closed already", Place(file=str(self.path)))


def log_bytes(
    layout: AxisLayout, seconds: float, *, version: str = "3.0", interval_ms: int = 20
) -> int:
    """Return about how many bytes a log of that length needs, recording limit included."""
    shape = RowShape(VERSIONS[version], layout)
    rows = int(min(seconds, RECORDING_LIMIT_S) * 1000 / interval_ms) + 1
    return 4096 + rows * shape.columns * 8


def _file_header(
    header: LogHeader, version: LogVersion, interval_ms: int, samples: tuple[int, ...]
) -> FileHeader:
    return FileHeader(
        version=version.name,
        interval_ms=interval_ms,
        axes=version.axes,
        samples=samples,
        axis_scale=MACHINE_SCALE,
        truncated=False,
        snapshots=0,
        mlc_model=header.mlc_model,
        subbeams=header.subbeams,
        metadata=header.metadata(),
        emulated=True,
    )


def _as_slice(indices: Ints, stride: int) -> Ints | slice:
    """Return indices at least `stride` apart as a slice, which copies nothing, where it can."""
    first, last = int(indices[0]), int(indices[-1])
    even = last - first == (len(indices) - 1) * stride
    return slice(first, last + 1, stride) if even else indices


def _check_choice(what: str, value: object, allowed: tuple[object, ...]) -> None:
    if value not in allowed:
        choices = " or ".join(str(one) for one in allowed)
        raise InputError(f"{what} {value!r} is not written: choose {choices}")
