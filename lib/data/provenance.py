"""What a model was made from: equal provenance means that models belong together and need not be made again."""

from pydantic import BaseModel, ConfigDict

from lib.data.descriptor import BackboneSource, DescriptorPart, EmbeddingsManifest, joined_name

TILT = 1.5  # weight of depth d of statistics is d ** TILT: deeper ones order works better, chosen on train and val
FORMAT = 5  # of the models; raise it when new code makes or reads them differently


class Provenance(BaseModel):
    """The embeddings that a model set was made from, and the options that decided it.

    dataset: its fingerprint. short_side: of its images, pixels at most; new pictures are shrunk alike. parts: of the
    embeddings, those that the models read. gamma, noise: None where they were chosen by leave-one-out error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    short_side: int
    backbones: tuple[BackboneSource, ...]
    parts: tuple[DescriptorPart, ...]
    tilt: float
    gamma: float | None = None
    noise: float | None = None
    format: int = FORMAT

    @property
    def backbone(self) -> str:
        """Return the names of the backbones, joined by +."""
        return joined_name(self.backbones)

    def is_of(self, manifest: EmbeddingsManifest) -> bool:
        """Return whether the model was made, by this version, from the embeddings of `manifest`."""
        made_from = (self.format, self.dataset, self.backbones, self.parts)
        return made_from == (FORMAT, manifest.dataset, manifest.backbones, manifest.parts)
