"""Linked Art: who made the works of a sorted set, and when, as assertions that a program computed.

An assertion is an AttributeAssignment of the work's Production (https://linked.art/model/assertion): it says what was
assigned and how, and leaves what the museum itself says untouched. The graph is written here, because cromulent 1.0.1,
which could write it, refuses the name of a property as `assigned_property`, as Linked Art 1.0 has it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import quote

from lib.dating.order import DatedWork
from lib.reports.linked_data.answer import (
    AnsweredWork,
    ArtistAnswer,
    ModelsUsed,
    artist_sentences,
    date_sentence,
    models_sentence,
    trend_sentence,
)
from lib.reports.linked_data.pictures import Picture, Site

LINKED_ART_CONTEXT = "https://linked.art/ns/v1/linked-art.json"
LINKED_ART_FILE = "linked-art.json"
FIRST_YEAR, LAST_YEAR = 1, 9999  # that an xsd:dateTime can have

_AAT = "http://vocab.getty.edu/aat/"
_COMPUTED = {"id": f"{_AAT}300202389", "type": "Type", "_label": "computer-generated"}
_POSSIBLY_BY = {"id": f"{_AAT}300404272", "type": "Type", "_label": "possibly by"}
_PAINTING = {"id": f"{_AAT}300033618", "type": "Type", "_label": "paintings (visual works)"}
_ENGLISH = {"id": f"{_AAT}300388277", "type": "Language", "_label": "English"}

Node = dict[str, Any]


def linked_art_of(
    answers: Sequence[ArtistAnswer],
    pictures: Mapping[str, Picture],
    *,
    site: Site,
    models: ModelsUsed,
    computed: datetime,
) -> Node:
    """Return the works of a sorted set with what was computed of them, as JSON-LD. pictures: by file.

    computed: when, with a time zone. An artist or a date that the user gave is no assertion of ours; nor is one that
    the models themselves call unreliable.
    """
    graph = Graph(site, models, computed)
    works = [graph.work(work, answer, pictures[work.file]) for answer in answers for work in answer.works]
    evidence = {near.painting_id: near for answer in answers for work in answer.works for near in work.nearest}
    return {
        "@context": LINKED_ART_CONTEXT,
        "@graph": [
            *works,
            *(graph.artist(name) for name in dict.fromkeys(answer.artist for answer in answers)),
            *map(graph.evidence, evidence.values()),
            *graph.programs(),
        ],
    }


class Graph:
    """The nodes of one computation. All identifiers are fragments of the published file."""

    def __init__(self, site: Site, models: ModelsUsed, computed: datetime) -> None:
        """Take what all nodes have in common."""
        self.file, self.models = site.of(LINKED_ART_FILE), models
        self.at = computed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def identifier(self, kind: str, name: str) -> str:
        """Return the identifier of a node. kind: such as `work`. name: any text."""
        return f"{self.file}#{kind}/{quote(name, safe='')}"

    def reference(self, kind: str, name: str, *, type: str, label: str) -> Node:
        """Return a reference to a node of the graph."""
        return {"id": self.identifier(kind, name), "type": type, "_label": label}

    def work(self, work: AnsweredWork, answer: ArtistAnswer, picture: Picture) -> Node:
        """Return a work with its picture and its assertions."""
        node = self.reference("work", work.file, type="HumanMadeObject", label=work.file) | {
            "classified_as": [_PAINTING],
            "identified_by": [{"type": "Identifier", "content": work.file}],
            "representation": [{"type": "VisualItem", "digitally_shown_by": [shown(picture)]}],
        }
        assertions = list(self.assertions(work, answer))
        if assertions:
            return node | {"produced_by": {"type": "Production", "attributed_by": assertions}}
        reasons = [date_sentence(work, answer), artist_sentences(answer)]
        return node | {"referred_to_by": statements({"nothing is asserted": " ".join(reasons)})}

    def assertions(self, work: AnsweredWork, answer: ArtistAnswer) -> Iterator[Node]:
        """Yield what was computed of a work's production: the artist, and the date."""
        if answer.is_refuted:
            return
        if not answer.given:
            yield self.attribution(work, answer)
        if work.dating and not work.dating.known:
            yield self.dating(work, answer)

    def attribution(self, work: AnsweredWork, answer: ArtistAnswer) -> Node:
        """Return the assertion that the artist made a work."""
        return self.assertion("carried_out_by", label=f"attributed to {answer.artist}", evidence=[]) | {
            "classified_as": [_COMPUTED, _POSSIBLY_BY],
            "assigned": [self.reference("artist", answer.artist, type="Person", label=answer.artist)],
            "referred_to_by": statements(
                {
                    "confidence": alone_statement(work, answer),
                    "confidence in the set": f"{answer.share:.4f}: the mean of this probability over the works.",
                    "confidence that the artist is known": known_statement(answer.known.probability),
                    "meaning": artist_sentences(answer),
                    "provenance": models_sentence(self.models),
                }
            ),
        }

    def dating(self, work: AnsweredWork, answer: ArtistAnswer) -> Node:
        """Return the assertion that a work was made within the interval of its estimate."""
        assert work.dating is not None
        span = {
            "type": "TimeSpan",
            "identified_by": [
                {"type": "Name", "content": f"about {work.dating.year}"},
                {"type": "Identifier", "_label": "EDTF", "content": work.dating.edtf},
            ],
            "begin_of_the_begin": f"{in_range(work.dating.first_year):04d}-01-01T00:00:00Z",
            "end_of_the_end": f"{in_range(work.dating.last_year):04d}-12-31T23:59:59Z",
        }
        similar = ", ".join(f"{near.painting_id} ({near.date}; {near.similarity:.2f})" for near in work.nearest)
        return self.assertion("timespan", label=f"dated about {work.dating.year}", evidence=work.nearest) | {
            "classified_as": [_COMPUTED],
            "assigned": [span],
            "referred_to_by": statements(
                {
                    "confidence": "0.8: the time span should hold the year of 80 % of works.",
                    "meaning": " ".join([date_sentence(work, answer), artist_sentences(answer)]),
                    "trend": trend_sentence(answer),
                    "evidence": similar and f"The most similar dated works, with their similarity, 0 to 1: {similar}.",
                    "provenance": models_sentence(self.models),
                }
            ),
        }

    def assertion(self, property: str, *, label: str, evidence: Iterable[DatedWork]) -> Node:
        """Return what every assertion has. property: of the production, which gets the assigned value.

        Linked Art has persons and groups carry out activities; a program is an object that was used.
        """
        node = {
            "type": "AttributeAssignment",
            "_label": label,
            "timespan": {"type": "TimeSpan", "begin_of_the_begin": self.at, "end_of_the_end": self.at},
            "used_specific_object": [
                self.reference("program", "oeuvre", type="DigitalObject", label=program_label()),
                self.reference("models", self.models.version, type="DigitalObject", label=self.models_label()),
            ],
            "assigned_property": property,
        }
        works = [self.evidence_reference(near) for near in evidence]
        return node | {"influenced_by": works} if works else node

    def artist(self, name: str) -> Node:
        """Return an artist. The models know only the name."""
        node = self.reference("artist", name, type="Person", label=name)
        return node | {"identified_by": [{"type": "Name", "content": name}]}

    def evidence_reference(self, near: DatedWork) -> Node:
        """Return a reference to a dated work that the models learned from."""
        label = f"{near.painting_id}, {near.date}"
        return self.reference("evidence", near.painting_id, type="HumanMadeObject", label=label)

    def evidence(self, near: DatedWork) -> Node:
        """Return a dated work that the models learned from, with its catalogue's own columns."""
        described = {"date in its catalogue": near.date, "dataset": self.models.dataset} | near.columns
        return self.evidence_reference(near) | {
            "identified_by": [{"type": "Identifier", "content": near.painting_id}],
            "referred_to_by": values(described),
        }

    def programs(self) -> list[Node]:
        """Return the program and the models that made the assertions."""
        program = self.reference("program", "oeuvre", type="DigitalObject", label=program_label())
        models = self.reference("models", self.models.version, type="DigitalObject", label=self.models_label())
        said = {"version": self.models.version, "dataset": self.models.dataset, "backbone": self.models.backbone}
        return [program, models | {"referred_to_by": values(said)}]

    def models_label(self) -> str:
        """Return the name of the models."""
        return f"oeuvre models {self.models.version}"


def shown(picture: Picture) -> Node:
    """Return the picture of a work as a digital object at its address."""
    access = {"id": picture.address, "type": "DigitalObject"}
    node: Node = {"type": "DigitalObject", "_label": "picture", "access_point": [access]}
    if picture.service:
        service = {"type": "DigitalService", "access_point": [{"id": picture.service, "type": "DigitalObject"}]}
        node["digitally_available_via"] = [service]
    return node


def statements(said: Mapping[str, str]) -> list[Node]:
    """Return English texts about a node, each labelled with what it says; empty ones are left out."""
    return [statement | {"language": [_ENGLISH]} for statement in values(said)]


def values(said: Mapping[str, str]) -> list[Node]:
    """Return texts of no known language about a node, as statements() does."""
    return [
        {"type": "LinguisticObject", "_label": label, "content": content} for label, content in said.items() if content
    ]


def alone_statement(work: AnsweredWork, answer: ArtistAnswer) -> str:
    """Return the probability of the artist by one work, with its meaning; nothing without one."""
    if work.artist_probability is None:
        return ""
    return (
        f"{work.artist_probability:.4f}: the probability of {answer.artist} by this work alone, among the artists whom "
        "the models know."
    )


def known_statement(probability: float | None) -> str:
    """Return the probability that the artist is one whom the models know, with its meaning; nothing without one."""
    if probability is None:
        return ""
    return (
        f"{probability:.4f}: the probability, at even odds before the works were seen, that they are by an artist whom "
        "the models know."
    )


def in_range(year: int) -> int:
    """Return the nearest year that a time span can have."""
    return min(max(year, FIRST_YEAR), LAST_YEAR)


def program_label() -> str:
    """Return the name of this program, with its version where it is installed."""
    try:
        return f"oeuvre {version('oeuvre')}"
    except PackageNotFoundError:
        return "oeuvre"
