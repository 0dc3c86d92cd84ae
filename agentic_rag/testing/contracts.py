"""Contracts: classes of tests that say what every part of a kind keeps. Inherit one and say how to `make` your part."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from agentic_rag.interfaces import Grader, Planner, Reader, Retriever, Router, Verifier
from agentic_rag.testing.corpus import PASSAGES, STRANGE
from agentic_rag.types import Claim, Passage, Reading


class RetrieverContract:
    """What every retriever keeps. `make` builds yours over the given passages."""

    def make(self, passages: list[Passage]) -> Retriever:
        raise NotImplementedError

    def test_the_passage_that_shares_the_words_comes_first(self) -> None:
        [best, *_] = self.make(PASSAGES).search("What is Ollun pie made with?", 2)
        assert (best.passage.title, best.passage.text) == (PASSAGES[3].title, PASSAGES[3].text)

    def test_at_most_k_hits_ranked_from_one_and_none_twice(self) -> None:
        hits = self.make(PASSAGES).search("Which bridge is longer, Saltgate Bridge or Loomgate Bridge?", 2)
        assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
        assert len({hit.passage.id for hit in hits}) == len(hits) <= 2

    def test_scores_never_rise(self) -> None:
        scores = [hit.score for hit in self.make(PASSAGES).search("bridge architect pie", 4)]
        assert scores == sorted(scores, reverse=True)

    def test_the_same_query_gives_the_same_hits_also_from_many_threads(self) -> None:
        retriever = self.make(PASSAGES)
        expected = retriever.search("Maren Tolquist", 3)
        with ThreadPoolExecutor(4) as threads:
            assert all(hits == expected for hits in threads.map(lambda _: retriever.search("Maren Tolquist", 3), range(20)))

    def test_no_hits_for_k_zero(self) -> None:
        assert self.make(PASSAGES).search("bridge", 0) == []

    def test_strange_queries_give_a_list(self) -> None:
        retriever = self.make(PASSAGES)
        assert all(isinstance(retriever.search(query, 2), list) for query in STRANGE)


class RouterContract:
    """What every router keeps."""

    def make(self) -> Router:
        raise NotImplementedError

    def test_the_score_is_a_number_between_zero_and_one(self) -> None:
        router = self.make()
        assert all(0 <= router(text).score <= 1 for text in ["Who designed Saltgate Bridge?", *STRANGE])

    def test_the_same_question_gets_the_same_score(self) -> None:
        router = self.make()
        assert router("Who designed Saltgate Bridge?") == router("Who designed Saltgate Bridge?")


class PlannerContract:
    """What every planner keeps."""

    def make(self) -> Planner:
        raise NotImplementedError

    def test_only_known_subagents_are_asked(self) -> None:
        planner, known = self.make(), {"words": "names and numbers", "meaning": "paraphrases"}
        for text in ["Who is older, Ann or Bob?", "When was the architect of Saltgate Bridge born?", *STRANGE]:
            assert {line.subagent for line in planner(text, known).sub_questions} <= known.keys()

    def test_placeholders_point_to_sub_questions_of_the_plan(self) -> None:
        plan = self.make()("When was the architect of Saltgate Bridge born?", {"words": "names"})
        assert {number for line in plan.sub_questions for number in line.depends_on} <= {line.id for line in plan.sub_questions}


class GraderContract:
    """What every grader keeps."""

    def make(self) -> Grader:
        raise NotImplementedError

    def test_one_grade_per_passage_between_zero_and_one(self) -> None:
        grades = self.make()("How long is Saltgate Bridge?", PASSAGES)
        assert len(grades) == len(PASSAGES)
        assert all(0 <= grade <= 1 for grade in grades)

    def test_the_passage_that_answers_is_graded_above_an_unrelated_one(self) -> None:
        right, wrong = self.make()("How long is Saltgate Bridge?", [PASSAGES[0], PASSAGES[3]])
        assert right > wrong

    def test_no_passages_no_grades(self) -> None:
        assert self.make()("How long is Saltgate Bridge?", []) == []

    def test_strange_texts_are_graded(self) -> None:
        strange = [Passage(str(row), text) for row, text in enumerate(STRANGE)]
        assert len(self.make()("How long is it?", strange)) == len(strange)


class ReaderContract:
    """What every reader keeps."""

    def make(self) -> Reader:
        raise NotImplementedError

    def test_quotes_stand_in_the_passages_at_their_offsets(self) -> None:
        reading = self.make()("When was Maren Tolquist born?", PASSAGES)
        texts = {passage.id: passage.text for passage in PASSAGES}
        assert all(texts[c.passage_id][c.start : c.end] == c.quote for c in reading.citations)

    def test_an_answer_that_stands_there_is_found_with_a_citation_and_a_confidence(self) -> None:
        reading = self.make()("When was Maren Tolquist born?", PASSAGES)
        assert "1748" in (reading.answer or "")
        assert reading.citations
        assert 0 <= reading.confidence <= 1

    def test_nothing_is_read_from_no_passages(self) -> None:
        assert self.make()("When was Maren Tolquist born?", []).answer is None

    def test_strange_texts_are_read(self) -> None:
        reader = self.make()
        for text in STRANGE:
            assert isinstance(reader("When was it built?", [Passage("strange", text)]), Reading)


class VerifierContract:
    """What every verifier keeps."""

    def make(self) -> Verifier:
        raise NotImplementedError

    def test_support_is_higher_for_the_passage_that_says_so(self) -> None:
        verifier = self.make()
        claim = Claim("When was Maren Tolquist born?", "1748", [])
        assert 0 <= verifier(claim, [PASSAGES[3]]) < verifier(claim, [PASSAGES[1]]) <= 1

    def test_nothing_supports_a_claim_without_passages(self) -> None:
        assert self.make()(Claim("When was Maren Tolquist born?", "1748", []), []) == 0

    def test_strange_texts_are_verified(self) -> None:
        verifier = self.make()
        assert all(0 <= verifier(Claim("When?", "1748", []), [Passage("strange", text)]) <= 1 for text in STRANGE)
