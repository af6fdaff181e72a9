"""The configuration of `linacsim serve`, and the database that it names."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from linacsim.model.findings import InputError, Place
from linacsim.scenario.node_keys import NodeKeys, ServeConfig
from linacsim.scenario.reader import read_record

if TYPE_CHECKING:
    from linacsim.dicom.desktop_pro.database import Service

_MISSING = "the node needs the extra dicom: pip install 'linacsim[dicom]'"


def read_config(path: Path) -> ServeConfig:
    """Return a configuration. Raises ScenarioError with all that is wrong, and OSError."""
    return read_record(path, ServeConfig, "configuration")


def find_service(config: Path | None, database: str | None) -> "Service":
    """Open the database that a configuration names, or that is named itself. Raises InputError."""
    if (config is None) == (database is None):
        raise InputError("name the database: either --config or --database")
    if config is not None:
        return open_service(read_config(config).node, config)
    assert database is not None
    if "://" not in database and not Path(database).is_file():
        raise InputError("there is no such database", Place(database))
    return _opened(_url(database, Path()))


def open_service(keys: NodeKeys, path: Path) -> "Service":
    """Open the database of the configuration at `path`. Raises InputError."""
    return _opened(_url(keys.database, path.parent))


def _opened(url: str) -> "Service":
    if not all(find_spec(name) for name in ("pydicom", "pynetdicom", "sqlalchemy")):
        raise InputError(_MISSING)
    from linacsim.dicom.desktop_pro.database import Service

    return Service(url)


def _url(database: str, folder: Path) -> str:
    """Return the URL of a database: what is none is a file, seen from the folder."""
    return database if "://" in database else f"sqlite:///{(folder / database).resolve()}"
