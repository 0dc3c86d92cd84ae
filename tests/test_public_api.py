"""The public names: few, sorted, documented, and importable."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest

import agentic_rag


def test_the_public_names_are_few_sorted_and_there() -> None:
    assert agentic_rag.__all__ == sorted(agentic_rag.__all__)
    assert len(agentic_rag.__all__) <= 20
    assert all(inspect.getdoc(getattr(agentic_rag, name)) for name in agentic_rag.__all__)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(AttributeError, match="it has AgenticRAGError, Budget"):
        _ = agentic_rag.Oracle


def test_every_module_says_what_it_is() -> None:
    modules = [info.name for info in pkgutil.walk_packages(agentic_rag.__path__, "agentic_rag.")]
    assert [name for name in modules if not importlib.import_module(name).__doc__] == []
