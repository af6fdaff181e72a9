"""A file that is written under a temporary name and takes its own name only when it is whole."""

import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from linacsim.formats.trajectory_log.errors import LogWriteError, write_error
from linacsim.model.findings import Place

_RESERVE_BYTES = 1 << 20
_SHORT_BYTES = 4 << 20
_AHEAD_BYTES = 16 << 20


def ready_folder(folder: Path, bytes_expected: int) -> None:
    """Make the folder where it is missing; raise `LogWriteError` unless it takes that many bytes.

    Meant for before beam-on: it writes and removes a small file, because permissions alone do
    not tell, and compares the free space with what is expected and a megabyte.
    """
    probe = folder / f".linacsim-{os.getpid()}.probe"
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
        with probe.open("wb") as file:
            file.write(b"\0" * 4096)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise write_error(error, folder) from error
    finally:
        _remove(probe)
    if free < bytes_expected + _RESERVE_BYTES:
        raise LogWriteError(
            f"the log may need {_megabytes(bytes_expected)} and the disk has {_megabytes(free)} "
            "free: free some space or choose another folder",
            Place(file=str(folder)),
        )


def check_free_name(path: Path) -> None:
    """Raise `LogWriteError` where a file of this name exists already."""
    if path.exists():
        raise LogWriteError(
            "a file of this name exists and is kept: remove it or choose another name",
            Place(file=str(path)),
        )


class PendingFile:
    """A file being written beside its future place."""

    def __init__(self, path: Path, *, overwrite: bool) -> None:
        """Open the temporary file; `OSError` where that fails."""
        self.path = path
        self._overwrite = overwrite
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
        self._file = self._temporary.open("w+b", buffering=0)
        self._allocated = 0
        self.size = 0
        """Bytes written so far."""

    def write(self, data: memoryview | bytes, offset: int) -> None:
        """Write all of `data`; `OSError` where the disk has no room for it."""
        self._allocate(offset + len(data))
        self._file.seek(offset)
        rest = memoryview(data)
        while len(rest):
            count = self._file.write(rest)
            rest = rest[count:]
            offset += count
            self.size = max(self.size, offset)

    def read(self, offset: int, size: int) -> bytes:
        """Return up to `size` bytes written before."""
        self._file.seek(offset)
        return self._file.read(size)

    def truncate(self, size: int) -> None:
        """Cut the file off."""
        self._file.truncate(size)
        self.size = self._allocated = size

    def settle(self, *, sync: bool) -> None:
        """Close the file, after waiting for the disk if `sync`."""
        self._file.truncate(self.size)
        if sync:
            os.fsync(self._file.fileno())
        self._file.close()

    def _allocate(self, size: int) -> None:
        """Ask for disk space ahead of a long file, which makes writing it three times faster.

        A disk that cannot is not asked again; writing then tells whether there is room.
        """
        if size <= max(self._allocated, _SHORT_BYTES) or not hasattr(os, "posix_fallocate"):
            return
        self._allocated = size + _AHEAD_BYTES
        try:
            os.posix_fallocate(self._file.fileno(), self.size, self._allocated - self.size)
        except OSError:
            self._allocated = sys.maxsize

    def commit(self) -> None:
        """Give a settled file its name."""
        if self._overwrite:
            self._temporary.replace(self.path)
        else:
            _rename_to_free_name(self._temporary, self.path)

    def discard(self) -> None:
        """Close and remove the temporary file."""
        self._file.close()
        _remove(self._temporary)


def write_whole(path: Path, data: bytes, *, overwrite: bool, sync: bool) -> None:
    """Write a small file at once; `OSError` leaves nothing behind."""
    file = PendingFile(path, overwrite=overwrite)
    try:
        file.write(data, 0)
        file.settle(sync=sync)
        file.commit()
    except OSError:
        file.discard()
        raise


def _rename_to_free_name(source: Path, target: Path) -> None:
    """Rename without ever replacing a file that appeared meanwhile."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        check_free_name(target)
        source.rename(target)
    else:
        source.unlink()


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
