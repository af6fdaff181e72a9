"""Machine files become a `MachineSpec`.

A file is named by a shipped name (`truebeam-m120`) or by a path. Nothing is filled in silently:
a machine that lacks a number is refused.
"""

from pathlib import Path

from linacsim.machines.assemble import assemble
from linacsim.machines.keys import ENERGY_KEYS, FIXED_SECTIONS
from linacsim.machines.spec import MachineSpec
from linacsim.machines.tables import Table, close_to, fault, read_chain, shipped_files
from linacsim.model.beam import LEAF_PAIRS
from linacsim.model.findings import InputError


def machine_names() -> tuple[str, ...]:
    """Return the names of the machines that come with the package."""
    return tuple(name for name, path in shipped_files().items() if not _is_base(path))


def load_machine(name_or_path: str | Path) -> MachineSpec:
    """Return the machine of a shipped name or of a user's file.

    Raises `InputError` with one line that names file, key and limit.
    """
    table = read_chain(_path_of(name_or_path))
    if table.header.get("base"):
        raise fault(
            table.file,
            "",
            f"is a base for other machines, not a machine; use one of {', '.join(machine_names())}",
        )
    _check_complete(table)
    return assemble(table)


def _is_base(path: Path) -> bool:
    return bool(read_chain(path).header.get("base"))


def _path_of(name_or_path: str | Path) -> Path:
    shipped = shipped_files()
    text = str(name_or_path)
    if text in shipped:
        return shipped[text]
    path = Path(text)
    if path.suffix == ".toml" or path.is_file():
        if not path.is_file():
            raise InputError(f"machine file {text} does not exist")
        return path
    known = machine_names()
    raise InputError(
        f"unknown machine {text!r}{close_to(text, known)}; known: {', '.join(known)}, "
        "or give the path of a .toml file"
    )


def _check_complete(table: Table) -> None:
    for key in ("name", "title", "vendor", "control_system"):
        if key not in table.header:
            raise fault(table.file, key, "is missing")
    if "mlc.model" not in table.words:
        raise fault(table.file, "mlc.model", f"is missing; one of {', '.join(LEAF_PAIRS)}")
    energies = [section for section in table.numbers if section.startswith("energy.")]
    if not energies:
        raise fault(table.file, "energy", "the machine has no energy")
    wanted = dict(FIXED_SECTIONS)
    wanted.update(dict.fromkeys(energies, ENERGY_KEYS))
    for section, keys in wanted.items():
        for key in keys:
            if key not in table.numbers.get(section, {}):
                raise fault(table.file, f"{section}.{key}", "is missing")
