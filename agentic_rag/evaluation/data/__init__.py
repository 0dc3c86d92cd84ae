"""Questions out of files: the native format, and the published ones as their authors publish them. Knows nothing about graphs.

To read one more published format, add a file with `read(path) -> Dataset`, and its name to `formats.FORMATS`.
"""

from agentic_rag.evaluation.data.dataset import Dataset
from agentic_rag.evaluation.data.formats import FORMATS, read_dataset
from agentic_rag.evaluation.data.native import read_questions
from agentic_rag.evaluation.data.qrels import read_qrels

__all__ = ["FORMATS", "Dataset", "read_dataset", "read_qrels", "read_questions"]
