"""What a verification says, in plain words."""

import numpy as np

from lib.models.verify import FEW_REFERENCES, Verification
from lib.reports.markdown import chance, percent

NOTHING = np.log(2)  # a log-likelihood ratio below this, either way, tells nothing


def sentences(verification: Verification) -> list[str]:
    """Return what a verification says, in plain words: the answer first, then what it rests on."""
    works = len(verification.works)
    subject = f"The {works} works are" if works > 1 else "The work is"
    prior, probability = chance(verification.prior), chance(verification.probability)
    return [
        f"{subject} {comparison(verification)}.",
        f"With a probability of {prior} beforehand, that makes {probability}.",
        *caveats(verification),
    ]


def comparison(verification: Verification) -> str:
    """Return how much likelier the works are one way than the other."""
    ratio, artist = verification.log_ratio, verification.artist
    it = "them" if len(verification.works) > 1 else "it"
    yes = f"if {artist} made {it}" if artist else "if one artist made both sets"
    no = "if somebody else did" if artist else "if two artists did"
    if abs(ratio) < NOTHING:
        return f"about as likely {yes} as {no}"
    limit = "at least " if verification.at_limit else ""
    if ratio > 0:
        return f"{limit}{times(ratio)} times likelier {yes} than {no}"
    against = (
        f"if somebody else made {it} than if {artist} did" if artist else "if two artists made the sets than if one did"
    )
    return f"{limit}{times(-ratio)} times likelier {against}"


def times(log_ratio: float) -> str:
    """Return a likelihood ratio with two significant digits."""
    return f"{float(f'{np.exp(log_ratio):.2g}'):,.0f}" if log_ratio > np.log(10) else f"{np.exp(log_ratio):.2g}"


def caveats(verification: Verification) -> list[str]:
    """Return what limits the answer."""
    count, artist = verification.references, verification.artist
    works = f"{count} {'reference work' if artist else 'work'}{'s' if count > 1 else ''}"
    few = f", fewer than {FEW_REFERENCES}, which is too few to say much" if artist and count < FEW_REFERENCES else ""
    lines = [f"It rests on {works} {f'by {artist}' if artist else 'of the other set'}{few}."]
    if verification.likelier:
        lines.append(better_fit(*verification.likelier))
    if figures := verification.figures:
        cases = "single works" if figures.group == 1 else f"sets of {figures.group}"
        lines.append(
            f"In trials with {cases}, against other artists drawn at random, the verdict was wrong for "
            f"{percent(figures.true_rejected)} of the true cases and {percent(figures.false_accepted)} of the false "
            f"ones, and there was none for {percent(figures.uncertain)}."
        )
    return lines + [f"{file} {reason}." for file, reason in verification.left_out.items()]


def better_fit(artist: str, log_ratio: float) -> str:
    """Return that another known artist fits better than the one in question."""
    if log_ratio < NOTHING:
        return f"{artist} fits better, but not clearly better than somebody else."
    return f"{artist} fits better: {times(log_ratio)} times likelier than somebody else."
