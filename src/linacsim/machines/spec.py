"""What a machine description holds once it is loaded: numbers in arrays by axis column.

The TOML files beside this module hold the numbers with their sources; `loader` reads them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from linacsim.model.arrays import Floats
from linacsim.model.axes import AxisLayout
from linacsim.model.beam import LEAF_PAIRS

MLC_PAIRS = LEAF_PAIRS | {"MLCi": 40, "BeamModulator": 40, "Agility": 80}
"""Leaf pairs by MLC model: those of the XML schema, and Elekta's (DP Table 15, real-data 2)."""


@dataclass(frozen=True, slots=True)
class MlcGeometry:
    """Leaf geometry at the isocentre plane."""

    model: str
    """Name, one of `MLC_PAIRS`; of a TrueBeam as in the XML schema."""
    log_code: int
    """MLC model number in a trajectory log (research/log-formats.md 1.1)."""
    leaf_widths_cm: Floats
    """(pairs,) width of each leaf, leaf 1 (most negative Y) first."""
    leaf_span_cm: float
    """How far a leaf may stand from its carriage's most extended leaf."""
    tip_bulge_cm: float
    """Rounded leaf end: a carriage whose most retracted leaf shows its tip at x cm from the centre
    stands at x + tip_bulge_cm * (sqrt(1 + (x / 100)**2) - 1)."""
    least_carriage_sum_cm: float
    """Carriage A and carriage B add up to at least this."""
    min_gap_cm: float
    """Smallest gap between opposed tips while they move."""
    travel_gap_cm: float
    """Gap to which pairs open before they move together with their carriages."""
    overtravel_cm: float
    """How far a leaf may cross the centre line."""


@dataclass(frozen=True, slots=True)
class Energy:
    """One beam energy."""

    name: str
    """As in the XML schema: 6x, 6xFFF, 12e."""
    dose_rates_mu_per_min: tuple[float, ...]
    """Rates the console offers."""
    min_dose_rate_mu_per_min: float
    max_dose_rate_mu_per_min: float
    mu_per_pulse: float
    """MU of one pulse at the maximum rate."""
    beam_on_s: float = 0.0
    """From radiation on to the first dose, at the maximum rate; only with `FieldRules`."""
    beam_on_slowest_s: float = 0.0
    """The same at the minimum rate."""

    def beam_on_at(self, rate_mu_per_min: float) -> float:
        """Return the time from radiation on to the first dose at a rate, even in its logarithm."""
        lowest, highest = self.min_dose_rate_mu_per_min, self.max_dose_rate_mu_per_min
        if not 0 < lowest < highest or rate_mu_per_min <= 0:
            return self.beam_on_s
        share = math.log(highest / rate_mu_per_min) / math.log(highest / lowest)
        return self.beam_on_s + min(share, 1.0) * (self.beam_on_slowest_s - self.beam_on_s)


@dataclass(frozen=True, slots=True)
class AxisArrays:
    """(n_axes,) arrays over all columns; deg or cm and seconds."""

    lower: Floats
    upper: Floats
    max_speed: Floats
    max_accel: Floats
    """Acceleration of the planned (expected) trajectory."""
    brake_decel: Floats
    """Deceleration of the plant when told to stop in the shortest distance."""
    tolerance: Floats
    """Tight internal tolerance (manual, "Introducing static positions and tolerances")."""
    follow_tolerance: Floats
    """Following error of a moving axis beyond which the beam waits."""
    lag_s: Floats
    """Steady following lag of the drive."""
    resolution: Floats
    """Encoder step."""
    noise: Floats
    """Standard deviation of the position error of a moving axis that lag does not explain."""
    static_offset: Floats
    """Greatest constant difference between reading and command of an axis at rest."""


@dataclass(frozen=True, slots=True)
class GantryServo:
    """Drive model of the gantry (research/log-formats.md 6.2)."""

    proportional_per_s2: float
    derivative_per_s: float
    integral_per_s3: float
    feed_forward: float
    delay_ms: float
    friction_deg_per_s2: float
    overspeed_deg_per_s: float
    accel_limit_deg_per_s2: float
    """Greatest acceleration that the servo asks of the drive."""
    creep_back: float
    """Share of its braking distance by which the gantry settles back after an emergency stop."""
    creep_deg_per_s: float
    """Speed of that settling."""


@dataclass(frozen=True, slots=True)
class DoseServo:
    """Dose monitor and servo behaviour."""

    lag_s: float
    ramp_s: float
    """Time from beam-on to full rate in a static field."""
    hold_drift_mu_per_s: float
    lag_slow_mu: float
    """Dose deficit beyond which axes slow in proportion."""
    lag_band_mu: float
    """Further deficit over which the speed of the axes falls from full to nothing."""
    lag_fault_mu: float
    """Dose deficit beyond which the beam faults."""
    hold_drift_s: float
    """How long the monitor drifts after the last pulse."""
    threshold_pulses: float
    """Deficit, in pulses, beyond which the servo fires the next pulse."""
    first_pulse: float
    """Deficit, in pulses, beyond which it fires the first pulse after beam-on."""
    pulse_least: float
    """Size of a pulse at vanishing dose rate as a share of its size at full rate, where modulated;
    in between it grows with the square of the rate."""
    pulse_scatter: float
    """Standard deviation of the dose of one tick, in pulses."""
    headroom: float
    """Highest pulse rate as a multiple of the one that gives the full dose rate."""


@dataclass(frozen=True, slots=True)
class PlanningRules:
    """Constants of the time law (research/log-formats.md section 7)."""

    blend_fraction: float
    """Longest blend as a fraction of the shorter neighbouring segment (rule 4)."""
    cut_factor: float
    """Factor by which corner speed is cut, again and again, until the blend fits (rule 4)."""
    resume_gap_s: float
    """From the end of a segment without MU to the first MU after it (6.4)."""
    field_stop_s: float
    """From the last MU of a field to the first motion towards the next in its sequence."""
    field_resume_s: float
    """From the end of that motion to the first MU."""
    max_control_points: int
    rad_time_margin: float
    """Maximum radiation time as a multiple of the nominal one."""
    rad_time_margin_s: float


@dataclass(frozen=True, slots=True)
class Supervision:
    """Times of the supervisor."""

    check_s: float
    """Length of the pre-beam check cycle."""
    lead_in_ticks: int
    """Ticks from beam-on to the start of the trajectory, under beam hold: of a static field."""
    lead_in_moving_ticks: int
    """The same of a beam that starts with motion."""
    axis_wait_s: float
    """How long the beam waits for a lagging axis before that is a fault."""
    dose_wait_s: float
    """How long the axes wait for dose that hardly comes before that is a fault."""
    beam_off_latency_s: float
    """From the edge of a beam-hold line to the end of dose."""
    beam_on_latency_s: float
    """From the edge that releases the beam to the first dose."""
    gate_decision_s: float
    """From the arrival of a motion sample to the edge of the gate's line that it causes."""
    sample_age_limit_s: float
    """Age from which a motion sample no longer allows the beam."""


@dataclass(frozen=True, slots=True)
class HoldLineRules:
    """When the line of a beam-hold device is no longer to be relied on."""

    watchdog_s: float
    """Longest time between two heart-beats of a device that has them."""
    must_beat: int
    """Whether a device must beat from PREPARE on, else from its first beat on; 0 or 1."""
    chatter_edges_per_s: int
    """Most edges within any second; 0: any number."""
    fault_after_s: float
    """How long a line that is not to be relied on holds the beam before that is a fault."""
    longest_hold_s: float
    """Longest hold while the beam is asked for; 0: any."""
    longest_quiet_s: float
    """Longest time without an edge while the beam is asked for; 0: any."""
    self_test: int
    """Whether a device must have held once, since the beam was loaded, before it starts; 0 or 1."""
    samples_lost_s: float
    """Longest time without a sample of the gate's tracking source, once one has come."""
    sync_stop_s: float
    """Shortest time in which SyncStop ramps plan and beam down."""

    def without_wire(self) -> "HoldLineRules":
        """Return these rules for a gate that is computed from samples.

        What it says is always meant: no broken wire chatters or sticks, and no device must live.
        """
        return replace(
            self,
            must_beat=0,
            chatter_edges_per_s=0,
            longest_hold_s=0.0,
            longest_quiet_s=0.0,
            self_test=0,
        )


@dataclass(frozen=True, slots=True)
class FieldRules:
    """How a control system delivers prescribed fields: segment by segment, dose channels, wedge."""

    binned: int
    """1: the dose rate is one of those the console offers; 0: any up to the highest."""
    leaf_guide: int
    """1: each bank stands on a guide that moves; 0: leaves reach all of their range."""
    mu_step: float
    """Resolution of the prescribed meterset."""
    least_segment_mu: float
    """Least dose of a delivery segment."""
    least_part_mu: float
    """Least dose of a part that may be merged with its neighbours in a dynamic field."""
    static_control_points: int
    """Most control points of a field that is not dynamic."""
    first_intersegment_s: float
    """From the start to radiation on."""
    intersegment_s: float
    """From the end of a segment to radiation on, if nothing takes longer."""
    dose_end_s: float
    """From the last dose to the end of radiation on."""
    checking_s: float
    """How long a terminated field is checked."""
    run_up_s: float
    """How long the beam comes slowly at first."""
    run_up_share: float
    """Share of the dose rate that comes meanwhile."""
    run_up_ramp_s: float
    """How long the rate then takes to rise to all of it."""
    backup_factor: float
    """The second dose channel ends the beam at this multiple of the MU prescribed"""
    backup_mu: float
    """and this much more."""
    channels_share: float
    """Both channels must agree within this share of what the first reads,"""
    channels_mu: float
    """or within this much where that is less."""
    wedge_travel_s: float
    """How long the wedge takes in or out."""
    energy_change_s: float
    """How long a change of energy within a field takes."""


@dataclass(frozen=True, slots=True)
class GatePreset:
    """Latencies of a gating set-up, from an edge of the gate's line to the beam."""

    beam_on_s: float
    beam_off_s: float


@dataclass(frozen=True, slots=True)
class Range:
    """Closed interval."""

    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class MachineSpec:
    """A machine as data."""

    name: str
    title: str
    vendor: str
    control_system: str
    mlc: MlcGeometry
    layout: AxisLayout
    axes: AxisArrays
    energies: Mapping[str, Energy]
    gantry_servo: GantryServo
    dose: DoseServo
    planning: PlanningRules
    start: Floats
    """(n_axes,) where the axes stand when the machine is switched on."""
    imaging_axes: Mapping[str, Range]
    """Ranges of imaging arms and kV blades by `Mvd.Vrt`, `KvBlades.KVX1` and so on; deg or cm."""
    supervision: Supervision
    hold_line: HoldLineRules
    """For all devices but those with rules of their own."""
    gate_line: HoldLineRules
    """For the gate that follows motion; its sources are lost after `samples_lost_s`."""
    log_interval_ms: int
    sources: Mapping[str, str]
    """Source of each number by its dotted key in the file."""
    hold_devices: Mapping[str, HoldLineRules] = field(default_factory=lambda: MappingProxyType({}))
    """Rules of single devices by id, where a scenario states them."""
    field_rules: FieldRules | None = None
    """None: the control system does not deliver prescribed fields."""
    gate_presets: Mapping[str, GatePreset] = field(default_factory=lambda: MappingProxyType({}))

    def line_rules(self, device: int) -> HoldLineRules:
        """Return the rules of a beam-hold device's line."""
        return self.hold_devices.get(str(device), self.hold_line)
