"""A machine as plain data and back."""

import json
from dataclasses import fields

import numpy as np
import pytest

from linacsim.machines import load_machine, machine_names
from linacsim.machines.record import from_record, to_record


@pytest.mark.parametrize("name", machine_names())
def test_json_keeps_every_number_exactly(name: str) -> None:
    machine = load_machine(name)
    again = from_record(json.loads(json.dumps(to_record(machine))))
    for member in fields(machine.axes):
        mine, theirs = (getattr(m.axes, member.name) for m in (machine, again))
        assert isinstance(theirs, np.ndarray)
        assert np.array_equal(mine, theirs)
    assert np.array_equal(again.mlc.leaf_widths_cm, machine.mlc.leaf_widths_cm)
    assert again.energies == machine.energies
    for part in ("planning", "dose", "gantry_servo", "supervision", "layout", "imaging_axes"):
        assert getattr(again, part) == getattr(machine, part)


def test_a_record_of_another_version_is_refused() -> None:
    record = to_record(load_machine("truebeam-m120"))
    del record["dose"]
    with pytest.raises(KeyError, match="dose"):
        from_record(record)
