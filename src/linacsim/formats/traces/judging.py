"""Raw columns become a trace: each sample is judged, and what was odd is told."""

from dataclasses import fields, replace
from typing import Any

import numpy as np

from linacsim.formats.traces.clock import check_steps, clock_of, kept_rows
from linacsim.formats.traces.notes import Notes
from linacsim.formats.traces.policy import Action, Policy
from linacsim.formats.traces.raw import AXES, Raw, ReadOptions
from linacsim.formats.traces.suspicion import (
    check_motion,
    frozen_rows,
    zero_rows,
)
from linacsim.model.arrays import Bools, Floats, Ints
from linacsim.model.findings import InputError, Place
from linacsim.model.trace import IRREGULAR, LOST, Trace

_FAR_CM = 1e4
"""Nothing in a room is so far away: a number beyond is none."""
_MOST_FLAG = 1e9


def judged(raw: Raw, options: ReadOptions, notes: Notes) -> Trace:
    """Return the trace; raises InputError for what the policy refuses or cannot be replayed."""
    raw = _as_asked(raw, options)
    raw = _enough(_timed(raw, options.policy, notes), notes)
    times_ns = clock_of(raw, options, notes)
    kept = kept_rows(times_ns, raw.line, options.policy, notes)
    raw, times_ns = _enough(_rows(raw, kept), notes), times_ns[kept]
    check_steps(times_ns, raw.line, raw, options.policy, notes)
    raw, times_ns, valid = _judged_samples(raw, times_ns, options.policy, notes)
    if not valid.any():
        raise InputError("holds no valid sample", Place(notes.file, int(raw.line[0])))
    trace = _trace(raw, times_ns, valid, notes.file)
    check_motion(trace, raw.line, notes)
    return replace(trace, findings=notes.findings)


def _enough(raw: Raw, notes: Notes) -> Raw:
    """Return the columns; InputError where they are too short to be a motion."""
    if len(raw) < 2:
        place = Place(notes.file, int(raw.line[0]) if len(raw) else None)
        raise InputError("holds fewer than two samples: no rate and no motion", place)
    return raw


def _as_asked(raw: Raw, options: ReadOptions) -> Raw:
    """Apply sign and phase options."""
    if options.invert:
        raw.positions = -raw.positions
        if raw.gate_limits_cm is not None:
            lower, upper = raw.gate_limits_cm
            raw.gate_limits_cm = (-upper, -lower)
    if raw.phase_deg is not None:
        raw.phase_deg = (raw.phase_deg + options.phase_offset_deg) % 360.0
    return raw


def _timed(raw: Raw, policy: Policy, notes: Notes) -> Raw:
    """Drop rows whose time is not a number that fits a clock."""
    if raw.time is None:
        return raw
    with np.errstate(invalid="ignore", over="ignore"):
        good = np.abs(raw.time * raw.time_unit_ns) < 9e18
    if good.all():
        return raw
    action = Action.REFUSE if policy.not_a_number is Action.REFUSE else Action.DROP
    notes.defect(
        "time_not_a_number",
        action,
        "time is not a usable number",
        raw.line[~good],
        mend="mend the row, or drop such samples (not-a-number=drop)",
    )
    return _rows(raw, good)


def _judged_samples(
    raw: Raw, times_ns: Ints, policy: Policy, notes: Notes
) -> tuple[Raw, Ints, Bools]:
    """Return the samples that stay and whether each is valid."""
    finite: Bools = np.asarray((np.abs(raw.positions) < _FAR_CM).all(axis=1))
    flags = np.zeros(len(raw)) if raw.flags is None else raw.flags
    defects: tuple[tuple[str, Action, Bools, str], ...] = (
        ("not_a_number", policy.not_a_number, ~finite, "position is not a number"),
        ("lost", policy.lost, flags == LOST, "valid flag -1: marker lost or video bad"),
        ("irregular", policy.irregular, flags == IRREGULAR, "valid flag -2: irregular breathing"),
        ("zero_row", policy.zero_row, zero_rows(raw, finite), "position drops to exactly zero"),
        ("frozen", policy.frozen, frozen_rows(raw, times_ns, finite), "position stands still"),
    )
    stays = np.ones(len(raw), dtype=bool)
    valid = np.ones(len(raw), dtype=bool) if raw.valid is None else raw.valid & finite
    for kind, action, rows, found in defects:
        if not rows.any():
            continue
        notes.defect(kind, action, found, raw.line[rows])
        if action is Action.DROP:
            stays &= ~rows
        elif action is Action.INVALID:
            valid &= ~rows
    if not stays.all():
        raw, times_ns, valid = _rows(raw, stays), times_ns[stays], valid[stays]
    _enough(raw, notes)
    return raw, times_ns, valid


def _rows(raw: Raw, rows: Bools) -> Raw:
    """Return some rows of all columns."""
    if rows.all():
        return raw
    columns: dict[str, Any] = {
        item.name: value[rows]
        for item in fields(raw)
        if isinstance(value := getattr(raw, item.name), np.ndarray)
    }
    return replace(raw, **columns)


def _trace(raw: Raw, times_ns: Ints, valid: Bools, file: str | None) -> Trace:
    if raw.rotations_deg is not None and not np.any(raw.rotations_deg):
        raw.rotations_deg = np.zeros_like(raw.rotations_deg)
    return Trace(
        times_ns=times_ns - times_ns[0],
        positions=np.where(np.abs(raw.positions) < _FAR_CM, raw.positions, np.nan),
        valid=valid,
        format=raw.format,
        version=raw.version,
        path=file,
        axes=raw.axes or AXES,
        clock_origin_ns=int(times_ns[0]),
        stated_rate_hz=raw.stated_rate_hz,
        phase_deg=raw.phase_deg,
        flags=None if raw.flags is None else _whole(raw.flags),
        marks=raw.marks,
        beam_enable=raw.beam_enable,
        ttl_in=raw.ttl_in,
        ttl_out=raw.ttl_out,
        rotations_deg=raw.rotations_deg,
        gate_limits_cm=raw.gate_limits_cm,
        header=dict(raw.header),
    )


def _whole(flags: Floats) -> Ints:
    """Return flags as whole numbers; an empty field is 0."""
    whole = np.rint(np.clip(np.nan_to_num(flags), -_MOST_FLAG, _MOST_FLAG))
    return np.asarray(whole, dtype=np.int64)
