"""Journals: what is written is read; what was altered is refused with its line."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linacsim.engines.journal import Journal, JournalWriter, read_journal
from linacsim.engines.message_record import from_line, to_line
from linacsim.machine.linac import Linac
from linacsim.machines import load_machine
from linacsim.machines.record import to_record
from linacsim.model.findings import InputError
from linacsim.model.interlocks import Right
from linacsim.model.messages import (
    Action,
    DeviceNote,
    DeviceReport,
    Fault,
    FaultKind,
    HoldLine,
    Load,
    Message,
    Operator,
    Samples,
    Standing,
)
from linacsim.model.samples import PositionSample
from linacsim.model.signals import Inputs
from tests.beams import make_beam
from tests.journals import contents, reseal

MACHINE = load_machine("truebeam-m120")
BEAM = make_beam({"Mu": 0, "GantryRtn": 180.1, "leaves": (1.1, 2.3)}, {"Mu": 1.7, "GantryRtn": 179})
INPUTS: dict[int, tuple[Message, ...]] = {
    0: (Load(BEAM), Operator(Action.PREPARE)),
    7: (Operator(Action.MOVE, "CouchLng", -0.1), Fault(FaultKind.AXIS_STUCK, "leaf B17")),
    9: (Fault(FaultKind.DOSE_RATE, value=0.25, clear=True),),
}


def write(path: Path, inputs: dict[int, tuple[Message, ...]] = INPUTS, *, ticks: int = 5) -> Path:
    writer = JournalWriter(path, MACHINE, 42, Right.SERVICE)
    for tick, messages in inputs.items():
        writer.record(tick, Inputs(messages))
    linac = Linac(MACHINE, seed=42)
    for _ in range(ticks):
        writer.write(linac.tick())
    writer.close()
    return path


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return write(tmp_path / "run.journal")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal that tests copy, never change."""
    return write(tmp_path_factory.mktemp("journal") / "run.journal")


def test_what_is_written_is_read(journal: Path) -> None:
    read = read_journal(journal)
    assert to_record(read.machine) == to_record(MACHINE)
    assert (read.seed, read.rights, read.ticks) == (42, Right.SERVICE, 5)
    assert read.inputs == INPUTS
    assert set(read.versions) == {"linacsim", "numpy"}
    assert read.digest is not None
    assert set(read.columns) >= {"state", "actual", "mu_actual", "interlocks"}


def test_head_says_what_it_is_for(journal: Path) -> None:
    assert "Research and test use only" in journal.read_text(encoding="utf-8").split("\n")[0]


@pytest.mark.parametrize(
    "message",
    [
        Load(BEAM),
        *(Operator(action, "x", 0.1) for action in Action),
        HoldLine(4, True, 123_456_789_012),
        DeviceReport("camera", Standing.HOLD, "no sample for 120 ms"),
        DeviceNote("camera", "uneven arrival (fault 6): 34 ms"),
        *(Fault(kind, "GantryRtn", 1 / 3, clear=True) for kind in FaultKind),
    ],
    ids=lambda m: getattr(m, "action", None) or getattr(m, "kind", "load"),
)
def test_every_message_survives(message: Message) -> None:
    assert from_line(json.loads(json.dumps(to_line(message)))) == message


def read_altered(data: bytes, folder: Path) -> Journal:
    path = folder / "altered.journal"
    path.write_bytes(data)
    return read_journal(path)


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(choice=st.data())
def test_each_altered_byte_is_refused_with_its_line(
    choice: st.DataObject, written: Path, tmp_path: Path
) -> None:
    data = bytearray(written.read_bytes())
    # Most bytes are the machine's in the head: choose a line first, then a byte in it.
    edges = [0, *(k + 1 for k, byte in enumerate(data) if byte == ord("\n"))]
    line = choice.draw(st.integers(0, len(edges) - 2))
    at = choice.draw(st.integers(edges[line], edges[line + 1] - 1))
    data[at] = choice.draw(st.integers(0, 127).filter(lambda byte: byte != data[at]))
    with pytest.raises(InputError) as refused:
        read_altered(bytes(data), tmp_path)
    assert refused.value.place.line == line + 1


def test_an_altered_last_line_end_is_refused(journal: Path) -> None:
    data = journal.read_bytes()
    with pytest.raises(InputError, match="seal") as refused:
        read_altered(data[:-1] + b"\r", journal.parent)
    assert refused.value.place.line == data.count(b"\n")


@pytest.mark.parametrize("more", [b"x", b"x\n", b"\n"])
def test_what_was_added_behind_the_end_is_refused(more: bytes, journal: Path) -> None:
    data = journal.read_bytes()
    with pytest.raises(InputError, match="seal") as refused:
        read_altered(data + more, journal.parent)
    assert refused.value.place.line == data.count(b"\n") + 1


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_missing_line_is_refused_where_it_is_missed(line: int, journal: Path) -> None:
    rows = journal.read_bytes().splitlines(keepends=True)
    del rows[line]
    with pytest.raises(InputError, match="seal") as refused:
        read_altered(b"".join(rows), journal.parent)
    assert refused.value.place.line == line + 1


def test_lines_in_another_order_are_refused(journal: Path) -> None:
    rows = journal.read_bytes().splitlines(keepends=True)
    rows[1], rows[2] = rows[2], rows[1]
    with pytest.raises(InputError) as refused:
        read_altered(b"".join(rows), journal.parent)
    assert refused.value.place.line == 2


def test_an_altered_line_end_is_refused(journal: Path) -> None:
    with pytest.raises(InputError, match="seal"):
        read_altered(journal.read_bytes().replace(b"\n", b"\r\n"), journal.parent)


@pytest.mark.parametrize("left", [1, 70, -1])
def test_a_torn_last_line_is_left_out(left: int, journal: Path) -> None:
    *whole, last = journal.read_bytes().splitlines(keepends=True)
    read = read_altered(b"".join(whole) + last[:left], journal.parent)
    assert read.inputs == INPUTS
    assert read.digest is None
    assert read.columns == {}
    assert read.ticks == max(INPUTS) + 1


def test_a_journal_without_inputs(tmp_path: Path) -> None:
    path = write(tmp_path / "idle.journal", {}, ticks=3)
    assert read_journal(path).ticks == 3
    head = path.read_bytes().splitlines(keepends=True)[0]
    assert read_altered(head, tmp_path).ticks == 0


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"some text\n", b"{}\n", b"\xff\xfe\x00\n", b"VOSTL" + bytes(2000)],
    ids=["empty", "blank", "text", "json", "not utf-8", "a log"],
)
def test_what_is_no_journal_is_refused_by_name(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"altered\.journal"):
        read_altered(data, tmp_path)


@pytest.mark.parametrize("text", ["[1]", "nonsense", "7"])
def test_sealed_lines_that_hold_no_record_are_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no journal"):
        read_altered(reseal([text]), tmp_path)


def test_another_format_is_refused(journal: Path) -> None:
    rows = contents(journal)
    rows[0]["journal"] = 2
    with pytest.raises(InputError, match="format 1"):
        read_altered(reseal(rows), journal.parent)


ODD = {
    "unknown message": (1, "messages", [{"message": "greet"}]),
    "unknown action": (1, "messages", [{"message": "operator", "action": "dance"}]),
    "unknown fault": (1, "messages", [{"message": "fault", "kind": "haunted"}]),
    "unknown member": (1, "messages", [{"message": "operator", "action": "prepare", "mood": 1}]),
    "no beam": (1, "messages", [{"message": "load", "beam": "<SetBeam/>"}]),
    "no messages": (1, "messages", None),
    "unknown rights": (0, "rights", "PHYSICIST"),
    "no seed": (0, "seed", ...),
    "machine of another version": (0, "machine", {"name": "x"}),
    "no tick": (1, "tick", ...),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_what_another_version_wrote_is_refused_as_such(
    odd: tuple[int, str, object], journal: Path
) -> None:
    line, member, value = odd
    rows = contents(journal)
    if value is ...:
        del rows[line][member]
    else:
        rows[line][member] = value
    with pytest.raises(InputError, match="another version"):
        read_altered(reseal(rows), journal.parent)


def test_a_folder_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        JournalWriter(tmp_path / "nowhere" / "run.journal", MACHINE, 1, Right.BASIC)


def test_samples_come_back_as_they_were() -> None:
    sent = Samples(
        "NDI",
        (
            PositionSample(1, 2, 0.1, 0.2, 0.3),
            PositionSample(3, 4, 0, 0, 0, False),
            PositionSample(5, 6, 0, 0, math.nan, False, 1.0),
            PositionSample(7, 8, 0, 0, 0, couch=(100.0, 100.0, 0.1, 180.0, 0.0, 0.0)),
        ),
    )
    line = json.loads(json.dumps(to_line(sent), allow_nan=False))
    back = from_line(line)
    assert isinstance(back, Samples)
    assert repr(back) == repr(sent)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told_with_the_place() -> None:
    with pytest.raises(InputError, match="/dev/full: cannot write the journal: No space left"):
        JournalWriter(Path("/dev/full"), MACHINE, 1, Right.BASIC)


def test_an_abandoned_journal_leaves_no_file(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path / "run.journal", MACHINE, 1, Right.BASIC)
    writer.abandon()
    assert list(tmp_path.iterdir()) == []
