"""The configuration of `linacsim serve`, and the database that it names."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from linacsim.model.findings import InputError
from linacsim.scenario.node_keys import NodeKeys, ServeConfig
from linacsim.scenario.reader import read_record

if TYPE_CHECKING:
    from linacsim.dicom.desktop_pro.database import Service

_MISSING = "the node needs the extra dicom: pip install 'linacsim[dicom]'"


def read_config(path: Path) -> ServeConfig:
    """Return a configuration. Raises ScenarioError with all that is wrong, and OSError."""
    return read_record(path, ServeConfig, "configuration")


def open_service(keys: NodeKeys, path: Path) -> "Service":
    """Open the database of the configuration at `path`. Raises InputError."""
    if not all(find_spec(name) for name in ("pydicom", "pynetdicom", "sqlalchemy")):
        raise InputError(_MISSING)
    from linacsim.dicom.desktop_pro.database import Service

    return Service(database_url(keys, path))


def database_url(keys: NodeKeys, path: Path) -> str:
    """Return the URL of the database: a file name is one beside the configuration."""
    if "://" in keys.database:
        return keys.database
    return f"sqlite:///{(path.parent / keys.database).resolve()}"
