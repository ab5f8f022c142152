"""python jobs/verify.py --images FOLDER --artist NAME --out DIR
python jobs/verify.py --images FOLDER --against OTHER --out DIR

Are these works by this artist, or by the hand that made those others? Prints a likelihood ratio and a probability for
all works together, and what they rest on. Writes DIR/verification.json (the same), DIR/works.csv (each work alone),
DIR/nearest.csv (the nearest reference works for and against each work), DIR/verification.png (both as a picture),
DIR/left_out.csv (works that show the same picture as another) and DIR/rejected.csv (files that are no readable images).
No answer is proof of who painted something: a pupil, a copyist or a forger resembles the artist too.
"""

from dataclasses import dataclass
from pathlib import Path

from lib.attribution.attribute import require_known_artist
from lib.infra.cli import run
from lib.infra.errors import UserError
from lib.infra.paths import make_folder
from lib.models.backbones import open_embedder
from lib.models.references import read_references
from lib.models.sorter import questioned_works, read_images, require_apart, require_folder
from lib.models.store import ModelSet
from lib.models.verify import require_verifier, verify_artist, verify_hand
from lib.reports.verification import sentences, write_verification


@dataclass
class Verify:
    """Options of jobs/verify.py."""

    images: Path
    """Folder of the works in question, as image files of any format, also in folders below it."""
    out: Path
    """Folder for the results."""
    artist: str | None = None
    """Ask whether the works are by this artist, whom the models know."""
    against: Path | None = None
    """Ask whether the works are by the artist of the works in this folder, whom the models need not know."""
    prior: float = 0.5
    """Probability of yes before the works were seen, between 0 and 1: that of the label, the dealer or the archive."""
    models: Path = Path("models")
    """Folder written by jobs/train_per_artist.py."""


def main(options: Verify) -> None:
    """Verify the folder and write the results."""
    require_question(options)
    models = ModelSet.open(options.models)
    require_verifier(models)
    if options.artist:
        require_known_artist(options.artist, models.head.artists)
    references = read_references(options.models, provenance=models.provenance)
    short_side = models.provenance.short_side
    images, rejected = read_images(options.images, short_side=short_side)
    embedder = open_embedder(models)
    works = questioned_works(models, embedder, images)
    if options.artist:
        verification = verify_artist(models, references, works, artist=options.artist, prior=options.prior)
    else:
        assert options.against is not None
        others, more_rejected = read_images(options.against, short_side=short_side)
        others = {f"{options.against.name}/{file}": image for file, image in others.items()}
        rejected |= {f"{options.against.name}/{file}": reason for file, reason in more_rejected.items()}
        images = images | others
        against = questioned_works(models, embedder, others)
        verification = verify_hand(models, references, works, against=against, prior=options.prior)
    out = make_folder(options.out)
    write_verification(verification, images, references=references, rejected=rejected, out=out)
    print("\n".join(sentences(verification)))
    print("\n".join(f"rejected: {file}: {reason}" for file, reason in rejected.items()), end="\n" if rejected else "")
    print(f"works: {out / 'works.csv'}\npicture: {out / 'verification.png'}")


def require_question(options: Verify) -> None:
    """Raise UserError unless the options ask one question that can be answered."""
    if (options.artist is None) == (options.against is None):
        raise UserError("give either --artist NAME or --against FOLDER")
    if not 0 < options.prior < 1:
        raise UserError(f"--prior is {options.prior}; it must be between 0 and 1, such as 0.5 for even odds")
    for folder in (options.images, options.against):
        if folder is not None:
            require_folder(folder)
            require_apart(options.out, folder)


if __name__ == "__main__":
    run(main, Verify, __doc__)
