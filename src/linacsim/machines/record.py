"""A machine as plain data and back, so that a journal can carry the machine it ran on.

Numbers survive exactly: JSON writes a float with as many digits as it needs.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import MappingProxyType, NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np

from linacsim.machines.spec import MachineSpec
from linacsim.model.arrays import Floats, readonly


def to_record(value: Any) -> Any:
    """Return a machine, or a part of one, as dicts, lists, numbers and strings."""
    if is_dataclass(value):
        return {member.name: to_record(getattr(value, member.name)) for member in fields(value)}
    if isinstance(value, Mapping):
        return {key: to_record(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple):
        return [to_record(item) for item in value]
    return value


def from_record(record: Mapping[str, Any]) -> MachineSpec:
    """Return the machine of a record made by `to_record`.

    Raises KeyError or TypeError where the record is not of this version.
    """
    machine = _build(MachineSpec, record)
    assert isinstance(machine, MachineSpec)
    return machine


def _build(kind: Any, value: Any) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{m.name: _build(hints[m.name], value[m.name]) for m in fields(kind)})
    if kind == Floats:
        return readonly(np.array(value, dtype=np.float64))
    if get_origin(kind) is tuple:
        return tuple(_build(get_args(kind)[0], item) for item in value)
    if get_origin(kind) is UnionType:
        (part,) = (one for one in get_args(kind) if one is not NoneType)
        return None if value is None else _build(part, value)
    if get_origin(kind) is not None and issubclass(get_origin(kind), Mapping):
        item_kind = get_args(kind)[1]
        return MappingProxyType({key: _build(item_kind, item) for key, item in value.items()})
    return value
