"""python jobs/verify.py --images FOLDER --artist NAME --out DIR
python jobs/verify.py --images FOLDER --against OTHER --out DIR

Are these works by this artist, or by the hand that made those others? Prints a likelihood ratio and a probability for
all works together, and what they rest on. Writes DIR/verification.json (the same), DIR/works.csv (each work alone),
DIR/nearest.csv (the nearest works by the artist and by others; with --against, of the other set and of the models),
DIR/verification.png (works.csv and nearest.csv as a picture), DIR/left_out.csv (files and reference works that do not
count, with the reason) and DIR/rejected.csv (files that are no readable images).
No answer is proof of who painted something: a pupil, a copyist or a forger resembles the artist too.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from PIL import Image
from pydantic import Field

from lib.infra.cli import run
from lib.infra.errors import UserError
from lib.infra.paths import make_folder
from lib.models.folders import require_apart, require_folder, require_models


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
    prior: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Probability of yes before the works were seen, between 0 and 1: that of the label, the dealer or the archive."""
    models: Path = Path("models")
    """Folder written by jobs/train_per_artist.py."""


def main(options: Verify) -> None:
    """Verify the folder and write the results."""
    require_question(options)
    require_models(options.models)
    from lib.attribution.attribute import require_known_artist
    from lib.models.backbones import open_embedder
    from lib.models.references import read_references
    from lib.models.sorter import questioned_works, read_images
    from lib.models.store import ModelSet
    from lib.models.verify import require_verifier, verify_artist, verify_hand
    from lib.reports.verification import write_verification
    from lib.reports.verification_text import sentences

    models = ModelSet.open(options.models)
    require_verifier(models)
    if options.artist:
        require_known_artist(options.artist, models.head.artists)
    references = read_references(options.models, provenance=models.provenance)
    short_side = models.provenance.short_side
    images, rejected = read_images(options.images, short_side=short_side)
    embedder = open_embedder(models)
    works = questioned_works(models, embedder, images)
    if options.against is None:
        verification = verify_artist(models, references, works, artist=str(options.artist), prior=options.prior)
    else:
        others, more_rejected = in_folder(
            folder_name(options.against, images), *read_images(options.against, short_side=short_side)
        )
        images, rejected = images | others, rejected | more_rejected
        against = questioned_works(models, embedder, others)
        verification = verify_hand(models, references, works, against=against, prior=options.prior)
    out = make_folder(options.out)
    write_verification(verification, images, references=references, rejected=rejected, out=out)
    lines = [*sentences(verification), *(f"rejected: {file}: {reason}" for file, reason in rejected.items())]
    print("\n".join(lines))
    print(f"works: {out / 'works.csv'}\npicture: {out / 'verification.png'}")


def folder_name(folder: Path, files: Iterable[str]) -> str:
    """Return the name of a folder, marked by apostrophes so that no name of `files` begins with it."""
    name = folder.absolute().name
    while any(file.startswith(f"{name}/") for file in files):
        name += "'"
    return name


def in_folder(
    name: str, images: dict[str, Image.Image], rejected: dict[str, str]
) -> tuple[dict[str, Image.Image], dict[str, str]]:
    """Return images and reasons under names that begin with that of their folder, so that no two are equal."""
    return (
        {f"{name}/{file}": image for file, image in images.items()},
        {f"{name}/{file}": reason for file, reason in rejected.items()},
    )


def require_question(options: Verify) -> None:
    """Raise UserError unless the options ask one question that can be answered."""
    if (options.artist is None) == (options.against is None):
        raise UserError("give either --artist NAME or --against FOLDER")
    for folder in (options.images, options.against):
        if folder is not None:
            require_folder(folder)
            require_apart(options.out, folder)


if __name__ == "__main__":
    run(main, Verify, __doc__)
