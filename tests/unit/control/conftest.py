"""The machine that control is tested with."""

import pytest

from linacsim.machines import load_machine
from linacsim.machines.spec import MachineSpec


@pytest.fixture(scope="session")
def machine() -> MachineSpec:
    """TrueBeam with Millennium 120."""
    return load_machine("truebeam-m120")
