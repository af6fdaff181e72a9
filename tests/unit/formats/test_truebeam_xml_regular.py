"""Regular control points are read apart from the XML parser, to the same effect."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from linacsim.formats.truebeam_xml import parse_beam, reader
from linacsim.formats.truebeam_xml.reader import ReadResult
from linacsim.formats.truebeam_xml.regular import MARK, take_out
from linacsim.model.findings import InputError

HERE = Path(__file__).parent
FILES = sorted(HERE.rglob("*.xml"))
FIRST = "<Cp><SubBeam><Seq>0</Seq></SubBeam><Energy>6x</Energy><Mu>0</Mu><DRate>9</DRate></Cp>"
BANK = " ".join(["1.5"] * 40)
MLC = f"<Mlc>\n<ID>1</ID>\n<B>{BANK}</B>\n<A>-{BANK}</A>\n</Mlc>"


def document(*points: str, model: str = "NDS80", head: str = "", first: str = FIRST) -> bytes:
    text = "\n".join((first, *points))
    return (
        f"<SetBeam>{head}<Id>1</Id>\n<MLCModel>{model}</MLCModel>\n<Accs/>\n"
        f"<ControlPoints>\n{text}\n</ControlPoints>\n</SetBeam>"
    ).encode()


def taken(data: bytes) -> int:
    regular = take_out(data)
    return 0 if regular is None else len(regular.numbers)


def whole(data: bytes, monkeypatch: pytest.MonkeyPatch) -> ReadResult:
    """Read without taking anything out."""
    with monkeypatch.context() as patch:
        patch.setattr(reader, "take_out", lambda data: None)
        return parse_beam(data, "beam.xml")


def outcome(
    data: bytes,
    monkeypatch: pytest.MonkeyPatch,
    read: Callable[[bytes, pytest.MonkeyPatch], ReadResult],
) -> object:
    """Return findings, or the text of the error."""
    try:
        return read(data, monkeypatch).findings
    except InputError as error:
        return str(error)


def same_both_ways(data: bytes, monkeypatch: pytest.MonkeyPatch) -> ReadResult:
    result = parse_beam(data, "beam.xml")
    slow = whole(data, monkeypatch)
    assert result.findings == slow.findings
    assert result.beam == slow.beam
    if result.beam is not None and slow.beam is not None:
        lines = result.beam.control_points.line, slow.beam.control_points.line
        assert np.array_equal(*lines)
    return result


REGULAR = [
    "<Cp><Mu>1</Mu></Cp>",
    "<Cp>\n  <Mu>1</Mu>\n  <GantryRtn> 2.50 </GantryRtn>\r\n</Cp>",
    "<Cp></Cp>",
    f"<Cp><X1>1.23456789012</X1>{MLC}</Cp>",
    "<Cp><Mu>3.640000e+02</Mu><DRate>5</DRate><Phase>3</Phase></Cp>",
    f"<Cp>{MLC.replace('1.5', '1.234567890123')}</Cp>",
    f"<Cp>{MLC.replace('1.5', '1e-3')}</Cp>",
]


@pytest.mark.parametrize("point", REGULAR)
def test_regular_points_are_taken_out(point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = document(point, point)
    assert taken(data) == 2
    assert same_both_ways(data, monkeypatch).findings == ()


IRREGULAR = [
    "<Cp/>",
    "<Cp ><Mu>1</Mu></Cp>",
    "<Cp><Mu >1</Mu></Cp>",
    "<Cp><!-- first --><Mu>1</Mu></Cp>",
    "<Cp><Mu>1<!-- MU --></Mu></Cp>",
    "<Cp><Mu>&#49;</Mu></Cp>",
    "<Cp><Mu>ten</Mu></Cp>",
    "<Cp><Mu></Mu></Cp>",
    "<Cp><Mu>1 2</Mu></Cp>",
    "<Cp><Mu>1_0</Mu></Cp>",
    "<Cp><Mu>NaN</Mu></Cp>",
    "<Cp><Mu>1e999</Mu></Cp>",
    "<Cp><Mu>>1</Mu></Cp>",
    "<Cp>>Mu<1>/Mu<</Cp>",
    "<Cp><Mu<1</Mu></Cp>",
    "<Cp><Mu>1</Mu>>/Cp<</Cp>",
    "<Cp>one<Mu>1</Mu></Cp>",
    "<Cp><Mu>1</Mu>one</Cp>",
    "<Cp><Mu>1</Mu>\u00a0</Cp>",
    "<Cp><Gantri>1</Gantri></Cp>",
    "<Cp><X1>1</X1><Mu>1</Mu></Cp>",
    "<Cp><Mu>1</Mu><Mu>1</Mu></Cp>",
    "<Cp><Mu>1<X1>1</X1></Mu></Cp>",
    "<Cp><Energy>6x</Energy></Cp>",
    "<Cp><CouchVrtISO>1</CouchVrtISO></Cp>",
    "<Cp><Cp></Cp></Cp>",
    f"<Cp>{MLC.replace('<ID>1', '<ID>2')}</Cp>",
    f"<Cp>{MLC}{MLC}</Cp>",
    f"<Cp>{MLC.replace('1.5 1.5', '1.5  1.5', 1)}</Cp>",
    f"<Cp>{MLC.replace('1.5 1.5', '1.5', 1)}</Cp>",
    f"<Cp>{MLC.replace('1.5 1.5', '1.5 x', 1)}</Cp>",
    f"<Cp>{MLC.replace('1.5 1.5', '1.5.5 1', 1)}</Cp>",
    f"<Cp>{MLC.replace('1.5 1.5', '1-5', 1)}</Cp>",
    f"<Cp>{MLC.replace('1.5 1.5', '1e999 1', 1)}</Cp>",
    "<Cp><Mlc><B></B><A></A></Mlc></Cp>",
    f"<Cp>{MLC.replace('<B>', '<B>one')}</Cp>",
]


def test_a_bracket_in_a_comment_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    data = document("<!-- 1 > 0 -->", REGULAR[0], "<!-- 0 < 1 -->", REGULAR[1])
    assert taken(data) == 2
    same_both_ways(data, monkeypatch)


@pytest.mark.parametrize("point", IRREGULAR)
def test_other_points_are_left_to_the_parser(point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = document(point)
    assert taken(alone) == 0
    between = document(REGULAR[0], point, REGULAR[0])
    for data in (alone, between):
        assert outcome(data, monkeypatch, whole) == outcome(data, monkeypatch, same_both_ways)


def test_one_bad_number_keeps_its_batch_but_not_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    points = ["<Cp><Mu>1</Mu></Cp>"] * 1200
    points[700] = "<Cp><Mu>one</Mu></Cp>"
    data = document(*points)
    assert taken(data) == 1200 - 512
    result = same_both_ways(data, monkeypatch)
    assert [finding.place.line for finding in result.findings] == [706]


def test_leaves_for_another_model_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    data = document(f"<Cp>{MLC}</Cp>", model="NDS120")
    assert taken(data) == 1
    result = same_both_ways(data, monkeypatch)
    assert {finding.rule for finding in result.findings} == {"structure.leaf-count"}


def test_leaves_of_an_unknown_model_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    data = document(f"<Cp>{MLC}</Cp>", model="STK114")
    result = same_both_ways(data, monkeypatch)
    assert result.beam is not None
    assert result.beam.control_points.leaves.shape == (2, 80)


def test_couch_axes_named_both_ways_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    data = document("<Cp><CouchVrtISO>1</CouchVrtISO></Cp>", "<Cp><CouchLat>1</CouchLat></Cp>")
    rules = {finding.rule for finding in same_both_ways(data, monkeypatch).findings}
    assert "structure.mixed-couch" in rules


@pytest.mark.parametrize(
    "data",
    [
        document(f"<Cp>{MARK}0</Cp>", REGULAR[0]),
        document(REGULAR[0], head=f"<!-- {MARK}0 -->"),
        document("<Cp><TreatProgressEvent><![CDATA[<Cp></Cp>]]></TreatProgressEvent></Cp>"),
        document(REGULAR[0]).replace(b"ControlPoints>", b"ControlPoints >"),
        document(REGULAR[0]).decode().encode("utf-16"),
    ],
)
def test_what_could_be_mistaken_is_left_whole(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert taken(data) == 0
    same_both_ways(data, monkeypatch)


@pytest.mark.parametrize(
    "data",
    [
        document(REGULAR[0], head="<!-- <ControlPoints><Cp></Cp><Cp></Cp></ControlPoints> -->"),
        document(f"<!-- {REGULAR[1]} {REGULAR[1]} -->", REGULAR[0]),
        document(REGULAR[0], "<!-- </ControlPoints> -->", REGULAR[1]),
        document(REGULAR[0], first="<!-- <Cp></Cp> -->"),
        document(f"<Cp>{FIRST}</Cp>", REGULAR[0]),
        document(f"<Cp><Mu>1{REGULAR[0]}</Mu></Cp>", REGULAR[0]),
        document(f"<Cp><Mlc>{REGULAR[0]}</Mlc></Cp>", REGULAR[0]),
        document(REGULAR[0], "</Cp>"),
        document(REGULAR[0], "<Cp>"),
        document(REGULAR[0])[:-30],
    ],
)
def test_points_where_none_should_be_change_nothing(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert outcome(data, monkeypatch, whole) == outcome(data, monkeypatch, same_both_ways)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_our_files_read_the_same_both_ways(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    same_both_ways(path.read_bytes(), monkeypatch)
