"""Which shipped machine stands for the linacs of a node's configuration."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from linacsim.model.findings import InputError, Place
from linacsim.scenario.service import read_config

HEAD_MACHINES = {
    "mlc": "precise-mlc",
    "beam_modulator": "precise-beam-modulator",
    "agility": "agility",
}
"""By `head` of a linac in the configuration."""


def machine_of(stored: Mapping[str, Any], config: Path) -> str:
    """Return the name of the machine that has the head of a stored plan's linac.

    Raises InputError where the configuration has the linac no more, or the plan is for several
    heads.
    """
    heads = {linac.name: linac.head for linac in read_config(config).node.linacs}
    wanted = sorted({field["machine"] for field in stored["fields"]})
    place = Place(str(config), element="node.linacs")
    for name in wanted:
        if name not in heads:
            raise InputError(f"there is no linac {name!r} any more: name a machine", place)
    found = sorted({heads[name] for name in wanted})
    if len(found) != 1:
        raise InputError(
            f"the plan is for linacs with the heads {', '.join(found)}: name a machine", place
        )
    return HEAD_MACHINES[found[0]]
