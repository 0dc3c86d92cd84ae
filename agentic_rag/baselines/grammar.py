"""What the training-free roles take from `agentic_rag.grammar`."""

from agentic_rag.grammar import AUXILIARIES, LONGEST_QUESTION, PLACES, is_person, is_verb, tidy

__all__ = ["AUXILIARIES", "LONGEST_QUESTION", "PLACES", "is_person", "is_verb", "tidy"]
