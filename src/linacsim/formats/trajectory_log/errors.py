"""What can go wrong while a log is written."""

import errno
from pathlib import Path

from linacsim.model.findings import InputError, Place, os_reason


class LogWriteError(InputError):
    """A log could not be written; its text is one line that says why and what to do."""


_REASONS = {
    errno.ENOENT: "the folder does not exist: create it first",
    errno.ENOTDIR: "this is not a folder: name another",
    errno.EEXIST: "a file of this name exists and is kept: remove it or choose another name",
    errno.ENAMETOOLONG: "the file name is too long: shorten patient, plan or beam name",
}
"""Where the general words would not help."""


def write_error(error: OSError, path: Path, what: str = "the trajectory log") -> LogWriteError:
    """Return `error` in words for people."""
    reason = _REASONS.get(error.errno or 0) or os_reason(error)
    return LogWriteError(f"cannot write {what}: {reason}", Place(file=str(path)))
