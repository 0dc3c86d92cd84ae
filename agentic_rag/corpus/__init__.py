"""Files into passages: find them, read them, cut them, and report what could not be read. Knows nothing about indexes.

To read one more format, add a file to `readers/` and its suffix to `readers.FORMATS`.
"""

from agentic_rag.corpus.chunking import Chunking
from agentic_rag.corpus.document import Document, Mark, Skipped
from agentic_rag.corpus.files import File
from agentic_rag.corpus.readers import FORMATS
from agentic_rag.corpus.reading import Corpus, read_corpus, read_jsonl

__all__ = ["FORMATS", "Chunking", "Corpus", "Document", "File", "Mark", "Skipped", "read_corpus", "read_jsonl"]
