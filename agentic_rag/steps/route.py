"""question -> simple or complex"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from langgraph.types import Overwrite

from agentic_rag import types
from agentic_rag.budget import Meter
from agentic_rag.interfaces import Router, is_complexity
from agentic_rag.state import State, clean_question, limits_of, metered
from agentic_rag.types import Complexity, Draft

ACCUMULATED = ("usage", "findings", "steps", "notes", "exhausted")


@dataclass(frozen=True)
class Route:
    """The first step of every run: cleans the question, forgets the run before it on the same thread, and routes.

    Complex means a router's score of at least `threshold`. A question that cannot be asked, a budget and a confidence that are
    none raise here; no other error leaves a graph.
    """

    router: Router
    threshold: float = 0.5

    def __call__(self, state: State) -> State:
        fresh: Any = {"question": clean_question(state.get("question")), **limits_of(state)}
        written: dict[str, Any] = {**metered("route", fresh, self._route)}
        return cast("State", written | {key: Overwrite(written.get(key, [])) for key in ACCUMULATED})

    def _route(self, state: State, meter: Meter) -> State:
        unknown = Complexity(0.0, "unknown")
        complexity = meter.attempt("router", self.router, state["question"], default=unknown, accept=is_complexity, reserve=1)
        score = float(complexity.score)
        route = types.Route("complex" if score >= self.threshold else "simple", score, complexity.type)
        return {
            "question": state["question"],
            "route": route,
            "hits": [],
            "contexts": [],
            "plan": types.Plan([]),
            "draft": Draft(None),
            "first": Draft(None),
            "read": [],
        }


def chosen(state: State) -> str:
    """The edge behind `route`."""
    return "plan" if state["route"].label == "complex" else "retrieve"
