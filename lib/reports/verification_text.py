"""What a verification says, in plain words."""

import numpy as np

from lib.models.verify import FEW_REFERENCES, Verification
from lib.reports.markdown import percent

NOTHING = np.log(2)  # a log-likelihood ratio below this, either way, tells nothing


def sentences(verification: Verification) -> list[str]:
    """Return what a verification says, in plain words: the answer first, then what it rests on."""
    works = len(verification.works)
    subject = f"The {works} works are" if works > 1 else "The work is"
    return [
        f"{subject} {comparison(verification)}.",
        f"With a probability of {percent(verification.prior)} beforehand, that makes "
        f"{percent(verification.probability)}.",
        *caveats(verification),
    ]


def comparison(verification: Verification) -> str:
    """Return how much likelier the works are one way than the other."""
    ratio, artist = verification.log_ratio, verification.artist
    yes = f"if {artist} made {them(verification)}" if artist else "if one artist made both sets"
    no = "if somebody else did" if artist else "if two artists did"
    if abs(ratio) < NOTHING:
        return f"about as likely {yes} as {no}"
    first, second = (yes, no) if ratio > 0 else (no.replace("did", f"made {them(verification)}"), yes)
    return f"{times(abs(ratio))} times likelier {first} than {second}"


def them(verification: Verification) -> str:
    """Return the pronoun for the works."""
    return "them" if len(verification.works) > 1 else "it"


def times(log_ratio: float) -> str:
    """Return a likelihood ratio with two significant digits."""
    return f"{float(f'{np.exp(log_ratio):.2g}'):,.0f}" if log_ratio > np.log(10) else f"{np.exp(log_ratio):.2g}"


def caveats(verification: Verification) -> list[str]:
    """Return what limits the answer."""
    lines, figures = [], verification.figures
    if verification.artist:
        count = verification.references
        few = f", fewer than {FEW_REFERENCES}, which is too few to say much" if count < FEW_REFERENCES else ""
        lines.append(f"It rests on {count} reference work{'s' if count > 1 else ''} by {verification.artist}{few}.")
    else:
        lines.append(f"It rests on {verification.references} works of the other set.")
    if verification.likelier:
        artist, log_ratio = verification.likelier
        lines.append(f"{artist} fits better: {times(max(log_ratio, 0))} times likelier than somebody else.")
    if figures:
        lines.append(
            f"In trials with sets of {figures.group}, against other artists drawn at random, the verdict was wrong for "
            f"{percent(figures.true_rejected)} of the true cases and {percent(figures.false_accepted)} of the false "
            f"ones, and there was none for {percent(figures.uncertain)}."
        )
    same = verification.left_out.items()
    return lines + [f"{file} shows the same picture as {other}; one of them was left out." for file, other in same]
