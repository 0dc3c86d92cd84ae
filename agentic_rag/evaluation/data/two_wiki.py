"""2WikiMultihopQA: `train.json`, `dev.json`, `test.json`, https://github.com/Alab-NII/2wikimultihop.

HotpotQA's format with `entity_ids`, `evidences` and, in the later releases, `evidences_id` and `answer_id`: all four are ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentic_rag.evaluation.data import hotpotqa

if TYPE_CHECKING:
    from pathlib import Path

    from agentic_rag.evaluation.data.dataset import Dataset


def read(path: Path) -> Dataset:
    """The file as published."""
    return hotpotqa.read(path)
