"""The flow of LangGraph's adaptive-RAG tutorial for local models, rebuilt: one source, so that its web search is never chosen.

Route, retrieve, grade each passage with a call of its own, generate, check that the answer is grounded and then that it answers;
rewrite the question and begin again where nothing relevant was found or the answer does not answer. It ends by the recursion
limit, LangGraph's default of 25 steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

from langchain_ollama import ChatOllama
from langgraph.errors import GraphRecursionError
from langgraph.graph import END, START, StateGraph

from agentic_rag.interfaces import Retriever

STEPS = 25


class Flow(TypedDict, total=False):
    question: str
    documents: list[str]
    generation: str


def verdict(name: str, labels: list[str]) -> dict[str, Any]:
    properties = {name: {"type": "string", "enum": labels}}
    return {"title": name, "type": "object", "properties": properties, "required": [name]}


def answering(retriever: Retriever, url: str, model: str, context: int, k: int) -> Callable[[str], str]:
    llm = ChatOllama(model=model, base_url=url, temperature=0, num_ctx=context)

    def said(prompt: str, name: str, labels: list[str]) -> str:
        return llm.with_structured_output(verdict(name, labels), method="json_schema").invoke(prompt)[name]

    def route(state: Flow) -> str:
        return said(
            "You send a user question to a vectorstore or to a web search. The vectorstore has documents about the island of "
            f"Drevanny. Use it for questions on that; else use web search.\n\nQuestion: {state['question']}",
            "datasource",
            ["vectorstore", "web_search"],
        )

    def retrieve(state: Flow) -> Flow:
        hits = retriever.search(state["question"], k)
        return {"documents": [f"{hit.passage.title}: {hit.passage.text}" for hit in hits]}

    def grade(state: Flow) -> Flow:
        kept = [
            document
            for document in state["documents"]
            if said(
                "You judge whether a retrieved document is relevant to a user question. If it has words or meaning that relate "
                "to the question, it is relevant; the test need not be strict.\n\n"
                f"Document: {document}\n\nQuestion: {state['question']}",
                "relevant",
                ["yes", "no"],
            )
            == "yes"
        ]
        return {"documents": kept}

    def generate(state: Flow) -> Flow:
        shown = "\n\n".join(state["documents"])
        prompt = (
            "You answer questions. Use these pieces of retrieved context. If you do not know the answer, say so. Use three "
            f"sentences at most.\n\nContext: {shown}\n\nQuestion: {state['question']}\nAnswer:"
        )
        return {"generation": str(llm.invoke(prompt).content)}

    def rewrite(state: Flow) -> Flow:
        prompt = (
            "Rewrite the question so that it is better for a search in a vectorstore. Think about what is meant.\n\n"
            f"Question: {state['question']}\nBetter question:"
        )
        return {"question": str(llm.invoke(prompt).content)}

    def decided(state: Flow) -> str:
        return "generate" if state["documents"] else "rewrite"

    def checked(state: Flow) -> str:
        facts = "\n\n".join(state["documents"])
        grounded = said(
            "You judge whether an answer is grounded in a set of facts.\n\n"
            f"Facts: {facts}\n\nQuestion: {state['question']}\nAnswer: {state['generation']}",
            "grounded",
            ["yes", "no"],
        )
        if grounded == "no":
            return "generate"
        useful = said(
            f"You judge whether an answer resolves a question.\n\nQuestion: {state['question']}\nAnswer: {state['generation']}",
            "useful",
            ["yes", "no"],
        )
        return END if useful == "yes" else "rewrite"

    graph = StateGraph(Flow)
    for name, step in {"retrieve": retrieve, "grade": grade, "generate": generate, "rewrite": rewrite}.items():
        graph.add_node(name, step)
    graph.add_conditional_edges(START, route, {"vectorstore": "retrieve", "web_search": "retrieve"})
    graph.add_edge("retrieve", "grade")
    graph.add_conditional_edges("grade", decided, ["generate", "rewrite"])
    graph.add_edge("rewrite", "retrieve")
    graph.add_conditional_edges("generate", checked, ["generate", "rewrite", END])
    flow = graph.compile()

    def answer(question: str) -> str:
        try:
            return flow.invoke({"question": question}, {"recursion_limit": STEPS})["generation"]
        except GraphRecursionError:
            return ""

    return answer
