"""Values as JSON has them."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np


def as_plain(value: Any) -> Any:
    """Dataclasses as objects, tuples as lists, other things as their names; numbers that JSON does not know as null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, list | tuple):
        return [as_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): as_plain(item) for key, item in value.items()}
    if isinstance(value, np.generic):
        return as_plain(value.item())
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value if isinstance(value, str | int | None) else str(value)
