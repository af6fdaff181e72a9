"""From a file to a pydicom dataset, defended: size, wholeness, no traceback."""

import warnings
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from linacsim.formats.rtplan.wholeness import whole_elements
from linacsim.model.findings import InputError, Place, os_reason

if TYPE_CHECKING:
    from pydicom import Dataset

MAX_BYTES = 128 * 1024 * 1024
"""Largest file that is read; 10,000 control points with 160 leaves need about 15 MB."""

_MISSING = "reading DICOM needs pydicom: pip install 'linacsim[dicom]'"


def is_dicom(path: Path) -> bool:
    """Return whether a file looks like DICOM, with or without a preamble; False if unreadable."""
    try:
        with path.open("rb") as file:
            head = file.read(132)
    except OSError:
        return False
    return head[128:] == b"DICM" or head[:2] in (b"\x08\x00", b"\x02\x00", b"\x00\x08")


def load(path: Path) -> bytes:
    """Return the content of a file; raise InputError if it cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot read the file: {os_reason(error)}", Place(str(path))) from None
    return data


def parse(data: bytes, name: str) -> "Dataset":
    """Return the dataset in a file's bytes; `name` stands for the file in errors.

    Raises InputError if pydicom is not installed, or the bytes are not a whole DICOM file.
    """
    try:
        from pydicom import dcmread
    except ImportError:
        raise InputError(_MISSING, Place(name)) from None
    if not data:
        raise InputError("the file is empty", Place(name))
    if len(data) > MAX_BYTES:
        raise InputError(f"the file is larger than {MAX_BYTES // 1024**2} MB", Place(name))
    whole_elements(data, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return dcmread(BytesIO(data), force=True)
    except Exception as error:
        # pydicom lets many kinds of exception out for bytes that mean nothing.
        raise InputError(f"pydicom cannot read the file: {error}", Place(name)) from None
