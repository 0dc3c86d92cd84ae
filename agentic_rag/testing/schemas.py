"""The simplest value that a JSON schema allows: what a model says that has nothing to say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

WORD = "text"
"""What a string holds when the schema does not say."""

FORMATS = {
    "date": "2000-01-01",
    "time": "00:00:00Z",
    "date-time": "2000-01-01T00:00:00Z",
    "uuid": "00000000-0000-4000-8000-000000000000",
}

Schema = Mapping[str, Any]


def fill_schema(schema: Schema) -> Any:
    """A valid value for a schema, always the same: null where it is allowed, else first choices, 0, false, "text", short lists.

    All properties are filled, or only the required ones where the schema says which are. Knows what pydantic writes; a
    `pattern` and `uniqueItems` are not looked at.
    """
    return _fill(schema, schema.get("$defs") or schema.get("definitions") or {})


def _fill(schema: Schema, named: Mapping[str, Schema]) -> Any:
    if "$ref" in schema:
        return _fill(named[schema["$ref"].rsplit("/", 1)[-1]], named)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return None if {"type": "null"} in choices else _fill(choices[0], named)
    if parts := schema.get("allOf"):
        return _fill(_merged([schema, *(_resolved(part, named) for part in parts)]), named)
    return _fill_type(schema, named)


def _fill_type(schema: Schema, named: Mapping[str, Schema]) -> Any:
    kinds = schema.get("type", "object" if "properties" in schema else "null")
    kind = kinds if isinstance(kinds, str) else "null" if "null" in kinds else kinds[0]
    if kind == "object":
        properties = schema.get("properties", {})
        wanted = schema.get("required", properties)
        return {name: _fill(properties.get(name, {}), named) for name in properties if name in wanted}
    if kind == "array":
        first = [_fill(item, named) for item in schema.get("prefixItems", [])]
        return first + [_fill(schema.get("items", {}), named) for _ in range(schema.get("minItems", 0) - len(first))]
    if kind == "string":
        return _string(schema)
    if kind in {"integer", "number"}:
        return _number(schema, kind == "integer")
    return False if kind == "boolean" else None


def _string(schema: Schema) -> str:
    if example := FORMATS.get(schema.get("format", "")):
        return example
    length: int = max(schema.get("minLength", 0), min(len(WORD), schema.get("maxLength", len(WORD))))
    return (WORD * (length // len(WORD) + 1))[:length]


def _number(schema: Schema, whole: bool) -> float:
    step: float = schema.get("multipleOf", 1 if whole else 0)
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    above, below = schema.get("exclusiveMinimum", -math.inf), schema.get("exclusiveMaximum", math.inf)
    value = max(0, low) if low > 0 else min(0, high)
    if value <= above:
        value = above + step if step else (above + min(above + 2, high, below)) / 2
    if value >= below:
        value = below - step if step else (below + max(below - 2, low, above)) / 2
    return int(value // step + (value % step > 0)) * step if step else value


def _resolved(part: Schema, named: Mapping[str, Schema]) -> Schema:
    return named[part["$ref"].rsplit("/", 1)[-1]] if "$ref" in part else part


def _merged(parts: list[Schema]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for part in parts:
        properties = {**merged.get("properties", {}), **part.get("properties", {})}
        required = [*merged.get("required", []), *part.get("required", [])]
        merged |= {key: value for key, value in part.items() if key != "allOf"}
        merged |= ({"properties": properties} if properties else {}) | ({"required": required} if required else {})
    return merged
