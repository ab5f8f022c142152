"""What a model was made from: equal provenance means that models belong together and need not be made again."""

from pydantic import BaseModel, ConfigDict

from lib.data.dataset import EmbeddingsManifest

FORMAT = 4  # of the models; raise it when new code makes or reads them differently


class Provenance(BaseModel):
    """The embeddings that a model set was made from, and the options that decided it.

    dataset: its fingerprint. blocks: widths of the depths of an embedding. gamma, noise: None where they were chosen
    by leave-one-out error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    backbone: str
    blocks: tuple[int, ...]
    tilt: float
    gamma: float | None = None
    noise: float | None = None
    format: int = FORMAT

    def is_of(self, manifest: EmbeddingsManifest) -> bool:
        """Return whether the model was made, by this version, from the embeddings of `manifest`."""
        made_from = (self.format, self.dataset, self.backbone, self.blocks)
        return made_from == (FORMAT, manifest.dataset, manifest.backbone, manifest.blocks)
