import copy
import json
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file

from agentic_rag.budget import Call, within
from agentic_rag.errors import EncoderError
from agentic_rag.specialists.network import Adapted, Base, Heads, Network, read_adapter, run
from agentic_rag.specialists.rows import pieces, row, tokens, windows
from agentic_rag.training.loop import adapted, save_adapter
from agentic_rag.training.settings import Settings
from agentic_rag.types import Passage

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
TEXTS = ["the tower", "the tower was built in 1889 by an engineer whose name it has", "a " * 90]


def rows_of(base: Base, texts: list[str]):
    return [row(tokens(base.tokenizer, "what is it?")[0], pieces(base.tokenizer, [Passage("p", text)])) for text in texts]


@pytest.fixture(scope="module")
def folder(base: Base, tmp_path_factory):
    """An adapter with random weights, as a training run would save it."""
    torch.manual_seed(3)
    settings = Settings(rank=4)
    network = Network(adapted(base, settings), Heads(tokens=2, pooled=3))
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if "lora_B" in name:
                weight.normal_(0, 0.05)
    out = tmp_path_factory.mktemp("adapter")
    save_adapter(network, out, settings)
    (out / "card.json").write_text(json.dumps({"calibration": {}}))
    return out


def test_a_row_gives_numbers_for_each_token_and_for_the_whole(base, folder):
    rows = rows_of(base, TEXTS)
    for made, (each, whole) in zip(rows, Adapted(base, folder)(rows), strict=True):
        assert each.shape == (len(made), 2)
        assert whole.shape == (3,)


def test_the_merged_adapter_says_what_peft_says(base, folder):
    rows = rows_of(base, TEXTS)
    merged = Adapted(base, folder)
    network = Network(PeftModel.from_pretrained(copy.deepcopy(base.fresh()).float(), str(folder)), Heads(2, 3))
    network.load_state_dict(merged._network.head_weights(), strict=False)
    for (ours, whole), (theirs, other) in zip(merged(rows), run(network.eval(), rows), strict=True):
        assert np.abs(whole - other).max() < 0.05 * np.abs(other).max() + 0.05
        assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.99


def test_half_a_character_is_read_as_a_sign(base):
    assert tokens(base.tokenizer, "snippet \ud83d end") == tokens(base.tokenizer, "snippet ? end")


def test_what_is_remembered_of_a_row_keeps_no_more_than_its_numbers(base):
    network = Network(base.fresh(), Heads(0, 3))
    [(each, whole)] = run(network.eval(), rows_of(base, TEXTS)[:1])
    assert each.base.untyped_storage().nbytes() == 0
    assert whole.shape == (3,)


def test_a_damaged_adapter_is_one_sentence(base, folder, tmp_path):
    shutil.copytree(folder, tmp_path / "mine")
    (tmp_path / "mine" / "heads.safetensors").write_bytes(b"not weights")
    with pytest.raises(EncoderError, match=r"mine' is damaged \(SafetensorError.*make it again"):
        Adapted(base, tmp_path / "mine")(rows_of(base, TEXTS))
    heads = load_file(folder / "heads.safetensors")
    heads["pooled.bias"][0] = torch.nan
    save_file(heads, tmp_path / "mine" / "heads.safetensors")
    with pytest.raises(EncoderError, match=r"is damaged \(.*not all of its weights are numbers"):
        Adapted(base, tmp_path / "mine")(rows_of(base, TEXTS))
    (tmp_path / "mine" / "card.json").write_text("[]")
    with pytest.raises(EncoderError, match="it is no JSON object"):
        read_adapter(tmp_path / "mine")


def test_an_adapter_changes_nothing_for_the_others(base, folder):
    rows = rows_of(base, TEXTS)
    plain = Network(base.fresh(), Heads(1, 1)).base.encoder.layer[0].attention.self.query.weight.clone()
    Adapted(base, folder)(rows)
    assert torch.equal(plain, base.fresh().encoder.layer[0].attention.self.query.weight)


def test_a_rows_numbers_do_not_depend_on_its_company(base, folder):
    rows = rows_of(base, TEXTS)
    alone = [Adapted(base, folder)([one])[0][1] for one in rows]
    together = [whole for _, whole in Adapted(base, folder)(rows)]
    assert np.abs(np.array(alone) - np.array(together)).max() < 0.1


def test_many_threads_get_their_own_answers(base, folder):
    adapter, rows = Adapted(base, folder), rows_of(base, TEXTS)
    expected = [Adapted(base, folder)([one])[0][1] for one in rows]
    found: dict[int, np.ndarray] = {}

    def ask(number: int) -> None:
        found[number] = adapter([rows[number % 3]])[0][1]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 24
    assert all(np.abs(found[number] - expected[number % 3]).max() < 0.1 for number in found)


def test_what_was_read_lately_is_not_read_again_and_costs_nothing(base, folder, monkeypatch):
    monkeypatch.setattr("agentic_rag.specialists.network.KEPT", 2)
    adapter, rows, read = Adapted(base, folder), rows_of(base, TEXTS), []
    monkeypatch.setattr("agentic_rag.specialists.network.run", lambda network, new: read.append(new) or run(network, new))
    first = adapter([rows[0], rows[1], rows[0]])
    again = adapter([rows[1], rows[2]])
    adapter([rows[0]])
    assert read == [[rows[0], rows[1]], [rows[2]], [rows[0]]]
    assert first[0] is first[2]
    assert again[0] is first[1]


def test_who_has_been_read_waits_for_no_later_batch_and_who_is_late_is_not_read(base, folder, monkeypatch):
    adapter, rows, read, gates = (
        Adapted(base, folder),
        rows_of(base, [*TEXTS, "a river"]),
        [],
        [threading.Event() for _ in range(3)],
    )

    def gated(_network, batch):
        read.append(batch)
        gates[len(read) - 1].wait(20)
        return [(np.zeros((len(one), 2)), np.zeros(3)) for one in batch]

    def until(true):
        deadline = time.monotonic() + 20
        while not true():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    monkeypatch.setattr("agentic_rag.specialists.network.run", gated)
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(adapter, rows[:1])
        until(lambda: len(read) == 1)
        late = threads.submit(within, 0.05, adapter, rows[3:], call=Call(time.monotonic() + 0.05))
        second = [threads.submit(adapter, [one]) for one in rows[1:3]]
        until(lambda: len(adapter._pending) == 3)
        assert isinstance(late.exception(), TimeoutError)
        gates[0].set()
        until(lambda: len(read) == 2)
        third = threads.submit(adapter, rows[3:])
        until(lambda: adapter._pending)
        gates[1].set()
        assert all(one.result(timeout=20) for one in [first, *second])
        gates[2].set()
        assert third.result()
    assert [sorted(rows.index(one) for one in batch) for batch in read] == [[0], [1, 2], [3]]


def test_a_failure_reaches_every_thread_that_waits(base, tmp_path):
    adapter, failures = Adapted(base, tmp_path), list[BaseException]()

    def ask(number: int) -> None:
        try:
            adapter(rows_of(base, [TEXTS[number % 3]]))
        except EncoderError as error:
            failures.append(error)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(ask, range(6)))
    assert len(failures) == 6
    assert all("it has no 'card.json'; make one with agentic-rag train" in str(failure) for failure in failures)


def test_a_long_passage_is_read_in_windows_that_overlap(base):
    [long] = pieces(base.tokenizer, [Passage("p", " ".join(map(str, range(1000))), "Numbers")])
    cut = windows(long, 200, 50)
    assert all(len(piece) <= 200 for piece in cut)
    assert cut[0].offsets[-50:] == cut[1].offsets[:50]
    assert cut[-1].offsets[-1] == long.offsets[-1]


def test_rows_are_never_longer_than_the_base_can_read(base):
    made = rows_of(base, ["word " * 3000])[0]
    assert len(made) == 512 == len(made.spans)


@pytest.mark.parametrize("rank", [0, 2])
def test_what_is_trained_shares_nothing_with_what_is_read(base, rank):
    trained, read = (list(model.parameters()) for model in (adapted(base, Settings(rank=rank)), base.fresh()))
    assert not {weight.data_ptr() for weight in trained} & {weight.data_ptr() for weight in read}
