"""Names of pseudo terminals: taken over from one another, never from anything else."""

from pathlib import Path

import pytest

from linacsim.model.findings import InputError
from linacsim.stubs.serving import Pty


def test_a_name_that_a_terminal_has_left_behind_is_taken_over(tmp_path: Path) -> None:
    link = tmp_path / "marker"
    first = Pty(link)
    second = Pty(link)
    taken = link.readlink()
    first.close()
    assert link.readlink() == taken, "it is the second's by now"
    second.close()
    assert not link.is_symlink()


def test_a_link_to_something_else_is_left_alone(tmp_path: Path) -> None:
    link = tmp_path / "camera"
    link.symlink_to(tmp_path / "ttyUSB0")
    with pytest.raises(InputError, match=r"cannot make the link .*camera: File exists"):
        Pty(link)
    assert link.readlink() == tmp_path / "ttyUSB0"
