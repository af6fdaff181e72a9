"""Rows to a log file: the header first, its counts last, and the CRC over all."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linacsim.formats.trajectory_log.crc import LogCrc
from linacsim.formats.trajectory_log.errors import write_error
from linacsim.formats.trajectory_log.header import encode_header
from linacsim.formats.trajectory_log.layout import CRC_BYTES
from linacsim.formats.trajectory_log.records import FileHeader
from linacsim.formats.trajectory_log.storage import PendingFile, check_free_name

_READ_BYTES = 1 << 20


class LogFile:
    """A log file in the making."""

    def __init__(self, path: Path, header: FileHeader, *, overwrite: bool, sync: bool) -> None:
        """Reserve the header; `header.snapshots` and `header.truncated` are filled in at the end.

        Raises `InputError` for texts that do not fit the header and `LogWriteError` where the
        file cannot be made.
        """
        self._path = path
        self._header = header
        self._sync = sync
        self._row_bytes = header.columns * 8
        self._crc = LogCrc()
        self.rows = 0
        """Rows in the file, each written whole."""
        self.complete = False
        """The file is whole and lacks only its name."""
        start = encode_header(header)
        self._start_bytes = len(start)
        try:
            if not overwrite:
                check_free_name(path)
            self._file = PendingFile(path, overwrite=overwrite)
            self._file.write(start, 0)
        except OSError as error:
            raise write_error(error, path) from error

    def append(self, rows: NDArray[np.float32]) -> None:
        """Write (m, columns, 2) contiguous little-endian rows; `OSError` where the disk refuses.

        Rows count once they are written whole, so a call that was cut off may be made again.
        """
        if not len(rows):
            return
        data = rows.reshape(-1).view(np.uint8)
        offset = self._end()
        self._file.write(data.data, offset)
        self._crc.add(data, offset)
        self.rows += len(rows)

    def finish(self, *, truncated: bool) -> None:
        """Fill in counts and CRC and give the file its name; `OSError` where the disk refuses."""
        if truncated:
            self._recount()
        start = encode_header(replace(self._header, snapshots=self.rows, truncated=truncated))
        self._crc.add(np.frombuffer(start, dtype=np.uint8), 0)
        end = self._end()
        self._file.write(self._crc.value(end).to_bytes(CRC_BYTES, "little"), end)
        self._file.write(start, 0)
        self._file.settle(sync=self._sync)
        self.complete = True
        self._file.commit()

    def discard(self) -> None:
        """Leave no file behind."""
        self._file.discard()

    def salvage(self) -> Path | None:
        """Keep the whole rows that reached a full disk, as `<name>.partial.bin` marked truncated.

        The last row gives up its place to the CRC. Returns None, and leaves no file, where not
        one row can be kept.
        """
        self.rows = (self._file.size - self._start_bytes - CRC_BYTES) // self._row_bytes
        if self.rows < 1:
            self.discard()
            return None
        self._file.path = self._path.with_suffix(f".partial{self._path.suffix}")
        self.finish(truncated=True)
        return self._file.path

    def _end(self) -> int:
        return self._start_bytes + self.rows * self._row_bytes

    def _recount(self) -> None:
        """Trust only what is in the file: recording may have been cut off between two steps."""
        self._file.truncate(self._end())
        self._crc = LogCrc()
        for offset in range(self._start_bytes, self._end(), _READ_BYTES):
            data = self._file.read(offset, _READ_BYTES)
            self._crc.add(np.frombuffer(data, dtype=np.uint8), offset)
