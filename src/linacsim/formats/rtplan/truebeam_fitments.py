"""What a plan wants mounted, as the accessory slots of a TrueBeam; nothing is left out silently."""

from linacsim.formats.rtplan import tags
from linacsim.formats.rtplan.reading import Reading
from linacsim.machines.accessories import Accessory, accessories, find_accessory
from linacsim.model.rt_plan import Fitment, RtBeam, Wedge

Slots = tuple[int, int, int, int]
"""Codes of slots 1 to 4; 0: nothing may be mounted."""

_TAGS = {
    "applicator": tags.APPLICATOR_SEQUENCE,
    "block": tags.BLOCK_SEQUENCE,
    "general accessory": tags.GENERAL_ACCESSORY_SEQUENCE,
    "compensator": tags.COMPENSATOR_SEQUENCE,
}
_KINDS = {
    "applicator": ("electron-applicator", "stereotactic"),
    "block": ("tray", "aperture", "small-aperture"),
    "general accessory": ("pointer", "graticule", "plate", "stereotactic-mount"),
    "compensator": ("compensator",),
    "wedge": ("wedge",),
}


def slots_of(beam: RtBeam, reading: Reading) -> Slots:
    """Return the codes to be mounted; findings for what has none."""
    out = [0, 0, 0, 0]
    for fitment in beam.fitments:
        if fitment.kind == "bolus":
            reading.note(
                "bolus", f"beam {beam.number}", tags.BOLUS_SEQUENCE, "bolus lies on the patient"
            )
            continue
        found = _find(fitment.kind, fitment.id, fitment.accessory_code)
        if found is None:
            _refuse(beam, _TAGS[fitment.kind], _named(fitment), reading)
        else:
            _mount(out, found, beam, reading)
    for wedge in beam.wedges:
        if wedge.kind == "STANDARD" and in_beam(beam, wedge):
            found = _find("wedge", wedge.id, wedge.accessory_code)
            if found is None:
                _refuse(beam, tags.WEDGE_SEQUENCE, f"wedge {wedge.id!r}", reading)
            else:
                _mount(out, found, beam, reading)
    return out[0], out[1], out[2], out[3]


def in_beam(beam: RtBeam, wedge: Wedge) -> bool:
    """Return whether a wedge is in the beam in any segment; where none says, it is."""
    return any(_in_segments(beam, wedge))


def stays(beam: RtBeam, wedge: Wedge) -> bool:
    """Return whether a wedge is in the beam in all segments or in none."""
    return len(set(_in_segments(beam, wedge))) == 1


def _in_segments(beam: RtBeam, wedge: Wedge) -> list[bool]:
    """Return for each segment, of which there is one at least, whether a wedge is in."""
    words = beam.points.wedge_positions.get(wedge.number, ())
    return [word != "OUT" for word in words[:-1] or words] or [True]


def _find(kind: str, name: str, code: str) -> tuple[Accessory, int] | None:
    """Return the one accessory that has the name, or the code as a number."""
    wanted = _KINDS[kind]
    for text in (code, name):
        named = [one for one in accessories() if one.name == text and one.kind in wanted]
        if len(named) == 1:
            return named[0], named[0].codes[0]
    if not code.isdecimal():
        return None
    number = int(code[:9])
    coded = [found for slot in range(1, 5) if (found := find_accessory(slot, number))]
    fitting = [one for one in coded if one.kind in wanted]
    return (fitting[0], number) if len(fitting) == 1 else None


def _mount(out: list[int], found: tuple[Accessory, int], beam: RtBeam, reading: Reading) -> None:
    accessory, code = found
    slot = accessory.slot - 1
    if out[slot] not in (0, code):
        reading.report(
            "slot",
            f"beam {beam.number}",
            tags.ACCESSORY_CODE,
            f"slot {accessory.slot} would have to hold both {out[slot]} and {code}",
            allowed="one accessory in each slot",
        )
    out[slot] = code


def _refuse(beam: RtBeam, tag: int, what: str, reading: Reading) -> None:
    reading.report(
        "accessory",
        f"beam {beam.number}",
        tag,
        f"{what} is no accessory that a TrueBeam knows",
        allowed="a name or code of the manual's Appendix B",
        mend="set the Accessory Code (300A,00F9); without it the beam would be delivered open",
    )


def _named(fitment: Fitment) -> str:
    return f"{fitment.kind} {(fitment.accessory_code or fitment.id)!r}"
