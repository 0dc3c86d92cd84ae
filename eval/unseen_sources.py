"""How the router does on sources of questions that it never saw: an adapter for each, trained without it.

python eval/unseen_sources.py eval/results/specialists/router_unseen_sources.json [--adapters FOLDER]

The adapters are kept in FOLDER, so that a run that was cut off goes on there; a minute each on one core.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from agentic_rag.encoder import MiniLM
from agentic_rag.plain import as_plain
from agentic_rag.specialists.network import Base
from agentic_rag.training.router import RouterRecipe
from agentic_rag.training.unseen import leave_one_source_out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the file for the figures")
    parser.add_argument("--adapters", type=Path, default=Path("adapters/router_unseen"))
    options = parser.parse_args()
    data = Path(os.environ.get("AGENTIC_RAG_DATA", "../shared/data"))
    found = leave_one_source_out(Base(MiniLM()), options.adapters, RouterRecipe.defaults, data=data)
    options.out.write_text(json.dumps(as_plain(found), indent=1) + "\n", encoding="utf-8")
    for name, one in found.items():
        print(f"| {name} | {one.mean:.3f} [{one.low:.3f}, {one.high:.3f}] | {one.n} |")


if __name__ == "__main__":
    main()
