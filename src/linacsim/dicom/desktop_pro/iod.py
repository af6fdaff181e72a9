"""The applied RT Plan IOD as data: which attributes there are, and which must be (Tables 5 to 17).

Representation and multiplicity are those of the DICOM dictionary, which the tables repeat. Types
1C and 2C whose condition is only that the sequence is there are 1 and 2 within its items; other
conditions are those of PS3.3.
"""

from collections.abc import Callable
from dataclasses import dataclass

from linacsim.dicom.desktop_pro.data import Data

When = Callable[[Data], bool]
"""Whether a dataset must have the attribute."""

OWN = "own"
"""A status code of its own tells when the attribute is missing: a rule judges it."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One row of the tables."""

    tag: int
    type: str
    """`1`, `1C`, `2`, `2C`, `3` or `OWN`."""
    allowed: tuple[str, ...] = ()
    """Enumerated values of the standard; empty: any."""
    items: tuple["Attribute", ...] = ()
    """Of a sequence: what its items hold."""
    when: When | None = None
    """The condition of types 1C and 2C that is looked at here; None: a rule judges it."""


def _of(type: str, *tags: int, when: When | None = None) -> tuple[Attribute, ...]:
    return tuple(Attribute(tag, type, when=when) for tag in tags)


def _sequence(tag: int, type: str, *items: Attribute, when: When | None = None) -> Attribute:
    return Attribute(tag, type, items=items, when=when)


def _is(tag: int, *texts: str) -> When:
    return lambda data: data.text(tag) in texts


def _lacks(tag: int) -> When:
    return lambda data: not data.text(tag)


def _states(tag: int) -> When:
    return lambda data: bool(data.text(tag))


def _without_brachy(plan: Data) -> bool:
    """Return whether a plan must have the beams module, which is conditional (Table 4)."""
    setups = (group.integer(0x300A_00A0) for group in plan.items(0x300A_0070))
    return not plan.holds(0x300A_0230) and not any(setups)


_MATERIAL, _APPROVAL_STATUS = 0x300A_00E1, 0x300E_0002
_REVIEWED = ("APPROVED", "REJECTED")


_TURNS = ("CW", "CC", "NONE")
_REFERENCE = _of("1", 0x0008_1150, 0x0008_1155)
_EQUIPMENT = _of("3", 0x0008_0080, 0x0008_0081, 0x0008_1040, 0x0008_1090, 0x0018_1000)

_PATIENT = (
    *_of(OWN, 0x0010_0010, 0x0010_0020),
    *_of("2", 0x0010_0030),
    Attribute(0x0010_0040, "2", ("M", "F", "O")),
    _sequence(0x0008_1120, "3", *_REFERENCE),
    *_of("3", 0x0010_0032, 0x0010_1000, 0x0010_1001, 0x0010_2160, 0x0010_4000),
)
_STUDY = (
    *_of("1", 0x0020_000D),
    *_of("2", 0x0008_0020, 0x0008_0030, 0x0008_0090, 0x0020_0010, 0x0008_0050),
    *_of("3", 0x0008_1030, 0x0008_1048, 0x0008_1060),
    _sequence(0x0008_1110, "3", *_REFERENCE),
)
_SERIES = (
    *_of("1", 0x0008_0060, 0x0020_000E),
    *_of("2", 0x0020_0011),
    *_of("3", 0x0008_103E),
    _sequence(0x0008_1111, "3", *_REFERENCE),
)
_GENERAL_EQUIPMENT = (
    *_of("2", 0x0008_0070),
    *_EQUIPMENT,
    *_of("3", 0x0008_1010, 0x0018_1020, 0x0018_1050, 0x0018_1200, 0x0018_1201, 0x0028_0120),
)
_GENERAL_PLAN = (
    *_of("1", 0x300A_0002),
    *_of("3", 0x300A_0003, 0x300A_0004, 0x300A_0009, 0x300A_000A, 0x300A_000B),
    *_of("2", 0x0008_1070, 0x300A_0006, 0x300A_0007),
    Attribute(0x300A_000C, "1", ("PATIENT", "TREATMENT_DEVICE")),
    _sequence(0x300C_0060, "1C", *_REFERENCE, when=_is(0x300A_000C, "PATIENT")),
    _sequence(0x300C_0080, "3", *_REFERENCE),
    _sequence(0x300C_0002, "3", *_REFERENCE, *_of("1", 0x300A_0055)),
)
_DOSES = _of(
    "3",
    *(0x300A_0021, 0x300A_0022, 0x300A_0023, 0x300A_0025, 0x300A_0026, 0x300A_0027),
    *(0x300A_0028, 0x300A_002A, 0x300A_002B, 0x300A_002C, 0x300A_002D),
)
_PRESCRIPTION = (
    *_of("3", 0x300A_000E),
    _sequence(
        0x300A_0010,
        "3",
        *_of("1", 0x300A_0012, 0x300A_0014, 0x300A_0020),
        *_of("3", 0x300A_0016, 0x300A_001A),
        *_of("1C", 0x3006_0084, when=_is(0x300A_0014, "POINT", "VOLUME")),
        *_of("1C", 0x300A_0018, when=_is(0x300A_0014, "COORDINATES")),
        *_DOSES,
    ),
)
_TOLERANCE_TABLES = (
    _sequence(
        0x300A_0040,
        "3",
        *_of("1", 0x300A_0042),
        *_of("3", 0x300A_0043, 0x300A_0044, 0x300A_0046, 0x300A_004C, 0x300A_004E),
        *_of("3", 0x300A_0051, 0x300A_0052, 0x300A_0053),
        _sequence(0x300A_0048, "3", *_of("1", 0x300A_00B8, 0x300A_004A)),
    ),
)


def _aids(sequence: int, kind: int, label: int, *others: int) -> Attribute:
    return _sequence(sequence, "3", *_of("1", kind), *_of("2", label), *_of("3", *others))


_SETUPS = (
    # The module is optional: its sequence is looked at where it is.
    _sequence(
        0x300A_0180,
        "1C",
        *_of("1", 0x300A_0182),
        *_of("1C", 0x0018_5100, when=_lacks(0x300A_0184)),
        *_of("1C", 0x300A_0184),
        _aids(0x300A_0190, 0x300A_0192, 0x300A_0194, 0x300A_0196, 0x300A_0198),
        _aids(0x300A_01A0, 0x300A_01A2, 0x300A_01A4, 0x300A_01A6, 0x300A_01A8),
        *_of("3", 0x300A_01B0, 0x300A_01B2, 0x300A_01D2, 0x300A_01D4, 0x300A_01D6),
        _sequence(
            0x300A_01B4,
            "3",
            *_of("1", 0x300A_01B6),
            *_of("2", 0x300A_01B8, 0x300A_01BC),
            *_of("3", 0x300A_01BA, 0x300A_01D0),
        ),
    ),
)
_FRACTION_GROUPS = (
    _sequence(
        0x300A_0070,
        "1C",
        *_of("1", 0x300A_0071, 0x300A_0080, 0x300A_00A0),
        *_of("2", 0x300A_0078),
        *_of("3", 0x300C_006A, 0x300A_0079, 0x300A_007A, 0x300A_007B),
        _sequence(0x300C_0080, "3", *_REFERENCE),
        _sequence(0x300C_0050, "3", *_of("1", 0x300C_0051), *_DOSES),
        _sequence(
            0x300C_0004,
            "1C",
            *_of("1", 0x300C_0006),
            *_of("3", 0x300A_0082, 0x300A_0084, 0x300A_0086),
        ),
        _sequence(0x300C_000A, "1C", *_of("1", 0x300C_000C), *_of("3", 0x300A_00A2, 0x300A_00A4)),
    ),
)
_DEVICES = _sequence(
    0x300A_00B6, OWN, *_of("1", 0x300A_00B8, 0x300A_00BC), *_of("3", 0x300A_00BA, 0x300A_00BE)
)
_IMAGES = (
    _sequence(
        0x300C_0042, "3", *_REFERENCE, *_of("1", 0x300A_00C8), *_of("3", 0x300C_0008, 0x300C_0009)
    ),
    _sequence(
        0x300A_00CA,
        "3",
        *_of("3", 0x300C_0008, 0x3002_0032, 0x300C_0009, 0x3002_000C, 0x3002_000E, 0x3002_0010),
        *_of("3", 0x3002_0012, 0x3002_0026, 0x300A_00CC, 0x300C_0007),
    ),
)
_ACCESSORIES = (
    *_of("1", 0x300A_00D0, 0x300A_00E0, 0x300A_00ED, 0x300A_00F0),
    _sequence(
        0x300A_00D1,
        "1C",
        *_of("1", 0x300A_00D2),
        *_of(OWN, 0x300A_00D3),
        *_of("2", 0x300A_00D5, 0x300A_00D6, 0x300A_00D8),
        *_of("3", 0x300A_00D4, 0x300A_00DA),
    ),
    *_of("3", 0x300A_00E2, 0x300A_00F2),
    _sequence(
        0x300A_00E3,
        "1C",
        *_of("1", 0x300A_00E4, 0x300A_00E7, 0x300A_00E8, 0x300A_00E9, 0x300A_00EA),
        *_of("2", _MATERIAL, 0x300A_00E6),
        *_of("3", 0x300A_00E5),
        *_of("1C", 0x300A_00EB, when=_lacks(_MATERIAL)),
        *_of("1C", 0x300A_00EC, when=_states(_MATERIAL)),
    ),
    _sequence(0x300C_00B0, "1C", *_of("1", 0x3006_0084)),
    _sequence(
        0x300A_00F4,
        "1C",
        *_of("3", 0x300A_00F5, 0x300A_00FE),
        *_of("2", 0x300A_00F6, _MATERIAL, 0x300A_0104, 0x300A_0106),
        *_of("2C", 0x300A_0100, when=_states(_MATERIAL)),
        *_of("2C", 0x300A_0102, when=_lacks(_MATERIAL)),
        Attribute(0x300A_00F8, "1", ("SHIELDING", "APERTURE")),
        Attribute(0x300A_00FA, "2", ("PRESENT", "ABSENT")),
        *_of("1", 0x300A_00FC),
    ),
    _sequence(0x300A_0107, "3", *_of(OWN, 0x300A_0108, 0x300A_0109), *_of("3", 0x300A_010A)),
)
_POINT = (
    *_of("1", 0x300A_0112),
    *_of(OWN, 0x300A_0134),
    _sequence(0x300C_0050, "3", *_of("1", 0x300C_0051), *_of("2", 0x300A_010C)),
    *_of("3", 0x300A_0114, 0x300A_0115),
    _sequence(0x300A_0116, "3", *_of("1", 0x300C_00C0), Attribute(0x300A_0118, "1", ("IN", "OUT"))),
    _sequence(0x300A_011A, OWN, *_of("1", 0x300A_00B8, 0x300A_011C)),
    *_of("1C", 0x300A_011E, 0x300A_0120, 0x300A_0122, 0x300A_0125),
    *(Attribute(tag, "1C", _TURNS) for tag in (0x300A_011F, 0x300A_0121, 0x300A_0123, 0x300A_0126)),
    *_of("3", 0x300A_0124, 0x300A_012E, 0x300A_0130),
    *_of("2C", 0x300A_0128, 0x300A_0129, 0x300A_012A, 0x300A_012C),
)
_BEAMS = (
    _sequence(
        0x300A_00B0,
        "1C",
        *_of("1", 0x300A_00C0),
        *_of("3", 0x300A_00C2, 0x300A_00C3, 0x0008_0070),
        Attribute(0x300A_00C4, "1", ("STATIC", "DYNAMIC")),
        *_of(OWN, 0x300A_00C6, 0x300A_00B2),
        *_EQUIPMENT,
        *_of("3", 0x300A_00B3, 0x300C_00A0, 0x300A_00B4, 0x300C_006A, 0x300A_00CE),
        _DEVICES,
        *_IMAGES,
        _sequence(0x300C_0080, "3", *_REFERENCE),
        *_ACCESSORIES,
        *_of("1C", 0x300A_010E),
        *_of("1", 0x300A_0110),
        _sequence(0x300A_0111, "1", *_POINT),
        when=_without_brachy,
    ),
)
_APPROVAL = (
    # The module is optional: its status is looked at where it is.
    Attribute(_APPROVAL_STATUS, "1C", ("UNAPPROVED", *_REVIEWED)),
    *_of("2C", 0x300E_0004, 0x300E_0005, 0x300E_0008, when=_is(_APPROVAL_STATUS, *_REVIEWED)),
)
_SOP_COMMON = (
    *_of("1", 0x0008_0016, 0x0008_0018),
    *_of("1C", 0x0008_0005),
    *_of("3", 0x0008_0012, 0x0008_0013, 0x0008_0014),
)

PLAN: tuple[Attribute, ...] = (
    *_PATIENT,
    *_STUDY,
    *_SERIES,
    *_GENERAL_EQUIPMENT,
    *_GENERAL_PLAN,
    *_PRESCRIPTION,
    *_TOLERANCE_TABLES,
    *_SETUPS,
    *_FRACTION_GROUPS,
    *_BEAMS,
    *_APPROVAL,
    *_SOP_COMMON,
)
"""The whole IOD."""

FIRST_POINT: tuple[int, ...] = (
    *(0x300A_011E, 0x300A_011F, 0x300A_0120, 0x300A_0121, 0x300A_0122, 0x300A_0123),
    *(0x300A_0125, 0x300A_0126, 0x300A_0128, 0x300A_0129, 0x300A_012A, 0x300A_012C),
)
"""Attributes of types 1C and 2C that the first control point of a beam must have."""
