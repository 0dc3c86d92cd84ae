"""A tower, a dam and a life: small texts, and questions about them as the training files have them."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

TOWER = (
    "The tower was built in 1889 by Gustave Eiffel for a world fair. It is 330 metres tall, and Paul Verlaine hated it from 1890 "
    "until 1896. Since then millions of people have climbed its stairs."
)
DAM = "The dam was built in 1936 by Frank Crowe. It is 221 metres tall. Gustave Eiffel never saw it, nor did Paul Verlaine."
BIOGRAPHY = "Gustave Eiffel was a French engineer who was born in Dijon. Frank Crowe came from Trenholmville in Canada."


def rows_of_tower() -> list[dict]:
    def row(number: int, question: str, context: str, answers: list[str], split: str) -> dict:
        found = [{"text": answer, "start": context.index(answer)} for answer in answers]
        shared = {"title": "Towers", "answers": found, "source": "squad2", "split": split}
        return {"id": f"s{split}{number}", "question": question, "context": context, **shared}

    return [
        row(number, question, context, answers, split)
        for split in ("train", "dev")
        for number, (question, context, answers) in enumerate(
            [
                ("Who built the tower in 1889?", TOWER, ["Gustave Eiffel"]),
                ("When was the tower built?", TOWER, ["1889"]),
                ("How tall is the tower?", TOWER, ["330 metres"]),
                ("Who paid for the tower?", TOWER, []),
                ("Who built the dam?", DAM, ["Frank Crowe"]),
            ]
        )
    ]


def several_rows(split: str = "train") -> list[dict]:
    shared = {"type": "bridge", "hops": 2, "answerable": True, "candidates": ["tower", "life", "dam"], "gold": ["tower", "life"]}
    return [
        {"id": f"{split}0", "question": "Where was the builder of the tower born?", "answers": ["Dijon"], **shared},
        {"id": f"{split}1", "question": "Are Eiffel and Crowe both engineers?", "answers": ["no"], **shared},
    ]


def write_rows(path: Path, rows: Iterable[dict]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def write_decompositions(folder: Path) -> None:
    """One of MuSiQue's and one of 2WikiMultihopQA's, as router and planner read them."""
    steps = ["Hamlet >> author", "When was #1 born in #2?", "Where was #1 born?"]
    musique = {"question": "Where was the author of Hamlet born?", "steps": steps, "type": "2hop", "source": "musique"}
    both = {"question": "Is Emma older than Faust?", "steps": ["When was Emma written?", "When was Faust written?"]}
    write_rows(folder / "musique" / "decompositions.jsonl.gz", [musique])
    write_rows(folder / "2wiki" / "corpus.jsonl.gz", [{"id": "2wiki:Hamlet", "title": "Hamlet", "text": ""}])
    write_corpora(folder)
    write_rows(folder / "decomposition" / "2wiki_qa_pairs.jsonl.gz", [{**both, "type": "comparison", "source": "2wiki"}])


def write_corpora(folder: Path, passages: Iterable[dict] = ()) -> None:
    """The three sets' passages and dev questions, as far as they are not there: these have `passages`, and no questions."""
    for name in ("hotpotqa", "2wiki", "musique"):
        for file, rows in (("corpus", passages), ("dev", [])):
            if not (folder / name / f"{file}.jsonl.gz").is_file():
                write_rows(folder / name / f"{file}.jsonl.gz", rows)
