"""Which attributes go to the plan and beam information records, and to setup notes."""

from collections.abc import Mapping

from linacsim.dicom.desktop_pro import tags
from linacsim.dicom.desktop_pro.data import Data

MOST_PHYSICIANS = 5
"""Values of physicians that are stored (Table 6)."""

_ALL = 0
PLAN_INFORMATION: Mapping[int, int] = {
    # Tables 6, 7, 9, 16, 17: tag, and how many values are stored; 0: all.
    **dict.fromkeys((0x0020_000D, 0x0008_0020, 0x0008_0030, 0x0008_0090), _ALL),
    **dict.fromkeys((0x0020_0010, 0x0008_0050, 0x0008_1030), _ALL),
    **dict.fromkeys((0x0008_1048, 0x0008_1060), MOST_PHYSICIANS),
    **dict.fromkeys((0x0020_000E, 0x0020_0011, 0x0008_103E), _ALL),
    **dict.fromkeys((0x300A_0003, 0x300A_0006, 0x300A_0007, 0x300A_000A), _ALL),
    **dict.fromkeys((0x0008_1070, 0x300A_0009, 0x300A_000B), 1),
    **dict.fromkeys((0x300E_0002, 0x300E_0004, 0x300E_0005, 0x300E_0008), _ALL),
    **dict.fromkeys((0x0008_0018, 0x0008_0012, 0x0008_0013, 0x0008_0014), _ALL),
}
BEAM_INFORMATION: Mapping[int, int] = dict.fromkeys(
    (0x0008_0070, 0x0008_0080, 0x0008_0081, 0x0008_1040, 0x0008_1090, 0x0018_1000), _ALL
)
"""Table 14."""
FIRST_POINT_INFORMATION: Mapping[int, int] = {tags.SURFACE_DISTANCE: 1}
"""What is taken from the first control point only (Table 14)."""

_SETUP_TEXTS = (0x0018_5100, 0x300A_0184, 0x300A_01B0, 0x300A_01B2)
_SETUP_SEQUENCES = {
    0x300A_0190: (0x300A_0192, 0x300A_0194, 0x300A_0196, 0x300A_0198),
    0x300A_01A0: (0x300A_01A2, 0x300A_01A4, 0x300A_01A6, 0x300A_01A8),
    0x300A_01B4: (0x300A_01B6, 0x300A_01B8, 0x300A_01BA, 0x300A_01BC),
}


def information(data: Data, wanted: Mapping[int, int]) -> dict[str, str]:
    """Return attributes that are there by keyword, several values separated by backslashes."""
    from pydicom.datadict import keyword_for_tag

    out = {}
    for tag, most in wanted.items():
        texts = data.texts(tag)
        if any(texts):
            out[keyword_for_tag(tag)] = "\\".join(texts[: most or None])
    return out


def setup_note(setup: Data) -> str:
    """Return a patient setup as one line of text (Table 12)."""
    parts = [setup.text(tag) for tag in _SETUP_TEXTS]
    for sequence, texts in _SETUP_SEQUENCES.items():
        for item in setup.items(sequence):
            parts += [item.text(tag) for tag in texts]
    return ", ".join(part for part in parts if part)
