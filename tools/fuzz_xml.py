"""Feed broken beam files to the XML reader; anything but a result or an InputError is a failure.

    python tools/fuzz_xml.py --runs 100000 --seed 1

Inputs are example beams with bytes or elements changed at random, the same for the same seed. A
beam that reads without errors must also survive being written and read again, and reading must
give the same with and without the short cut for regular control points.
"""

import argparse
import random
import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from unittest import mock

from lxml import etree

from linacsim.formats.truebeam_xml import beam_to_xml, parse_beam, reader
from linacsim.model.findings import InputError, has_errors

CORPUS = Path(__file__).parents[1] / "tests" / "unit" / "formats"
NASTY = (
    *("", " ", "NaN", "INF", "-INF", "1e308", "1e999", "-0", "+5", "0x10", "1_0", "1,5", "--1"),
    *(">true", "TRUE", "none", "9" * 400, "-1e-400", "1 2", "1  2", "1\t2", "1\n2", " 1 ", "."),
    *("\u0663", "\u00a0", "\u2028", "é", "<", "&", "]]>", "1.2.3", "e5", "0k", "NDS80", "2", "17"),
)
NAMES = (
    "Cp",
    "A",
    "B",
    "ID",
    "Mlc",
    "Mu",
    "Phase",
    "SubBeam",
    "CouchVrtISO",
    "CouchVrt",
    "X",
    "KV",
)
BYTES = (b"<", b">", b"&", b'"', b"=", b"</", b"/>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"\0")


def main() -> int:
    """Run the fuzzer; return 1 after the first failure."""
    arguments = _arguments()
    warnings.simplefilter("error")
    seeds = [path.read_bytes() for path in sorted(arguments.corpus.rglob("*.xml"))]
    chance = random.Random(arguments.seed)
    outcomes: Counter[str] = Counter()
    begin = time.monotonic()
    for run in range(arguments.runs):
        data = mutated(seeds, chance)
        try:
            outcomes[judged(data)] += 1
        except Exception as error:
            place = Path(f"fuzz-{arguments.seed}-{run}.xml")
            place.write_bytes(data)
            print(f"run {run}: {type(error).__name__}: {error}; input in {place}", file=sys.stderr)
            return 1
    passed = time.monotonic() - begin
    told = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    print(f"{arguments.runs} inputs in {passed:.0f} s, {arguments.runs / passed:.0f}/s: {told}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="folder of example beams")
    return parser.parse_args()


def judged(data: bytes) -> str:
    """Return what became of an input; raise whatever the reader should not."""
    try:
        result = parse_beam(data, "fuzz")
        whole = _read_whole(data)
    except InputError as error:
        if "\n" in str(error) or not str(error).startswith("fuzz"):
            raise AssertionError(f"not one line with its place: {error!r}") from error
        return "unreadable"
    if result.findings != whole.findings:
        raise AssertionError("taking out regular points changes the findings")
    for finding in result.findings:
        if "\n" in str(finding):
            raise AssertionError(f"not one line: {finding!r}")
    if result.beam is None or has_errors(result.findings):
        return "with errors"
    if result.beam != whole.beam:
        raise AssertionError("taking out regular points changes the beam")
    again = parse_beam(beam_to_xml(result.beam, keep_dialect=True), "again")
    if again.beam != result.beam:
        raise AssertionError("the beam changed when it was written and read")
    return "without errors"


def _read_whole(data: bytes) -> reader.ReadResult:
    """Read without taking regular points out."""
    with mock.patch.object(reader, "take_out", return_value=None):
        return parse_beam(data, "fuzz")


def mutated(seeds: list[bytes], chance: random.Random) -> bytes:
    """Return one of the seeds with a few changes."""
    data = chance.choice(seeds)
    if chance.random() < 0.6:
        data = _elements_changed(data, chance)
    if chance.random() < 0.5:
        data = _bytes_changed(data, seeds, chance)
    return data


def _elements_changed(data: bytes, chance: random.Random) -> bytes:
    root = etree.fromstring(data)
    for _ in range(chance.randint(1, 4)):
        elements = list(root.iter(etree.Element))
        element = chance.choice(elements)
        parent = element.getparent()
        match chance.randrange(9):
            case 0 if parent is not None:
                parent.remove(element)
            case 1 if parent is not None:
                parent.append(etree.fromstring(etree.tostring(element, with_tail=False)))
            case 2 if parent is not None:
                parent.insert(0, element)
            case 3:
                element.tag = chance.choice(NAMES)
            case 4:
                element.set(chance.choice(("Id", "axis", "Tol", "id")), _nasty(chance))
            case 5:
                element.tail = _nasty(chance)
            case 6:
                other = chance.choice(elements)
                element.append(etree.fromstring(etree.tostring(other, with_tail=False)))
            case 7 if element.text:
                tokens = element.text.split(" ")
                tokens[chance.randrange(len(tokens))] = _nasty(chance)
                element.text = " ".join(tokens)
            case _:
                element.text = _nasty(chance)
    return etree.tostring(root, encoding="utf-8")


def _nasty(chance: random.Random) -> str:
    return chance.choice(NASTY)


def _bytes_changed(data: bytes, seeds: list[bytes], chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 3)):
        first = chance.randrange(len(data) + 1)
        last = min(len(data), first + chance.choice((1, 1, 2, 8, 64, 512)))
        match chance.randrange(7):
            case 0:
                data = data[:first] + data[last:]
            case 1:
                data = data[:first] + chance.choice(BYTES) + data[first:]
            case 2:
                data = data[:first] + bytes([chance.randrange(256)]) + data[last:]
            case 3:
                data = data[:last] + data[first:last] * chance.randint(1, 3) + data[last:]
            case 4:
                data = data[:first]
            case 5:
                other = chance.choice(seeds)
                data = data[:first] + other[chance.randrange(len(other)) :]
            case _:
                data = data[:first] + _nasty(chance).encode() + data[last:]
    return data


if __name__ == "__main__":
    sys.exit(main())
