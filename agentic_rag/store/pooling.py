"""Fewer token vectors: those of a passage that are alike become one (Clavié, Chaffin & Adams 2024, arXiv 2409.14683).

The vectors themselves are clustered, not the rows of their similarities as in the first published code, which loses more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FACTOR = 2
"""Tokens that share one vector, unless one asks for another number."""


def pooled(tokens: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """The means of the rows' clusters, one for `factor` rows: hierarchical clustering by Ward's method.

    Qdrant gives them unit length, without which large clusters are hardly found.
    """
    if factor <= 1 or len(tokens) < 2:
        return tokens
    from scipy.cluster.hierarchy import fcluster, linkage

    labels = fcluster(linkage(tokens, "ward"), max(1, len(tokens) // factor), "maxclust")
    return np.stack([tokens[labels == label].mean(axis=0) for label in np.unique(labels)])
