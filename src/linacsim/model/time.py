"""Time is a tick number times the tick length, in integer nanoseconds (architecture, rule 2)."""

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000

TICK_NS = 10 * NS_PER_MS
"""Length of one supervisor tick: 10 ms (research/log-formats.md section 7, rule 8)."""


def seconds(time_ns: int) -> float:
    """Return a time in seconds, for people and for formulas that are not state."""
    return time_ns / NS_PER_S


def to_ns(time_s: float) -> int:
    """Return a time in seconds rounded to whole nanoseconds."""
    return round(time_s * NS_PER_S)


def ticks_until(time_ns: int) -> int:
    """Return the number of whole ticks that end at or after `time_ns`."""
    return -(-time_ns // TICK_NS)
