"""What artist heads on the embeddings of a dataset say of its paintings, for an ensemble with an artist network."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import log_softmax

from lib.attribution.artist_head import ArtistHead
from lib.attribution.ensemble import TINY
from lib.attribution.fit_artist_head import fit_artist_head
from lib.data.dataset import Dataset
from lib.features.placed_works import PlacedWorks, UnplacedWorks, fit_space, map_works


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
    works = dataset.embedded_works().finite
    seen = works.outside_test()
    space = fit_space(seen)
    learned = UnplacedWorks(seen, space)
    fitted = fit_artist_head(learned, columns=space.columns())
    heads = {"first": fitted.chosen.head, "final": fitted.head}
    described = map_works(evidence_of_batch, UnplacedWorks(works, space), label="artist head", heads=heads)
    batches = list(described)
    ids = works.paintings["painting_id"]
    tables = {
        name: pd.DataFrame(np.concatenate([batch[name] for batch in batches]), index=ids, columns=head.artists)
        for name, head in heads.items()
    }
    known = {name: table.reindex(columns=artists, fill_value=np.log(TINY)) for name, table in tables.items()}
    return HeadEvidence(first=known["first"], final=known["final"])


def evidence_of_batch(works: PlacedWorks, heads: dict[str, ArtistHead]) -> dict[str, np.ndarray]:
    """Return float32 log-probabilities (n, artists) of the works in a batch by each head."""
    return {name: log_softmax(head.logits(works.positions), axis=1).astype(np.float32) for name, head in heads.items()}


def rows_of(evidence: pd.DataFrame, painting_ids: pd.Series) -> np.ndarray:
    """Return the evidence (n, artists) of paintings, 0 for those without embeddings."""
    return evidence.reindex(painting_ids, fill_value=0.0).to_numpy()
