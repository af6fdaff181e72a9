"""The linacs of a node's configuration: what they have, and which shipped machines they are."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from linacsim.dicom.desktop_pro.prescription import Parameter
from linacsim.model.findings import InputError, Place
from linacsim.scenario.service import read_config
from linacsim.scenario.stored import StoredGroup

HEAD_MACHINES = {
    "mlc": "precise-mlc",
    "beam_modulator": "precise-beam-modulator",
    "agility": "agility",
}
"""By `head` of a linac in the configuration."""


def check_on_linac(
    stored: Mapping[str, Any], number: int, values: Mapping[Parameter, str], config: Path
) -> None:
    """Raise InputError where the linac of a stored field does not have what is filled in."""
    wanted = next((one for one in stored["fields"] if one["number"] == number), None)
    linacs = {linac.name: linac for linac in read_config(config).node.linacs}
    if wanted is None or wanted["machine"] not in linacs:
        return  # told where it is filled in, and where it is delivered
    linac = linacs[wanted["machine"]]
    photons = wanted["radiation"] == "PHOTON"
    known: dict[Parameter, list[str]] = {
        Parameter.ENERGY: [
            f"{e:g}" for e in (linac.photons_mv if photons else linac.electrons_mev)
        ],
        Parameter.SHADOW_TRAY: list(linac.shadow_trays),
        Parameter.ACCESSORY_FITMENT: [one.id for one in linac.applicators],
        Parameter.ACCESSORY_MOUNT: [one.type for one in linac.applicators],
    }
    for name, value in values.items():
        if name in known and value not in known[name]:
            has = ", ".join(dict.fromkeys(known[name])) or "none"
            raise InputError(f"--set {name}={value}: linac {linac.name!r} has {has}")


def machine_of(group: StoredGroup, config: Path) -> str:
    """Return the name of the machine that has the head of a stored fraction group's linac.

    Raises InputError where the configuration has the linac no more, or the group is for several
    heads.
    """
    heads = {linac.name: linac.head for linac in read_config(config).node.linacs}
    wanted = sorted({field["machine"] for field in group.fields})
    place = Place(str(config), element="node.linacs")
    for name in wanted:
        if name not in heads:
            raise InputError(f"there is no linac {name!r} any more: name a machine", place)
    found = sorted({heads[name] for name in wanted})
    if len(found) != 1:
        raise InputError(
            f"the beams are for linacs with the heads {', '.join(found)}: name a machine", place
        )
    return HEAD_MACHINES[found[0]]
