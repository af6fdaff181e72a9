"""Which versions of the protocol go together: any minor of the same major."""

import re

MAJOR = 1
PROTOCOL = f"LLP/{MAJOR}"
PROTOCOL_TO_COME = f"LLP/{MAJOR + 1}"
_NAME = re.compile(r"LLP/(\d{1,4})(\.\d{1,4})?")


def why_refused(protocol: str) -> str:
    """Return why a device's protocol cannot be spoken, for people; empty if it can."""
    found = _NAME.fullmatch(protocol)
    if found is None:
        return f"it speaks {protocol!r}, not {PROTOCOL}: is it the right device?"
    if int(found[1]) != MAJOR:
        return (
            f"it speaks {protocol}, this linacsim {PROTOCOL}: "
            f"{'update linacsim' if int(found[1]) > MAJOR else 'update the firmware'}"
        )
    return ""


def spoken_with(host: str) -> bool:
    """Return whether a device of this version can serve a host that speaks up to `host`."""
    found = _NAME.fullmatch(host)
    return found is not None and int(found[1]) >= MAJOR
