"""The flagship: simple questions go to one retriever, complex ones to subagents, and a simple one that fails escalates.

The definition is part of the package, because `agentic-rag ask` uses it by default; its source is the example to copy.
"""

from agentic_rag.adaptive import build

__all__ = ["build"]
