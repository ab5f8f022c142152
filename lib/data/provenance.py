"""What a model was made from: equal provenance means that models belong together and need not be made again."""

from pydantic import BaseModel, ConfigDict

from lib.data.descriptor import BackboneSource, DescriptorPart, EmbeddingsManifest, joined_name

TILT = 1.5  # weight of depth d of statistics is d ** TILT: deeper ones order works better, chosen on train and val
FORMAT = 7  # of the models; raise it when new code makes or reads them differently


class Provenance(BaseModel):
    """The embeddings that a model set was made from, and the options that decided it.

    dataset: fingerprint of its version. space: fingerprint of the version that the style space was fitted to, which
    later ones may keep. short_side: of its images, pixels at most; new pictures are shrunk alike. parts: of the
    embeddings, those that the models read. gamma, noise: None where they were chosen by leave-one-out error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    space: str = ""
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

    def in_space_of(self, other: "Provenance") -> bool:
        """Return whether two models work in one style space: all but the version of the dataset is equal."""
        return self == other.model_copy(update={"dataset": self.dataset})

    def is_version_of(self, other: "Provenance") -> bool:
        """Return whether all but the version of the dataset, and of the one that the space was fitted to, is equal."""
        return self == other.model_copy(update={"dataset": self.dataset, "space": self.space})

    def is_of(self, manifest: EmbeddingsManifest) -> bool:
        """Return whether the model was made, by this version, from the embeddings of `manifest`."""
        made_from = (self.format, self.dataset, self.backbones, self.parts)
        return made_from == (FORMAT, manifest.dataset, manifest.backbones, manifest.parts)
