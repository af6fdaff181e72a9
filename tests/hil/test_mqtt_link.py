"""The MQTT link against Mosquitto: faults of devices, wrong credentials, strangers, floods.

Nothing here asserts how quick this machine is: a busy one may hold the beam more often.
"""

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import paho.mqtt.client as paho
import pytest

from linacsim.devices.catalogue import Condition
from linacsim.devices.mqtt.broker import Broker
from linacsim.devices.mqtt.device import Behind
from linacsim.devices.mqtt.link import MqttLink, MqttSettings
from linacsim.devices.mqtt.marker import MqttMarker
from linacsim.devices.sample import Limits, Mark
from linacsim.model.messages import (
    Action,
    DeviceReport,
    HeartBeats,
    Message,
    Operator,
    Samples,
    Standing,
)
from linacsim.model.time import NS_PER_S
from linacsim.scenario.bench_process import EPOCH, OWNED, BenchProcess
from linacsim.scenario.running import prepare
from tests.hil.stubs import stub
from tests.mosquitto import PASSWORD, Mosquitto, broker, make_certificates
from tests.mqtt_faults import AT_S, ROWS, Told, scenario, standings

PATIENCE_S = 20.0
ALL = Mark.UNPROTECTED | Mark.SIMULATED
Then = Callable[[MqttLink, list[Message]], Awaitable[None]]


def during(link: MqttLink, then: Then) -> None:
    async def main() -> None:
        posted: list[Message] = []
        began = time.monotonic_ns()
        await link.start(posted.append, lambda: time.monotonic_ns() - began)
        try:
            await then(link, posted)
        finally:
            await link.stop()

    asyncio.run(main())


async def until(
    condition: Callable[[], object], why: Callable[[], str] = str, patience_s: float = PATIENCE_S
) -> None:
    try:
        async with asyncio.timeout(patience_s):
            while not condition():
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"it never came: {why()}") from None


def belt() -> MqttMarker:
    return MqttMarker("belt", Behind(Limits(NS_PER_S // 60, allowed=ALL), 240))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with broker(tmp_path_factory.mktemp("plain")) as made:
        yield made


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with broker(tmp_path_factory.mktemp("guarded"), tls=True, passwords=True) as made:
        yield made


def to(made: Mosquitto, password: str | None = None) -> Broker:
    ca_file = made.ca_file if made.tls else None
    return replace(Broker.of(made.url), password=password, ca_file=ca_file)


@contextmanager
def client(made: Mosquitto) -> Iterator[paho.Client]:
    """Run an independent client."""
    with ExitStack() as ending:
        one = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        if made.passwords:
            one.username_pw_set("linac", PASSWORD)
        if made.tls:
            one.tls_set(str(made.ca_file))
        one.connect("127.0.0.1", made.port)
        one.loop_start()
        ending.callback(one.loop_stop)
        ending.callback(one.disconnect)
        yield one


REACTED = {
    f"{name[0]}-{fault}": name
    for name, (fault, row) in ROWS.items()
    if row.first and not name.startswith("u")
}
"""Of the others nothing follows, or arrival counts: that is for headless runs, because a busy
computer is late and may hold too."""
LONGEST_S = 45.0


# Faults ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told(plain: Mosquitto, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Told]]:
    """What each device of the catalogue reported, all at once.

    A busy computer adds faults of its own, so it gets three tries.
    """
    for _ in range(3):
        out = _reports(scenario(tmp_path_factory.mktemp("mqtt"), plain.url))
        if all(_reacted(name, out) for name in REACTED.values()):
            break
    return out


def _reacted(name: str, out: dict[str, list[Told]]) -> bool:
    return set(ROWS[name][1].standings) <= set(standings(out[name]))


def _reports(path: Path) -> dict[str, list[Told]]:
    side = prepare(path).mqtt
    assert side is not None
    link, _ = side.link()
    out: dict[str, list[Told]] = {name: [] for name in ROWS}

    async def main() -> None:
        epoch_ns = time.monotonic_ns() + NS_PER_S // 10

        def now_ns() -> int:
            return time.monotonic_ns() - epoch_ns

        def post(message: Message) -> None:
            if isinstance(message, DeviceReport):
                out[message.device].append(Told(now_ns() / NS_PER_S, message))

        stubs.begin(epoch_ns)
        await link.start(post, now_ns)
        with suppress(AssertionError):
            await until(
                lambda: all(_reacted(name, out) for name in REACTED.values()), patience_s=LONGEST_S
            )
        await link.stop()

    with BenchProcess(("mqtt", str(path), EPOCH), tuple(ROWS)) as stubs:
        asyncio.run(main())
    return out


@pytest.mark.parametrize("name", REACTED.values(), ids=REACTED)
def test_each_fault_has_the_reaction_that_it_has_headless(
    name: str, told: dict[str, list[Told]]
) -> None:
    _, row = ROWS[name]
    assert set(row.standings) <= set(standings(told[name]))
    texts = [one.report.text for one in told[name] if one.time_s >= AT_S]
    assert any(row.first in text for text in texts), texts


# Strangers, nonsense, floods -------------------------------------------------------------------


def test_a_flood_is_turned_away_and_forgotten_when_it_is_over(plain: Mosquitto) -> None:
    device = belt()
    over = threading.Event()

    def flood() -> None:
        with client(plain) as one:
            while not over.is_set():
                for _ in range(200):
                    one.publish("linacsim/v1/lab/belt/sample", b'{"v":1,"seq":1,"d":[1,2,3]}')
                time.sleep(0.01)

    async def look(link: MqttLink, posted: list[Message]) -> None:
        await until(lambda: link.health().live)
        thread = threading.Thread(target=flood)
        thread.start()
        try:
            await until(lambda: Condition.BABBLE in device.guard.conditions)
            await asyncio.sleep(0.5)
            assert not link.health().live
        finally:
            over.set()
            thread.join()
        await until(lambda: link.health().live, lambda: link.health().text)
        assert len([m for m in posted if isinstance(m, Samples)]) < 5000

    with stub("mqtt-marker", "--broker", plain.url, "--name", "belt"):
        during(MqttLink("mqtt", MqttSettings(to(plain)), [device]), look)


@pytest.mark.parametrize(
    "payload", [b"\xff\xfe\xfd", b"1,2,3", b"{}", b"x" * 60_000], ids=["bytes", "csv", "{}", "big"]
)
def test_nonsense_is_told_and_releases_nothing(plain: Mosquitto, payload: bytes) -> None:
    async def look(link: MqttLink, posted: list[Message]) -> None:
        await until(lambda: "not live yet" in link.health().text)
        with client(plain) as one:
            for _ in range(20):
                one.publish("linacsim/v1/lab/belt/sample", payload).wait_for_publish(5)
            await until(lambda: device.refused == 20, lambda: link.health().text)
        assert not link.health().live
        assert not [m for m in posted if isinstance(m, Samples)]

    device = belt()
    during(MqttLink("mqtt", MqttSettings(to(plain)), [device]), look)


def test_a_huge_payload_stays_with_the_broker(plain: Mosquitto) -> None:
    async def look(link: MqttLink, posted: list[Message]) -> None:
        await until(lambda: "not live yet" in link.health().text)
        with client(plain) as one:
            one.publish("linacsim/v1/lab/belt/sample", b"x" * 10_000_000).wait_for_publish(5)
            one.publish("linacsim/v1/lab/belt/sample", b"{}").wait_for_publish(5)
            await until(lambda: device.refused, lambda: link.health().text)
        assert device.refused == 1

    device = belt()
    during(MqttLink("mqtt", MqttSettings(to(plain)), [device]), look)


def test_two_machines_of_one_name_refuse_both(plain: Mosquitto) -> None:
    async def look(link: MqttLink, posted: list[Message]) -> None:
        await until(lambda: "not live yet" in link.health().text)
        other = MqttLink("mqtt", MqttSettings(to(plain)), [belt()])
        await other.start(posted.append, time.monotonic_ns)
        try:
            await until(
                lambda: "another client has this name" in link.health().text,
                lambda: link.health().text,
            )
            assert not link.health().live
        finally:
            await other.stop()

    during(MqttLink("mqtt", MqttSettings(to(plain)), [belt()]), look)


def test_the_embedded_broker_needs_no_set_up(tmp_path: Path) -> None:
    """A marker that stamps, a gate box, telemetry: all by MQTT 3.1.1, in a process of its own."""
    with BenchProcess(("broker", "--tcp", "127.0.0.1:0", OWNED), ("broker",)) as process:
        url = process.urls["broker"]
        side = prepare(embedded_scenario(tmp_path)).mqtt
        assert side is not None
        link, telemetry = side.link(url)
        assert telemetry is not None
        with BenchProcess(("mqtt", str(side.path), "--broker", url), ("belt", "box")):

            async def look(link: MqttLink, posted: list[Message]) -> None:
                await until(lambda: link.health().live, lambda: link.health().text)
                await until(lambda: any(isinstance(m, HeartBeats) for m in posted))
                (sample, *_) = next(m for m in posted if isinstance(m, Samples)).samples
                assert sample.measured_ns < sample.received_ns, "by its own clock"

            during(link, look)


def embedded_scenario(folder: Path) -> Path:
    path = folder / "embedded.yaml"
    beam = Path("scenarios/beams/beam-on.xml").resolve()
    path.write_text(
        f"""\
schema: 1
title: no set-up
machine: truebeam-hd120
beam: {beam}
seed: 1
motion: {{kind: sine, period_s: 4.0, travel_cm: 1.5}}
mqtt:
  url: embedded
  markers: [{{name: belt, url: stub, allow_unprotected: true, stub: {{clock_ppm: 80}}}}]
  gate_boxes: [{{name: box, device: 7, url: stub, allow_unprotected: true}}]
expect: {{state: COMPLETE}}
"""
    )
    return path


# Who may come in -------------------------------------------------------------------------------


def test_with_tls_and_password_a_marker_becomes_live_and_a_command_is_obeyed(
    guarded: Mosquitto,
) -> None:
    settings = MqttSettings(to(guarded, PASSWORD), commands=frozenset({Action.BEAM_OFF}))
    acks: list[bytes] = []

    async def look(link: MqttLink, posted: list[Message]) -> None:
        await until(lambda: "not live yet" in link.health().text, lambda: link.health().text)
        with client(guarded) as one:
            one.on_message = lambda _c, _u, message: acks.append(message.payload)
            one.subscribe("linacsim/v1/lab/linac/ack", 1)
            for name in ("beam_off", "beam_on"):
                command = {"id": name, "exp_ms": time.time_ns() // 1_000_000 + 10_000}
                one.publish(f"linacsim/v1/lab/linac/cmd/{name}", json.dumps(command), 1)
            await until(lambda: len(acks) == 2)
        assert [m for m in posted if isinstance(m, Operator)] == [Operator(Action.BEAM_OFF)]
        assert [json.loads(ack)["code"] for ack in acks] == [0, 1]

    during(MqttLink("mqtt", settings, [belt()]), look)


def test_commands_stay_off_where_the_broker_lets_anybody_in(plain: Mosquitto) -> None:
    broker = replace(to(plain), username="linac", password="x")

    async def look(link: MqttLink, posted: list[Message]) -> None:
        await until(lambda: "commands are off: the broker lets anybody in" in link.health().text)
        with client(plain) as one:
            command = {"id": "c", "exp_ms": time.time_ns() // 1_000_000 + 10_000}
            one.publish("linacsim/v1/lab/linac/cmd/beam_off", json.dumps(command), 1)
            one.publish("linacsim/v1/lab/belt/sample", b"{}", 1).wait_for_publish(5)
            await until(lambda: device.refused)
        assert not [m for m in posted if isinstance(m, Operator)]

    device = belt()
    settings = MqttSettings(broker, commands=frozenset({Action.BEAM_OFF}))
    during(MqttLink("mqtt", settings, [device]), look)


REFUSED: dict[str, tuple[Callable[[Mosquitto, Path], Broker], str]] = {
    "no password": (lambda made, _: to(made), "refuses user or password"),
    "wrong password": (lambda made, _: to(made, "guess"), "refuses user or password"),
    "wrong user": (
        lambda made, _: replace(to(made, PASSWORD), username="mallory"),
        "refuses user or password",
    ),
    "other authority": (
        lambda made, folder: replace(to(made, PASSWORD), ca_file=folder / "other.pem"),
        "its certificate is not trusted",
    ),
    "authorities of the system": (
        lambda made, _: replace(to(made, PASSWORD), ca_file=None),
        "its certificate is not trusted",
    ),
    "other host name": (
        lambda made, _: replace(to(made, PASSWORD), host="localhost"),
        "its certificate is not trusted",
    ),
    "no TLS": (lambda made, _: replace(to(made, PASSWORD), tls=False), "write mqtts://"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_who_does_not_come_in_is_told_why_and_tries_again(
    case: str, guarded: Mosquitto, tmp_path: Path
) -> None:
    make_certificates(tmp_path, "other")
    make, why = REFUSED[case]

    async def look(link: MqttLink, posted: list[Message]) -> None:
        await until(lambda: why in link.health().text, lambda: link.health().text)
        await until(lambda: link.retries >= 1)
        assert "(try " in link.health().text
        assert "\n" not in link.health().text
        assert not link.health().live
        reports = [m for m in posted if isinstance(m, DeviceReport)]
        assert reports[-1].standing is Standing.HOLD
        assert PASSWORD not in f"{reports} {link.health()}"

    during(MqttLink("mqtt", MqttSettings(make(guarded, tmp_path)), [belt()]), look)


def test_tls_where_there_is_none(plain: Mosquitto) -> None:
    async def look(link: MqttLink, posted: list[Message]) -> None:
        await until(lambda: "does not speak TLS there" in link.health().text)

    during(MqttLink("mqtt", MqttSettings(replace(to(plain), tls=True)), [belt()]), look)
