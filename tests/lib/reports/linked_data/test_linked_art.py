"""Linked Art of sorted sets: by the context and the model that cromulent carries, and by what is asserted."""

import json
from datetime import datetime, timedelta, timezone
from importlib.resources import files
from typing import Any

import pytest
from cromulent.reader import Reader
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld

from lib.attribution.verifier import KnownArtist
from lib.reports.linked_data.answer import ArtistAnswer
from lib.reports.linked_data.linked_art import LINKED_ART_CONTEXT, linked_art_of
from tests.lib.reports.linked_data.orders import MODELS, SITE, answer_of, pictures_of

FILES = ["a b.jpg", 'q"uo/te#?.jpg', "naïve ü%20.jpg", "d.jpg"]
COMPUTED = datetime(2026, 11, 26, 12, 30, tzinfo=timezone(timedelta(hours=2)))
CONTEXT = json.loads((files("cromulent") / "data/linked-art.json").read_text(encoding="utf-8"))
CRM = "http://www.cidoc-crm.org/cidoc-crm/"


def made(answer: ArtistAnswer, **columns: str) -> dict[str, Any]:
    """Return the graph as a program reads it."""
    pictures = pictures_of([work.file for work in answer.works], **columns)
    return json.loads(json.dumps(linked_art_of([answer], pictures, site=SITE, models=MODELS, computed=COMPUTED)))


def assertions(graph: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Return the assertions about each work."""
    works = [node for node in graph["@graph"] if "#work/" in node["id"]]
    return [work.get("produced_by", {}).get("attributed_by", []) for work in works]


def said(node: dict[str, Any]) -> dict[str, str]:
    """Return the statements about a node by their labels."""
    return {statement["_label"]: statement["content"] for statement in node["referred_to_by"]}


def size(node: Any) -> tuple[int, int]:
    """Return the number of properties and of types in a document, apart from the context and the values of literals."""
    if isinstance(node, list):
        sizes = [size(item) for item in node]
        return sum(first for first, _ in sizes), sum(second for _, second in sizes)
    if not isinstance(node, dict) or "@value" in node:
        return 0, 0
    own = len([name for name in node if name not in ("@context", "@graph", "@id", "@type", "id", "type")])
    below = size([value for name, value in node.items() if name != "@context"])
    return own + below[0], ("type" in node or "@type" in node) + below[1]


def expanded(graph: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the graph with every name as the published context has it."""

    def load(address: str, _: Any) -> dict[str, Any]:
        assert address == LINKED_ART_CONTEXT
        return {"contextUrl": None, "documentUrl": address, "document": CONTEXT}

    return jsonld.expand(graph, {"documentLoader": load})


@pytest.mark.parametrize("columns", [{}, {"address": "https://museum.example/iiif/3/77/info.json"}])
def test_every_name_is_one_of_the_published_context(columns: dict[str, str]) -> None:
    graph = made(answer_of(FILES), **columns)
    assert size(expanded(graph)) == size(graph)  # JSON-LD drops what the context does not define


def test_every_property_takes_what_it_has_in_the_model() -> None:
    graph = made(answer_of(FILES, known=["d.jpg"]))
    for node in graph["@graph"]:
        for assertion in node.get("produced_by", {}).get("attributed_by", []):
            del assertion["assigned_property"]  # cromulent 1.0.1 has it as a Type, Linked Art 1.0 as a name
        read = Reader().read(json.dumps({"@context": LINKED_ART_CONTEXT, **node}))
        assert read.id == node["id"]


def test_an_assertion_says_who_made_the_work_with_what_confidence_and_by_which_models() -> None:
    graph = made(answer_of(FILES))
    attribution, _ = assertions(graph)[0]
    assert attribution["assigned_property"] == "carried_out_by"
    (artist,) = attribution["assigned"]
    assert (artist["type"], artist["_label"]) == ("Person", "Maria Muster")
    assert attribution["timespan"]["begin_of_the_begin"] == "2026-11-26T10:30:00Z"
    assert {used["_label"] for used in attribution["used_specific_object"]} >= {f"oeuvre models {MODELS.version}"}
    assert said(attribution)["confidence"].startswith("0.7312:")
    assert said(attribution)["confidence that the artist is known"].startswith("0.9500:")
    assert MODELS.dataset in said(attribution)["provenance"]


def test_an_assertion_says_when_the_work_was_made_and_on_what_evidence() -> None:
    graph = made(answer_of(FILES))
    _, dating = assertions(graph)[0]
    assert dating["assigned_property"] == "timespan"
    (span,) = dating["assigned"]
    assert span["begin_of_the_begin"] == "1877-01-01T00:00:00Z"
    assert span["end_of_the_end"] == "1884-12-31T23:59:59Z"
    assert [name["content"] for name in span["identified_by"]] == ["about 1880", "1877/1884~"]
    (evidence,) = dating["influenced_by"]
    (work,) = [node for node in graph["@graph"] if node["id"] == evidence["id"]]
    assert said(work) == {"date in its catalogue": "1885-87", "dataset": MODELS.dataset, "Accession No": "1937.1.2"}
    assert "0.93" in said(dating)["evidence"]
    (expansion,) = [node for node in expanded(graph) if node["@id"].endswith("#work/a%20b.jpg")]
    (production,) = expansion[f"{CRM}P108i_was_produced_by"]
    properties = [
        assigned[f"{CRM}P177_assigned_property_of_type"][0]["@id"]
        for assigned in production[f"{CRM}P140i_was_attributed_by"]
    ]
    assert properties == [f"{CRM}P14_carried_out_by", f"{CRM}P4_has_time-span"]


@pytest.mark.parametrize(
    ("named", "verdict", "properties"),
    [
        (False, "known", ["carried_out_by", "timespan"]),
        (False, "uncertain", ["carried_out_by", "timespan"]),
        (False, "unknown", []),
        (True, "known", ["timespan"]),
        (True, "unknown", []),
    ],
)
def test_what_the_user_said_or_the_models_doubt_is_not_asserted(
    named: bool, verdict: Any, properties: list[str]
) -> None:
    graph = made(answer_of(["a.jpg"], given=named, verdict=KnownArtist(verdict, 0.4)))
    (found,) = assertions(graph)
    assert [assertion["assigned_property"] for assertion in found] == properties
    if not properties:
        assert "do not rely on the name or the years" in said(graph["@graph"][0])["nothing is asserted"]


def test_a_date_that_the_user_gave_is_not_asserted() -> None:
    graph = made(answer_of(["a.jpg"], known=["a.jpg"]))
    assert [assertion["assigned_property"] for assertion in assertions(graph)[0]] == ["carried_out_by"]


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5, unique=True))
def test_all_nodes_have_identifiers_of_their_own_and_all_references_are_in_the_file(names: list[str]) -> None:
    graph = made(answer_of(names))
    own = [node["id"] for node in graph["@graph"]]
    assert len(own) == len(set(own))
    for found in assertions(graph):
        for assertion in found:
            assigned = [node for node in assertion["assigned"] if node["type"] == "Person"]
            used = [*assigned, *assertion["used_specific_object"], *assertion.get("influenced_by", [])]
            assert {node["id"] for node in used} <= set(own)
    assert [identified["identified_by"][0]["content"] for identified in graph["@graph"][: len(names)]] == names
