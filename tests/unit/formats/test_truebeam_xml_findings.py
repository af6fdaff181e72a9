"""What the reader says about slips: rule, line, control point, what is allowed, how to mend it."""

from pathlib import Path

import pytest

from linacsim.formats.truebeam_xml import parse_beam, read_beam
from linacsim.formats.truebeam_xml.document import MAX_BYTES
from linacsim.model.findings import Finding, InputError, Severity, has_errors

FOUR = Path(__file__).parent / "xml_seeds" / "dialect_4.xml"
BANK = " ".join(["1"] * 40)
MLC = f"<Mlc>\n<ID>1</ID>\n<B>{BANK}</B>\n<A>{BANK}</A>\n</Mlc>"
FIRST = "<SubBeam><Seq>0</Seq></SubBeam>\n<Energy>6x</Energy>\n<Mu>0</Mu>\n<DRate>300</DRate>"
ACQUISITION = """<Acquisition><AcquisitionId>1</AcquisitionId><AcquisitionSpecs/>
<AcquisitionParameters><ImageMode id="Highres"/><MV/></AcquisitionParameters></Acquisition>"""
IMAGING = f"""<ImagingParameters><DuringTreatment/><ImagingPoints><ImagingPoint><Cp>0</Cp>
{ACQUISITION}</ImagingPoint></ImagingPoints><ImagingTolerances/></ImagingParameters>"""
PLAIN = f"""<VarianResearchBeam SchemaVersion="1.0">
<SetBeam>
<Id>1</Id>
<MLCModel>NDS80</MLCModel>
<Accs/>
<ControlPoints>
<Cp>
{FIRST}
{MLC}
</Cp>
<Cp><Mu>10</Mu></Cp>
</ControlPoints>
{IMAGING}
</SetBeam>
</VarianResearchBeam>"""


def findings(text: str) -> tuple[Finding, ...]:
    return parse_beam(text.encode(), "beam.xml").findings


def only(text: str) -> Finding:
    """Return the one finding about a text."""
    found = findings(text)
    assert len(found) == 1, [str(item) for item in found]
    return found[0]


def changed(old: str, new: str) -> str:
    assert old in PLAIN
    return PLAIN.replace(old, new, 1)


def test_nothing_is_said_about_a_right_beam() -> None:
    assert findings(PLAIN) == ()


SLIPS = {
    "no id": ("<Id>1</Id>\n", "", "missing-element", 2),
    "no MLC model": ("<MLCModel>NDS80</MLCModel>\n", "", "missing-element", 2),
    "no Accs": ("<Accs/>\n", "", "missing-element", 2),
    "no SubBeam": ("<SubBeam><Seq>0</Seq></SubBeam>\n", "", "missing-element", 7),
    "no energy": ("<Energy>6x</Energy>\n", "", "missing-element", 7),
    "no Mu": ("<Mu>0</Mu>\n", "", "missing-element", 7),
    "no dose rate": ("\n<DRate>300</DRate>", "", "missing-element", 7),
    "no Seq": ("<Seq>0</Seq>", "", "missing-element", 8),
    "no ID": ("<ID>1</ID>\n", "", "missing-element", 12),
    "no bank": (f"<B>{BANK}</B>\n", "", "missing-element", 12),
    "no tolerances": ("<ImagingTolerances/>", "", "missing-element", 20),
    "no image mode": ('<ImageMode id="Highres"/>', "", "missing-element", 22),
    "no image points": ("<Cp>0</Cp>\n", "", "missing-element", 20),
    "no mode id": (' id="Highres"', "", "missing-attribute", 22),
    "neither during nor outside": ("<DuringTreatment/>", "", "missing-element", 20),
    "first Mu": ("<Mu>0</Mu>", "<Mu>1</Mu>", "first-mu", 7),
    "wrong version": ('SchemaVersion="1.0"', 'SchemaVersion="2.0"', "schema-version", 1),
    "no version": (' SchemaVersion="1.0"', "", "missing-attribute", 1),
    "other scale": ('="1.0"', '="1.0" Scale="IECContinuous"', "scale", 1),
    "unknown axis": ("<Mu>10</Mu>", "<Gantry>10</Gantry>", "unknown-element", 18),
    "unknown beside points": ("</ControlPoints>", "<Note/></ControlPoints>", "unknown-element", 19),
    "unknown in SetBeam": ("<Accs/>", "<Accs/><Acc/>", "unknown-element", 5),
    "unknown in Mlc": ("<ID>1</ID>", "<ID>1</ID><C/>", "unknown-element", 13),
    "inside a value": ("<Mu>10</Mu>", "<Mu>10<X1/></Mu>", "unknown-element", 18),
    "inside a bank": (f"{BANK}</A>", f"{BANK}<X1/></A>", "unknown-element", 15),
    "beside SetBeam": ("</SetBeam>", "</SetBeam><Note/>", "unknown-element", 23),
    "unknown attribute": ("<Cp><Mu>", '<Cp a="1"><Mu>', "unknown-attribute", 18),
    "attribute of a value": ("<Mu>10", '<Mu a="1">10', "unknown-attribute", 18),
    "text in a point": ("<Cp><Mu>", "<Cp>ten<Mu>", "stray-text", 18),
    "text after a value": ("10</Mu>", "10</Mu>MU", "stray-text", 18),
    "text in Mlc": ("<Mlc>\n", "<Mlc>leaves", "stray-text", 12),
    "text in SetBeam": ("<Accs/>", "<Accs/>none", "stray-text", 5),
    "text in the root": ("</SetBeam>\n", "</SetBeam>end", "stray-text", 1),
    "order in a point": ("<Mu>10</Mu>", "<X1>1</X1><Mu>10</Mu>", "order", 18),
    "order in SetBeam": ("<Accs/>", "<Accs/><VelTable/>", "order", 5),
    "order in Mlc": (MLC, f"<Mlc><ID>1</ID><A>{BANK}</A><B>{BANK}</B></Mlc>", "order", 12),
    "axis twice": ("<Mu>10</Mu>", "<Mu>10</Mu><Mu>11</Mu>", "duplicate", 18),
    "MLC twice": (MLC, MLC + MLC, "duplicate", 16),
    "Accs twice": ("<Accs/>", "<Accs/><Accs/>", "duplicate", 5),
    "two beams": ("</SetBeam>", "</SetBeam><SetBeam/>", "duplicate", 23),
    "both sources": (
        "<MV/>",
        "<MV/><KV><KiloVolts>1</KiloVolts><MilliAmperes>1</MilliAmperes>"
        "<MilliSeconds>1</MilliSeconds></KV>",
        "choice",
        22,
    ),
    "not a number": ("<Mu>10</Mu>", "<Mu>ten</Mu>", "type", 18),
    "empty number": ("<Mu>10</Mu>", "<Mu></Mu>", "type", 18),
    "comma": ("<Mu>10</Mu>", "<Mu>1,5</Mu>", "type", 18),
    "underscore": ("<Mu>10</Mu>", "<Mu>1_0</Mu>", "type", 18),
    "not a whole number": ("<Id>1</Id>", "<Id>1.5</Id>", "type", 3),
    "leaf is text": ("<A>1 ", "<A>x ", "type", 15),
    "not finite": ("<Mu>10</Mu>", "<Mu>NaN</Mu>", "not-finite", 18),
    "infinite": ("<Mu>10</Mu>", "<Mu>INF</Mu>", "not-finite", 18),
    "too large": ("<Mu>10</Mu>", "<Mu>1e999</Mu>", "not-finite", 18),
    "leaf not finite": ("<A>1 ", "<A>-INF ", "not-finite", 15),
    "imaging not finite": ("<Cp>0</Cp>", "<Cp>NaN</Cp>", "not-finite", 20),
    "negative Seq": ("<Seq>0</Seq>", "<Seq>-1</Seq>", "range", 8),
    "third filter": (
        "</Acquisition></I",
        "</Acquisition><KvFilters><Foil>3</Foil></KvFilters></I",
        "range",
        22,
    ),
    "third MLC": ("<ID>1</ID>", "<ID>3</ID>", "range", 13),
    "wrong model": ("NDS80<", "NDS81<", "enumeration", 4),
    "two blanks": ("<A>1 ", "<A>1  ", "leaf-separator", 15),
    "tab": ("<A>1 ", "<A>1\t", "leaf-separator", 15),
    "line break": ("<A>1 ", "<A>1\n", "leaf-separator", 15),
    "blank before": ("<A>", "<A> ", "leaf-separator", 15),
    "39 leaves": ("<A>1 ", "<A>", "leaf-count", 15),
    "41 leaves": ("<B>1 ", "<B>1 1 ", "leaf-count", 14),
    "no leaves": (f"<B>{BANK}", "<B>", "leaf-count", 14),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_slips_are_found_with_their_line(slip: str) -> None:
    old, new, rule, line = SLIPS[slip]
    text = changed(old, new)
    finding = only(text)
    assert finding.rule == f"structure.{rule}"
    assert finding.severity is Severity.ERROR
    assert finding.place.line == line
    assert finding.place.file == "beam.xml"
    assert finding.found


def test_the_control_point_is_named() -> None:
    finding = only(changed("<Mu>10</Mu>", "<Mu>10</Mu><Gantri>5</Gantri>"))
    assert finding.place.control_point == 1
    assert finding.place.element == "Gantri"


@pytest.mark.parametrize(
    ("old", "new", "mend"),
    [
        ("<Mu>10</Mu>", "<GantryRnt>1</GantryRnt>", "did you mean GantryRtn?"),
        ("<Mu>10</Mu>", "<mu>1</mu>", "did you mean Mu?"),
        ("<Accs/>", "<Accs/><Traking/>", "did you mean Tracking?"),
        ("<Mu>10</Mu>", "<Zzzzzz>1</Zzzzzz>", "remove it"),
        ("<ImageMode id=", '<ImageMode ID="x" id=', "did you mean id?"),
        ("NDS80<", "NDS120-HD<", "did you mean NDS120HD?"),
        ("NDS80<", "nds80<", "write NDS80"),
        (
            "<AcquisitionSpecs/>",
            "<AcquisitionSpecs><KV>>true</KV></AcquisitionSpecs>",
            "write true",
        ),
        ("<AcquisitionSpecs/>", "<AcquisitionSpecs><KV>TRUE</KV></AcquisitionSpecs>", "write true"),
    ],
)
def test_the_mend_names_what_was_meant(old: str, new: str, mend: str) -> None:
    assert only(changed(old, new)).mend == mend


def test_a_stray_sign_is_an_error_but_the_value_is_what_was_meant() -> None:
    text = changed(
        "<AcquisitionSpecs/>", "<AcquisitionSpecs><Handshake>>true</Handshake></AcquisitionSpecs>"
    )
    result = parse_beam(text.encode(), "beam.xml")
    assert has_errors(result.findings)
    assert result.beam is not None
    assert result.beam.imaging is not None
    assert result.beam.imaging.points[0].acquisitions[0].specs.handshake is True


def test_of_an_element_that_is_there_twice_the_first_counts() -> None:
    result = parse_beam(changed("<Mu>10</Mu>", "<Mu>10</Mu><Mu>11</Mu>").encode(), "beam.xml")
    assert result.beam is not None
    assert result.beam.control_points.mu.tolist() == [0, 10]


def test_order_is_softened_for_files_of_dialect_4_only() -> None:
    swapped = "<Accs/>\n<VelTable/>"
    assert only(changed("<Accs/>", swapped)).severity is Severity.ERROR
    orders = [item for item in read_beam(FOUR).findings if item.rule == "structure.order"]
    assert [item.severity for item in orders] == [Severity.WARNING]


def test_couch_axes_named_both_ways_are_an_error() -> None:
    both = "<Mu>10</Mu><CouchVrtISO>1</CouchVrtISO><CouchLat>2</CouchLat>"
    rules = {item.rule for item in findings(changed("<Mu>10</Mu>", both))}
    assert rules == {"structure.dialect-4", "structure.mixed-couch"}


def test_one_image_point_alone_may_have_one_control_point() -> None:
    assert findings(changed("<Cp><Mu>10</Mu></Cp>\n", "")) == ()


def test_a_file_full_of_slips_gives_a_short_list() -> None:
    slips = "<Cp><Gantri>1</Gantri></Cp>" * 500
    found = findings(changed("<Cp><Mu>10</Mu></Cp>", slips))
    assert len(found) == 4
    assert found[-1].found == "497 more of these about Gantri"
    assert has_errors(found)


def test_different_things_that_are_missing_are_all_told() -> None:
    found = findings(changed(FIRST, ""))
    assert [item.allowed for item in found] == [
        f"{name} is mandatory" for name in ("SubBeam", "Energy", "Mu", "DRate")
    ]


def test_no_control_points_give_no_beam() -> None:
    empty = "<SetBeam><Id>1</Id><MLCModel>NDS80</MLCModel><Accs/><ControlPoints/></SetBeam>"
    for text in (empty, empty.replace("<ControlPoints/>", "")):
        result = parse_beam(text.encode(), "beam.xml")
        assert result.beam is None
        assert [item.rule for item in result.findings] == ["structure.missing-element"]


BOMB = """<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<SetBeam><Id>&c;</Id></SetBeam>"""
UNREADABLE = {
    "empty": (b"", "beam.xml: the file is empty"),
    "blank": (b"  \n", "well-formed"),
    "not XML": (b"MZ\x90\x00\x03", "well-formed"),
    "binary": (bytes(range(256)), "well-formed"),
    "text": (b"hello", "beam.xml:1: not well-formed XML"),
    "truncated": (PLAIN.encode()[:400], "well-formed"),
    "missing end tag": (PLAIN.replace("</Mlc>", "", 1).encode(), "beam.xml:17: not well-formed"),
    "wrong root": (b"<html><body/></html>", "beam.xml:1: the root element is html"),
    "schema itself": (b'<s xmlns="http://www.w3.org/2001/XMLSchema"/>', "the root element is"),
    "no SetBeam": (b"<VarianResearchBeam/>", "holds no SetBeam"),
    "entity bomb": (BOMB.encode(), "DOCTYPE is not accepted"),
    "bomb with BOM": (b"\xef\xbb\xbf<?xml version='1.0'?>" + BOMB.encode(), "DOCTYPE"),
    "bomb in UTF-16": (BOMB.encode("utf-16"), "DOCTYPE"),
    "bomb behind a long comment": (b"<!--" + b"x" * 100_000 + b"-->" + BOMB.encode(), "DOCTYPE"),
    "external entity": (
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><SetBeam>&e;</SetBeam>',
        "DOCTYPE",
    ),
    "undeclared entity": (b"<SetBeam>&e;</SetBeam>", "beam.xml:1: not well-formed"),
    "too deep": (b"<SetBeam>" + b"<a>" * 9000 + b"</a>" * 9000 + b"</SetBeam>", "well-formed"),
    "too large": (b" " * (MAX_BYTES + 1), "bytes"),
    "unknown encoding": (b'<?xml version="1.0" encoding="none"?><SetBeam/>', "well-formed"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_gives_one_clear_line(case: str) -> None:
    data, text = UNREADABLE[case]
    with pytest.raises(InputError) as caught:
        parse_beam(data, "beam.xml")
    line = str(caught.value)
    assert line.startswith("beam.xml")
    assert text in line
    assert "\n" not in line


def test_files_give_the_same_errors_as_bytes(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read the file"):
        read_beam(tmp_path / "missing.xml")
    with pytest.raises(InputError, match="cannot read the file"):
        read_beam(tmp_path)
    for case, (data, text) in UNREADABLE.items():
        path = tmp_path / f"{case}.xml"
        path.write_bytes(data)
        with pytest.raises(InputError) as caught:
            read_beam(path)
        assert text.removeprefix("beam.xml") in str(caught.value)


def test_bom_and_other_encodings_are_read() -> None:
    expected = parse_beam(PLAIN.encode(), "beam.xml").beam
    declared = '<?xml version="1.0" encoding="{}"?>\n' + PLAIN
    for data in (
        PLAIN.encode("utf-8-sig"),
        declared.format("utf-8").encode("utf-8-sig"),
        declared.format("iso-8859-1").encode("iso-8859-1"),
        declared.format("utf-16").encode("utf-16"),
    ):
        assert parse_beam(data, "beam.xml").beam == expected
