"""Files that are to be written."""

from pathlib import Path

from linacsim.model.findings import InputError, Place


def check_free(path: Path, *, overwrite: bool) -> None:
    """Raise InputError where a file is there already and may not be replaced."""
    if path.exists() and not overwrite:
        raise InputError("the file exists: add --overwrite to replace it", Place(str(path)))
