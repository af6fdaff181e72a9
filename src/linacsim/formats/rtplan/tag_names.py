"""Tags as people read them: `(300A,011E) Gantry Angle`."""

from functools import cache


def code(tag: int) -> str:
    """Return `(gggg,eeee)`."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


@cache
def label(tag: int) -> str:
    """Return code and name of a tag; only the code of a private one."""
    from pydicom.datadict import dictionary_description

    try:
        return f"{code(tag)} {dictionary_description(tag)}"
    except KeyError:
        return code(tag)
