"""Feed damaged plans to the reader: `python -m tools.fuzz_rtplan --runs 10000 --seed 1`.

Small plans of many kinds are damaged at random: attributes left out, set to extreme or senseless
values, moved elsewhere, items doubled or exchanged, whole plans nested; or the bytes of the file
are changed, cut or doubled. Each is read and, where no error is found, made into beams for a
TrueBeam and checked, and into fields for two Elekta machines and planned. Only findings or an
`InputError` of one line may come out. Exit code 1 names the seed and the run of the first failure.
"""

import argparse
import random
import sys
import time
import traceback
import warnings
from copy import deepcopy
from typing import Any

from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag, Tag

from linacsim.formats.rtplan import parse_plan, plan_of, truebeam_sequences
from linacsim.formats.rtplan.plan import PlanRead
from linacsim.machines import load_machine
from linacsim.model.findings import InputError, has_errors
from linacsim.model.rt_plan import BeamReference
from linacsim.planning.check import check
from linacsim.planning.fields import plan_field, prescribe
from tests.plan_variants import agility_plan
from tests.rtplans import arc, beam, encoded, group, item, plan

VALUES = (
    *(b"", b"0", b"-1", b"1e999", b"-1e308", b"nan", b"inf", b"1_0", b"0x10", b" 5 ", b"abc"),
    *(b"99999999999999999999", b"1\\2", b"\\", b"\\\\", b"\0\0\0\0", b"\xff\xfe\xe0\x00"),
    *(b"CW", b"CC", b"NONE", b"PHOTON", b"MLCX", b"ASYMX", b"IN", b"-0.0", b"1e-320", b"\x1b$B"),
    *(b"1" * 5000, b"1\\" * 5000, b"../../x", b"'; DROP TABLE plans;--"),
)
REPRESENTATIONS = ("DS", "IS", "CS", "LO", "SQ", "FL", "FD", "UN", "UI", "OB", None)
MACHINE = load_machine("truebeam-m120")
ELEKTA = (load_machine("agility"), load_machine("precise-mlc"))


def main() -> int:
    """Run and tell; 0 if nothing but findings and input errors came out."""
    parser = argparse.ArgumentParser(description="Fuzz the RT Plan reader.")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    corpus = seeds()
    outcomes: dict[str, int] = {}
    start = time.perf_counter()
    for run in range(arguments.runs):
        try:
            outcome = damaged_and_judged(corpus, chance)
        except Exception:  # the finding of this tool is any other exception
            print(f"seed {arguments.seed}, run {run}:\n{traceback.format_exc()}")
            return 1
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    seconds = time.perf_counter() - start
    print(f"{arguments.runs} damaged plans in {seconds:.0f} s, seed {arguments.seed}: {outcomes}")
    return 0


def seeds() -> list[Dataset]:
    """Return sound plans of many kinds."""
    wedge = item(WedgeNumber=1, WedgeType="DYNAMIC", WedgeAngle=30, WedgeOrientation=0)
    table = item(ToleranceTableNumber=1, ToleranceTableLabel="T", GantryAngleTolerance=1.0)
    place = item(ReferencedWedgeNumber=1, WedgePosition="IN")
    wedged = beam(
        mlc="Millennium 80 or MLCi",
        Manufacturer="Elekta",
        NumberOfWedges=1,
        WedgeSequence=[item(WedgeNumber=1, WedgeType="MOTORIZED")],
    )
    wedged.ControlPointSequence[0].WedgePositionSequence = [place]
    return [
        plan(),
        plan(arc([181.0, 0.0, 179.0])),
        plan(beam(number=3), arc([10.0, 350.0], "CC"), groups=[group((1, 10.0), (3, 5.0))]),
        plan(beam(NumberOfWedges=1, WedgeSequence=[wedge])),
        plan(beam(ReferencedToleranceTableNumber=1), ToleranceTableSequence=[table]),
        plan(beam(), beam(number=2, TreatmentDeliveryType="SETUP")),
        agility_plan(),
        plan(wedged),
    ]


def damaged_and_judged(corpus: list[Dataset], chance: random.Random) -> str:
    """Damage one of the plans, read it in one of the ways, and return what came out."""
    dataset = deepcopy(chance.choice(corpus))
    if chance.random() < 0.5:
        for _ in range(chance.randint(1, 4)):
            damage(dataset, chance)
        if chance.random() < 0.5:
            return judged(dataset)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                data = encoded(dataset, implicit=chance.random() < 0.5)
        except Exception:  # pydicom need not be able to write what is damaged
            return judged(dataset)
        return judged(data)
    data = encoded(dataset, implicit=chance.random() < 0.5, preamble=chance.random() < 0.7)
    return judged(bytes_damaged(data, chance))


def judged(content: Dataset | bytes) -> str:
    """Return what came out; raise for anything but findings and one clear line."""
    made = _read(content)
    if isinstance(made, str):
        if "\n" in made:
            raise AssertionError(f"not one line: {made}")
        return "unreadable"
    if has_errors(made.findings):
        return "with errors"
    groups = made.plan.fraction_groups
    references = groups[0].beams if groups else ()
    if _fields(made, references):
        return "a field"
    beams, findings = truebeam_sequences(made.plan, references, MACHINE)
    if has_errors(findings):
        return "not for a TrueBeam"
    errors = [has_errors(check(one, MACHINE)) for one in beams]
    return "checker refuses" if any(errors) else "deliverable"


def _fields(made: PlanRead, references: tuple[BeamReference, ...]) -> int:
    """Return how many fields Elekta machines can deliver of a plan; each is planned."""
    count = 0
    for machine in ELEKTA:
        for reference in references:
            one = made.plan.beam(reference.number)
            if one is None:
                continue
            result = prescribe(one, reference.meterset, machine, "plan.dcm")
            for finding in result.findings:
                if "\n" in str(finding):
                    raise AssertionError(f"not one line: {finding}")
            if result.field is None:
                if not has_errors(result.findings):
                    raise AssertionError("no field, and no reason")
                continue
            plan_field(result.field, machine)
            count += 1
    return count


def _read(content: Dataset | bytes) -> PlanRead | str:
    """Return what was read, or why nothing was."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            if isinstance(content, bytes):
                made = parse_plan(content, "plan.dcm")
            else:
                made = plan_of(content, "plan.dcm")
        except InputError as error:
            return str(error)
    for finding in made.findings:
        if "\n" in str(finding):
            raise AssertionError(f"not one line: {finding}")
    return made


def damage(dataset: Dataset, chance: random.Random) -> None:
    """Change one thing somewhere in a dataset."""
    where = chance.choice(_datasets(dataset))
    tags = list(where.keys())
    if not tags:
        return
    tag = chance.choice(tags)
    kind = chance.randrange(6)
    if kind == 0:
        del where[tag]
    elif kind in (1, 2, 3):
        where[tag] = _raw(tag, chance)
    elif kind == 4:
        _shuffle(where, tag, chance)
    else:
        other = chance.choice(_datasets(dataset))
        element = where.get_item(tag)
        if other is not where and not isinstance(element, RawDataElement):
            other[tag] = element


def _shuffle(where: Dataset, tag: BaseTag, chance: random.Random) -> None:
    element = where.get_item(tag)
    if isinstance(element, RawDataElement) or element.VR != "SQ" or not len(element.value):
        where[tag] = _raw(tag, chance)
        return
    items: list[Any] = list(element.value)
    copies = [chance.choice(items) for _ in range(chance.randint(0, 3))]
    chance.shuffle(items)
    element.value = (items + copies)[chance.randint(0, 1) :]


def _raw(tag: BaseTag, chance: random.Random) -> RawDataElement:
    value = chance.choice(VALUES)
    if chance.random() < 0.2:
        value = chance.randbytes(chance.randint(0, 40))
    representation = chance.choice(REPRESENTATIONS)
    return RawDataElement(Tag(tag), representation, len(value), value, 0, True, True)


def _datasets(dataset: Dataset, depth: int = 0) -> list[Dataset]:
    """Return a dataset and all within it; by then it may be within itself."""
    out = [dataset]
    if depth > 6:
        return out
    for tag in list(dataset.keys()):
        element = dataset.get_item(tag)
        if not isinstance(element, RawDataElement) and element.VR == "SQ":
            for one in element.value:
                out += _datasets(one, depth + 1)
    return out


def bytes_damaged(data: bytes, chance: random.Random) -> bytes:
    """Return bytes with some changed, cut out, doubled, or cut off."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(max(len(out), 1))
        kind = chance.randrange(5)
        if kind == 0:
            out[at : at + 1] = chance.randbytes(1)
        elif kind == 1:
            del out[at : at + chance.randint(1, 30)]
        elif kind == 2:
            out[at:at] = out[at : at + chance.randint(1, 200)]
        elif kind == 3:
            out[at : at + 4] = b"\xff\xff\xff\xff"
        else:
            del out[at:]
    return bytes(out)


if __name__ == "__main__":
    sys.exit(main())
