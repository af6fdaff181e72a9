"""Every key that a machine file may hold, with the interval its number must lie in.

A key is named by its section and itself; `*` in a section stands for a name such as an energy.
`{u}` in a key is the unit of its axis: `deg` for rotations, `cm` otherwise. To add a number, add
its row here, its value with a source to the machine files, and its field to `spec`.
"""

from dataclasses import dataclass

from linacsim.model.axes import Axis, AxisLayout


@dataclass(frozen=True, slots=True)
class Rule:
    """What one number may be."""

    lower: float
    upper: float
    whole: bool = False
    """Only whole numbers."""
    shape: str = "one"
    """`one` number, a `list`, or `groups`: a list of [count, number] pairs."""


HEADER = ("schema", "name", "title", "vendor", "control_system", "extends", "base", "without")
"""Top-level keys; they hold words, so they carry no source."""

SINGLE_AXES = {
    "gantry_rtn": Axis.GANTRY_RTN,
    "coll_rtn": Axis.COLL_RTN,
    "couch_vrt": Axis.COUCH_VRT,
    "couch_lat": Axis.COUCH_LAT,
    "couch_lng": Axis.COUCH_LNG,
    "couch_rtn": Axis.COUCH_RTN,
    "couch_pit": Axis.COUCH_PIT,
    "couch_rol": Axis.COUCH_ROL,
    "x1": Axis.X1,
    "x2": Axis.X2,
    "y1": Axis.Y1,
    "y2": Axis.Y2,
}
"""Axis sections by column; `axis.carriage` and `axis.leaf` stand for all of their kind."""

AXIS_NAMES = (*SINGLE_AXES, "carriage", "leaf")

AXIS_KEYS = {
    "lower_{u}": Rule(-1000, 1000),
    "upper_{u}": Rule(-1000, 1000),
    "start_{u}": Rule(-1000, 1000),
    "max_speed_{u}_per_s": Rule(1e-3, 100),
    "max_accel_{u}_per_s2": Rule(1e-3, 1000),
    "brake_decel_{u}_per_s2": Rule(1e-3, 1000),
    "tolerance_{u}": Rule(1e-4, 10),
    "follow_tolerance_{u}": Rule(1e-4, 10),
    "lag_s": Rule(0, 1),
    "resolution_{u}": Rule(0, 1),
    "noise_{u}": Rule(0, 1),
    "static_offset_{u}": Rule(0, 0.1),
}

ENERGY_KEYS = {
    "dose_rates_mu_per_min": Rule(0, 10_000, shape="list"),
    "min_dose_rate_mu_per_min": Rule(0, 10_000),
    "max_dose_rate_mu_per_min": Rule(0, 10_000),
    "mu_per_pulse": Rule(0, 10),
}

FIELD_ENERGY_KEYS = {
    "beam_on_s": Rule(0, 60),
    "beam_on_slowest_s": Rule(0, 60),
}
"""What an energy states besides where fields are prescribed."""

FIELD_KEYS = {
    "binned": Rule(0, 1, whole=True),
    "leaf_guide": Rule(0, 1, whole=True),
    "mu_step": Rule(0.001, 1),
    "least_segment_mu": Rule(0, 100),
    "least_part_mu": Rule(0, 100),
    "static_control_points": Rule(2, 1_000_000, whole=True),
    "first_intersegment_s": Rule(0, 60),
    "intersegment_s": Rule(0, 60),
    "dose_end_s": Rule(0, 60),
    "checking_s": Rule(0, 600),
    "run_up_s": Rule(0, 60),
    "run_up_share": Rule(0.001, 1),
    "run_up_ramp_s": Rule(0, 60),
    "backup_factor": Rule(1, 10),
    "backup_mu": Rule(0, 100),
    "channels_share": Rule(0.001, 1),
    "channels_mu": Rule(0.01, 100),
    "wedge_travel_s": Rule(0, 60),
    "energy_change_s": Rule(0, 600),
}

GATE_PRESET_KEYS = {
    "beam_on_s": Rule(0, 10),
    "beam_off_s": Rule(0, 10),
}

MLC_KEYS = {
    "log_code": Rule(0, 100, whole=True),
    "leaf_widths_cm": Rule(0.05, 5, shape="groups"),
    "leaf_span_cm": Rule(0.1, 50),
    "tip_bulge_cm": Rule(0, 90),
    "least_carriage_sum_cm": Rule(-40, 40),
    "min_gap_cm": Rule(0, 5),
    "travel_gap_cm": Rule(0, 5),
    "overtravel_cm": Rule(0, 50),
}

GANTRY_SERVO_KEYS = {
    "proportional_per_s2": Rule(0, 1e5),
    "derivative_per_s": Rule(0, 1e4),
    "integral_per_s3": Rule(0, 1e5),
    "feed_forward": Rule(-10, 10),
    "delay_ms": Rule(0, 1000, whole=True),
    "friction_deg_per_s2": Rule(0, 100),
    "overspeed_deg_per_s": Rule(0, 10),
    "accel_limit_deg_per_s2": Rule(0.1, 1000),
    "creep_back": Rule(0, 1),
    "creep_deg_per_s": Rule(1e-3, 10),
}

DOSE_KEYS = {
    "lag_s": Rule(0, 1),
    "ramp_s": Rule(0, 10),
    "hold_drift_mu_per_s": Rule(0, 1),
    "lag_slow_mu": Rule(0, 100),
    "lag_band_mu": Rule(1e-3, 100),
    "lag_fault_mu": Rule(0, 100),
    "hold_drift_s": Rule(0, 60),
    "threshold_pulses": Rule(0, 1),
    "first_pulse": Rule(0, 2),
    "pulse_least": Rule(0.01, 1),
    "pulse_scatter": Rule(0, 0.5),
    "headroom": Rule(1, 2),
}

PLANNING_KEYS = {
    "blend_fraction": Rule(0.01, 1),
    "cut_factor": Rule(0.1, 0.99),
    "resume_gap_s": Rule(0, 10),
    "field_stop_s": Rule(0, 60),
    "field_resume_s": Rule(0, 60),
    "max_control_points": Rule(2, 1_000_000, whole=True),
    "rad_time_margin": Rule(1, 10),
    "rad_time_margin_s": Rule(0, 600),
}

SUPERVISION_KEYS = {
    "check_s": Rule(0, 60),
    "lead_in_ticks": Rule(0, 1000, whole=True),
    "lead_in_moving_ticks": Rule(0, 1000, whole=True),
    "axis_wait_s": Rule(0, 600),
    "dose_wait_s": Rule(0, 600),
    "beam_off_latency_s": Rule(0, 10),
    "beam_on_latency_s": Rule(0, 10),
    "gate_decision_s": Rule(0, 10),
    "sample_age_limit_s": Rule(0.001, 60),
}

HOLD_LINE_KEYS = {
    "watchdog_s": Rule(0.001, 60),
    "must_beat": Rule(0, 1, whole=True),
    "chatter_edges_per_s": Rule(2, 1000, whole=True),
    "fault_after_s": Rule(0, 60),
    "longest_hold_s": Rule(0, 3600),
    "longest_quiet_s": Rule(0, 3600),
    "self_test": Rule(0, 1, whole=True),
    "samples_lost_s": Rule(0.1, 600),
    "sync_stop_s": Rule(0, 10),
}

LOG_KEYS = {
    "log_interval_ms": Rule(10, 1000, whole=True),
}

ARM_AXES = ("Lat", "Lng", "Vrt", "Pitch")
BLADES = ("KVX1", "KVX2", "KVY1", "KVY2")
FILTERS = ("Foil", "Shape")


def axis_unit(name: str) -> str:
    """Return the unit of an axis section."""
    column = SINGLE_AXES.get(name)
    return "cm" if column is None else AxisLayout(0).unit(column)


def axis_rules(name: str) -> dict[str, Rule]:
    """Return the keys of one axis section with their unit filled in."""
    unit = axis_unit(name)
    return {key.format(u=unit): rule for key, rule in AXIS_KEYS.items()}


def _imaging_rules() -> dict[str, dict[str, Rule]]:
    def interval(unit: str, low: float, high: float) -> dict[str, Rule]:
        return {f"{end}_{unit}": Rule(low, high) for end in ("lower", "upper")}

    sections = {
        f"imaging.{arm}.{axis}": interval("deg" if axis == "Pitch" else "cm", -360, 360)
        for arm in ("Mvd", "Kvd", "Kvs")
        for axis in ARM_AXES
    }
    sections |= {f"imaging.KvBlades.{blade}": interval("cm", -100, 100) for blade in BLADES}
    sections |= {f"imaging.KvFilters.{part}": interval("index", 0, 10) for part in FILTERS}
    return sections


ANY_MACHINE: dict[str, dict[str, Rule]] = {
    **{f"axis.{name}": axis_rules(name) for name in AXIS_NAMES},
    "mlc": MLC_KEYS,
    "gantry_servo": GANTRY_SERVO_KEYS,
    "dose": DOSE_KEYS,
    "planning": PLANNING_KEYS,
    "supervision": SUPERVISION_KEYS,
    "hold_line": HOLD_LINE_KEYS,
    "log": LOG_KEYS,
}
"""Sections that each complete machine has once."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a complete machine of a control system states."""

    sections: dict[str, dict[str, Rule]]
    energy: dict[str, Rule]


CONTROL_SYSTEMS = {
    "truebeam": Wanted(ANY_MACHINE | _imaging_rules(), ENERGY_KEYS),
    "elekta": Wanted(ANY_MACHINE | {"field": FIELD_KEYS}, ENERGY_KEYS | FIELD_ENERGY_KEYS),
}

FIXED_SECTIONS = {
    name: keys for wanted in CONTROL_SYSTEMS.values() for name, keys in wanted.sections.items()
}
"""All sections that any machine may have once."""


def section_rules(section: str) -> dict[str, Rule] | None:
    """Return the keys of a section, or None if there is no such section."""
    if section.startswith("energy."):
        return ENERGY_KEYS | FIELD_ENERGY_KEYS
    if section.startswith("gating."):
        return GATE_PRESET_KEYS
    return FIXED_SECTIONS.get(section)
