"""What the node negotiates (DP-1; sections 3.1.1 and 3.1.3), asked by pynetdicom.

It asks what DCMTK's programs cannot: one transfer syntax of any kind alone, duplicate contexts, a
data set of another class than was negotiated.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import _config
from pynetdicom.ae import ApplicationEntity as AE
from pynetdicom.pdu_primitives import AsynchronousOperationsWindowNegotiation
from pynetdicom.presentation import build_context

from linacsim.dicom.desktop_pro.settings import NodeSettings
from tests.elekta_plans import PLAN_CLASS, encoded, good_plan
from tests.nodes import SENDER, TITLE, running

VERIFICATION = "1.2.840.10008.1.1"
RT_IMAGE = "1.2.840.10008.5.1.4.1.1.481.1"
IMPLICIT, EXPLICIT, BIG = ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian


@contextmanager
def associated(port: int, *contexts: tuple[str, list[str]], **more: Any) -> Iterator[Any]:
    """An association with these abstract and transfer syntaxes proposed."""
    entity = AE(ae_title=SENDER)
    proposed = [build_context(abstract, syntaxes) for abstract, syntaxes in contexts]
    association = entity.associate("127.0.0.1", port, proposed, ae_title=TITLE, **more)
    assert association.is_established
    try:
        yield association
    finally:
        association.release()


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG])
def test_echo_with_each_transfer_syntax_alone(tmp_path: Path, syntax: str) -> None:
    with running(tmp_path) as node, associated(node.port, (VERIFICATION, [syntax])) as one:
        assert one.send_c_echo().Status == 0x0000
        assert [context.transfer_syntax for context in one.accepted_contexts] == [[syntax]]


@pytest.mark.parametrize("abstract", [VERIFICATION, PLAN_CLASS])
@pytest.mark.parametrize(
    ("proposed", "chosen"),
    [
        ([BIG, IMPLICIT, EXPLICIT], EXPLICIT),
        ([BIG, IMPLICIT], IMPLICIT),
        ([BIG, EXPLICIT], EXPLICIT),
    ],
)
def test_what_is_preferred(tmp_path: Path, abstract: str, proposed: list[str], chosen: str) -> None:
    with running(tmp_path) as node, associated(node.port, (abstract, proposed)) as one:
        assert [context.transfer_syntax for context in one.accepted_contexts] == [[chosen]]


def test_duplicate_contexts_are_accepted_and_others_rejected(tmp_path: Path) -> None:
    contexts = [(PLAN_CLASS, [IMPLICIT])] * 2 + [(RT_IMAGE, [IMPLICIT]), (PLAN_CLASS, ["1.2.3"])]
    with running(tmp_path) as node, associated(node.port, *contexts) as one:
        assert [context.context_id for context in one.accepted_contexts] == [1, 3]
        assert [context.context_id for context in one.rejected_contexts] == [5, 7]


def test_what_it_says_of_itself(tmp_path: Path) -> None:
    window = AsynchronousOperationsWindowNegotiation()
    window.maximum_number_operations_invoked = window.maximum_number_operations_performed = 5
    contexts = (VERIFICATION, [IMPLICIT])
    with running(tmp_path) as node, associated(node.port, contexts, ext_neg=[window]) as one:
        acceptor = one.acceptor
        assert acceptor.maximum_length == 16_384
        assert acceptor.implementation_class_uid == "1.3.46.423632.128000.7.0.1"
        assert acceptor.implementation_version_name == "Desktop_7.0.1"
        assert acceptor.asynchronous_operations == (1, 1)


def test_the_pdu_size_is_configurable(tmp_path: Path) -> None:
    settings = NodeSettings(max_pdu_bytes=1024)
    with running(tmp_path, settings) as node, associated(node.port, (PLAN_CLASS, [BIG])) as one:
        assert one.acceptor.maximum_length == 1024
        assert one.send_c_store(_as_big_endian()).Status == 0x0000


def test_a_data_set_of_another_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """storescu will not send it: it negotiates the class that the data set names."""
    monkeypatch.setattr(_config, "STORE_SEND_CHUNKED_DATASET", True)
    plan = good_plan()
    plan.SOPClassUID = RT_IMAGE
    path = tmp_path / "plan.dcm"
    # The sender negotiates what the meta information says.
    path.write_bytes(encoded(plan).replace(RT_IMAGE.encode(), PLAN_CLASS.encode(), 1))
    with running(tmp_path) as node, associated(node.port, (PLAN_CLASS, [EXPLICIT])) as one:
        response = one.send_c_store(path)
        assert response.Status == 0xA901
        assert response.OffendingElement == 0x0008_0016
        assert response.ErrorComment.startswith("(0008,0016) is 1.2.840.10008.5.1.4.1.1.481.1")
        assert "[sop-class]" in node.lines[0]
        assert node.service.prescriptions() == []


def _as_big_endian() -> Dataset:
    return dcmread(BytesIO(encoded(good_plan(), BIG)))
