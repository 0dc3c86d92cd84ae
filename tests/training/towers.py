"""A tower, a dam and a life: small texts, and questions about them as the training files have them."""

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


def several_rows() -> list[dict]:
    shared = {"type": "bridge", "hops": 2, "answerable": True, "candidates": ["tower", "life", "dam"], "gold": ["tower", "life"]}
    return [
        {"id": "m0", "question": "Where was the builder of the tower born?", "answers": ["Dijon"], **shared},
        {"id": "m1", "question": "Are Eiffel and Crowe both engineers?", "answers": ["no"], **shared},
    ]
