"""Small files about an invented town, in exactly the formats in which the authors of each set publish theirs."""

from agentic_rag.evaluation.data import FORMATS, Dataset
from agentic_rag.evaluation.records import Question
from agentic_rag.types import Passage

HOTPOT = [
    {
        "_id": "5a00",
        "answer": "Ada Venn",
        "question": "Who designed the mill that stands beside Orrin Lock?",
        "supporting_facts": [["Orrin Lock", 0], ["Orrin Mill", 1], ["Orrin Mill", 0]],
        "context": [
            ["Orrin Lock", ["Orrin Lock lies beside Orrin Mill.", " It has two gates."]],
            ["Tamsel", ["Tamsel is a village."]],
            ["Orrin Mill", ["Orrin Mill grinds barley.", " Ada Venn designed it.", ""]],
        ],
        "type": "bridge",
        "level": "hard",
    },
    {
        "_id": "5a01",
        "answer": "no",
        "question": "Are Tamsel and Orrin both villages?",
        "supporting_facts": [["Tamsel", 0], ["Orrin", 0]],
        "context": [["Tamsel", ["Tamsel is a village."]], ["Orrin", ["Orrin is a town."]]],
        "type": "comparison",
        "level": "easy",
    },
]


def hotpot(context, facts, **more):
    return {"_id": "x", "question": "Who?", "context": context, "supporting_facts": facts, "type": "bridge", **more}


def test_hotpotqa_is_read_with_its_gold_and_its_distractors(document):
    path = document("hotpot_dev_distractor_v1.json", HOTPOT)
    source = {"source": str(path)}
    assert FORMATS["hotpotqa"](path) == Dataset(
        questions=[
            Question(
                id="5a00",
                question="Who designed the mill that stands beside Orrin Lock?",
                answers=["Ada Venn"],
                type="bridge",
                hops=2,
                gold=["Orrin_Lock", "Orrin_Mill"],
                candidates=["Orrin_Lock", "Tamsel", "Orrin_Mill"],
            ),
            Question(
                id="5a01",
                question="Are Tamsel and Orrin both villages?",
                answers=["no"],
                type="comparison",
                hops=2,
                gold=["Tamsel", "Orrin"],
                candidates=["Tamsel", "Orrin"],
            ),
        ],
        passages=[
            Passage("Orrin_Lock", "Orrin Lock lies beside Orrin Mill. It has two gates.", "Orrin Lock", source),
            Passage("Tamsel", "Tamsel is a village.", "Tamsel", source),
            Passage("Orrin_Mill", "Orrin Mill grinds barley. Ada Venn designed it.", "Orrin Mill", source),
            Passage("Orrin", "Orrin is a town.", "Orrin", source),
        ],
    )


def test_a_test_file_of_hotpotqa_has_no_answers_and_no_gold(document):
    rows = [{"_id": row["_id"], "question": row["question"], "context": row["context"]} for row in HOTPOT]
    questions = FORMATS["hotpotqa"](document("hotpot_test_fullwiki_v1.json.gz", rows)).questions
    assert [(question.answers, question.gold, question.type, question.hops) for question in questions] == [([], [], "", 2)] * 2
    assert [len(question.candidates) for question in questions] == [3, 2]


def test_gold_that_was_not_retrieved_goes_by_its_title(document):
    rows = [hotpot([["Tamsel", ["A village."]]], [["Orrin Mill", 0], ["Tamsel", 0]], answer="x")]
    dataset = FORMATS["hotpotqa"](document("hotpot_dev_fullwiki_v1.json", rows))
    assert dataset.questions[0].gold == ["Orrin_Mill", "Tamsel"]
    assert [passage.id for passage in dataset.passages] == ["Tamsel"]


def test_passages_that_share_a_title_get_a_hash_of_their_content(document):
    first = hotpot([["Orrin", ["A town."]], ["Tamsel", ["A village."]]], [["Orrin", 0]])
    second = hotpot([["Orrin", ["A river."]], ["Orrin", ["A town."]]], [["Orrin", 0]], _id="y")
    third = hotpot([["Tamsel", ["A village."]]], [["Orrin", 0]], _id="z")
    dataset = FORMATS["hotpotqa"](document("dev.json", [first, second, third]))
    town, river = "Orrin#ed79c12d55", "Orrin#5459163352"
    assert [(passage.id, passage.text) for passage in dataset.passages] == [
        (town, "A town."),
        ("Tamsel", "A village."),
        (river, "A river."),
    ]
    assert [question.gold for question in dataset.questions] == [[town], [river, town], [town, river]]
    assert [question.candidates for question in dataset.questions] == [[town, "Tamsel"], [river, town], ["Tamsel"]]


def test_ids_do_not_depend_on_the_order_of_the_file(document):
    rows = [hotpot([["Orrin", ["A town."]], ["Tamsel", ["A village."]]], []), hotpot([["Orrin", ["A river."]]], [], _id="y")]
    forth, back = (FORMATS["hotpotqa"](document("dev.json", some)) for some in [rows, rows[::-1]])
    assert {passage.id: passage.text for passage in forth.passages} == {passage.id: passage.text for passage in back.passages}
    assert forth.questions == back.questions[::-1]


def test_a_passage_without_a_title_or_a_text_is_kept(document):
    dataset = FORMATS["hotpotqa"](document("dev.json", [hotpot([["", ["A town."]], ["Orrin", []]], [])]))
    assert [(passage.id[:1], passage.title, passage.text) for passage in dataset.passages] == [
        ("#", "", "A town."),
        ("O", "Orrin", ""),
    ]


def test_2wikimultihopqa_is_read_with_its_hops(document):
    titles = ["The Mill (film)", "The Weir (film)", "Ada Venn", "Ivo Tamm"]
    rows = [
        {
            "_id": "8813",
            "type": "bridge_comparison",
            "question": "Which film has the director who was born later, The Mill or The Weir?",
            "context": [[title, [f"{title} is of Orrin.", f"{title} is known."]] for title in titles],
            "entity_ids": "Q1_Q2_Q3_Q4",
            "supporting_facts": [[title, 0] for title in titles],
            "evidences": [["The Mill", "director", "Ada Venn"], ["The Weir", "director", "Ivo Tamm"]],
            "answer": "The Weir",
            "evidences_id": [["Q1", "director", "Q3"], ["Q2", "director", "Q4"]],
            "answer_id": None,
        },
        hotpot([["Ada Venn", ["Ada Venn is of Orrin."]]], [], type="inference", evidences=[], answer=None, entity_ids="Q3_Q5"),
    ]
    path = document("dev.json", rows)
    dataset = FORMATS["2wiki"](path)
    ids = ["The_Mill_(film)", "The_Weir_(film)", dataset.passages[2].id, "Ivo_Tamm"]
    assert [passage.id for passage in dataset.passages] == [*ids, dataset.passages[4].id]
    assert dataset.questions[0] == Question(
        id="8813",
        question="Which film has the director who was born later, The Mill or The Weir?",
        answers=["The Weir"],
        type="bridge_comparison",
        hops=4,
        gold=ids,
        candidates=ids,
    )
    assert (dataset.questions[1].answers, dataset.questions[1].hops, dataset.questions[1].type) == ([], 2, "inference")


def musique(identity, texts, supporting, **more):
    paragraphs = [
        {"idx": index, "title": "Orrin", "paragraph_text": text, "is_supporting": index in supporting}
        for index, text in enumerate(texts)
    ]
    steps = [{"id": 1, "question": "Orrin >> founder", "answer": "Ada Venn", "paragraph_support_idx": 0}]
    return {"id": identity, "paragraphs": paragraphs, "question": "Who?", "question_decomposition": steps, **more}


def test_musique_is_read_with_its_aliases_and_gold_by_paragraph(jsonl):
    labels = {"answer": "Venn", "answer_aliases": ["Ada Venn", "Venn"], "answerable": True}
    path = jsonl("musique_ans_v1.0_dev.jsonl", musique("3hop1__12_34_56", ["A town.", "A river.", "A song."], {2, 0}, **labels))
    dataset = FORMATS["musique"](path)
    town, river, song = (passage.id for passage in dataset.passages)
    assert (town, river) == ("Orrin#ed79c12d55", "Orrin#5459163352")
    assert dataset.questions == [
        Question("3hop1__12_34_56", "Who?", ["Venn", "Ada Venn"], "3hop1", 3, [town, song], candidates=[town, river, song])
    ]
    assert dataset.passages[0] == Passage(town, "A town.", "Orrin", {"source": str(path)})


def test_the_twins_of_musique_full_are_two_questions(jsonl):
    labels = {"answer": "Venn", "answer_aliases": []}
    good = musique("2hop__1_2", ["A town.", "A river."], {0, 1}, **labels, answerable=True)
    poor = musique("2hop__1_2", ["A song.", "A river."], {1}, **labels, answerable=False)
    dataset = FORMATS["musique"](jsonl("musique_full_v1.0_dev.jsonl", good, poor))
    assert [(question.id, question.answerable, question.answers, len(question.gold)) for question in dataset.questions] == [
        ("2hop__1_2", True, ["Venn"], 2),
        ("2hop__1_2#2", False, [], 1),
    ]
    assert len(dataset.passages) == 3


def test_a_test_file_of_musique_has_no_labels(jsonl):
    paragraphs = [{"idx": 0, "title": "Orrin", "paragraph_text": "A town."}]
    path = jsonl("musique_ans_v1.0_test.jsonl", {"id": "4hop3__1_2_3_4", "paragraphs": paragraphs, "question": "Who?"})
    assert FORMATS["musique"](path).questions == [
        Question("4hop3__1_2_3_4", "Who?", type="4hop3", hops=4, candidates=["Orrin"]),
    ]


def test_a_musique_id_of_another_shape_leaves_the_hops_to_the_decomposition(jsonl):
    row = musique("orrin-1", ["A town."], {0}, answer="Venn", answer_aliases=[])
    questions = FORMATS["musique"](jsonl("dev.jsonl", {**row, "question_decomposition": [{}, {}, {}]})).questions
    assert [(question.type, question.hops) for question in questions] == [("", 3)]


def test_squad_is_read_with_its_paragraph_as_gold(document):
    answers = [{"text": "1911", "answer_start": 8}, {"text": "in 1911", "answer_start": 5}, {"text": "1911", "answer_start": 8}]
    impossible = {
        "question": "When was it sold?",
        "id": "572b",
        "answers": [],
        "is_impossible": True,
        "plausible_answers": [{"text": "1911", "answer_start": 8}],
    }
    mill = {
        "qas": [{"question": "When was it built?", "id": "572a", "answers": answers, "is_impossible": False}, impossible],
        "context": "Built in 1911. ",
    }
    town = {"qas": [{"question": "What is Tamsel?", "id": "572c", "answers": [answers[0]]}], "context": "A village."}
    data = [
        {"title": "Orrin_Mill", "paragraphs": [mill, {"context": "It burnt.", "qas": []}]},
        {"title": "Tams%C3%A9l", "paragraphs": [town]},
    ]
    path = document("dev-v2.0.json", {"version": "v2.0", "data": data})
    dataset = FORMATS["squad"](path)
    built, burnt, village = dataset.passages
    assert (built.id, burnt.id[:11], village.id) == ("Orrin_Mill#df17081202", "Orrin_Mill#", "Tamsél")
    assert (built.title, built.text, village.title) == ("Orrin Mill", "Built in 1911. ", "Tamsél")
    assert dataset.questions == [
        Question("572a", "When was it built?", ["1911", "in 1911"], gold=[built.id]),
        Question("572b", "When was it sold?", gold=[built.id], answerable=False),
        Question("572c", "What is Tamsel?", ["1911"], gold=["Tamsél"]),
    ]


def test_nq_open_has_questions_and_nothing_else(jsonl):
    annotated = {"question": "how old is orrin", "def_correct_predictions": ["90"], "answer": ["ninety"]}
    path = jsonl("NQ-open.dev.jsonl", {"question": "who built orrin mill", "answer": ["Ada Venn", "Venn", "Venn"]}, annotated)
    assert FORMATS["nq_open"](path) == Dataset(
        [Question("nq-1", "who built orrin mill", ["Ada Venn", "Venn"]), Question("nq-2", "how old is orrin", ["ninety"])], []
    )


def test_nq_open_without_annotations_has_no_answers(jsonl):
    path = jsonl("NQ-open.efficientqa.test.1.1.no-annotations.jsonl.gz", {"question": "who"}, {"question": "where"})
    assert FORMATS["nq_open"](path).questions == [Question("nq-1", "who"), Question("nq-2", "where")]
