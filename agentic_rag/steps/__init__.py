"""The steps of a graph. Each is a frozen dataclass whose fields are its configuration: `step(state) -> partial state`."""

from agentic_rag.steps.delegate import Delegate, Gather, next_wave
from agentic_rag.steps.plan import Plan
from agentic_rag.steps.retrieve import Retrieve
from agentic_rag.steps.route import Route
from agentic_rag.steps.synthesize import Synthesize
from agentic_rag.steps.verify import Verify

__all__ = ["Delegate", "Gather", "Plan", "Retrieve", "Route", "Synthesize", "Verify", "next_wave"]
