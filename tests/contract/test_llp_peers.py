"""What every LLP/1 device must do, whoever wrote it (docs/reference/llp.md, "The device").

Runs over the Python stub, the C reference on this machine, and the very firmware of an ATmega328P
in an emulator (simavr). To hold a device of your own to it:
`LLP_PEER_URL=/dev/ttyUSB0 pytest tests/contract/test_llp_peers.py -k own`. These tests run in real
time; none asserts how fast anything was, apart from what the device itself stamps.
"""

import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

pytest.importorskip("serial", reason="needs the extra `devices`")
pytest.importorskip("cobs", reason="needs the extra `devices`")

import itertools

from linacsim.devices.llp import binary, text
from linacsim.devices.llp import messages as m
from tests.conftest import need
from tests.llp_peers import FIRMWARE, built, running
from tests.llp_talker import Talker
from tests.llp_vectors import PAGE, text_vectors

OWN = os.environ.get("LLP_PEER_URL")
MARKERS = ["python marker", "c marker", "avr marker"]
GATES = ["python gate", "c gate", "avr gate"]
ALL = [*MARKERS, "python gate"]
OWN_DEVICE = ["own device"] if OWN else []
WRAP = 1 << 32


@pytest.fixture(scope="module")
def urls() -> Iterator[Callable[[str], str]]:
    """Where a peer is; each is begun once for all tests."""
    with ExitStack() as stack:
        known = {"own device": OWN or ""}

        def url_of(peer: str) -> str:
            if peer not in known:
                known[peer] = stack.enter_context(running(peer))
            return known[peer]

        yield url_of


@pytest.fixture(params=[*ALL, *OWN_DEVICE])
def url(request: pytest.FixtureRequest, urls: Callable[[str], str]) -> str:
    return urls(request.param)


@pytest.fixture
def device(url: str) -> Iterator[Talker]:
    """A device that knows its host and is quiet."""
    yield from _known(url)


@pytest.fixture(params=[*MARKERS, *OWN_DEVICE])
def marker(request: pytest.FixtureRequest, urls: Callable[[str], str]) -> Iterator[Talker]:
    """A device that measures, as above."""
    yield from _known(urls(request.param))


def _known(url: str) -> Iterator[Talker]:
    with Talker(url) as talker:
        talker.greet()
        yield talker
        talker.say(m.HostHelo("LLP/1"))


def test_it_says_what_it_is(device: Talker) -> None:
    helo = device.greet()
    assert helo.protocol.startswith("LLP/1")
    assert helo.kind in {"marker", "stage", "gate", "adc", "combo"}
    assert helo.model
    assert helo.serial
    assert 64 <= helo.max_frame <= text.LONGEST


def test_helo_is_repeated_until_acknowledged(url: str) -> None:
    with Talker(url) as talker:
        talker.say(m.HostHelo("LLP/1"))
        talker.hear_many(m.Helo, 2)
        talker.say(m.Ack("helo"))
        talker.command(m.Stop)
        assert not any(isinstance(f.body, m.Helo) for f in talker.listen_for(1.3))


@pytest.mark.parametrize("peer", ALL)
def test_boot_is_flagged_until_helo_is_acknowledged(peer: str) -> None:
    with running(peer) as url, Talker(url) as talker:
        assert talker.hear_a(m.DeviceBeat).flags & m.Flag.BOOT
        answer = talker.command(m.Run)
        assert isinstance(answer, m.Nak)
        assert answer.code == m.NakCode.WRONG_STATE
        talker.greet()
        assert not talker.hear_a(m.DeviceBeat).flags & m.Flag.BOOT
        talker.say(m.HostHelo("LLP/1"))
        assert not talker.hear_a(m.Helo).flags & m.Flag.BOOT


def test_a_host_of_no_common_version_is_refused(device: Talker) -> None:
    device.say(m.HostHelo("LLP/0"))
    answer = device.answer("helo")
    assert isinstance(answer, m.Nak)
    assert answer.code == m.NakCode.VERSION


@pytest.mark.parametrize("protocol", ["LLP/1", "LLP/1.9", "LLP/3"])
def test_hosts_that_speak_more_are_served(device: Talker, protocol: str) -> None:
    device.say(m.HostHelo(protocol))
    device.hear_a(m.Helo)


def test_frames_are_numbered_and_stamped_in_order(device: Talker) -> None:
    device.command(m.Run)
    frames = device.listen_for(0.7)
    numbers = [frame.seq for frame in frames]
    assert all((b - a) % 65_536 == 1 for a, b in itertools.pairwise(numbers))
    for kind in (m.Sample, m.Gate, m.DeviceBeat):
        stamps = [frame.t_us for frame in frames if isinstance(frame.body, kind)]
        assert all(0 < (b - a) % WRAP < WRAP // 2 for a, b in itertools.pairwise(stamps))


def test_it_beats_twice_a_second_whether_running_or_not(device: Talker) -> None:
    beats = device.hear_many(m.DeviceBeat, 3)
    for before, after in itertools.pairwise(beats):
        assert 400_000 < (after.t_us - before.t_us) % WRAP < 700_000


def test_samples_come_at_the_rate_that_is_set_and_end_at_stop(marker: Talker) -> None:
    answer = marker.command(lambda command: m.Configure(command, "rate", "50"))
    assert answer == m.Ack(answer.command)
    marker.command(m.Run)
    samples = marker.hear_many(m.Sample, 20)
    periods = [(b.t_us - a.t_us) % WRAP for a, b in itertools.pairwise(samples)]
    assert sorted(periods)[len(periods) // 2] == pytest.approx(20_000, rel=0.02)
    assert all(frame.flags & m.Flag.VALID for frame in samples)
    marker.command(m.Stop)
    assert not any(isinstance(f.body, m.Sample) for f in marker.listen_for(0.3))
    marker.command(lambda command: m.Configure(command, "rate", "60"))


def test_a_value_that_is_rounded_is_told(marker: Talker) -> None:
    answer = marker.command(lambda command: m.Configure(command, "rate", "60.4"))
    assert isinstance(answer, m.Ack)
    assert answer.text == "60"


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("colour", "1", m.NakCode.BAD_KEY),
        ("bin", "2", m.NakCode.BAD_VALUE),
        ("bin", "", m.NakCode.BAD_VALUE),
    ],
)
def test_settings_that_cannot_be_are_refused(
    device: Talker, key: str, value: str, code: m.NakCode
) -> None:
    answer = device.command(lambda command: m.Configure(command, key, value))
    assert isinstance(answer, m.Nak)
    assert answer.code == code


@pytest.mark.parametrize("value", ["0", "100000", "-5", "fast", "", "6 0", "1e2"])
def test_rates_that_cannot_be_are_refused(marker: Talker, value: str) -> None:
    answer = marker.command(lambda command: m.Configure(command, "rate", value))
    assert isinstance(answer, m.Nak)
    assert answer.code == m.NakCode.BAD_VALUE


def test_a_command_heard_again_is_answered_and_not_carried_out_again(marker: Talker) -> None:
    run = marker.new_id()
    marker.say(m.Run(run))
    first = marker.answer(run)
    marker.command(m.Stop)
    marker.say(m.Run(run))
    assert marker.answer(run) == first
    assert not any(isinstance(f.body, m.Sample) for f in marker.listen_for(0.3))


def test_a_command_is_remembered_while_seven_others_come_and_then_forgotten(
    marker: Talker,
) -> None:
    run = marker.new_id()
    marker.say(m.Run(run))
    marker.answer(run)
    for _ in range(8):
        marker.command(m.Stop)
    marker.say(m.Run(run))
    marker.answer(run)
    marker.hear_a(m.Sample)


def test_another_host_may_use_the_same_ids(marker: Talker) -> None:
    marker.say(m.Run("same"))
    marker.answer("same")
    marker.greet()
    marker.say(m.Run("same"))
    marker.answer("same")
    marker.hear_a(m.Sample)


def test_the_clock_is_told(device: Talker) -> None:
    device.say(m.ClockAsk(77, 981_122_334_455))
    answer = device.hear_a(m.ClockAnswer).body
    assert isinstance(answer, m.ClockAnswer)
    assert (answer.id, answer.host_ns) == (77, 981_122_334_455)
    assert (answer.sent_us - answer.received_us) % WRAP < 100_000
    beat = device.hear_a(m.DeviceBeat)
    assert (beat.t_us - answer.sent_us) % WRAP < 1_000_000


def errors(device: Talker) -> int:
    body = device.hear_a(m.DeviceBeat).body
    assert isinstance(body, m.DeviceBeat)
    return body.rx_errors


def test_damaged_frames_are_counted_and_not_answered(device: Talker) -> None:
    before = errors(device)
    good = text.encode(m.Frame(m.Run("bad1")))
    device.say_bytes(good.replace(b"bad1", b"bad2"))
    device.say_bytes(good[:-5] + b"ZZZZ\n")
    device.say_bytes(b"@" + good)
    device.say_bytes(b"@S*1\n")
    assert isinstance(device.answer("bad1"), m.Ack), "of the whole frame behind the lone mark"
    assert errors(device) == before + 4
    assert not any(isinstance(f.body, m.Ack) and f.body.command == "bad2" for f in device.heard)


def test_too_long_a_frame_costs_only_itself(device: Talker) -> None:
    before = errors(device)
    device.say_bytes(b"@" + b"x" * 400)
    assert isinstance(device.command(m.Stop), m.Ack)
    assert errors(device) == before + 1


def test_it_survives_garbage(device: Talker) -> None:
    noise = random.Random(7)
    for _ in range(40):
        device.say_bytes(noise.randbytes(500))
        device.listen()
    device.say_bytes(b"\n")
    assert isinstance(device.command(m.Stop), m.Ack)


def test_lines_may_end_with_cr_lf_and_come_byte_by_byte(device: Talker) -> None:
    command = device.new_id()
    frame = text.encode(m.Frame(m.Stop(command))).replace(b"\n", b"\r\n")
    for byte in frame:
        device.say_bytes(bytes([byte]))
    assert isinstance(device.answer(command), m.Ack)


def test_what_is_not_known_is_let_pass(device: Talker) -> None:
    before = errors(device)
    device.say_fields("NEW", "a", "b")
    command = device.new_id()
    device.say_fields("STOP", command, "later", "still later")
    assert isinstance(device.answer(command), m.Ack)
    assert errors(device) == before


def test_a_command_with_too_few_fields_is_refused(device: Talker) -> None:
    command = device.new_id()
    device.say_fields("CFG", command)
    answer = device.answer(command)
    assert isinstance(answer, m.Nak)
    assert answer.code == m.NakCode.SYNTAX


def test_a_command_of_another_kind_of_device_is_refused(device: Talker) -> None:
    answer = device.command(lambda command: m.Move(command, 0, 1.0, 1.0))
    assert isinstance(answer, m.Nak)
    assert answer.code == m.NakCode.UNKNOWN_TYPE


def test_an_id_that_is_none_is_not_answered(device: Talker) -> None:
    device.say_fields("STOP", "much-too-long")
    device.say_fields("STOP", "")
    assert isinstance(device.command(m.Stop), m.Ack)
    assert not any(
        isinstance(f.body, m.Ack | m.Nak) and not f.body.command.isalnum() for f in device.heard
    )


def test_the_host_falling_silent_is_told_once(device: Talker) -> None:
    for _ in range(3):
        device.say(m.HostBeat("A"))
        assert not any(isinstance(f.body, m.DeviceEvent) for f in device.listen_for(0.2))
    event = device.hear_a(m.DeviceEvent).body
    assert event == m.DeviceEvent(1, 1, "host silent: outputs safe")
    assert not any(isinstance(f.body, m.DeviceEvent) for f in device.listen_for(0.9))


def test_settings_wait_while_the_beam_is_on(marker: Talker) -> None:
    before, later = marker.new_id(), marker.new_id()
    for state, command, code in [
        ("A", before, 0),
        ("B", later, 15),
        ("B", later, 15),
        ("H", later, 0),
    ]:
        marker.say(m.HostBeat(state))
        marker.say(m.Configure(command, "rate", "60"))
        assert marker.answer(command).code == code
    marker.say(m.HostBeat("B"))
    assert isinstance(marker.command(m.Run), m.Ack), "only settings wait"
    marker.hear_a(m.DeviceEvent)
    assert isinstance(marker.command(lambda c: m.Configure(c, "rate", "60")), m.Ack)


def test_binary_says_the_same(marker: Talker) -> None:
    marker.command(m.Run)
    before = marker.hear_a(m.Sample)
    marker.command(lambda command: m.Configure(command, "bin", "1"))
    marker.is_binary = True
    after = marker.hear_a(m.Sample)
    marker.hear_a(m.DeviceBeat)
    assert isinstance(before.body, m.Sample)
    assert isinstance(after.body, m.Sample)
    assert len(after.body.values) == len(before.body.values)
    assert after.flags & m.Flag.VALID
    marker.say(m.ClockAsk(5, 6))
    assert marker.hear_a(m.ClockAnswer).body.id == 5  # type: ignore[union-attr]
    answer = marker.command(lambda command: m.Configure(command, "bin", "0"))
    assert isinstance(answer, m.Ack)
    marker.is_binary = False
    marker.hear_a(m.Sample)


def test_a_host_that_begins_anew_is_understood_in_text(device: Talker) -> None:
    device.command(lambda command: m.Configure(command, "bin", "1"))
    device.say(m.HostHelo("LLP/1"))
    device.hear_a(m.Helo)


@pytest.mark.parametrize("peer", GATES)
def test_a_gate_box_tells_each_edge_and_itself_every_50_ms(peer: str) -> None:
    with running(peer) as url, Talker(url) as talker:
        talker.greet()
        frames = [f for f in talker.listen_for(2.2) if isinstance(f.body, m.Gate)]
        lines = [f.body for f in frames if isinstance(f.body, m.Gate)]
        gaps = [(b.t_us - a.t_us) % WRAP for a, b in itertools.pairwise(frames)]
        assert sorted(gaps)[len(gaps) // 2] == pytest.approx(50_000, rel=0.1)
        assert {line.enable for line in lines} == {True, False}
        assert all(line.ready or not line.enable for line in lines)
        held = [f for f, before in zip(frames[1:], lines, strict=False) if before.enable]
        assert any(not f.body.enable for f in held if isinstance(f.body, m.Gate)), "an edge"


@pytest.mark.parametrize(
    ("peer", "option"), [("python marker", "--clock-us"), ("c marker", "--start-us")]
)
def test_a_clock_that_wraps_goes_on(peer: str, option: str) -> None:
    with running(peer, option, str(WRAP - 1_000_000)) as url, Talker(url) as talker:
        helo = talker.greet()
        assert "t32" in helo.features
        talker.command(m.Run)
        wrapped = talker.hear(lambda f: isinstance(f.body, m.Sample) and f.t_us < WRAP // 2)
        after = talker.hear_many(m.Sample, 3)
        assert 0 < (after[0].t_us - wrapped.t_us) % WRAP < 1_000_000
        talker.hear_a(m.DeviceBeat)


def test_the_c_core_computes_the_vectors_of_the_specification() -> None:
    done = subprocess.run(
        [built() / "check_vectors", PAGE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith(f"{len(text_vectors()) + 5} vectors right")


def test_the_firmware_builds_for_a_microcontroller(tmp_path: Path) -> None:
    need(bool(shutil.which("avr-gcc") and shutil.which("make")), "gcc-avr and avr-libc")
    subprocess.run(
        ["make", "-s", "-C", FIRMWARE, f"BUILD={tmp_path}", "avr"], check=True, capture_output=True
    )
    for name in ("llp_marker.elf", "llp_gate.elf"):
        header = (tmp_path / name).read_bytes()[:20]
        assert header.startswith(b"\x7fELF")
        assert int.from_bytes(header[18:20], "little") == 83, "machine: Atmel AVR"


def test_binary_frames_have_room_for_all_channels() -> None:
    assert binary.MOST_FIELDS >= 8
