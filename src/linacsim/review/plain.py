"""Records of results as plain data, for JSON."""

import math
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any


def plain_record(record: Any) -> dict[str, Any]:
    """Return a dataclass as plain data: numbers, texts, lists, None in place of NaN."""
    return {field.name: _plain(getattr(record, field.name)) for field in fields(record)}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return plain_record(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
