"""Tables made of a log, and what `log_info` tells."""

import json
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from pyarrow import parquet

from linacsim.formats.trajectory_log import (
    LogWriteError,
    TrajectoryLog,
    TrajectoryLogWriter,
    export_log,
    log_info,
    parse_log,
    read_log,
)
from linacsim.model.axes import AxisLayout
from linacsim.model.findings import InputError


@pytest.fixture
def log(tmp_path: Path, make_frames, header) -> TrajectoryLog:
    path = tmp_path / "log.bin"
    with TrajectoryLogWriter(path, AxisLayout(60), header, version="4.0") as writer:
        writer.write(make_frames())
    return read_log(path)


def test_csv_gives_the_same_float32_back(log: TrajectoryLog, tmp_path: Path) -> None:
    path = export_log(log, tmp_path / "table.csv")
    names = path.read_text().split("\n", 1)[0].split(",")
    assert names[:3] == ["time_s", "collimator_deg_expected", "collimator_deg_actual"]
    assert names[-1] == "leaf_b60_cm_actual"
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    assert np.array_equal(table[:, 1::2].astype("f4"), log.expected)
    assert np.array_equal(table[:, 2::2].astype("f4"), log.actual)
    assert table[-1, 0] == pytest.approx(log.time_s[-1])


def test_csv_is_the_default(log: TrajectoryLog, tmp_path: Path) -> None:
    assert export_log(log, tmp_path / "table").name == "table.csv"


def test_npz(log: TrajectoryLog, tmp_path: Path) -> None:
    table = np.load(export_log(log, tmp_path / "table.npz"), allow_pickle=False)
    assert np.array_equal(table["actual"], log.actual)
    assert list(table["columns"]) == log.column_names()
    assert json.loads(str(table["info"]))["snapshots"] == len(log)


def test_parquet(log: TrajectoryLog, tmp_path: Path) -> None:
    table = parquet.read_table(export_log(log, tmp_path / "table.parquet"))
    assert np.array_equal(table["gantry_deg_actual"].to_numpy(), log.gantry.actual)
    assert np.array_equal(table["leaf_a01_cm_expected"].to_numpy(), log.leaves.expected[:, 0])
    assert json.loads(table.schema.metadata[b"linacsim.info"])["version"] == "4.0"


def test_hdf5(log: TrajectoryLog, tmp_path: Path) -> None:
    with h5py.File(export_log(log, tmp_path / "table", "hdf5")) as file:
        assert Path(file.filename).suffix == ".h5"
        assert np.array_equal(file["expected"][:], log.expected)
        assert file["columns"].asstr()[0] == "collimator_deg"
        assert json.loads(file.attrs["info"])["crc_ok"]


def test_unknown_format_is_told(log: TrajectoryLog, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'xlsx' is not known; known are csv, npz"):
        export_log(log, tmp_path / "table.xlsx")


@pytest.mark.parametrize(("module", "extra"), [("h5py", "hdf5"), ("pyarrow", "parquet")])
def test_missing_extra_is_told(
    log: TrajectoryLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=rf"pip install 'linacsim\[{extra}\]'"):
        export_log(log, tmp_path / "table", extra)
    assert [path.name for path in tmp_path.iterdir() if "table" in path.name] == []


def test_earlier_table_is_kept(log: TrajectoryLog, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("mine")
    with pytest.raises(LogWriteError, match="exists and is kept"):
        export_log(log, tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text() == "mine"
    export_log(log, tmp_path / "table.csv", overwrite=True)
    assert (tmp_path / "table.csv").read_text() != "mine"


def test_missing_folder_is_told(log: TrajectoryLog, tmp_path: Path) -> None:
    with pytest.raises(LogWriteError, match="folder does not exist"):
        export_log(log, tmp_path / "none" / "table.csv")


def test_info_of_our_log(log: TrajectoryLog) -> None:
    info = log_info(log)
    assert json.loads(json.dumps(info, allow_nan=False)) == info
    assert info["made_by"] == "linacsim emulator"
    assert info["mu_actual"] == pytest.approx(9.59)
    assert info["last_control_point"] == 1
    assert info["mlc_model"] == "NDS120"
    assert info["axes_missing"] == []
    assert info["duration_s"] == pytest.approx(53 * 0.02)


def test_info_of_a_machine_log(shared_data: Path) -> None:
    info = log_info(read_log(shared_data / "logs" / "tlog-v3.0-hd120-T3-mlc-speed-arc.bin"))
    assert info["made_by"] == "machine or unknown"
    assert info["axes_missing"] == ["couch_pitch", "couch_roll"]
    assert info["mu_expected"] == 120
    assert info["subbeams"] == [
        {
            "sequence": 0,
            "name": "4.T3MLCSpeed",
            "start_control_point": 0,
            "planned_mu": 120.0,
            "radiation_time_s": 48.0,
        }
    ]


def test_info_of_an_empty_log_is_still_json(log: TrajectoryLog) -> None:
    assert log.path is not None
    data = bytearray(log.path.read_bytes())
    data[184:188] = bytes(4)
    data[1028:1032] = b"\x00\x00\xc0\x7f"  # planned MU: not a number
    info = log_info(parse_log(np.frombuffer(bytes(data), dtype=np.uint8), strict=False))
    assert info["mu_actual"] is None
    assert json.dumps(info, allow_nan=False)
