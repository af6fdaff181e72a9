"""Hostile senders and power loss: the node stays up, the database stays whole (DP-5, DP-7)."""

import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import warnings
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pynetdicom.ae import ApplicationEntity as AE

from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.database import Service
from linacsim.dicom.desktop_pro.settings import NodeSettings, Timeouts
from tests.elekta_plans import PLAN_CLASS, encoded, good_plan, item, point
from tests.nodes import SENDER, TITLE, running, store
from tools.fuzz_dicom import altered, answered, hostile, request_pdu, throw_at

PLANS = int(os.environ.get("LINACSIM_KILLED_PLANS", "20"))
"""How many plans are sent while the node is killed."""


def sender() -> AE:
    entity = AE(ae_title=SENDER)
    entity.add_requested_context("1.2.840.10008.1.1")
    entity.add_requested_context(PLAN_CLASS)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 60
    return entity


def associated(port: int) -> Any:
    return sender().associate("127.0.0.1", port, ae_title=TITLE)


@pytest.mark.filterwarnings("ignore")
def test_broken_plans_are_answered() -> None:
    chance = random.Random(5)
    good = encoded(good_plan())
    for _ in range(150):
        answered(altered(good, chance))
    for _ in range(60):
        plan = hostile(chance)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                data = encoded(plan)
            except (ValueError, OverflowError, AttributeError, TypeError):
                continue
            answered(data)


def test_broken_pdus_leave_the_node_up(tmp_path: Path) -> None:
    chance = random.Random(6)
    with running(tmp_path) as node:
        for _ in range(12):
            throw_at(node.port, chance)
        last = associated(node.port)
        assert last.is_established
        assert last.send_c_echo().Status == 0x0000
        last.release()
        assert node.service.prescriptions() == []


def test_silent_connections_keep_nobody_waiting(tmp_path: Path) -> None:
    with running(tmp_path) as node:
        silent = [socket.create_connection(("127.0.0.1", node.port)) for _ in range(20)]
        half = silent[0]
        half.sendall(request_pdu()[:50])
        _assert_still_there(node.port)
        for connection in silent:
            connection.close()


def test_silent_connections_are_dropped(tmp_path: Path) -> None:
    settings = NodeSettings(timeouts=Timeouts(acse_s=0.2))
    with running(tmp_path, settings) as node:
        silent = socket.create_connection(("127.0.0.1", node.port))
        silent.settimeout(30)
        assert silent.recv(1) == b""
        silent.close()
    assert any("dropped: no association request" in line for line in node.lines)


def test_a_peer_that_stops_within_a_message_is_ended(tmp_path: Path) -> None:
    settings = NodeSettings(timeouts=Timeouts(idle_s=0.3))
    with running(tmp_path, settings) as node:
        stuck = socket.create_connection(("127.0.0.1", node.port))
        stuck.settimeout(30)
        stuck.sendall(request_pdu())
        assert stuck.recv(1) == b"\x02"
        stuck.sendall(b"\x04\x00\x00\x00\x10\x00\x00")
        while stuck.recv(4096):
            pass
        stuck.close()
        _assert_still_there(node.port)


def test_a_message_that_trickles_is_ended(tmp_path: Path) -> None:
    """One small fragment after another, each in time, but never the last."""
    settings = NodeSettings(timeouts=Timeouts(message_s=0.3))
    _pour(tmp_path, settings, "a message is not whole after 0.3 s", every_s=0.02)


def test_a_message_without_end_is_ended(tmp_path: Path) -> None:
    settings = NodeSettings(max_message_bytes=100_000)
    _pour(tmp_path, settings, "a message has more than 100000 bytes", size=8_000)


def test_a_pdu_larger_than_was_negotiated_is_not_read(tmp_path: Path) -> None:
    with running(tmp_path) as node:
        one = accepted(node.port)
        one.sendall(struct.pack(">BBI", 4, 0, 0xFFFF_FFF0) + bytes(100))
        while one.recv(4096):
            pass
        one.close()
        _assert_still_there(node.port)


def _pour(
    folder: Path, settings: NodeSettings, told: str, *, size: int = 10, every_s: float = 0.0
) -> None:
    """Send fragments of a command that never ends until the node ends the association."""
    fragment = struct.pack(">IBB", size + 2, 1, 0b01) + bytes(size)
    pdu = struct.pack(">BBI", 4, 0, len(fragment)) + fragment
    with running(folder, settings) as node:
        one = accepted(node.port)
        with one, suppress(ConnectionError):
            while True:
                one.sendall(pdu)
                time.sleep(every_s)
        _assert_still_there(node.port)
    assert any(told in line for line in node.lines), node.lines


def _assert_still_there(port: int) -> None:
    one = associated(port)
    assert one.is_established
    one.release()


def accepted(port: int) -> socket.socket:
    """Return a connection whose association request was accepted."""
    one = socket.create_connection(("127.0.0.1", port), timeout=30)
    one.sendall(request_pdu())
    assert one.recv(4096)[0] == 2
    return one


@pytest.mark.parametrize("patient", ["../../../etc/passwd", "/etc/passwd", "~root", "a:b|c*?<>"])
def test_paths_in_identifiers_are_only_texts(tmp_path: Path, patient: str) -> None:
    plan = good_plan()
    plan.PatientID = patient
    plan.RTPlanLabel = "../x"
    path = tmp_path / "plan.dcm"
    path.write_bytes(encoded(plan))
    folder = tmp_path / "node"
    folder.mkdir()
    with running(folder) as node:
        assert store(node.port, path)[1] == ["0000"]
        assert node.service.prescriptions()[0]["patient_id"] == patient
    assert {one.name.partition("-")[0] for one in folder.iterdir()} == {"service.db"}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("patient", ["a\\b", "a\nb", "\x1b[2Ja", "a\x00b", "I" * 65])
def test_identifiers_that_the_standard_forbids(tmp_path: Path, patient: str) -> None:
    plan = good_plan()
    plan["PatientID"]._value = patient
    path = tmp_path / "plan.dcm"
    path.write_bytes(encoded(plan))
    with running(tmp_path) as node:
        assert store(node.port, path)[1] == ["A901"]
        assert "(0010,0020) Patient ID" in node.lines[0]
        assert node.service.prescriptions() == []


@pytest.mark.parametrize("depth", [13, 40])
def test_sequences_within_sequences(depth: int) -> None:
    plan = good_plan()
    inner = item(PatientSetupNumber=1)
    for _ in range(depth):
        inner = item(ReferencedStudySequence=[inner])
    plan.ReferencedStudySequence = [inner]
    assert answered(encoded(plan)) is Code.INVALID_MESSAGE


@pytest.mark.filterwarnings("ignore")
def test_huge_values(tmp_path: Path) -> None:
    plan = good_plan()
    plan.BeamSequence[0].BeamDescription = "x" * 60_000
    plan.add_new(0x3249_0010, "LO", "MAKER")
    plan.add_new(0x3249_1000, "OB", bytes(20_000_000))
    assert answered(encoded(plan)) is Code.INVALID_MESSAGE
    plan.BeamSequence[0].BeamDescription = "x"
    assert answered(encoded(plan)) is Code.SUCCESS


def test_a_second_association_waits(tmp_path: Path) -> None:
    with running(tmp_path) as node:
        first = associated(node.port)
        second = socket.create_connection(("127.0.0.1", node.port))
        second.sendall(request_pdu())
        second.settimeout(0.5)
        with pytest.raises(TimeoutError):
            second.recv(1)
        first.release()
        second.settimeout(30)
        assert second.recv(1) == b"\x02"
        second.close()


def test_too_many_are_rejected_where_that_is_wanted(tmp_path: Path) -> None:
    settings = NodeSettings(pending_associations=1, when_full="reject")
    with running(tmp_path, settings) as node:
        first = associated(node.port)
        others = []
        for _ in range(3):
            others.append(socket.create_connection(("127.0.0.1", node.port)))
            others[-1].sendall(request_pdu())
        others[2].settimeout(30)
        rejected = others[2].recv(64)
        assert rejected[0] == 3
        assert rejected[7:10] == bytes([2, 3, 2]), "transient, presentation service, local limit"
        first.release()
        for one in others:
            one.close()


def test_many_senders_are_all_served(tmp_path: Path) -> None:
    statuses: list[int] = []

    def send() -> None:
        one = associated(node.port)
        if one.is_established:
            statuses.append(one.send_c_store(plan).Status)
            one.release()

    with running(tmp_path) as node:
        plan = good_plan()
        plan.file_meta = encoded_meta()
        threads = [threading.Thread(target=send) for _ in range(15)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses == [0x0000] * 15
        assert len(node.service.prescriptions()) == 15


def encoded_meta() -> Any:
    return dcmread(BytesIO(encoded(good_plan()))).file_meta


def test_ten_thousand_control_points(tmp_path: Path) -> None:
    plan = good_plan()
    beam = plan.BeamSequence[0]
    beam.NumberOfControlPoints = 10_000
    beam.ControlPointSequence = [
        point(0, 0.0),
        *(
            item(ControlPointIndex=k, CumulativeMetersetWeight=f"{k / 9999:.6f}")
            for k in range(1, 10_000)
        ),
    ]
    assert str(answered(encoded(plan))) == "C012"


NODE = """
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from tests.nodes import running
with running(Path(sys.argv[1])) as node:
    print(node.port, flush=True)
    sys.stdin.read()
"""


def test_power_loss(tmp_path: Path) -> None:
    """Killed at random moments: plans are whole or absent, and success was the truth."""
    chance = random.Random(7)
    told, sent = [], 0
    plan = good_plan()
    plan.file_meta = encoded_meta()
    while sent < PLANS:
        command = [sys.executable, "-c", NODE, str(tmp_path), str(Path(__file__).parents[2])]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        port = int(process.stdout.readline())
        killer = threading.Timer(chance.uniform(0.02, 0.6), process.kill)
        killer.start()
        one = associated(port)
        while one.is_established and sent < PLANS:
            sent += 1
            plan.SOPInstanceUID = f"1.2.826.0.1.{sent}"
            try:
                status = one.send_c_store(plan).get("Status")
            except (RuntimeError, ValueError):
                status = None
            if status == 0x0000:
                told.append(plan.SOPInstanceUID)
            elif status is None:
                break
        process.send_signal(signal.SIGKILL)
        process.wait()
        killer.join()
        one.abort()
    service = Service(f"sqlite:///{tmp_path / 'service.db'}")
    stored = service.prescriptions()
    service.close()
    uids = [row["sop_instance_uid"] for row in stored]
    assert set(told) <= set(uids), "a plan whose sender was told of success is not there"
    for row in stored:
        assert len(row["sequences"]) == len(row["fields"]) == len(row["dose_points"]) == 1
    told_so = f"{sent} sent, {len(told)} told of success, {len(uids)} stored, all whole"
    sys.stdout.write(told_so + "\n")
