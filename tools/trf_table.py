"""Write the table of docs/reference/trf.md: two real TRF logs beside the emulated twin.

    python -m tools.trf_table ../shared/data/logs

Run it after the Agility has changed; a test compares the page with the table.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from linacsim.formats.trf import ROW_S, TrfLog, read_trf
from linacsim.formats.trf.statistics import clock_steps_ms, refresh, segments, stays
from linacsim.model.elekta import LinacState
from tests.trf_twin import twin

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "trf.md"
REAL = ("trf-v1-agility-abutting.trf", "trf-v3-agility-abutting.trf")
MARK, END = "<!-- twin -->\n", "<!-- end -->"


def page(logs: Path) -> str:
    """Return the text of the page with its table as it should be; `logs` holds the real ones."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(MARK)
    _, after = rest.split(END, 1)
    return before + MARK + "\n".join(_table(logs)) + "\n" + END + after


def _table(logs: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        files = [*(logs / name for name in REAL), twin(Path(folder))]
        found = [read_trf(path) for path in files]
    yield "| | real, version 1 | real, version 3 | emulated |"
    yield "|---|---|---|---|"
    for name, cell in _LINES.items():
        yield f"| {name} | " + " | ".join(cell(log) for log in found) + " |"


def _rows_in(*states: LinacState) -> Callable[[TrfLog], str]:
    return lambda log: ", ".join(str(s.rows) for s in stays(log) if s.state in states) + " rows"


def _news(column: str) -> Callable[[TrfLog], str]:
    return lambda log: ", ".join(map(str, refresh(log)[column]))


def _first_dose(log: TrfLog) -> str:
    return ", ".join(f"{segment.first_dose_s:.2f}" for segment in segments(log)) + " s"


def _dose(log: TrfLog) -> str:
    return " + ".join(f"{segment.mu:.2f}" for segment in segments(log)) + " MU"


def _control_points(log: TrfLog) -> str:
    number = log.raw("control_point")
    return ", ".join(str(n) for n in number[np.append(True, np.diff(number) != 0)])


def _clock(log: TrfLog) -> str:
    steps = sorted(clock_steps_ms(log))
    if not steps:
        return "none"
    return f"{steps[0]} ms" if len(steps) == 1 else f"{steps[0]} to {steps[-1]} ms"


def _rate(log: TrfLog) -> str:
    return f"{log.raw('dose_rate_mu_per_min').max()} MU/min"


def _speed(log: TrfLog) -> str:
    return f"{np.abs(np.diff(log.value('x1_mm_actual'))).max() / ROW_S:.0f} mm/s"


_LINES: dict[str, Callable[[TrfLog], str]] = {
    "rows": lambda log: str(len(log)),
    "intersegment": _rows_in(LinacState.INTERSEGMENT),
    "radiation on": _rows_in(LinacState.RADIATION_ON),
    "terminated checking, OK": _rows_in(LinacState.TERMINATED_CHECKING, LinacState.TERMINATED_OK),
    "radiation on to first dose": _first_dose,
    "dose by the raw counter": _dose,
    "state is new in row 0, 1, 2 of three (times)": _news("state"),
    "dose rate": _news("dose_rate_mu_per_min"),
    "dose counter": _news("dose_mu"),
    "diaphragm X1": _news("x1_mm_actual"),
    "control point": _control_points,
    "step of time stamps": _clock,
    "greatest dose rate told": _rate,
    "greatest speed of X1": _speed,
}


if __name__ == "__main__":
    PAGE.write_text(page(Path(sys.argv[1])), encoding="utf-8")
