"""LlamaIndex: a router between a query engine over the passages and one that asks sub-questions, as in its documentation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import redirect_stdout

from llama_index.core import Settings
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine, RouterQueryEngine, SubQuestionQueryEngine
from llama_index.core.question_gen import LLMQuestionGenerator
from llama_index.core.response_synthesizers import get_response_synthesizer
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from llama_index.core.selectors import LLMSingleSelector
from llama_index.core.tools import QueryEngineTool
from llama_index.llms.ollama import Ollama

from agentic_rag.interfaces import Retriever


class Ours(BaseRetriever):
    """The same retriever that the others have."""

    def __init__(self, retriever: Retriever, k: int) -> None:
        self.retriever, self.k = retriever, k
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self.retriever.search(query_bundle.query_str, self.k)
        nodes = [TextNode(id_=hit.passage.id, text=f"{hit.passage.title}: {hit.passage.text}") for hit in hits]
        return [NodeWithScore(node=node, score=hit.score) for node, hit in zip(nodes, hits, strict=True)]


def answering(retriever: Retriever, url: str, model: str, context: int, k: int) -> Callable[[str], str]:
    llm = Ollama(model=model, base_url=url, request_timeout=60.0, context_window=context, temperature=0.0)
    with redirect_stdout(sys.stderr):  # it says there that there are no embeddings
        Settings.llm, Settings.embed_model = MockLLM(), None
    synthesizer = get_response_synthesizer(llm=llm)
    engine = RetrieverQueryEngine(Ours(retriever, k), response_synthesizer=synthesizer)
    passages = QueryEngineTool.from_defaults(engine, name="passages", description="Facts about the island of Drevanny.")
    parts = SubQuestionQueryEngine.from_defaults(
        [passages],
        llm=llm,
        question_gen=LLMQuestionGenerator.from_defaults(llm=llm),
        response_synthesizer=get_response_synthesizer(llm=llm),
        verbose=False,
        use_async=True,
    )
    tools = [
        QueryEngineTool.from_defaults(engine, description="Useful for a question about one fact."),
        QueryEngineTool.from_defaults(parts, description="Useful for a question that needs several facts, or compares things."),
    ]
    router = RouterQueryEngine(LLMSingleSelector.from_defaults(llm=llm), tools, llm=llm, summarizer=None)
    return lambda question: str(router.query(question))
