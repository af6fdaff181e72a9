"""What can go wrong while a log is written."""

import errno
from pathlib import Path

from linacsim.model.findings import InputError, Place


class LogWriteError(InputError):
    """A log could not be written; its text is one line that says why and what to do."""


_MENDS = {
    errno.ENOSPC: "the disk is full: free some space or choose another folder",
    errno.EDQUOT: "the disk quota is used up: free some space or choose another folder",
    errno.EACCES: "permission is refused: choose a folder you may write to",
    errno.EPERM: "permission is refused: choose a folder you may write to",
    errno.EROFS: "the file system is read-only: choose another folder",
    errno.ENOENT: "the folder does not exist: create it first",
    errno.ENOTDIR: "this is not a folder: name another",
    errno.EEXIST: "a file of this name exists and is kept: remove it or choose another name",
    errno.ENAMETOOLONG: "the file name is too long: shorten patient, plan or beam name",
}


def write_error(error: OSError, path: Path, what: str = "the trajectory log") -> LogWriteError:
    """Return `error` in words for people."""
    reason = _MENDS.get(error.errno or 0, error.strerror or str(error))
    return LogWriteError(f"cannot write {what}: {reason}", Place(file=str(path)))
