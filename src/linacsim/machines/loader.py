"""Machine files become a `MachineSpec`.

A file is named by a shipped name (`truebeam-m120`) or by a path. Nothing is filled in silently:
a machine that lacks a number is refused.
"""

from pathlib import Path

from linacsim.machines.assemble import assemble
from linacsim.machines.keys import CONTROL_SYSTEMS
from linacsim.machines.spec import MLC_PAIRS, MachineSpec
from linacsim.machines.tables import Table, close_to, fault, read_chain, shipped_files
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
        raise fault(table.file, "mlc.model", f"is missing; one of {', '.join(MLC_PAIRS)}")
    energies = [section for section in table.numbers if section.startswith("energy.")]
    if not energies:
        raise fault(table.file, "energy", "the machine has no energy")
    named = table.header["control_system"]
    if named not in CONTROL_SYSTEMS:
        known = ", ".join(CONTROL_SYSTEMS)
        raise fault(table.file, "control_system", f"unknown {named!r}; one of {known}")
    system = CONTROL_SYSTEMS[named]
    wanted = system.sections | dict.fromkeys(energies, system.energy)
    for section, keys in wanted.items():
        for key in keys:
            if key not in table.numbers.get(section, {}):
                raise fault(table.file, f"{section}.{key}", "is missing")
