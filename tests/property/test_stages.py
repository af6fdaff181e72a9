"""Whatever a stage says or is told, nothing raises and nothing passes its limits."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from linacsim.devices.grbl.driver import GrblDriver, GrblSettings
from linacsim.devices.grbl.lines import StatusReader, parse_line
from linacsim.devices.stages.check import check_course
from linacsim.devices.stages.limits import AxisLimits, StageLimits
from linacsim.devices.zaber.driver import ZaberDriver, ZaberSettings
from linacsim.devices.zaber.messages import checksum, command, parse
from linacsim.model.time import NS_PER_MS, NS_PER_S
from linacsim.stubs.grbl.controller import Grbl
from linacsim.stubs.zaber.axis import Axis, Goal
from linacsim.stubs.zaber.device import Zaber
from tests.stages import MICROSTEP_MM, grbl_settings, zaber_settings

TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=90)
BYTES = st.binary(max_size=400)
_GRBL, _ZABER = grbl_settings(), zaber_settings()


@given(st.one_of(BYTES, TEXT.map(str.encode)))
def test_any_line_of_either_kind_can_be_read(data: bytes) -> None:
    parse(data)
    line = parse_line(data)
    assert line.text == data.decode("ascii", "replace").strip()


@given(st.tuples(*[st.floats(-1e4, 1e4)] * 3), st.tuples(*[st.floats(-1e4, 1e4)] * 3))
def test_machine_coordinates_come_from_either_form(at, offset) -> None:
    def told(place):
        return ",".join(f"{value:.3f}" for value in place)

    work = tuple(a - o for a, o in zip(at, offset, strict=True))
    direct = StatusReader().read(f"<Idle|MPos:{told(at)}>")
    by_work = StatusReader().read(f"<Idle|WPos:{told(work)}|WCO:{told(offset)}>")
    assert np.allclose(direct.machine_mm, by_work.machine_mm, atol=0.002)


@given(TEXT.filter(lambda t: ":" not in t and "@" not in t and "\n" not in t))
def test_a_checksum_finds_every_single_changed_character(words: str) -> None:
    line = command(words, 1, 0, 1).strip()
    body, _, digits = line.partition(b":")
    for k in range(1, len(body)):
        changed = body[1:k] + bytes([body[k] ^ 1]) + body[k + 1 :]
        assert checksum(changed) != int(digits, 16)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 300), BYTES), max_size=20))
def test_drivers_survive_any_noise_and_never_become_live_by_it(noise) -> None:
    for driver in (
        GrblDriver("stage", GrblSettings(_GRBL)),
        ZaberDriver("stage", ZaberSettings(_ZABER, MICROSTEP_MM)),
    ):
        now_ns = 0
        driver.opened(now_ns)
        for ms, data in noise:
            now_ns += ms * NS_PER_MS
            driver.receive(data, now_ns)
            driver.wake(now_ns)
            driver.take()
            assert driver.next_ns() is None or driver.next_ns() >= 0
        assert not driver.health().live


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 300), st.one_of(BYTES, TEXT.map(str.encode))), max_size=20)
)
def test_stubs_survive_anything_they_are_told(said) -> None:
    for stub in (Grbl(), Zaber()):
        now_ns = 0
        for ms, data in said:
            now_ns += ms * NS_PER_MS
            stub.receive(data, now_ns)
            stub.receive(b"\n", now_ns)
            stub.wake(now_ns)
            stub.take()
        places = stub.places_mm(np.arange(0, now_ns + 1, NS_PER_MS))
        assert np.isfinite(places).all()


JOGS = st.lists(
    st.tuples(st.integers(0, 200), st.floats(-99.0, -1.0), st.floats(10.0, 9000.0)),
    min_size=1,
    max_size=25,
)


@settings(deadline=None, max_examples=60)
@given(JOGS, st.sampled_from([b"", b"!", b"\x85", b"\x18"]))
def test_the_gantry_keeps_to_its_speed_and_acceleration(jogs, last: bytes) -> None:
    """Only a reset stops it dead; whatever else is said, it brakes as it accelerates."""
    grbl, now_ns = Grbl(), 0

    def pass_to(end_ns: int) -> None:
        nonlocal now_ns
        while (due_ns := grbl.next_ns()) is not None and due_ns <= end_ns:
            now_ns = max(now_ns + 1, due_ns)
            grbl.wake(now_ns)
        now_ns = end_ns
        grbl.wake(now_ns)

    grbl.receive(b"$H\n", 0)
    pass_to(6 * NS_PER_S)
    begin_ns = now_ns
    for ms, x, feed in jogs:
        grbl.receive(f"$J=G90G53X{x:.3f}F{feed:.1f}\n".encode(), now_ns)
        pass_to(now_ns + ms * NS_PER_MS)
    reset_ns = now_ns
    grbl.receive(last, now_ns)
    pass_to(now_ns + NS_PER_S)
    end_ns = reset_ns if last == b"\x18" else now_ns
    times = np.arange(begin_ns, end_ns + 1, NS_PER_MS)
    speeds = np.diff(grbl.places_mm(times)[:, 0]) / 1e-3
    if len(speeds) > 1:
        assert abs(speeds).max() <= 100.0 + 1e-3
        assert abs(np.diff(speeds)).max() <= 1.0 + 1e-2, "1000 mm/s²"


GOALS = st.lists(
    st.tuples(st.integers(1, 400), st.floats(0.0, 100.0), st.floats(0.1, 100.0)),
    min_size=1,
    max_size=15,
)


@settings(deadline=None)
@given(GOALS)
def test_an_axis_gets_to_its_last_goal_within_its_acceleration(goals) -> None:
    axis, now_ns = Axis(50.0), 0
    for ms, place, speed in goals:
        axis.go(now_ns, Goal(place, speed, 1000.0))
        now_ns += ms * NS_PER_MS
    last = goals[-1]
    end_ns = now_ns + round((110.0 / last[2] + 1.0) * NS_PER_S)
    axis.advance(end_ns)
    assert abs(axis.at(end_ns) - last[1]) < 1e-6
    places = np.array([axis.at(t) for t in range(0, now_ns, NS_PER_MS)])
    assert abs(np.diff(places, 2)).max(initial=0.0) / 1e-6 <= 1000.0 * (1 + 1e-3)


@given(st.floats(1.0, 200.0), st.floats(10.0, 5000.0), st.floats(1.0, 100.0))
def test_no_findings_means_no_set_point_beyond_a_limit(speed, acceleration, lower) -> None:
    course = _GRBL.course
    limits = StageLimits((AxisLimits("X", -lower, 0.0, speed, acceleration),))
    step_ns = 50 * NS_PER_MS
    found = {f.rule for f in check_course(course, limits, 10 * NS_PER_S, step_ns)}
    at = course.positions_mm(np.arange(0, 10 * NS_PER_S + 1, step_ns))[:, 0]
    v = np.diff(at) / 0.05
    beyond = {
        "stage.travel": (at < -lower).any() or (at > 0).any(),
        "stage.speed": (abs(v) > speed).any(),
        "stage.acceleration": (abs(np.diff(v) / 0.05) > acceleration).any(),
    }
    assert found == {rule for rule, is_beyond in beyond.items() if is_beyond}
