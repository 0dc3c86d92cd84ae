"""The dev figures of the shipped specialists as a Markdown table; their cards are copied to eval/results/specialists.

python eval/cards.py
"""

from __future__ import annotations

import json
from pathlib import Path

from agentic_rag.specialists import ROLES, SHIPPED

RESULTS = Path(__file__).parent / "results" / "specialists"


def main() -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    print("| role | dev figure | mean [95%] | n |", "| --- | --- | --- | --- |", sep="\n")
    for role in ROLES:
        text = (SHIPPED / role / "card.json").read_text(encoding="utf-8")
        (RESULTS / f"{role}.json").write_text(text, encoding="utf-8")
        for name, found in json.loads(text)["figures"].items():
            print(f"| {role} | {name} | {found['mean']:.3f} [{found['low']:.3f}, {found['high']:.3f}] | {found['n']} |")


if __name__ == "__main__":
    main()
