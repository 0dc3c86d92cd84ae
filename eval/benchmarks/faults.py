"""Role calls against a server on which one thing goes wrong in three of ten replies: how many give what the role is asked for.

python eval/benchmarks/faults.py > eval/results/generative/faults.json

Each fault has its own server and its own 2,000 calls of the five roles; the training-free roles stand in. Nothing may be lost: a
value of another type, an exception, or a call beyond its deadline plus a second counts as a failure.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from agentic_rag.baselines import training_free
from agentic_rag.budget import Meter
from agentic_rag.interfaces import Roles, are_grades, is_complexity, is_plan, is_reading, is_support
from agentic_rag.models import OllamaModel, OllamaServer, Slots
from agentic_rag.prompted import prompted
from agentic_rag.testing import PASSAGES, WordEncoder
from agentic_rag.testing.ollama import Behaviour, OllamaDouble, faults
from agentic_rag.types import Budget, Claim

RATE, CALLS, SEED, SECONDS = 0.3, 2000, 0, 3.0
FAULTS = {
    "endless white space": Behaviour.whitespace(pace=0.0002),
    "endless white space, ended by the server": Behaviour.loops(),
    "a block of thinking": Behaviour.tags_thinking("First, let me think."),
    "a code fence": Behaviour.fences(),
    "prose around the JSON": Behaviour.wraps_in_prose(),
    "truncated JSON": Behaviour.truncates(),
    "another language": Behaviour.speaks_another_language(),
    "an empty reply": Behaviour.says_nothing(),
    "a refusal": Behaviour.refuses(),
    "status 500": Behaviour.fails(500),
    "status 503": Behaviour.fails(503, "server busy"),
    "an error in mid-stream": Behaviour.breaks(),
    "hanging up at once": Behaviour.hangs_up(),
    "hanging up in mid-reply": Behaviour.hangs_up(tokens=3),
}


def asked(roles: Roles, number: int) -> tuple[str, Callable[..., object], tuple[object, ...], Callable[[object], bool]]:
    """One call of one role, and what its value must be."""
    question = f"How long is bridge {number}?"
    claim = Claim(question, "212 metres", [])
    calls: list[tuple[str, Callable[..., object], tuple[object, ...], Callable[[object], bool]]] = [
        ("router", roles.router, (question,), is_complexity),
        ("planner", roles.planner, (question, {"words": "names"}), is_plan),
        ("grader", roles.grader, (question, PASSAGES), are_grades),
        ("reader", roles.reader, (question, PASSAGES), is_reading),
        ("verifier", roles.verifier, (claim, PASSAGES), is_support),
    ]
    return calls[number % len(calls)]


def tried(fault: Behaviour, calls: int) -> dict[str, object]:
    with OllamaDouble(script=faults(RATE, SEED, [fault]), slots=8) as server:
        model = OllamaModel("small", OllamaServer(server.url, Slots(8)))
        roles = prompted(model, training_free(WordEncoder()))

        def call(number: int) -> tuple[bool, float, bool]:
            meter, started = Meter(Budget(seconds=SECONDS)), time.monotonic()
            role, part, given, fits = asked(roles, number)
            value = meter.attempt(role, part, *given, default=None)
            return fits(value), time.monotonic() - started, bool(meter.remarks)

        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(call, range(calls)))
        sent = len(server.exchanges)
    return {
        "calls": calls,
        "typed": sum(fits for fits, _, _ in found),
        "late": sum(seconds > SECONDS + 1 for _, seconds, _ in found),
        "remarked": sum(remarked for _, _, remarked in found),
        "requests": sent,
        "seconds_longest": round(max(seconds for _, seconds, _ in found), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=CALLS, help="of each fault")
    options = parser.parse_args()
    found = {}
    for name, fault in FAULTS.items():
        found[name] = tried(fault, options.calls)
        print(f"{name}: {found[name]}", file=sys.stderr)
    print(json.dumps({"rate": RATE, "seed": SEED, "deadline": SECONDS, "faults": found}, indent=1))


if __name__ == "__main__":
    main()
