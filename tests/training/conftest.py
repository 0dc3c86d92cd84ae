import pytest
import torch
from towers import BIOGRAPHY, DAM, TOWER, rows_of_tower, several_rows, write_rows

from agentic_rag.encoder import MiniLM
from agentic_rag.specialists.network import Adapted, Base, Network
from agentic_rag.specialists.reader import HEADS, SpanReader
from agentic_rag.training.loop import adapted, save_adapter
from agentic_rag.training.settings import Settings


@pytest.fixture(scope="session")
def towers(tmp_path_factory):
    """A folder with every training file of reader and verifier: a tower, a dam and a life."""
    folder = tmp_path_factory.mktemp("data")

    def write(name: str, rows: list[dict]) -> None:
        write_rows(folder / name, rows)

    def pair(premise: str, hypothesis: str, label: str) -> dict:
        return {"premise": premise, "hypothesis": hypothesis, "label": label, "source": "-"}

    claims = [(f"Gustave Eiffel built tower {n} in 1889.", "supported" if n % 2 else "not_supported") for n in range(40)]
    write("nli/fever.jsonl.gz", [pair(f"{claim[:-1]}, and it stands.", claim, label) for claim, label in claims])
    write("nli/snli.jsonl.gz", [pair("A man sleeps.", "A man is awake.", "contradiction")] * 10)
    write("nli/factcheck_gpt.jsonl.gz", [pair(DAM, "The tower is tall.", "neutral"), pair(DAM, "A dam was built.", "entailment")])
    write("reading/squad2_a.jsonl.gz", rows_of_tower())
    write("reading/squadshifts.jsonl.gz", [{**rows_of_tower()[0], "source": "squadshifts/amazon"}])
    write("reading/qed_train.jsonl.gz", [{**rows_of_tower()[1], "source": "qed"}])
    write("reading/qed_dev.jsonl.gz", [{**rows_of_tower()[1], "source": "qed", "context": f"{TOWER} It stands."}])
    passages = [("tower", "Tower", TOWER), ("life", "Gustave Eiffel", BIOGRAPHY), ("dam", "Dam", DAM)]
    for name in ("hotpotqa", "2wiki", "musique"):
        write(f"{name}/corpus.jsonl.gz", [{"id": id_, "title": title, "text": text} for id_, title, text in passages])
        for split in ("train", "dev"):
            write(f"{name}/{split}.jsonl.gz", [{**row, "decomposition": [], "evidences": []} for row in several_rows(split)])
    return folder


@pytest.fixture(scope="session")
def base() -> Base:
    return Base(MiniLM())


@pytest.fixture(scope="session")
def reader(base, tmp_path_factory) -> SpanReader:
    """A reader with random weights, which answers anything."""
    torch.manual_seed(1)
    out = tmp_path_factory.mktemp("reader")
    save_adapter(Network(adapted(base, Settings(rank=2)), HEADS), out, Settings(rank=2))
    (out / "card.json").write_text("{}")
    return SpanReader(Adapted(base, out))
