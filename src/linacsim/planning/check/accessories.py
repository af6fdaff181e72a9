"""Rules of accessories: known codes, slots, what goes with what (manual, Appendix B)."""

from linacsim.machines.accessories import SLOT_NAMES, Accessory, accessories, find_accessory
from linacsim.machines.spec import MachineSpec
from linacsim.model.beam import Beam
from linacsim.planning.check.report import Report, error, warning

CODE = error("accessories.code")
UNKNOWN_ACCESSORY = warning("accessories.unknown-accessory")
BEAM_KIND = error("accessories.beam-kind")
APERTURE = error("accessories.aperture")
TWO_WEDGES = warning("accessories.two-wedges")
STEREOTACTIC_MOUNT = warning("accessories.stereotactic-mount")

SMALL_APPLICATOR = "A06"
_KINDS = {"x": "photons", "e": "electrons", "h": "electrons"}


def check_accessories(beam: Beam, machine: MachineSpec, report: Report) -> None:
    """Check the accessory codes of the four slots; the list is the same for all machines."""
    del machine
    mounted = [_mounted(slot, code, report) for slot, code in enumerate(beam.accessories, 1)]
    for item in mounted:
        if item is not None:
            _check_beam_kind(beam, item, report)
    _check_aperture(beam, mounted[1], mounted[2], report)
    _check_wedges(mounted[0], mounted[3], report)
    _check_stereotactic(beam, mounted[0], mounted[1], report)


def _mounted(slot: int, code: int | None, report: Report) -> Accessory | None:
    if code is None:
        return None
    item = find_accessory(slot, code)
    if item is None:
        report.add(
            CODE,
            "Accs",
            f"Acc{slot} is {code}, a code that {SLOT_NAMES[slot - 1]} does not have",
            allowed="0 for none, no element for any, or a code of the slot",
            mend=_other_slots(code),
        )
    elif item.kind == "unknown":
        report.add(
            UNKNOWN_ACCESSORY,
            "Accs",
            f"Acc{slot} is {code}, which stands for an accessory that was not recognised",
            mend="write the code of the accessory, or leave the slot out for any",
        )
    return item


def _other_slots(code: int) -> str:
    elsewhere = [item for item in accessories() if item.codes[0] <= code <= item.codes[1]]
    return " or ".join(f"{item.name} goes in Acc{item.slot}" for item in elsewhere)


def _check_beam_kind(beam: Beam, item: Accessory, report: Report) -> None:
    kind = _KINDS.get(_letter(beam.energy))
    if item.beam is None or kind is None or kind == _KINDS[item.beam]:
        return
    report.add(
        BEAM_KIND,
        "Accs",
        f"{item.name} in Acc{item.slot} is for {_KINDS[item.beam]}, the beam is {beam.energy}",
        allowed=f"accessories for {kind}",
    )


def _letter(energy: str) -> str:
    """Return the kind of radiation in an energy such as 6x, 6xFFF, 12e."""
    return energy.lstrip("0123456789.")[:1]


def _check_aperture(
    beam: Beam, applicator: Accessory | None, aperture: Accessory | None, report: Report
) -> None:
    if aperture is None or not aperture.kind.endswith("aperture") or beam.accessories[1] is None:
        return
    small = aperture.kind == "small-aperture"
    fits = (
        applicator is not None
        and applicator.kind == "electron-applicator"
        and (applicator.name == SMALL_APPLICATOR) == small
    )
    if not fits:
        report.add(
            APERTURE,
            "Accs",
            f"{aperture.name} in Acc3 does not go with Acc2 {beam.accessories[1]}",
            allowed=f"applicator {SMALL_APPLICATOR}" if small else "applicator A10 or larger",
        )


def _check_wedges(upper: Accessory | None, lower: Accessory | None, report: Report) -> None:
    if upper is not None and lower is not None and upper.kind == lower.kind == "wedge":
        report.add(
            TWO_WEDGES,
            "Accs",
            f"two wedges: {upper.name} in Acc1 and {lower.name} in Acc4",
            allowed="one wedge",
        )


def _check_stereotactic(
    beam: Beam, mount: Accessory | None, applicator: Accessory | None, report: Report
) -> None:
    if applicator is None or applicator.kind != "stereotactic" or beam.accessories[0] is None:
        return
    if mount is None or mount.kind != "stereotactic-mount":
        report.add(
            STEREOTACTIC_MOUNT,
            "Accs",
            f"{applicator.name} in Acc2 without its mount in Acc1",
            allowed="CustomSRSMount, code 3264, in Acc1",
        )
