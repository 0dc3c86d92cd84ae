"""A complex question with four independent sub-questions against a server whose every call takes half a second.

python eval/benchmarks/waves.py > eval/results/generative/waves.json

With four slots, the wall time is held against the critical path: the calls that have to wait for each other, times their length.
With one slot, nothing may time out for having waited: the clock of a call starts when it is sent.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from agentic_rag import Store
from agentic_rag.adaptive import build
from agentic_rag.models import OllamaModel, OllamaServer, Slots
from agentic_rag.prompted import prompted
from agentic_rag.testing import PASSAGES, WordEncoder
from agentic_rag.testing.ollama import Behaviour, OllamaDouble, OllamaRequest
from agentic_rag.types import Budget

SECONDS = 0.5
ASKED = [
    "How long is Saltgate Bridge?",
    "How long is Loomgate Bridge?",
    "Who designed Saltgate Bridge?",
    "When was Tolquist born?",
]
REPLIES = {
    "label": {"label": "complex"},
    "sub_questions": {"sub_questions": [{"text": text, "subagent": "hybrid"} for text in ASKED], "combine": "read"},
    "helps": {"helps": ["yes", "yes", "yes", "yes"]},
    "answer": {"answer": "212 metres", "quotes": []},
    "verdict": {"verdict": "supported"},
}


def script(request: OllamaRequest) -> Behaviour:
    """What a good model would say to each role."""
    wanted = request.format["properties"] if isinstance(request.format, dict) else {}
    [reply] = [value for name, value in REPLIES.items() if name in wanted]
    if "helps" in wanted:
        reply = {"helps": ["yes"] * wanted["helps"]["minItems"]}
    return Behaviour.says(json.dumps(reply))


def timed(slots: int, folder: Path) -> dict[str, float]:
    with (
        OllamaDouble(script=script, slots=slots, seconds=SECONDS) as server,
        Store.create(folder / f"store-{slots}", WordEncoder()) as store,
    ):
        store.index(PASSAGES)
        model = OllamaModel("small", OllamaServer(server.url, Slots(slots)), timeout=3 * SECONDS, tries=1)
        _ = model.context
        graph = build(store, prompted(model))
        started = time.monotonic()
        state = graph.invoke({"question": "Which bridge is longest?", "budget": Budget(seconds=60), "confidence": 0.0})
        wall = time.monotonic() - started
        sent = [exchange for exchange in server.exchanges if exchange.request.endpoint == "/api/chat"]
    alone = sum(step.calls for step in state["steps"] if step.step != "delegate")
    wave = [step.calls for step in state["steps"] if step.step == "delegate"]
    critical = SECONDS * (alone + max(wave))
    return {
        "slots": slots,
        "calls": len(sent),
        "sub_questions": len(wave),
        "critical_path_seconds": critical,
        "wall_seconds": round(wall, 3),
        "ratio": round(wall / critical, 3),
        "timed_out": sum(finding.status == "timed_out" for finding in state["findings"]),
        "answered": sum(finding.status == "answered" for finding in state["findings"]),
    }


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps([timed(slots, Path(folder)) for slots in (4, 1)], indent=1))


if __name__ == "__main__":
    main()
