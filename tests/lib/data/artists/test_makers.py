import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.data.artists.makers import Maker, parse_maker
from lib.data.artists.names import name_key
from lib.data.artists.phrases import QUALIFIERS

QUALIFIED = {
    "attributed to Judith Leyster": "attributed to",
    "Judith Leyster, attributed to": "attributed to",
    "Leyster, Judith, Attributed to": "attributed to",
    "Judith Leyster (attr.)": "attributed to",
    "attr. Judith Leyster": "attributed to",
    "Print made by: Judith Leyster (?)": "possibly by",
    "Leyster, Judith (y taller)": "several makers",
    "Judith Leyster e bottega": "several makers",
    "Attributed to: Judith Leyster": "attributed to",
    "Judith Leyster zugeschrieben": "attributed to",
    "Judith Leyster (zugeschrieben)": "attributed to",
    "attribué à Judith Leyster": "attributed to",
    "ATTRIBUE A JUDITH LEYSTER": "attributed to",
    "toegeschreven aan Judith Leyster": "attributed to",
    "attribuito a Judith Leyster": "attributed to",
    "atribuido a Judith Leyster": "attributed to",
    "Workshop of Judith Leyster": "workshop of",
    "Leyster, Judith, Workshop of": "workshop of",
    "Judith Leyster (workshop of)": "workshop of",
    "Judith Leyster Workshop": "workshop of",
    "Werkstatt der Judith Leyster": "workshop of",
    "Judith Leyster (Werkstatt)": "workshop of",
    "atelier de Judith Leyster": "workshop of",
    "werkplaats van Judith Leyster": "workshop of",
    "bottega di Judith Leyster": "workshop of",
    "taller de Judith Leyster": "workshop of",
    "Attributed to the workshop of Judith Leyster": "workshop of",
    "Judith Leyster – workshop of": "workshop of",
    "Judith Leyster; workshop of": "workshop of",
    "Judith Leyster 1609–1660, workshop of": "workshop of",
    "Studio of Judith Leyster": "studio of",
    "circle of Judith Leyster": "circle of",
    "Umkreis von Judith Leyster": "circle of",
    "entourage de Judith Leyster": "circle of",
    "omgeving van Judith Leyster": "circle of",
    "cerchia di Judith Leyster": "circle of",
    "círculo de Judith Leyster": "circle of",
    "Follower of Judith Leyster": "follower of",
    "Probably by a follower of Judith Leyster": "follower of",
    "Circle/Follower of Judith Leyster": "follower of",
    "Unknown follower of Judith Leyster": "follower of",
    "Dutch follower of Judith Leyster": "follower of",
    "Nachfolger der Judith Leyster": "follower of",
    "suiveur de Judith Leyster": "follower of",
    "navolger van Judith Leyster": "follower of",
    "seguace di Judith Leyster": "follower of",
    "seguidor de Judith Leyster": "follower of",
    "School of Judith Leyster": "school of",
    "Schule der Judith Leyster": "school of",
    "école de Judith Leyster": "school of",
    "school van Judith Leyster": "school of",
    "pupil of Judith Leyster": "pupil of",
    "In der Art der Judith Leyster": "manner of",
    "manner of Judith Leyster": "manner of",
    "in the manner of Judith Leyster": "manner of",
    "style of Judith Leyster": "style of",
    "imitator of Judith Leyster": "imitator of",
    "after Judith Leyster": "after",
    "Judith Leyster, after": "after",
    "nach Judith Leyster": "after",
    "d'après Judith Leyster": "after",
    "d’après Judith Leyster": "after",
    "naar Judith Leyster": "after",
    "Judith Leyster (da)": "after",
    "Dutch School, after Judith Leyster": "after",
    "Copy after Judith Leyster": "copy after",
    "Unknown artist, copy after Judith Leyster": "copy after",
    "Kopie nach Judith Leyster": "copy after",
    "copie d'après Judith Leyster": "copy after",
    "copia de Judith Leyster": "copy after",
    "Formerly attributed to Judith Leyster": "formerly attributed to",
    "Judith Leyster ?": "possibly by",
    "Judith Leyster (?)": "possibly by",
    "possibly Judith Leyster": "possibly by",
    "Judith Leyster or Frans Hals": "possibly by",
    "Judith Leyster and Frans Hals": "several makers",
    "Judith Leyster & Frans Hals": "several makers",
    "Judith Leyster with Frans Hals": "several makers",
    "Leyster, Judith; Hals, Frans": "several makers",
    "Judith Leyster|Frans Hals": "several makers",
    "Judith Leyster/Frans Hals": "several makers",
    "Judith Leyster and Workshop": "several makers",
    "Judith Leyster und Frans Hals": "several makers",
    "Judith Leyster en Frans Hals": "several makers",
    "Judith Leyster (1609–1660) and Frans Hals (1582–1666)": "several makers",
    "Judith Leyster and Frans Hals, 1582–1666": "several makers",
    "Judith Leyster after Frans Hals": "several makers",
    "Judith Leyster, after Hals, Frans": "several makers",
    "Judith Leyster (after Frans Hals)": "several makers",
}
NOBODY = [
    "", " ", "?", "-", "N/A", "Unknown", "Anonymous", "Artist unknown", "Unidentified artist", "Unknown, England",
    "Various artists", "Dutch School", "British (?) School 17th century", "Flemish, 16th Century", "School of Siena",
    "Italian 17th Century", "Chinese", "Chinese, Qing dynasty", "French or Flemish",
    "Netherlandish (Antwerp) Painter", "unbekannt", "Künstler unbekannt", "Deutsch, 19. Jahrhundert", "anonyme",
    "École française, XVIIe siècle", "anoniem", "onbekend", "ignoto", "anónimo", "Scuola veneziana", "Follower of",
    "[Unknown]", "Possibly British", "Deutscher Meister um 1500", "Unknown woman artist", "Kölner Schule",
    "Hollandse school, 17de eeuw", "Franco-Flemish", "N.N.", "s.n.", "not recorded", "Kein Künstler",
    "Deutscher Meister des 16. Jahrhunderts", "Maître du XVIIe siècle", "ambito fiorentino",
    "bottega toscana, sec. XVI", "Taller sevillano", "Escuela madrileña", "Roman, 1st century", "Native American",
]  # fmt: skip
NAMES = [
    "Rembrandt van Rijn", "Leonardo da Vinci", "da Vinci, Leonardo", "von Menzel, Adolph",
    "Francisco de Goya y Lucientes", "Master of the Saint Ursula Legend", "Master of Saints Cosmas and Damian",
    "Master of 1518", "Master of the 1540s", "N. N. Grushin", "Atelier Populaire",
    "Pieter Bruegel the Elder", "Annie French", "French, Annie",
    "Young, Art", "A. English", "Franco Lombardo",
    "Frances Holland", "Opałka, Roman", "Paris Bordone", "Charles Arthur Wells, Jr.", "Pieter Claesz.",
    "Marevna (Marie Vorobieff)", "Utagawa Hiroshige (II)", "J. M. W. Turner", "北斎", "Schüler, Max",
]  # fmt: skip
LIVES = {
    "Judith Leyster (Dutch, 1609–1660)": (1609, 1660),
    "Judith Leyster (1609-1660)": (1609, 1660),
    "Judith Leyster c1609-1660": (1609, 1660),
    "Judith Leyster - 1609-1660": (1609, 1660),
    "Judith Leyster (Dutch, Haarlem (Holland) 1609–1660 Heemstede (Holland))": (1609, 1660),
    "Painted by: Judith Leyster": (None, None),
    "Judith\x00 Leyster": (None, None),
    "Judith Leyster, Dutch, 1609–1660": (1609, 1660),
    "Judith Leyster 1609–1660": (1609, 1660),
    "Judith Leyster (1609–60)": (1609, 1660),
    "Judith Leyster (1609?–1660)": (1609, 1660),
    "Judith Leyster (Haarlem 1609 – 1660 Heemstede)": (1609, 1660),
    "Judith Leyster (b. Haarlem, 1609; d. Heemstede, 1660)": (1609, 1660),
    "Judith Leyster (* 1609 Haarlem; † 1660 Heemstede)": (1609, 1660),
    "Judith Leyster (née à Haarlem, 1609 – morte à Heemstede, 1660)": (1609, 1660),
    "Judith Leyster, Dutch, c. 1609 - 1660": (1609, 1660),
    "Judith Leyster, Dutch, 1609 - 1660 or after": (1609, None),
    "Judith Leyster (died after 1660)": (None, None),
    "Judith Leyster (d. 1660)": (None, 1660),
    "Judith Leyster, b. 1609": (1609, None),
    "Judith Leyster born 1609": (1609, None),
    "Judith Leyster, 1609-": (1609, None),
    "Judith Leyster, American, born Germany, 1609": (1609, None),
    "Judith Leyster, Dutch, 1609": (None, None),
    "Judith Leyster (active 1629–1650)": (None, None),
    "Judith Leyster (Dutch, active Haarlem, 1629–1650)": (None, None),
    "Judith Leyster, Dutch, active Haarlem, 1629–1650": (None, None),
    "Judith Leyster (1609 Haarlem - 1660 Heemstede)": (1609, 1660),
    "Judith Leyster (17th century)": (None, None),
    "Judith Leyster, Dutch or Flemish, 1609–1660": (1609, 1660),
    "Judith Leyster (Dutch)": (None, None),
    "Judith Leyster, painter": (None, None),
    "Artist: Judith Leyster": (None, None),
}


@pytest.mark.parametrize(("text", "qualifier"), QUALIFIED.items())
def test_a_qualifier_leaves_the_name(text: str, qualifier: str) -> None:
    maker = parse_maker(text)
    assert (name_key(maker.name), maker.qualifier) == ("judith leyster", qualifier)


@pytest.mark.parametrize("text", NOBODY)
def test_nobodys_works(text: str) -> None:
    assert parse_maker(text) == Maker("")


@pytest.mark.parametrize("text", NAMES)
def test_names_that_look_like_something_else_stay_whole(text: str) -> None:
    assert parse_maker(text) == Maker(text)


@pytest.mark.parametrize(("text", "life"), LIVES.items())
def test_life_dates_and_nationality_are_cut_from_the_name(text: str, life: tuple[int | None, int | None]) -> None:
    assert parse_maker(text) == Maker("Judith Leyster", "", *life)


def test_a_cell_of_any_length_is_read() -> None:
    assert parse_maker("and " * 20_000 + "Judith Leyster").name


def test_the_years_of_another_artist_are_not_the_makers() -> None:
    assert parse_maker("Judith Leyster after Frans Hals (1582–1666)").birth is None
    assert parse_maker("Judith Leyster and Frans Hals (1582–1666)").birth is None


@pytest.mark.parametrize(
    ("role", "qualifier"),
    [
        (None, ""), ("Artist", ""), ("Painter and Printmaker", ""), ("Primary Maker", ""), ("Künstler", ""),
        ("Painted by", ""), ("after", "after"), ("Prints after", "after"), ("attributed to", "attributed to"),
        ("artist (?)", "possibly by"),
        ("and other artists", "several makers"), ("Werkstatt", "workshop of"), ("Sitter", "other role"),
    ],
)  # fmt: skip
def test_roles(role: str | None, qualifier: str) -> None:
    assert parse_maker("Judith Leyster", role=role) == Maker("Judith Leyster", qualifier)


def test_of_two_qualifiers_the_more_distant_holds() -> None:
    assert parse_maker("Workshop of Judith Leyster", role="after").qualifier == "after"
    assert parse_maker("after Judith Leyster", role="attributed to").qualifier == "after"


@given(st.text(max_size=60), st.none() | st.text(max_size=20))
def test_any_text_is_parsed(text: str, role: str | None) -> None:
    maker = parse_maker(text, role=role)
    assert maker.qualifier in QUALIFIERS
    assert maker.name or maker == Maker("")


WORD = st.text("bdfgklmprstvz", min_size=2, max_size=3).map(lambda part: (part + "ora").capitalize())
PERSON = st.tuples(WORD, WORD)


@given(PERSON, st.sampled_from([name for name in QUALIFIERS if name.endswith((" of", " to", "after"))]), st.data())
def test_a_qualifier_put_on_a_name_comes_back(person: tuple[str, str], qualifier: str, data: st.DataObject) -> None:
    first, last = person
    form = data.draw(st.sampled_from(["{q} {f} {l}", "{f} {l}, {q}", "{l}, {f}, {q}", "{f} {l} ({q})", "{q} {l}, {f}"]))
    case = data.draw(st.sampled_from([str.lower, str.upper, str.capitalize]))
    maker = parse_maker(form.format(q=case(qualifier), f=first, l=last))
    assert (name_key(maker.name), maker.qualifier) == (name_key(f"{first} {last}"), qualifier)
