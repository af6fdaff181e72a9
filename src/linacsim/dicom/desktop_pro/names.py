"""Names that the console makes (Notes V and IX, Table 10)."""

from datetime import datetime

MOST = 64
"""Characters of a name in the database."""
LAST_COUNTER = 999
"""How many times a plan can be sent (Note V)."""

_ID_SHARE, _LABEL_SHARE = 30, 16
_EXAMPLE = datetime(2000, 1, 1)


def sequence_stem(patient_id: str, label: str, group: int) -> tuple[str, bool]:
    """Return the name of a beam sequence without its counter, and whether it was shortened.

    `[DCM] <PatientID>-<Label> Fr###`: 30 characters are reserved for the ID, 16 for the label;
    what one does not use is for the others, from left to right (Note V).
    """
    fraction = f"Fr{group:03d}"
    room = MOST - len(f"[DCM] - {fraction} 000")
    id_room = room - min(len(label), _LABEL_SHARE)
    shown_id = patient_id[: max(id_room, _ID_SHARE)]
    shown_label = label[: room - len(shown_id)]
    short = shown_id != patient_id or shown_label != label
    return f"[DCM] {shown_id}-{shown_label} {fraction}", short


def group_number(stem: str) -> int:
    """Return the number of the fraction group that `sequence_stem` made a name of."""
    return int(stem.rpartition(" Fr")[2])


def sequence_name(stem: str, counter: int) -> str:
    """Return the name of a beam sequence; `counter` is 1 to 999."""
    return f"{stem} {counter:03d}"


def beam_name(number: int, name: str, received: datetime | None) -> str:
    """Return `[DCM dd/mm/yy hh:mm:ss] <number>. <name>`, at most 64 characters (Note IX).

    Without a time another of the same length stands in: what matters is then how much fits.
    """
    when = (received or _EXAMPLE).strftime("%d/%m/%y %H:%M:%S")
    return f"[DCM {when}] {number}. {name or '[DICOM]'}"[:MOST]


def dose_point_name(number: int, description: str) -> str:
    """Return the name of a dose monitoring point, at most 64 characters (Table 10)."""
    return f"{number} {description}".strip()[:MOST]


def shortened(name: str, part: str) -> bool:
    """Return whether a name had no room for the whole of its last part."""
    return bool(part) and not name.endswith(part)
