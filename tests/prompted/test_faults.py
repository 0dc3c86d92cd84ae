"""A server on which everything goes wrong now and then: what comes out of the roles and of a graph is typed all the same."""

import pytest

from agentic_rag import ask
from agentic_rag.adaptive import build
from agentic_rag.baselines import training_free
from agentic_rag.budget import Meter
from agentic_rag.interfaces import are_grades, is_complexity, is_plan, is_reading, is_support
from agentic_rag.models import OllamaModel, OllamaServer, Slots
from agentic_rag.prompted import prompted
from agentic_rag.testing import PASSAGES, WordEncoder
from agentic_rag.testing.ollama import Behaviour, OllamaDouble, faults
from agentic_rag.types import Budget, Claim

FAULTS = {
    "endless white space": Behaviour.whitespace(pace=0.0002),
    "thinking": Behaviour.tags_thinking("First, let me think."),
    "a code fence": Behaviour.fences(),
    "prose around it": Behaviour.wraps_in_prose(),
    "truncated JSON": Behaviour.truncates(),
    "another language": Behaviour.speaks_another_language(),
    "nothing": Behaviour.says_nothing(),
    "a refusal": Behaviour.refuses(),
    "a status": Behaviour.fails(500),
    "an error in mid-stream": Behaviour.breaks(),
    "no answer at all": Behaviour.hangs_up(),
    "half an answer": Behaviour.hangs_up(tokens=3),
}
CLAIM = Claim("How long is Saltgate Bridge?", "212 metres", [])


def model_on(server: OllamaDouble) -> OllamaModel:
    return OllamaModel("small", OllamaServer(server.url, Slots(4)), tries=1, timeout=5)


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_comes_back_the_roles_give_what_they_are_asked_for(fault):
    with OllamaDouble(script=faults(0.5, 7, [FAULTS[fault]])) as server:
        roles, meter = prompted(model_on(server), training_free(WordEncoder())), Meter(Budget(calls=1000))
        for number in range(4):
            question = f"How long is bridge {number}?"
            found = [
                is_complexity(meter.attempt("router", roles.router, question, default=None)),
                is_plan(meter.attempt("planner", roles.planner, question, {"words": "names"}, default=None)),
                are_grades(meter.attempt("grader", roles.grader, question, PASSAGES, default=None)),
                is_reading(meter.attempt("reader", roles.reader, question, PASSAGES, default=None)),
                is_support(meter.attempt("verifier", roles.verifier, CLAIM, PASSAGES[:number], default=None)),
            ]
            assert all(found)
    assert meter.notes == []


def test_a_graph_on_a_faulty_server_answers_or_abstains_and_says_what_was_lost(store):
    script = faults(0.07, 3, list(FAULTS.values()))
    with OllamaDouble(script=script) as server:
        graph = build(store, prompted(model_on(server), training_free(WordEncoder())))
        results = [ask(graph, f"Where was the architect of bridge {number} born?", confidence=0) for number in range(4)]
    for result in results:
        assert result.abstained == (result.answer is None)
        assert result.usage
    assert any("stood in" in result.reason for result in results)


def test_a_dead_server_leaves_the_graph_to_those_who_stand_in(store):
    with OllamaDouble() as server:
        model = model_on(server)
        _ = model.context
        server.kill()
        result = ask(build(store, prompted(model, training_free(WordEncoder()))), "How long is Saltgate Bridge?", confidence=0)
    assert result.answer == "212 metres"
    assert "stood in, because no Ollama server answers at" in result.reason
