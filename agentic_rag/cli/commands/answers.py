"""Questions and what answers them: `ask`, `draw`, `demo` and `doctor`."""

from __future__ import annotations

from typing import Annotated

import typer

from agentic_rag.cli.shared import (
    CacheOption,
    CallsOption,
    ConfidenceOption,
    EncoderOption,
    EvidenceOption,
    GraphOption,
    JsonOption,
    LogOption,
    ModelOption,
    PathsOption,
    RoleOption,
    SecondsOption,
    StoreOption,
    WhereOption,
    budget_of,
    build_graph,
    open_store,
    print_json,
)


def ask(
    question: str,
    store: StoreOption,
    graph: GraphOption = None,
    model: ModelOption = None,
    router: RoleOption = None,
    planner: RoleOption = None,
    grader: RoleOption = None,
    reader: RoleOption = None,
    verifier: RoleOption = None,
    evidence: EvidenceOption = None,
    cache: CacheOption = None,
    log: LogOption = None,
    paths: PathsOption = None,
    confidence: ConfidenceOption = None,
    calls: CallsOption = None,
    seconds: SecondsOption = None,
    where: WhereOption = None,
    encoder: EncoderOption = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="Show the whole way: plan, queries, hits, quotes, seconds, calls.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from a store, with quotes, or say why not."""
    from agentic_rag import graph as graphs
    from agentic_rag.cli.roles import Casting
    from agentic_rag.cli.show import Steps, show_result

    budget = budget_of(calls, seconds)
    roles = {"router": router, "planner": planner, "grader": grader, "reader": reader, "verifier": verifier}
    casting = Casting.of(model, cache, log, evidence, **roles)
    with open_store(store, encoder) as opened:
        built = build_graph(graph, opened, casting, where or [], paths)
        with Steps(detailed=trace) as steps:
            result = graphs.ask(built, question, budget=budget, confidence=confidence, on_step=steps)
    if as_json:
        print_json(result)
    else:
        show_result(result)
    if casting.models.log:
        casting.models.log.ended(result)


def draw(graph: GraphOption = None) -> None:
    """Print a graph's drawing in Mermaid."""
    from agentic_rag import adaptive
    from agentic_rag.baselines import training_free
    from agentic_rag.cli.loading import blank_store, graph_of

    with blank_store() as store:
        # whoever does the roles, the drawing is the same, and these need no torch
        built = graph_of(graph, store, {}) if graph else adaptive.build(store, training_free(store.encoder))
        typer.echo(built.get_graph().draw_mermaid(with_styles=False), nl=False)


def demo(trace: Annotated[bool, typer.Option(help="Show the whole way of each question.")] = True) -> None:
    """Index the bundled corpus, ask three questions, and show the whole way."""
    import tempfile

    from agentic_rag import adaptive
    from agentic_rag import graph as graphs
    from agentic_rag.cli.show import Steps, show_question, show_result
    from agentic_rag.demo import SHOWN, demo_questions, demo_store

    questions = {row["id"]: row for row in demo_questions()}
    with tempfile.TemporaryDirectory() as folder, demo_store(folder) as store:
        built = adaptive.build(store)
        typer.echo(f"{len(store)} passages about Drevanny, an island that does not exist.", err=True)
        for number in SHOWN:
            show_question(questions[number]["question"])
            with Steps(detailed=trace) as steps:
                result = graphs.ask(built, questions[number]["question"], on_step=steps)
            show_result(result)


def doctor(
    model: Annotated[
        str | None, typer.Option(help="Try a generative model in all five roles: ollama:NAME[@URL] or openai:NAME@URL.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, help="Time to try the model.")] = 120.0,
    as_json: JsonOption = False,
) -> None:
    """Say what works on this machine and what does not, with the cure."""
    from agentic_rag.cli.doctor import checks, checks_of_model
    from agentic_rag.cli.show import show_checks

    found = checks_of_model(model, seconds) if model else checks()
    if as_json:
        print_json(found)
    else:
        show_checks(found)
    raise typer.Exit(0 if all(check.ok for check in found if check.needed) else 1)
