"""Paint a small catalogue of invented artists, laid out as Painter by Numbers, to try everything else on.

    python jobs/generate.py --out demo

    demo/all_data_info.csv      artist, date, genre, …, title, in_train, new_filename
    demo/train/, demo/test/     the paintings, by in_train
    demo/unseen/                works of one of the artists that the catalogue does not have, without dates
    demo/unseen.csv             file, artist, year: the truth about them
    demo/generate.json          the parameters

The same parameters give the same files.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import NonNegativeInt, PositiveInt

from lib.infra.cli import run


@dataclass(frozen=True)
class Generate:
    """What to paint, and where to."""

    out: Path
    """Folder to create."""
    artists: PositiveInt = 12
    """Number of invented artists."""
    works_per_artist: PositiveInt = 40
    """Works of each artist in the catalogue; a fifth of them is its test split."""
    unseen: NonNegativeInt = 24
    """Works of one artist that are kept out of the catalogue."""
    seed: NonNegativeInt = 0
    """Seed of the artists and their works."""


def main(config: Generate) -> None:
    """Paint the catalogue, unless the folder has it already."""
    from lib.synthetic.catalogue import Parameters, has_catalogue, write_catalogue

    parameters = Parameters(
        artists=config.artists, works_per_artist=config.works_per_artist, unseen=config.unseen, seed=config.seed
    )
    parameters.check()
    if has_catalogue(config.out, parameters):
        print(f"{config.out} has this catalogue already: nothing to do")
        return
    write_catalogue(config.out, parameters)
    works = config.artists * config.works_per_artist
    print(f"{config.out}: {works} paintings of {config.artists} artists, and {config.unseen} unseen")


if __name__ == "__main__":
    run(main, Generate, __doc__)
