"""The fidelity page says what is measured: all of it is measured again here."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linacsim import __version__
from linacsim.formats.trajectory_log import read_log
from linacsim.review.recording import of_log
from tools.fidelity.__main__ import PAGE, main
from tools.fidelity.page import Results, page, results
from tools.fidelity.points import lines_of

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@pytest.fixture(scope="module")
def found(shared_data: Path) -> Results:
    return results(shared_data)


def test_the_page_is_still_true(found: Results) -> None:
    """Texts are the same and numbers differ by no more than one in their last digit."""
    written = PAGE.read_text(encoding="utf-8").splitlines()
    now = page(found, "").splitlines()
    assert len(written) == len(now)
    for there, here in zip(written, now, strict=True):
        if there.startswith("figure is no longer true."):
            continue
        assert NUMBER.sub("#", there) == NUMBER.sub("#", here)
        for a, b in zip(NUMBER.findall(there), NUMBER.findall(here), strict=True):
            last = 10.0 ** -len(a.partition(".")[2])
            assert abs(float(a) - float(b)) <= 1.001 * last, (there, here)


def test_the_page_names_version_and_date() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert re.search(rf"linacsim {re.escape(__version__)}, \d{{4}}-\d\d-\d\d\.", text)


def test_the_page_holds_no_paths_and_no_file_names() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert ".bin" not in text
    assert ".dcm" not in text
    assert "/work" not in text
    assert "/home" not in text


def test_beams_are_timed_to_the_tick(found: Results) -> None:
    for case, compared in found.cases:
        dynamic = compared.timing.points > 10
        assert compared.timing.worst_s < (1e-4 if dynamic else 0.03), case.name


def test_one_half_of_the_logs_predicts_the_other(found: Results) -> None:
    """On the shipped machine every half predicts; the first does so on one that is all wrong."""
    for item in found.halves:
        assert item.told >= 5
        assert item.shipped.timing.worst_s < 0.011, item.half.predicted.name
    first = found.halves[0].spoiled
    assert first.timing.worst_s < 1e-4
    assert first.pace.gantry_deg_per_s is not None
    assert first.pace.gantry_deg_per_s < 0.05
    assert first.pace.leaf_mm_per_s is not None
    assert first.pace.leaf_mm_per_s < 0.1


def test_a_wrong_machine_is_told_from_a_right_one(found: Results) -> None:
    """The comparison can fail: where the logs say nothing, a machine that is off shows."""
    assert found.halves[1].spoiled.timing.worst_s > 1.0


def test_lines_that_do_not_meet_are_refused(shared_data: Path) -> None:
    name = "tlog-v2.1-m120-picketfence-static.bin"
    real = of_log(read_log(shared_data / "logs" / name))
    bent = real.expected.copy()
    bent[np.flatnonzero(real.cp > 5), 20] += 0.1
    with pytest.raises(ValueError, match="do not meet"):
        lines_of(replace(real, expected=bent))


def test_a_folder_without_logs_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page.md"
    assert main([str(tmp_path), "--date", "2026-01-31", "-o", str(out)]) == 2
    assert "holds no folder `logs`" in capsys.readouterr().err
    assert not out.exists()


def test_the_date_is_an_argument(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: Results
) -> None:
    monkeypatch.setattr("tools.fidelity.__main__.results", lambda _: found)
    out = tmp_path / "page.md"
    assert main([str(shared_data), "--date", "2031-05-06", "-o", str(out)]) == 0
    assert "linacsim 0.1.0, 2031-05-06." in out.read_text(encoding="utf-8").replace(
        __version__, "0.1.0"
    )
