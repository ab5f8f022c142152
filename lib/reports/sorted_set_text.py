"""What a sorted set says, in plain words."""

from lib.attribution.verifier import KnownArtist
from lib.models.sorter import SortedSet
from lib.reports.markdown import chance


def sentences(sorted_set: SortedSet) -> list[str]:
    """Return the artist, the highest shares of the vote, what they mean, and the order as a table, line by line."""
    shares = ", ".join(f"{artist} {chance(share)}" for artist, share in sorted_set.shares.head(4).items())
    count, order = len(sorted_set.files), sorted_set.order
    lines = [
        f"{count} work{'s' if count > 1 else ''}, sorted as {sorted_set.artist}; vote: {shares}",
        known_sentence(sorted_set.known),
    ]
    for file in sorted_set.outliers:
        lines.append(
            f"{file} is unlike everything that the models learned from: is it a painting, and photographed whole?"
        )
    for file, work in sorted_set.recognised.items():
        lines.append(f"{file} is in the catalogue: {work.painting_id}, {work.artist}, {work.dated.text}")
    if order is None:
        return [*lines, f"{sorted_set.artist} has no comparator: these works are not dated"]
    if order.scope != "own":
        lines.append(
            f"{sorted_set.artist} has too few dated works for a comparator: the order rests on the career trend shared "
            "by all artists and is little better than chance"
        )
    if order.dated_as:
        lines.append(f"year and interval are an average over the likely artists: {', '.join(order.dated_as)}")
    lines += [
        f"{row['file']}: {row['year']} is {row['doubt']}" for row in order.works.to_dict("records") if row["doubt"]
    ]
    return [*lines, order.works.drop(columns="doubt").to_string(index=False)]


def known_sentence(known: KnownArtist) -> str:
    """Return whether the works are by an artist whom the models know, in one sentence."""
    if known.probability is None:
        return "whether the artist is one whom the models know: they know too few artists, or val works of them, to say"
    says = {"known": "probably yes", "unknown": "probably not: do not rely on the name or the years"}
    verdict = says.get(known.verdict, "can't tell")
    return f"by an artist whom the models know: {verdict} (probability {chance(known.probability)} at even odds)"
