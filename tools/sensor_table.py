"""Write docs/reference/sensors.md: every number of the shipped sensors with its source.

Run it after src/linacsim/motion/data/sensors.toml has changed; a test compares page and file.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from linacsim.motion.chains import GatingChain, chain_of
from linacsim.motion.presets import sensor_entry, sensor_names, sensor_spec

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "sensors.md"

INTRO = """# Sensors and gating systems

Presets of [scenarios](scenario.md#sensor) and of `linacsim deliver --sensor`, and where each of
their numbers comes from. Research and test use only: they make an emulator behave like such a
system; they are no statement about any real one. A system behind another linac lends its times
only: the machine is otherwise the one that delivers.

This page is written by `python -m tools.sensor_table` from
`src/linacsim/motion/data/sensors.toml`. *log-formats*, *numbers* and *hil-protocols* are research
notes of this project. **Assumed** marks a number for which no public value was found. *What is left
of* an end-to-end value is what remains once the other parts of the chain are taken from it.

From the motion's crossing of the gate to the dose passes, on average, half a period of the sensor,
its latency, transport, decision, and the linac's own part. Where a system states a part, that part
takes the place of the machine's own; a dash is the machine's own.
"""

PARTS = (
    "| preset | source | sensor | half period | latency | transport | decision | linac on, off "
    "| sum on, off | published on, off |"
)


def page() -> str:
    """Return the text of the page."""
    names = sensor_names()
    lines = [INTRO, PARTS, "|---|---|---|---|---|---|---|---|---|---|"]
    lines += [_overview(name) for name in names]
    lines += ["", "Times in ms, linac's part for 6 MV at 600 MU/min.", ""]
    for name in names:
        lines += _numbers(name)
    return "\n".join(lines)


def _overview(name: str) -> str:
    spec, chain = sensor_spec(name), chain_of(name)
    half_ms = 500.0 / spec.rate_hz
    on_ms = chain.on_ms("6x", 600.0)
    known = half_ms + spec.latency_ms + (chain.transport_ms or 0.0) + (chain.decision_ms or 0.0)
    cells = (
        f"`{name}`",
        spec.stands_for,
        spec.title,
        f"{half_ms:.3g}",
        f"{spec.latency_ms:g}",
        _ms(chain.transport_ms),
        _ms(chain.decision_ms),
        f"{_ms(on_ms)}, {_ms(chain.beam_off_ms)}",
        f"{_sum(known, on_ms)}, {_sum(known, chain.beam_off_ms)}",
        _published(chain),
    )
    return f"| {' | '.join(cells)} |"


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _sum(known_ms: float, linac_ms: float | None) -> str:
    return "-" if linac_ms is None else f"{known_ms + linac_ms:.0f}"


def _published(chain: GatingChain) -> str:
    both = chain.published_on_ms, chain.published_off_ms
    return ", ".join(" +- ".join(f"{value:g}" for value in one) or "-" for one in both)


def _numbers(name: str) -> Iterator[str]:
    yield f"## {name}"
    yield ""
    yield f"{sensor_spec(name).title}."
    yield ""
    yield "| number | value | source |"
    yield "|---|---|---|"
    for key, number in sensor_entry(name).items():
        if isinstance(number, dict):
            yield f"| `{key}` | {_value(number['value'])} | {_marked(number['source'])} |"
    yield ""


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{energy}: {_value(points)}" for energy, points in value.items())
    if isinstance(value, list):
        return ", ".join(_value(item) for item in value) or "none"
    return f"{value:g}"


def _marked(source: str) -> str:
    return f"**assumed**{source[7:]}" if source.startswith("assumed") else source


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
