"""A baseline as TOML text: one line for what changes together, so that differences read well."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from linacsim.regress.baseline import Baseline, Delivery, Signals

HEAD = """\
# Baseline of `linacsim regress`: what this was delivered as. Not to be edited: `linacsim regress
# --update` writes it anew. The file is told in docs/how-to/regression-test.md.
"""
_WIDTH = 96


def to_text(baseline: Baseline) -> str:
    """Return the file's text."""
    return "\n".join((HEAD, *_lines(baseline), ""))


def _lines(baseline: Baseline) -> Iterator[str]:
    yield f"schema = {baseline.schema_version}"
    yield f"notice = {_value(baseline.notice)}"
    yield f"source = {_value(baseline.source)}"
    yield f"made_by = {_value(baseline.made_by)}"
    for delivery in baseline.delivery:
        yield from ("", "[[delivery]]")
        yield from _delivery(delivery)


def _delivery(delivery: Delivery) -> Iterator[str]:
    yield f"beam = {_value(delivery.beam)}"
    yield f"machine = {_value(delivery.machine)}"
    yield f"state = {_value(delivery.state)}"
    yield f"interlocks = {_value(delivery.interlocks)}"
    yield "control_points = [  # control point, time since the first step [s], expected MU"
    yield from (f"  {_value(point)}," for point in delivery.control_points)
    yield "]"
    yield from ("", "[delivery.figures]")
    yield from _keys(delivery.figures)
    yield from ("", "[delivery.axis_figures]")
    yield from _keys(delivery.axis_figures)
    yield from _signals(delivery.signals)


def _signals(signals: Signals) -> Iterator[str]:
    window_s = f"{signals.window_ticks / 100:g} s"
    yield from ("", "[delivery.signals]")
    yield f"ticks = {signals.ticks}"
    yield f"window_ticks = {signals.window_ticks}"
    yield from _texts("control_point", signals.control_point)
    yield from ("", "[delivery.signals.digests]  # of each column of the frames")
    yield from _keys(signals.digests)
    yield from ("", "[delivery.signals.steps]  # tick and new value")
    for name, steps in signals.steps.items():
        yield from _wrapped(name, steps)
    yield from ("", f"[delivery.signals.windows]  # digests of {window_s} each")
    for name, windows in signals.windows.items():
        yield from _texts(name, windows)
    yield from ("", "[delivery.signals.axes]  # digests of expected and of actual positions")
    yield from _keys(signals.axes)


def _keys(values: Mapping[str, Any]) -> Iterator[str]:
    return (f"{_key(name)} = {_value(value)}" for name, value in values.items())


def _texts(name: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"{name} = ["
    yield from (f"  {_value(line)}," for line in lines)
    yield "]"


def _wrapped(name: str, items: Iterable[str]) -> Iterator[str]:
    """Yield a list with as many items to a line as there is room for."""
    yield f"{name} = ["
    line = " "
    for item in map(_value, items):
        if len(line) + len(item) + 2 > _WIDTH and line.strip():
            yield line
            line = " "
        line += f" {item},"
    yield from (line,) if line.strip() else ()
    yield "]"


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, str):
        # JSON escapes what TOML needs escaped, but for one control character.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, Mapping):
        return "{ " + ", ".join(_keys(value)) + " }" if value else "{}"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return repr(value)
