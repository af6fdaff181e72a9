"""The guard's rows of the fault catalogue, one test each, in simulated time."""

import math
from dataclasses import replace

import pytest

from linacsim.devices.catalogue import CATALOGUE, Condition, Reaction, named
from linacsim.devices.health import LinkState, SampleGuard
from linacsim.devices.sample import Limits, Mark, RawSample
from linacsim.model.messages import DeviceNote, DeviceReport, Standing
from linacsim.model.samples import PositionSample
from linacsim.model.time import NS_PER_MS, NS_PER_S

PERIOD = 20 * NS_PER_MS
DELAY = 5 * NS_PER_MS
LIMITS = Limits(period_ns=PERIOD)
AGE = LIMITS.age_limit_ns


def position(time_ns: int) -> tuple[float, float, float]:
    """Breathe 1 cm peak to peak in 4 s, with something like noise."""
    phase = 2 * math.pi * time_ns / (4 * NS_PER_S)
    return 0.0, 0.001 * math.sin(977.0 * phase), 0.5 * math.sin(phase)


class Source:
    """A source that sends every 20 ms, 5 ms late, into a guard that is woken when due."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.guard = SampleGuard("marker", limits)
        self.number = 0
        self.got: list[PositionSample] = []
        self.guard.opened(0)
        self.guard.identified(0)
        self.guard.synced(0)

    @property
    def now_ns(self) -> int:
        return self.number * PERIOD + DELAY

    def sample(self, number: int | None = None) -> RawSample:
        number = self.number if number is None else number
        return RawSample(position(number * PERIOD), number * PERIOD, number)

    def send(self, sample: RawSample | None = None) -> PositionSample | None:
        """Go on by a period and send one, as it should be unless told otherwise."""
        self.number += 1
        self.quiet_until(self.now_ns)
        got = self.guard.take(sample or self.sample(), self.now_ns)
        if got is not None:
            self.got.append(got)
        return got

    def send_many(self, n: int, **changes: object) -> None:
        for _ in range(n):
            self.send(self.sample(self.number + 1)._replace(**changes))

    def quiet_until(self, now_ns: int) -> None:
        while (due_ns := self.guard.next_ns()) is not None and due_ns <= now_ns:
            self.guard.wake(due_ns)

    def live(self) -> "Source":
        self.send_many(12)
        assert self.guard.live
        assert self.guard.report().standing is Standing.GOOD
        self.guard.notices()
        return self


def test_ten_good_samples_spanning_200_ms_make_a_source_live() -> None:
    source = Source()
    source.send_many(10)
    assert source.guard.state is LinkState.QUALIFYING, "ten span 180 ms only"
    assert source.guard.report().standing is Standing.HOLD
    source.send()
    assert source.guard.state is LinkState.LIVE
    report = source.guard.report()
    assert report is not None
    assert report.standing is Standing.GOOD
    assert source.guard.report() is None, "told once"


def test_nothing_is_live_before_identity_and_clock() -> None:
    source = Source()
    source.guard.opened(0)
    source.send_many(30)
    assert source.guard.state is LinkState.IDENTIFYING
    source.guard.identified(source.now_ns)
    source.send_many(30)
    assert source.guard.state is LinkState.SYNCING
    assert source.got == []
    source.guard.synced(source.now_ns)
    source.live()


def test_row_1_a_dropped_sample_is_only_counted() -> None:
    source = Source().live()
    source.number += 2
    source.send()
    source.number += 1
    source.send()
    assert source.guard.live
    assert source.guard.counts[Condition.DROPPED] == 3
    assert source.guard.news() == (DeviceNote("marker", "sample dropped (fault 1)"),), "told once"


def test_row_2_a_dropout_holds_at_the_age_limit_and_n_good_bring_it_back() -> None:
    source = Source().live()
    measured_ns = source.number * PERIOD
    source.guard.wake(measured_ns + AGE)
    assert source.guard.live
    assert source.guard.next_ns() == measured_ns + AGE + 1
    source.quiet_until(measured_ns + AGE + 1)
    report = source.guard.report()
    assert report.standing is Standing.HOLD
    assert "no samples (fault 2)" in report.text
    source.number += 50
    source.send_many(10)
    assert source.guard.state is LinkState.STALE
    source.send()
    assert source.guard.live
    assert source.guard.report().standing is Standing.GOOD


def test_row_3_three_seconds_without_samples_are_a_fault() -> None:
    source = Source().live()
    source.quiet_until(source.now_ns + 3 * NS_PER_S)
    assert source.guard.standing is Standing.HOLD
    source.quiet_until(source.now_ns + 3 * NS_PER_S + 1)
    assert source.guard.state is LinkState.FAULT
    assert source.guard.next_ns() is None
    source.number += 200
    source.send_many(11)
    assert source.guard.standing is Standing.GOOD, (
        "the machine's interlock still awaits the operator"
    )


def test_row_4_a_frozen_value_holds_after_ten_and_faults_after_three_seconds() -> None:
    source = Source().live()
    stuck = (0.0, 0.0, 0.1)
    source.send_many(9, position_cm=stuck)
    assert source.guard.live
    source.send_many(1, position_cm=stuck)
    assert source.guard.conditions == {Condition.FROZEN_VALUE}
    source.send_many(149, position_cm=stuck)
    assert source.guard.standing is Standing.HOLD
    source.send_many(1, position_cm=stuck)
    assert source.guard.standing is Standing.FAULT
    source.send_many(13)
    assert source.guard.live, "the jump back is a spike, and twelve good ones follow"


def test_row_4_less_than_noise_for_a_second_is_frozen_too() -> None:
    source = Source().live()
    still = [(0.0, 0.0, 0.1 + 1e-6 * (n % 7)) for n in range(60)]
    for place in still[:50]:
        source.send_many(1, position_cm=place)
    assert source.guard.live
    for place in still[50:]:
        source.send_many(1, position_cm=place)
    assert Condition.FROZEN_VALUE in source.guard.conditions


def test_a_coarse_sensor_may_be_let_off_being_frozen() -> None:
    source = Source(replace(LIMITS, frozen_samples=0, noise_floor_cm=0.0)).live()
    source.send_many(200, position_cm=(0.0, 0.0, 0.1))
    assert source.guard.live


@pytest.mark.parametrize("how", ["number", "mark"])
def test_row_5_a_repeated_frame_lets_the_age_run(how: str) -> None:
    source = Source(replace(LIMITS, stride=0.0)).live()
    last = source.number
    for _ in range(10):
        repeat = source.sample(last if how == "number" else source.number + 1)
        source.send(repeat._replace(marks=Mark.REPEAT))
    assert source.guard.conditions == {Condition.FROZEN_FRAME}
    source.quiet_until(source.now_ns + 3 * NS_PER_S)
    assert source.guard.standing is Standing.FAULT


def test_row_6_jitter_is_warned_of_and_device_time_used() -> None:
    source = Source().live()
    sample = source.sample(source.number + 1)
    source.number += 1
    late = source.guard.take(sample, source.now_ns + 21 * NS_PER_MS)
    assert late.measured_ns == sample.measured_ns
    assert source.guard.live
    assert source.guard.conditions == {Condition.JITTER}
    assert [n.reaction for n in source.guard.notices()] == [Reaction.WARN]
    source.number += 2
    source.send_many(70)
    assert source.guard.conditions == frozenset()


def test_row_7_late_data_hold_even_if_they_keep_flowing() -> None:
    source = Source().live()
    behind = AGE // PERIOD
    for _ in range(20):
        number = source.number + 1
        stamp = max(number - behind, 0) * PERIOD
        source.send(source.sample(number)._replace(measured_ns=stamp))
    assert source.guard.conditions >= {Condition.LATE}
    assert source.guard.state is LinkState.STALE
    source.send_many(11)
    assert source.guard.live


def test_row_8_a_duplicate_is_dropped_and_counted() -> None:
    source = Source().live()
    again = source.sample()
    assert source.guard.take(again, source.now_ns + 1) is None
    assert source.guard.counts[Condition.DUPLICATE] == 1
    assert source.guard.live


def test_row_9_samples_out_of_order_are_dropped_and_told_above_five_a_second() -> None:
    source = Source().live()
    for n in range(6):
        source.send()
        assert source.guard.take(source.sample(source.number - 1), source.now_ns + 1) is None
        told = Condition.OUT_OF_ORDER in source.guard.conditions
        assert told is (n == 5)
    assert source.guard.live
    assert source.guard.counts[Condition.OUT_OF_ORDER] == 7, "six, and the warning"


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_row_10_what_is_no_number_holds_by_the_age_of_the_last_valid(bad: float) -> None:
    source = Source().live()
    source.send_many(4, position_cm=(0.0, bad, 0.0))
    assert source.guard.live
    source.send_many(1, position_cm=(0.0, bad, 0.0))
    assert source.guard.conditions == {Condition.NOT_A_NUMBER}


def test_row_11_one_spike_is_rejected_two_in_five_hold() -> None:
    source = Source().live()
    n_got = len(source.got)
    source.send_many(1, position_cm=(0.0, 0.0, 3.0))
    assert len(source.got) == n_got
    assert source.guard.live
    source.send_many(2)
    source.send_many(1, position_cm=(0.0, 0.0, -3.0))
    assert source.guard.conditions == {Condition.SPIKE}
    source.send_many(12)
    assert source.guard.live


def test_row_11_an_outlier_below_the_speed_limit_is_a_spike() -> None:
    source = Source().live()
    source.send_many(30)
    x, y, z = position((source.number + 1) * PERIOD)
    assert (
        source.send(source.sample(source.number + 1)._replace(position_cm=(x + 0.15, y, z))) is None
    )
    assert source.guard.counts[Condition.SPIKE] == 1


def test_row_11_a_new_level_can_be_reached_after_a_hold() -> None:
    source = Source().live()
    for _ in range(14):
        x, y, z = position((source.number + 1) * PERIOD)
        source.send_many(1, position_cm=(x, y, z + 5.0))
    assert source.guard.live


def test_row_16_a_value_of_few_steps_is_warned_of() -> None:
    source = Source(replace(LIMITS, frozen_samples=0, outlier_floor_cm=0.5)).live()
    for _ in range(600):
        x, _, z = position((source.number + 1) * PERIOD)
        source.send_many(1, position_cm=(x, 0.0, round(z / 0.15) * 0.15))
    assert Condition.COARSE in source.guard.conditions
    assert source.guard.live
    source.send_many(520)
    assert Condition.COARSE not in source.guard.conditions


@pytest.mark.parametrize(
    ("mark", "condition"),
    [(Mark.MISSING, Condition.MISSING), (Mark.OUT_OF_VOLUME, Condition.OUT_OF_VOLUME)],
)
def test_rows_17_and_18_hold_at_once_and_tell_the_gates(mark: Mark, condition: Condition) -> None:
    source = Source().live()
    got = source.send(source.sample(source.number + 1)._replace(marks=mark))
    assert got is not None
    assert not got.valid
    assert source.guard.conditions == {condition}
    assert named(condition) in source.guard.report().text
    source.send_many(11)
    assert source.guard.live


@pytest.mark.parametrize("error_cm", [0.051, math.nan])
def test_row_19_a_poor_fit_is_no_sample(error_cm: float) -> None:
    source = Source().live()
    assert source.send(source.sample(source.number + 1)._replace(error_cm=error_cm)) is None
    assert source.guard.live
    source.send_many(6, error_cm=error_cm)
    assert source.guard.conditions == {Condition.POOR_FIT}


def test_row_21_a_pulled_plug_is_a_fault_until_good_samples_are_back() -> None:
    source = Source().live()
    source.guard.closed(source.now_ns, "end of file")
    report = source.guard.report()
    assert report.standing is Standing.FAULT
    assert report.text == "wire gone (fault 21): end of file"
    source.guard.closed(source.now_ns, "not there")
    assert source.guard.report() is None
    source.guard.opened(source.now_ns)
    source.guard.identified(source.now_ns)
    source.guard.synced(source.now_ns)
    source.send_many(10)
    assert source.guard.standing is Standing.FAULT
    source.send()
    assert source.guard.standing is Standing.GOOD


def test_a_wire_that_was_never_live_is_no_fault() -> None:
    guard = SampleGuard("marker", LIMITS)
    guard.closed(0, "nobody listens")
    assert guard.standing is Standing.HOLD
    assert guard.text == "nobody listens"


def test_row_23_a_restart_is_a_fault_once_live() -> None:
    source = Source()
    source.send_many(3, marks=Mark.BOOT)
    assert source.guard.standing is Standing.HOLD
    source.live()
    source.send(source.sample(source.number + 1)._replace(number=0))
    assert source.guard.live, "a second's worth of numbers may merely be late"
    source = Source().live()
    source.send_many(60)
    source.send(source.sample(source.number + 1)._replace(number=0))
    assert source.guard.standing is Standing.FAULT
    assert Condition.REBOOT in source.guard.conditions


def test_row_31_a_clock_out_of_step_holds_until_synced_and_good() -> None:
    source = Source().live()
    source.guard.unsynced(source.now_ns, "residual 7 ms")
    assert source.guard.state is LinkState.SYNCING
    assert "residual 7 ms" in source.guard.report().text
    source.send_many(20)
    assert not source.guard.live
    source.guard.synced(source.now_ns)
    source.send_many(11)
    assert source.guard.live


def test_row_46_samples_from_the_future_are_rejected_and_doubt_the_clock() -> None:
    source = Source().live()
    for n in range(5):
        number = source.number + 1
        stamp = number * PERIOD + DELAY + LIMITS.future_ns + 1
        assert source.send(source.sample(number)._replace(measured_ns=stamp)) is None
        assert (Condition.CLOCK_STEP in source.guard.conditions) is (n == 4)


def test_a_sample_slightly_from_the_future_is_dated_now() -> None:
    source = Source().live()
    number = source.number + 1
    got = source.send(source.sample(number)._replace(measured_ns=number * PERIOD + 2 * DELAY))
    assert got.measured_ns == got.received_ns


@pytest.mark.parametrize(
    ("mark", "condition"),
    [(Mark.SIMULATED, Condition.SIMULATED), (Mark.UNPROTECTED, Condition.UNPROTECTED)],
)
def test_simulated_and_unprotected_sources_need_leave(mark: Mark, condition: Condition) -> None:
    source = Source()
    source.send_many(40, marks=mark)
    assert not source.guard.live
    assert condition in source.guard.conditions
    assert source.got, "they are seen all the same"
    allowed = Source(replace(LIMITS, allowed=mark))
    allowed.send_many(12, marks=mark)
    assert allowed.guard.live


def test_reduced_quality_is_counted_and_told_once() -> None:
    source = Source().live()
    source.send_many(20, marks=Mark.DEGRADED)
    assert source.guard.live
    assert source.guard.counts[Condition.DEGRADED] == 20
    assert source.guard.news() == (DeviceNote("marker", "reduced quality"),)


def test_what_the_driver_bars_must_be_allowed_before_good_samples_count() -> None:
    source = Source().live()
    source.guard.bar(Condition.CRC, source.now_ns, "7 %", fault=True)
    assert source.guard.standing is Standing.FAULT
    source.send_many(30)
    assert not source.guard.live
    source.guard.allow(Condition.CRC)
    source.send_many(1)
    assert source.guard.live


def test_the_sixth_recovery_within_a_minute_is_a_fault() -> None:
    source = Source().live()
    for _ in range(5):
        source.send_many(1, marks=Mark.MISSING)
        source.send_many(11)
        assert source.guard.live
    source.send_many(1, marks=Mark.MISSING)
    source.send_many(11)
    assert source.guard.standing is Standing.FAULT
    assert Condition.FLAPPING in source.guard.conditions
    source.send_many(3000)
    assert source.guard.live, "a minute later"


def test_what_holds_the_beam_is_news_with_the_standing_it_leads_to() -> None:
    source = Source().live()
    source.guard.bar(Condition.CRC, source.now_ns, "7 %", fault=True)
    text = "wrong checksums (fault 24): 7 %"
    told = (DeviceNote("marker", text), DeviceReport("marker", Standing.FAULT, text))
    assert source.guard.news() == told
    assert source.guard.news() == ()


def test_a_device_without_clock_or_numbers_is_judged_by_arrival() -> None:
    source = Source()
    source.send_many(12, measured_ns=None, number=None)
    assert source.guard.live
    assert source.got[-1].measured_ns == source.now_ns
    source.quiet_until(source.now_ns + AGE + 1)
    assert source.guard.conditions == {Condition.DROPOUT}


def test_every_condition_has_its_row() -> None:
    assert set(CATALOGUE) == set(Condition)
    assert [c.value for c in Condition if c.value <= 46] == list(range(1, 47))
