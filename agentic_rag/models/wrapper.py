"""A model around a model."""

from __future__ import annotations

from dataclasses import dataclass

from agentic_rag.interfaces import Model


@dataclass(frozen=True)
class Wrapper:
    """Is in all but `generate` the model `of`."""

    of: Model

    @property
    def innermost(self) -> Model:
        """The model around which there are only wrappers."""
        return self.of.innermost if isinstance(self.of, Wrapper) else self.of

    @property
    def model(self) -> str:
        return self.of.model

    @property
    def context(self) -> int:
        return self.of.context

    def count(self, text: str) -> int:
        return self.of.count(text)
