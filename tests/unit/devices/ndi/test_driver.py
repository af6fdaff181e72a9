"""The driver against the stub on a simulated wire: every branch of the dialogue, no waiting."""

from dataclasses import replace

import numpy as np
import pytest

from linacsim.devices.catalogue import Condition
from linacsim.devices.ndi.driver import PolarisDriver
from linacsim.devices.ndi.forms import ReplyForm
from linacsim.devices.ndi.packets import ascii_reply
from linacsim.devices.peer import LineOrder
from linacsim.devices.sample import Mark
from linacsim.engines.wired import SimulatedWire
from linacsim.model.messages import DeviceNote, Standing
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.stubs.faults import Faults, fault_of
from linacsim.stubs.ndi.camera import Camera
from linacsim.stubs.ndi.polaris import SERIAL_NUMBER, Model, Polaris, model_of
from linacsim.stubs.ndi.tools import Refused
from tests.unit.devices.ndi.rig import (
    BREATH,
    LIMITS,
    MS,
    SECOND,
    SETTINGS,
    Asked,
    rig,
    samples,
    standings,
)


@pytest.mark.parametrize("reply", ReplyForm)
def test_it_tracks_the_surrogate_in_the_room(reply: ReplyForm) -> None:
    told = rig(replace(SETTINGS, reply=reply)).run(10 * SECOND)
    seen = samples(told)
    assert len(seen) > 540
    times = np.array([sample.measured_ns for sample in seen])
    truth = BREATH.positions(times)[:, 2]
    error_cm = np.array([sample.z_cm for sample in seen]) - truth
    assert abs(error_cm[:30]).max() < 0.06, "0.045 mm of noise, and part of a frame at 1.2 cm/s"
    assert abs(error_cm[30:]).max() < 0.03, (
        "noise, and the time that a reply takes more than another"
    )
    assert (np.diff(times) > 0).all()
    assert standings(told)[-1] == (Standing.GOOD, "")


def test_frames_are_had_as_soon_as_the_camera_has_them() -> None:
    seen = samples(rig().run(12 * SECOND))
    waits_ms = np.array([s.received_ns - s.measured_ns for s in seen[30:]]) / NS_PER_MS
    assert waits_ms.min() == pytest.approx(14.2, abs=0.1), "what a Vega takes itself"
    assert np.median(waits_ms) < 14.2 + 1000 / 60 / 8
    assert waits_ms.max() < 14.2 + 1000 / 60 / 2, "a question in vain, and its reply"


@pytest.mark.parametrize("rate_hz", [20, 30, 60])
def test_frames_are_counted_at_any_rate(rate_hz: int) -> None:
    limits = replace(LIMITS, period_ns=NS_PER_S // rate_hz, stride=60 / rate_hz)
    made = rig(replace(SETTINGS, rate_hz=rate_hz, limits=limits))
    seen = samples(made.run(10 * SECOND))
    assert len(seen) == pytest.approx(9.3 * rate_hz, rel=0.05)
    assert made.driver.guard.counts[Condition.DROPPED] == 0


def test_a_spectra_is_initialised_too() -> None:
    spectra = Model("Polaris Spectra Rev 007", initialises_by_itself=False)
    assert samples(rig(stub=Polaris(Camera(BREATH), spectra)).run(3 * SECOND))


def test_with_bx2_the_status_of_the_camera_is_asked_for_once_a_second() -> None:
    camera = Asked(Camera(BREATH))
    rig(replace(SETTINGS, reply=ReplyForm.BX2), camera).run(10 * SECOND)
    assert camera.questions.count("BX2") > 9 * 60
    assert 8 <= camera.questions.count("BX") <= 11


@pytest.mark.parametrize("revision", ["G.001.000", "D.001.007", ""])
def test_a_camera_too_old_for_bx2_is_asked_with_bx_and_that_is_told(revision: str) -> None:
    camera = Asked(Camera(BREATH), replace(model_of("Polaris Spectra 7"), revision=revision))
    told = rig(replace(SETTINGS, reply=ReplyForm.BX2), camera).run(4 * SECOND)
    assert samples(told)
    assert "BX2" not in camera.questions
    (note,) = [m.text for m in told if isinstance(m, DeviceNote) and "BX2" in m.text]
    assert note == f"the camera's API, revision {revision}, has no BX2: it is asked with BX"


def test_a_camera_that_knows_no_revisions_is_asked_with_bx() -> None:
    class Older(Asked):
        def _obey(self, name: str, arguments: str) -> str | bytes:
            if name == "APIREV":
                raise Refused("01")
            return super()._obey(name, arguments)

    camera = Older(Camera(BREATH))
    assert samples(rig(replace(SETTINGS, reply=ReplyForm.BX2), camera).run(4 * SECOND))
    assert "BX2" not in camera.questions


def test_a_warning_is_told_and_the_camera_used() -> None:
    class Uneasy(Asked):
        def _obey(self, name: str, arguments: str) -> str | bytes:
            answer = super()._obey(name, arguments)
            return "WARNING05" if name == "PENA" else answer

    told = rig(stub=Uneasy(Camera(BREATH))).run(4 * SECOND)
    assert samples(told)
    notes = [message.text for message in told if isinstance(message, DeviceNote)]
    assert "PENA done, with WARNING05" in notes


def test_a_serial_line_starts_slow_and_is_switched() -> None:
    made = rig()
    made.run(SECOND)
    assert made.driver.orders() == (LineOrder(baud=9600), LineOrder(baud=115_200))


def test_over_tcp_no_rate_is_switched() -> None:
    made = rig(replace(SETTINGS, baud=None))
    assert samples(made.run(3 * SECOND))
    assert made.driver.orders() == ()


class Deaf(Polaris):
    """A camera that answers only after a reset or a break."""

    heard_init = 0

    def receive(self, data: bytes, now_ns: int) -> None:
        if data.startswith(b"INIT") and self.heard_init == 0:
            self.heard_init += 1
            return
        super().receive(data, now_ns)


def test_a_camera_that_does_not_answer_is_reset() -> None:
    made = rig(replace(SETTINGS, baud=None), Deaf(Camera(BREATH)))
    assert samples(made.run(6 * SECOND))
    serial = rig(stub=Deaf(Camera(BREATH)))
    serial.run(6 * SECOND)
    assert LineOrder(send_break=True) in serial.driver.orders()


def test_the_wrong_camera_is_not_used() -> None:
    made = rig(replace(SETTINGS, serial="P7-99999"))
    told = made.run(5 * SECOND)
    assert not samples(told)
    assert f"serial number {SERIAL_NUMBER}, wanted P7-99999" in standings(told)[-1][1]
    assert not made.driver.health().live
    assert samples(rig(replace(SETTINGS, serial=SERIAL_NUMBER)).run(5 * SECOND))


def test_a_stub_releases_nothing_unless_allowed() -> None:
    told = rig(replace(SETTINGS, limits=replace(LIMITS, allowed=Mark.NONE))).run(5 * SECOND)
    assert all(standing is not Standing.GOOD for standing, _ in standings(told))
    assert "simulated source" in standings(told)[-1][1]


def faulty(*faults: str) -> Polaris:
    return Polaris(Camera(BREATH, faults=Faults([fault_of(text) for text in faults])))


@pytest.mark.parametrize("reply", ReplyForm)
@pytest.mark.parametrize(
    ("fault", "told_of"),
    [
        ("missing@5+1", "marker missing (fault 17)"),
        ("range@5+1", "out of volume (fault 18)"),
    ],
)
def test_what_the_camera_does_not_see_holds_at_once_and_comes_back(fault, told_of, reply) -> None:
    made = rig(replace(SETTINGS, reply=reply), faulty(fault))
    told = made.run(9 * SECOND)
    hold = next(text for standing, text in standings(told)[4:] if standing is Standing.HOLD)
    assert hold == told_of
    assert standings(told)[-1] == (Standing.GOOD, "")
    assert any(not sample.valid for sample in samples(told)), "gates close by it at once"


def test_a_poor_fit_is_not_used() -> None:
    class Poor(Camera):
        def see(self, tools, frame, since_ns):
            seen = super().see(tools, frame, since_ns)
            poor = 5 * SECOND <= since_ns + frame * SECOND // 60 < 5.05 * SECOND
            return [replace(s, pose=replace(s.pose, error_mm=0.9)) if poor else s for s in seen]

    made = rig(stub=Polaris(Poor(BREATH)))
    told = made.run(8 * SECOND)
    assert made.driver.guard.counts[Condition.POOR_FIT] >= 2
    assert len(standings(told)) == 4, "two bad fits in a row are no reason to hold"


class Forgetful(Polaris):
    """A camera that restarts at a time."""

    def __init__(self, camera: Camera, at_ns: int, *, tells: bool) -> None:
        super().__init__(camera)
        self.at_ns = at_ns
        self.tells = tells

    def receive(self, data: bytes, now_ns: int) -> None:
        if now_ns >= self.at_ns:
            self.at_ns = 1 << 62
            self._reset("")
            if self.tells:
                self._out += ascii_reply("RESET")
        super().receive(data, now_ns)


@pytest.mark.parametrize("tells", [True, False])
def test_a_restart_of_a_live_camera_is_a_fault_and_it_is_set_up_again(tells: bool) -> None:
    made = rig(stub=Forgetful(Camera(BREATH), 5 * SECOND, tells=tells))
    told = made.run(12 * SECOND)
    faults = [text for standing, text in standings(told) if standing is Standing.FAULT]
    assert faults
    assert "device restarted (fault 23)" in faults[0]
    assert standings(told)[-1] == (Standing.GOOD, ""), "the operator's latch is the machine's"
    assert samples(told)[-1].measured_ns > 11 * SECOND


class Silent(Polaris):
    """A camera that says nothing from one time to another."""

    def __init__(self, camera: Camera, from_ns: int, to_ns: int) -> None:
        super().__init__(camera)
        self.times = (from_ns, to_ns)

    def receive(self, data: bytes, now_ns: int) -> None:
        if not self.times[0] <= now_ns < self.times[1]:
            super().receive(data, now_ns)


def test_silence_holds_within_the_age_limit_and_a_tick() -> None:
    made = rig(stub=Silent(Camera(BREATH), 5 * SECOND, 6 * SECOND))
    before = made.run(5 * SECOND)
    newest_ns = samples(before)[-1].measured_ns
    limit_ns = newest_ns + LIMITS.age_limit_ns
    told = made.run(limit_ns - 20 * MS)
    assert not standings(told)
    told = made.run(limit_ns + 40 * MS)
    assert standings(told)[0][0] is Standing.HOLD
    assert standings(made.run(9 * SECOND))[-1] == (Standing.GOOD, "")


def test_nobody_there_is_said_and_tried_again() -> None:
    made = rig(stub=Silent(Camera(BREATH), 0, 9 * SECOND))
    told = made.run(8 * SECOND)
    assert "no answer to INIT" in standings(told)[-1][1]
    assert {standing for standing, _ in standings(told)} == {Standing.HOLD}, "never live: no fault"
    assert samples(made.run(15 * SECOND))


class Babbler:
    """Anything but a camera."""

    def __init__(self, says: bytes = b"\xfe\x00garbage" * 3) -> None:
        self.says, self.out = says, b""

    def receive(self, data: bytes, now_ns: int) -> None:
        self.out = self.says

    def wake(self, now_ns: int) -> None: ...

    def next_ns(self) -> int | None:
        return None

    def take(self) -> bytes:
        out, self.out = self.out, b""
        return out


def test_bytes_that_make_no_sense_are_told_from_silence() -> None:
    driver = PolarisDriver("camera", SETTINGS)
    SimulatedWire(driver, Babbler()).advance(8 * SECOND)
    assert driver.health().text == (
        "nothing readable (fault 26): bytes, but no reply to INIT: "
        "is it another device, or the wrong baud rate?"
    )


def test_a_device_of_another_kind_is_named() -> None:
    driver = PolarisDriver("camera", SETTINGS)
    SimulatedWire(driver, Babbler(b"error:9\r\n")).advance(8 * SECOND)
    assert "wrong tool or device (fault 20): no reply to INIT; it says 'error:9'" in (
        driver.health().text
    )


def test_the_last_word_stops_tracking() -> None:
    made = rig()
    made.run(3 * SECOND)
    made.driver.take()
    made.driver.leave(3 * SECOND)
    assert made.driver.take() == b"TSTOP:2C14\r"


def test_a_closed_wire_is_a_fault_once_live() -> None:
    made = rig()
    made.run(3 * SECOND)
    made.driver.closed(3 * SECOND, "EIO")
    told = standings(list(made.driver.messages()))
    assert told[-1][0] is Standing.FAULT
    assert "EIO" in told[-1][1]
    assert made.driver.next_ns() is None
