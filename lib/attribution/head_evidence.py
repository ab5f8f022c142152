"""What artist heads on the embeddings of a dataset say of its paintings, for an ensemble with an artist network."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import log_softmax

from lib.attribution.artist_head import ArtistHead, fit_artist_head
from lib.attribution.ensemble import TINY
from lib.data.dataset import Dataset
from lib.features.style_space import fit_style_space


@dataclass(frozen=True)
class HeadEvidence:
    """Log-probabilities (paintings, artists) of paintings by artist heads.

    first: by the head that never saw val works. final: by that fitted to train and val works.
    """

    first: pd.DataFrame
    final: pd.DataFrame


def head_evidence(dataset: Dataset, artists: list[str]) -> HeadEvidence | None:
    """Return what heads say of each painting, by painting_id, as a work of each of `artists`.

    None for a dataset without embeddings. Raises UserError where it has several.
    """
    if not dataset.has_embeddings():
        return None
    embeddings = dataset.embeddings().finite()
    seen = embeddings.outside_test()
    space = fit_style_space(seen.matrix, parts=seen.manifest.parts)
    names, val = seen.paintings["artist"].to_numpy(dtype=str), (seen.paintings["split"] == "val").to_numpy()
    final, chosen = fit_artist_head(space.positions(seen.matrix), names, val=val, columns=space.columns())
    positions, ids = space.positions(embeddings.matrix), embeddings.paintings["painting_id"]

    def evidence_of(head: ArtistHead) -> pd.DataFrame:
        table = pd.DataFrame(log_softmax(head.logits(positions), axis=1), index=ids, columns=head.artists)
        return table.reindex(columns=artists, fill_value=np.log(TINY))

    return HeadEvidence(first=evidence_of(chosen.head), final=evidence_of(final))


def rows_of(evidence: pd.DataFrame, painting_ids: pd.Series) -> np.ndarray:
    """Return the evidence (n, artists) of paintings, 0 for those without embeddings."""
    return evidence.reindex(painting_ids, fill_value=0.0).to_numpy()
