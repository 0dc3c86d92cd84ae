"""What can go wrong by misuse. A part that fails during a run is a value (`Finding`, `Result.reason`), never one of these.

AgenticRAGError
├── QuestionError      the question cannot be asked: empty, too long
├── CorpusError        no document could be read from the given paths
├── EncoderError       the embedding model is missing, damaged, or not the expected one
├── StoreError         the index is missing, damaged, full, or of another kind
│   └── StoreBusyError     ... or open elsewhere
├── ModelError         a generative model cannot be reached, is not there, or refuses
│   ├── BusyError      ... for now: it may be tried again
│   └── ContextError   ... because the prompt is longer than its context
├── SearchError        what a retriever searches, a database or a search server, cannot be reached, or refuses
├── GraphError         a graph is wired from parts that do not fit
├── EvaluationError    a suite, run, metric or gate that makes no sense (evaluation/errors.py)
└── MissingExtraError  an optional dependency is not installed
"""


class AgenticRAGError(Exception):
    """The root of all errors raised on purpose; its message is one sentence that a user can act on."""


class QuestionError(AgenticRAGError):
    """The question cannot be asked."""


class CorpusError(AgenticRAGError):
    """Nothing could be read from the given paths, or a corpus file is not in the native format."""


class EncoderError(AgenticRAGError):
    """The embedding model is missing, damaged, or not the expected one."""


class StoreError(AgenticRAGError):
    """The index is missing, damaged, full, or was made in another way."""


class StoreBusyError(StoreError):
    """The index is open elsewhere; an embedded store has one owner at a time."""


class ModelError(AgenticRAGError):
    """A generative model cannot be reached, is not there, or refuses."""


class BusyError(ModelError):
    """The server is overloaded, loading or restarting: the same call may succeed later."""


class ContextError(ModelError):
    """The prompt is longer than the context of the model, or the server says that it cut it."""


class SearchError(AgenticRAGError):
    """What a retriever searches, a database or a search server, cannot be reached, or refuses."""


class GraphError(AgenticRAGError):
    """A graph is wired from parts that do not fit, or a graph file has no `build`."""


class MissingExtraError(AgenticRAGError):
    """An optional dependency is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs the extra {extra!r}: python -m pip install 'agentic_rag[{extra}]'")
