"""What can go wrong by misuse when a suite is run, scored or compared."""

from __future__ import annotations

from agentic_rag.errors import AgenticRAGError


class EvaluationError(AgenticRAGError):
    """A metric or gate that does not exist, or runs that cannot be compared."""
