"""The network node: Verification and RT Plan Storage as provider (section 3)."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydicom import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import _config, evt
from pynetdicom.ae import ApplicationEntity as AE

from linacsim.dicom.desktop_pro import tags
from linacsim.dicom.desktop_pro.codes import Code
from linacsim.dicom.desktop_pro.console import Console, Mask
from linacsim.dicom.desktop_pro.data import Data, Elements
from linacsim.dicom.desktop_pro.database import Arrival, NotSaved, Service
from linacsim.dicom.desktop_pro.prescription import prescription_of
from linacsim.dicom.desktop_pro.request import Request
from linacsim.dicom.desktop_pro.settings import NodeSettings
from linacsim.dicom.desktop_pro.traffic import Traffic
from linacsim.dicom.desktop_pro.validation import Answer, judge
from linacsim.dicom.desktop_pro.waiting import Say, WaitingServer
from linacsim.model.findings import InputError, os_reason

SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]
"""In the order of preference: little endian, explicit (3.1.3.1.5)."""

VERIFICATION, RT_PLAN_STORAGE = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.481.5"

Read = Callable[[bytes], Elements]
"""Returns the elements of a DICOM file; InputError where it is cut off or nested too deeply."""
Clock = Callable[[], datetime]
_LOOK_S = 0.1
"""How often an association is looked at for what takes too long."""
_END_S = 5.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the node needs from outside."""

    say: Say
    """Takes a line for the log."""
    read: Read
    now: Clock = datetime.now


class Node:
    """A node that listens from its making to `close`."""

    def __init__(
        self, settings: NodeSettings, console: Console, service: Service, around: Surroundings
    ) -> None:
        """Listen. Raises InputError where the address cannot be had."""
        self._settings = settings
        self._console = console
        self._service = service
        self._around = around
        self._traffic = Traffic()
        timeouts = settings.timeouts
        # Checked here, by rules with a code of their own; what pydicom makes of odd values is not
        # for a log.
        _config.LOG_HANDLER_LEVEL = "none"
        try:
            self._server = WaitingServer(
                self._application(),
                (settings.host, settings.port),
                self._handlers(),
                pending=settings.pending_associations,
                reject=settings.when_full == "reject",
                knock_s=timeouts.acse_s,
                patience_s=timeouts.idle_s,
                say=around.say,
                serve=self._serve,
            )
        except OSError as error:
            where = f"{settings.host or 'all addresses'}:{settings.port}"
            raise InputError(f"cannot listen at {where}: {os_reason(error)}") from None
        self._thread = threading.Thread(target=self._server.run, name="node", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop listening, after the association that is being served."""
        self._server.stop()
        self._thread.join()

    def _application(self) -> AE:
        settings, timeouts = self._settings, self._settings.timeouts
        entity = AE(ae_title=settings.ae_title)
        entity.implementation_class_uid = settings.implementation_class_uid
        entity.implementation_version_name = settings.implementation_version_name
        entity.maximum_pdu_size = settings.max_pdu_bytes
        # One is served at a time: the line before the node sees to that.
        entity.maximum_associations = 2
        entity.acse_timeout = timeouts.acse_s
        entity.dimse_timeout = timeouts.message_s
        entity.network_timeout = timeouts.idle_s
        entity.require_called_aet = True
        entity.require_calling_aet = [] if settings.any_caller else list(settings.callers)
        for abstract in (VERIFICATION, RT_PLAN_STORAGE):
            entity.add_supported_context(abstract, list(SYNTAXES))
        return entity

    def _handlers(self) -> list[Any]:
        traffic = self._traffic
        return [
            (evt.EVT_C_ECHO, self._echo),
            (evt.EVT_C_STORE, self._store),
            (evt.EVT_PDU_RECV, traffic.pdu),
            (evt.EVT_DIMSE_RECV, traffic.message),
            (evt.EVT_ACCEPTED, traffic.accepted),
            (evt.EVT_REJECTED, traffic.rejected),
            (evt.EVT_RELEASED, traffic.released),
        ]

    def _serve(self, association: Any) -> None:
        """Run one association to its end, ending it where it takes too long or too much."""
        self._traffic.begin()
        association.start()
        settings = self._settings
        while association.is_alive():
            association.join(_LOOK_S)
            if not association.dul.is_alive():
                # Its other thread waits for a request that will not come.
                association.dul.to_user_queue.put(None)
            wrong = self._traffic.wrong(settings.max_message_bytes, settings.timeouts.message_s)
            if wrong and association.is_alive():
                self._around.say(f"association aborted: {wrong}")
                association.abort()
                association.join(_END_S)
                break
        self._around.say(self._traffic.told(association, settings.ae_title))

    def _echo(self, _event: Any) -> int:
        self._traffic.echoes += 1
        return 0x0000

    def _store(self, event: Any) -> Dataset:
        began_s = time.monotonic()
        sender = str(event.assoc.requestor.ae_title).strip()
        try:
            answer, names = self._answer(event, sender)
        except NotSaved as error:
            answer, names = Answer(Code.NOT_SAVED, "database", None, str(error)), ()
        except Exception as error:  # a defect of ours must not take the node down
            text = f"defect: {type(error).__name__}: {error}"
            answer, names = Answer(Code.NOT_SAVED, "defect", None, text), ()
        took_ms = (time.monotonic() - began_s) * 1e3
        self._traffic.stores += 1
        self._tell(sender, answer, names, took_ms)
        return _response(answer, suppressed=self._console.suppress_warnings)

    def _answer(self, event: Any, sender: str) -> tuple[Answer, tuple[str, ...]]:
        """Return what the sender is told and the beam sequences that were stored."""
        received = self._around.now()
        try:
            dicom = event.encoded_dataset()
            elements = self._around.read(dicom)
        except InputError as error:
            return Answer(Code.INVALID_MESSAGE, "whole-iod", None, str(error)), ()
        masks = self._settings.callers.get(sender, frozenset[Mask]())
        patient_id = Data(elements).text(tags.PATIENT_ID)
        patient = self._service.patient(patient_id[:64]) if patient_id else None
        request = Request.of(elements, self._console, masks, patient)
        answer = judge(request)
        if not answer.code.stored:
            return answer, ()
        told = () if answer.code is Code.SUCCESS else (str(answer), *answer.others)
        arrival = Arrival(received, sender, answer.code, told)
        return answer, self._service.save(prescription_of(request, received), arrival, dicom)

    def _tell(self, sender: str, answer: Answer, names: tuple[str, ...], took_ms: float) -> None:
        what = f"store from {sender}: {answer}"
        if names:
            what += "; " + ", ".join(repr(name) for name in names)
        if answer.others:
            what += f"; {len(answer.others)} more warnings"
        self._around.say(f"{what} ({took_ms:.0f} ms)")


def _response(answer: Answer, *, suppressed: bool) -> Dataset:
    """Return the status elements of a C-STORE response (PS3.7 C.4.2)."""
    code = Code.SUCCESS if suppressed and answer.code.is_warning else answer.code
    out = Dataset()
    out.Status = int(code)
    if code is Code.SUCCESS:
        return out
    out.ErrorComment = answer.comment
    if answer.tag is not None and code >> 8 != 0xA7:
        out.OffendingElement = [answer.tag]
    return out
