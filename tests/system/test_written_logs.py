"""Every version of log that `deliver` writes, opened by pylinac and by nothing but the layout.

Layout and rules: research/log-formats.md section 1.
"""

import json
import re
import struct
from binascii import crc_hqx
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from pylinac.log_analyzer import TrajectoryLog as PylinacLog
from typer.testing import CliRunner

from linacsim.cli.app import app
from linacsim.formats.trajectory_log import TrajectoryLog, read_log
from linacsim.formats.truebeam_xml import beam_to_xml
from tests.beams import make_beam

VERSIONS = {"2.1": (14, 80), "3.0": (16, 560), "4.0": (16, 560)}
"""Number of axes and bytes of a sub-beam record."""
INTERVALS = (10, 20)

BEAM = make_beam(
    {"Mu": 0, "GantryRtn": 180.0, "CollRtn": 170.0, "X1": 6.0, "X2": 6.0, "Y1": 5.0, "Y2": 5.0,
     "leaves": (2.0, 3.0)},
    {"Mu": 30, "GantryRtn": 170.0, "X1": 5.0, "leaves": (4.0, 1.0)},
    {"Mu": 40, "GantryRtn": 165.0, "CollRtn": 175.0, "leaves": (3.0, 2.0)},
)  # fmt: skip


@dataclass
class Written:
    """One log as it is on the disk, and by both readers."""

    path: Path
    ours: TrajectoryLog
    theirs: PylinacLog


Deliver = Callable[[str, int], Written]


@pytest.fixture(scope="module")
def deliver(tmp_path_factory: pytest.TempPathFactory) -> Deliver:
    """Deliver the beam once for each version and interval."""
    folder = tmp_path_factory.mktemp("written")
    (folder / "plan.xml").write_bytes(beam_to_xml(BEAM))
    done: dict[tuple[str, int], Written] = {}

    def one(version: str, interval_ms: int) -> Written:
        if (version, interval_ms) not in done:
            out = folder / f"{version} {interval_ms}"
            out.mkdir()
            words = ["deliver", folder / "plan.xml", "--out", out, "--json"]
            words += ["--log-version", version, "--interval", interval_ms]
            result = CliRunner().invoke(app, [str(word) for word in words])
            assert result.exit_code == 0, result.output
            path = Path(json.loads(result.stdout)["log"])
            done[version, interval_ms] = Written(path, read_log(path), PylinacLog(str(path)))
        return done[version, interval_ms]

    return one


@pytest.fixture(
    params=[(v, i) for v in VERSIONS for i in INTERVALS], ids=lambda p: f"{p[0]}-{p[1]}"
)
def written(request: pytest.FixtureRequest, deliver: Deliver) -> Written:
    return deliver(*request.param)


def test_file_is_what_the_layout_says(written: Written) -> None:
    raw = written.path.read_bytes()
    version = raw[16:32].rstrip(b"\0").decode()
    axes, record = VERSIONS[version]
    assert raw[:16].rstrip(b"\0") == b"VOSTL"
    header_size, interval_ms, n = struct.unpack_from("<3i", raw, 32)
    samples = struct.unpack_from(f"<{n}i", raw, 44 + 4 * n)
    scale, subbeams, truncated, rows, mlc = struct.unpack_from("<5i", raw, 44 + 8 * n)
    assert (header_size, n) == (1024, axes)
    assert interval_ms == written.ours.header.interval_ms
    assert samples == (1,) * (n - 1) + (122,)
    assert (scale, subbeams, truncated, mlc) == (1, 1, 0, 2)
    assert len(raw) == 1024 + record + rows * 8 * sum(samples) + 2
    # CRC-16/CCITT-FALSE over all that is before it, stored little-endian.
    assert crc_hqx(raw[:-2], 0xFFFF).to_bytes(2, "little") == raw[-2:]


def test_name_is_as_tools_expect_it(written: Written) -> None:
    assert re.fullmatch(r"LINACSIM_plan_test_[0-9]{14}\.bin", written.path.name)
    suffixes = sorted(path.suffix for path in written.path.parent.iterdir())
    assert suffixes == [".bin", ".journal", ".txt"]


def test_pylinac_agrees_on_the_head(written: Written) -> None:
    ours, head = written.ours, written.theirs.header
    assert f"{head.version:.1f}" == ours.header.version
    assert head.sampling_interval == ours.header.interval_ms
    assert head.num_snapshots == len(ours)
    assert list(head.axis_enum) == list(ours.header.axes)
    assert (head.num_mlc_leaves, head.mlc_model, head.axis_scale) == (120, 2, 1)
    if head.version >= 4:
        told = head.metadata
        assert (told.patient_id, told.energy, told.beam_name) == ("LINACSIM", "6x", "test")
        assert told.mu_planned == 40


def test_pylinac_agrees_on_every_column(written: Written) -> None:
    ours, data = written.ours, written.theirs.axis_data
    single = [
        data.collimator, data.gantry, data.jaws.y1, data.jaws.y2, data.jaws.x1, data.jaws.x2,
        data.couch.vert, data.couch.long, data.couch.latl, data.couch.rotn,
    ]  # fmt: skip
    if written.theirs.header.version >= 3:
        single += [data.couch.pitch, data.couch.roll]
    single += [data.mu, data.beam_hold, data.control_point, data.carriage_A, data.carriage_B]
    axes = [*single, *(data.mlc.leaf_axes[leaf + 1] for leaf in range(120))]
    assert len(axes) == ours.expected.shape[1]
    for column, axis in enumerate(axes):
        assert np.array_equal(axis.expected, ours.expected[:, column]), column
        assert np.array_equal(axis.actual, ours.actual[:, column]), column


def test_pylinac_analyses_it(written: Written) -> None:
    theirs = written.theirs
    assert theirs.subbeams[0].beam_name == "test"
    assert 0 < theirs.axis_data.mlc.get_RMS_avg() < 0.01
    assert theirs.axis_data.mlc.get_RMS_max() < 0.01
    assert theirs.fluence.actual.calc_map(5).sum() > 0


def test_companion_is_found_and_read(written: Written) -> None:
    told = written.theirs.txt
    assert told is not None
    assert told["Patient ID"] == "LINACSIM"
    assert told["Plan Name"] == "plan"
    assert told["Beam Name"] == "test"
    assert told["Energy"] == "6x"
    assert float(told["Original MU"]) == 40
    assert "emulator" in told["Notice"]
    given, minutes = float(told["MU1"]), float(told["Radiation Time (mins)"])
    assert given / minutes == pytest.approx(float(told["DoseRate (MU/min)"]), rel=0.02)
    # Gantry between 180 and 165 deg on the machine's scale is 0 to 15 deg in IEC 61217.
    assert 0 < float(told["Gantry Rotation Angle (deg)"]) < 15


@pytest.mark.parametrize("version", VERSIONS)
def test_rows_of_20_ms_are_every_second_of_10_ms(deliver: Deliver, version: str) -> None:
    fine, coarse = deliver(version, 10).ours, deliver(version, 20).ours
    assert abs(len(fine) - 2 * len(coarse)) <= 4
    rows = min(len(coarse), (len(fine) + 1) // 2)
    assert np.array_equal(fine.expected[::2][:rows], coarse.expected[:rows])
    assert np.array_equal(fine.actual[::2][:rows], coarse.actual[:rows])


def test_versions_hold_the_same_columns(deliver: Deliver) -> None:
    old, new, newest = (deliver(version, 20).ours for version in VERSIONS)
    assert np.array_equal(new.actual, newest.actual)
    # 2.1 lacks couch pitch and roll, columns 10 and 11.
    assert np.array_equal(old.actual, np.delete(new.actual, [10, 11], axis=1))
    assert np.array_equal(old.expected, np.delete(new.expected, [10, 11], axis=1))
