"""Measures reading a 5000-point beam against lxml's bare parse: python -m tools.bench.xml_reading.

Times alternate in one run and include giving the memory back; memory is measured in processes of
their own, as growth of the peak over the size of the file. Aims: 3 times, 6 times.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from lxml import etree

from linacsim.formats.truebeam_xml import read_beam, write_beam
from linacsim.model.axes import N_SINGLE
from linacsim.model.beam import Beam, ControlPoints, SubBeam

POINTS, LEAVES = 5000, 120
RUNS = 9


def main() -> None:
    """Measure and print, or do one piece of work in a process of its own."""
    if len(sys.argv) == 3 and sys.argv[1] in WORKS:
        print(grown_by(WORKS[sys.argv[1]], Path(sys.argv[2])))
        return
    with tempfile.TemporaryDirectory() as folder:
        for axes in (1, N_SINGLE):
            path = Path(folder) / f"{axes}.xml"
            write_beam(arc(axes), path)
            print(f"{POINTS} points, {LEAVES} leaves, {axes} axes: {path.stat().st_size} bytes")
            tell(path)


def tell(path: Path) -> None:
    """Print times and memory for one file."""
    spent: dict[str, list[float]] = {name: [] for name in WORKS}
    for _ in range(RUNS):
        for name, work in WORKS.items():
            begin = time.process_time()
            work(path)
            spent[name].append(time.process_time() - begin)
    middle = {name: statistics.median(times) for name, times in spent.items()}
    size = path.stat().st_size
    for name, took in middle.items():
        command = [sys.executable, "-m", "tools.bench.xml_reading", name, str(path)]
        grown = int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
        ratio = took / middle["parse"]
        print(f"  {name:6} {1000 * took:7.1f} ms CPU, {ratio:4.1f} x; {grown / size:4.1f} x file")


def parse(path: Path) -> None:
    """Parse and forget."""
    etree.parse(path)


def read(path: Path) -> None:
    """Read and forget."""
    assert not read_beam(path).findings


WORKS: dict[str, Callable[[Path], None]] = {"parse": parse, "read": read}


def grown_by(work: Callable[[Path], None], path: Path) -> int:
    """Return by how many bytes the peak memory of this process grows with the work."""
    before = _peak()
    work(path)
    return _peak() - before


def _peak() -> int:
    """Return the peak memory of this process in bytes; Linux only."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


def arc(axes: int) -> Beam:
    """Return an arc in which all leaves and the first `axes` axes move at every point."""
    rng = np.random.default_rng(1)
    positions = np.full((POINTS, N_SINGLE), np.nan)
    positions[:, :axes] = rng.uniform(0, 100, (POINTS, axes)).round(4)
    points = ControlPoints(
        mu=np.arange(POINTS, dtype=np.float64),
        axes=positions,
        leaves=rng.uniform(-5, 15, (POINTS, LEAVES)).round(4),
        line=np.zeros(POINTS, np.int64),
        energy={0: "6x"},
        dose_rate={0: 600.0},
        sub_beam={0: SubBeam(0)},
    )
    return Beam(id=1, mlc_model="NDS120", control_points=points)


if __name__ == "__main__":
    main()
