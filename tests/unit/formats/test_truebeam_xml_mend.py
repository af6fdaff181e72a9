"""Mended copies: what is mended, and that all else stays as it was."""

from pathlib import Path

import pytest

from linacsim.formats.truebeam_xml import mend, read_beam
from linacsim.model.findings import InputError, has_errors

SLIPS = """<?xml version="1.0" encoding="utf-8"?>
<!-- eFocalSpot  stays   here -->
<SetBeam><Id>1</Id><MLCModel>nds80</MLCModel><Accs></Accs>\r
<ControlPoints><Cp  ><SubBeam><Seq>0</Seq><Name>  two  blanks é </Name></SubBeam>
<Energy>6x</Energy><Mu>0</Mu><DRate>300</DRate>
<Mlc><ID>1</ID><B>BANK</B><A>
   BANK
</A></Mlc></Cp><Cp><Mu> 5 </Mu></Cp></ControlPoints>
<ImagingParameters><DuringTreatment/><ImagingPoints><ImagingPoint><Cp>0.5</Cp>
<Acquisition><AcquisitionId>1</AcquisitionId>
<AcquisitionSpecs><Handshake>>true</Handshake><KV>&gt;True</KV></AcquisitionSpecs>
<AcquisitionParameters><ImageMode id='High > res'/>
<Movie><Parameters><width>3</width><frameRate>2</frameRate></Parameters></Movie>
<KV><KiloVolts>80</KiloVolts><MilliAmperes>50</MilliAmperes><MilliSeconds>10</MilliSeconds>
<eFocalSpot>large</eFocalSpot><eFluoroLevelControl>None</eFluoroLevelControl></KV>
</AcquisitionParameters></Acquisition></ImagingPoint></ImagingPoints><ImagingTolerances/>
</ImagingParameters><Tracking><Axes><Mlc MotionType="target"/></Axes></Tracking></SetBeam>
"""
PLAIN = " ".join(["0"] * 40)
MENDED = {
    ">nds80<": ">NDS80<",
    "<B>BANK</B>": f"<B>{PLAIN}</B>",
    "<A>\n   BANK\n</A>": f"<A>{PLAIN}</A>",
    "<Handshake>>true": "<Handshake>true",
    "<KV>&gt;True": "<KV>true",
    "<width>3</width>": "<Width>3</Width>",
    "<frameRate>2</frameRate>": "<FrameRate>2</FrameRate>",
    "<eFocalSpot>large</eFocalSpot>": "<FocalSpot>Large</FocalSpot>",
    "<eFluoroLevelControl>None</eFluoroLevelControl>": (
        "<FluoroLevelControl>None</FluoroLevelControl>"
    ),
    "<Mlc Mo": "<MLc Mo",
}


def slips(encoding: str = "utf-8") -> bytes:
    uneven = "0  " + "\t".join(["0"] * 20) + "\n" + " ".join(["0"] * 19)
    return SLIPS.replace("BANK", uneven).encode(encoding)


def expected() -> bytes:
    text = SLIPS
    for old, new in MENDED.items():
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def test_only_slips_with_one_obvious_mend_change(tmp_path: Path) -> None:
    source, out = tmp_path / "beam.xml", tmp_path / "beam.fixed.xml"
    source.write_bytes(slips())
    findings = mend(source, out)
    assert out.read_bytes() == expected()
    assert source.read_bytes() == slips()
    assert not has_errors(read_beam(out).findings)
    assert read_beam(out).beam == read_beam(source).beam
    assert len(findings) == 11
    first = findings[0]
    assert (first.rule, first.place.line) == ("structure.mended", 3)
    assert "'nds80' became 'NDS80'" in first.found


def test_mending_twice_mends_nothing_more(tmp_path: Path) -> None:
    source, out = tmp_path / "beam.xml", tmp_path / "beam.fixed.xml"
    source.write_bytes(slips())
    mend(source, out)
    assert mend(out, tmp_path / "again.xml") == ()
    assert not (tmp_path / "again.xml").exists()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "iso-8859-1", "utf-16"])
def test_the_encoding_stays(tmp_path: Path, encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    source, out = tmp_path / "beam.xml", tmp_path / "beam.fixed.xml"
    source.write_bytes(slips().decode().replace("utf-8", declared).encode(encoding))
    mend(source, out)
    assert out.read_bytes().decode(encoding) == expected().decode().replace("utf-8", declared)
    assert not has_errors(read_beam(out).findings)


def test_a_bank_with_a_comment_inside_is_left_alone(tmp_path: Path) -> None:
    source = tmp_path / "beam.xml"
    commented = f"{PLAIN[:10]} <!-- half --> {PLAIN[10:]}"
    text = SLIPS.replace("BANK", commented)
    source.write_text(text)
    mend(source, tmp_path / "out.xml")
    assert commented in (tmp_path / "out.xml").read_text()


def test_the_source_is_never_overwritten(tmp_path: Path) -> None:
    source = tmp_path / "beam.xml"
    source.write_bytes(slips())
    link = tmp_path / "link.xml"
    link.symlink_to(source)
    for out in (source, link):
        with pytest.raises(InputError, match="overwrite its source"):
            mend(source, out)
    assert source.read_bytes() == slips()


def test_what_is_not_xml_is_not_mended(tmp_path: Path) -> None:
    source = tmp_path / "beam.xml"
    source.write_bytes(slips()[:-20])
    with pytest.raises(InputError, match="well-formed"):
        mend(source, tmp_path / "out.xml")
    assert not (tmp_path / "out.xml").exists()


def test_real_files_need_no_mend(shared_data: Path, tmp_path: Path) -> None:
    for path in sorted((shared_data / "xml").glob("*.xml")):
        assert mend(path, tmp_path / path.name) == ()
