import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.data.dates.painting_date import DateError, Life, PaintingDate
from lib.data.dates.parse import parse_date

Years = tuple[int | None, int | None]

EXACT: dict[Years, str] = {
    (1819, 1819): "1819 | 1819.0 | [1819] | in 1819 | dated 1819 | signed and dated 1819 | datiert 1819 | daté 1819 | "
    "en 1819 | 1819. | (1819) | im Jahr 1819 | signed and dated lower right: 1819 | A.D. 1819 | 1819 n. Chr.",
    (904, 904): "904 | 904.0 | 0904",
    (1912, 1912): "September 1912 | 3 September 1912 | September 3, 1912 | 3rd of September 1912 | Sept. 3, 1912 | "
    "3. September 1912 | 3 septembre 1912 | 1er mai 1912 | 3 de septiembre de 1912 | settembre 1912 | 1-sep-1912 | "
    "mei 1912 | 01.01.1912 | 12/25/1912 | 25/12/1912 | 1912/12/25 | 1912-01-01T00:00:00Z | 1912-01-01 00:00:00 | "
    "1/1/1912 12:00:00 AM | 10/1912 | 12.XI.1912 | 1912, May | 1912 May 3 | 1912 (summer) | Spring 1912 | été 1912 | "
    "Sommer 1912 | zomer 1912 | verano de 1912 | May–September 1912 | May 3–June 5, 1912 | 3–5 September 1912 | "
    "early 1912 | end of 1912 | Ende 1912 | Paris, June–July 1912 | Auvers-sur-Oise, 1912 | 1912, Arles",
    (1888, 1889): "winter 1888–89 | winter 1888-1889 | December 1888–January 1889 | May 1888-April 1889",
}
RANGES: dict[Years, str] = {
    (1830, 1841): "1830-1841 | 1830–1841 | 1830—1841 | 1830−1841 | 1830 – 1841 | 1830–41 | 1830/1841 | 1830/41 | "
    "1830 to 1841 | from 1830 to 1841 | 1830 until 1841 | 1830 bis 1841 | von 1830 bis 1841 | 1830 à 1841 | "
    "de 1830 à 1841 | 1830 tot 1841 | van 1830 tot 1841 | dal 1830 al 1841 | desde 1830 hasta 1841 | "
    "between 1830 and 1841 | zwischen 1830 und 1841 | entre 1830 et 1841 | tussen 1830 en 1841 | "
    "tra il 1830 e il 1841 | entre 1830 y 1841 | 1830 or 1841 | 1830 oder 1841 | 1830 ou 1841 | 1830 of 1841 | "
    "1830 o 1841 | 1830, 1841 | 1830; 1841 | 1830 and 1841 | 1830, 1835, and 1841 | 1841, 1830 | 1830 (or 1841) | "
    "after 1830, before 1841 | after 1830 and before 1841 | nach 1830, vor 1841 | 1830 – before 1841 | "
    "1830 - in or before 1841 | begun 1830, completed 1841",
    (1826, 1827): "1826–7 | 1826-7 | 1826/7 | 1826 or 7 | 1826/27",
    (1924, 1937): "1924–5–1937",
    (1898, 1900): "1898–1900 | 1898-1900",
}
PARTS: dict[Years, str] = {
    (1560, 1569): "1560s | 1560's | the 1560s | 1560er Jahre | 1560er | années 1560 | anni 1560 | jaren 1560 | "
    "década de 1560 | años 1560",
    (1850, 1869): "1850s–60s | 1850s–1860s | 1850-1860s | 1850s or 1860s | 1850er/60er Jahre",
    (1880, 1883): "early 1880s | Anfang der 1880er Jahre | début des années 1880",
    (1883, 1886): "mid-1880s | Mitte der 1880er Jahre",
    (1886, 1889): "late 1880s | fin des années 1880 | eind jaren 1880 | finales de la década de 1880",
    (1800, 1899): "1800s | 18XX | 18--",
    (1900, 1909): "1900er Jahre | années 1900 | 190X",
    (1898, 1909): "1898–1900s",
    (1601, 1700): "17th century | 17th-century | 17th c. | 17th C | seventeenth century | 17. Jahrhundert | 17. Jh. | "
    "17.Jh. | XVIIe siècle | 17e siècle | XVIIe s. | 17e eeuw | 17de eeuw | zeventiende eeuw | secolo XVII | "
    "XVII secolo | sec. XVII | Seicento | siglo XVII | s. XVII",
    (1601, 1800): "17th–18th century | 17th and 18th centuries | 17th or 18th century | 17./18. Jahrhundert | "
    "XVIIe-XVIIIe siècle | 17e-18e eeuw | secoli XVII-XVIII | siglos XVII y XVIII",
    (1601, 1650): "first half of the 17th century | 1st half 17th century | 1. Hälfte 17. Jh. | 17. Jh., 1. Hälfte | "
    "erste Hälfte des 17. Jahrhunderts | première moitié du XVIIe siècle | XVIIe siècle (1re moitié) | "
    "eerste helft 17e eeuw | 1e helft 17e eeuw | prima metà del XVII secolo | sec. XVII, prima metà | "
    "prima metà del '600 | "
    "primera mitad del siglo XVII",
    (1651, 1700): "2nd half of the 17th century | last half of the 17th century | seconde moitié du XVIIe siècle",
    (
        1626,
        1675,
    ): "2nd-3rd quarter of the 17th century | second and third quarter 17th century | 2./3. Viertel 17. Jh. | "
    "2.–3. Viertel des 17. Jahrhunderts | 2e-3e quart XVIIe siècle | secondo-terzo quarto del XVII secolo | "
    "2e of 3e kwart 17e eeuw",
    (1601, 1634): "first years of the 17th century | erste Jahre des 17. Jahrhunderts | primi anni del Seicento | "
    "premières années du XVIIe siècle | primeros años del siglo XVII",
    (1567, 1600): "last years of the 16th century | ultimi anni del XVI secolo | 16thC(late) | 16thC (late)",
    (1501, 1600): "16thC",
    (1451, 1460): "sesto decennio del XV secolo",
    (1676, 1700): "last quarter of the 17th century | letztes Viertel 17. Jh. | dernier quart du XVIIe siècle | "
    "laatste kwart 17e eeuw | ultimo quarto del XVII secolo",
    (1667, 1700): "late 17th century | last third of the 17th century | Ende 17. Jahrhundert | fin XVIIe siècle | "
    "eind 17e eeuw | fine XVII secolo | finales del siglo XVII",
    (1634, 1667): "mid-17th century | Mitte 17. Jh. | milieu du XVIIe siècle | sec. XVII (metà) | metà del XVII secolo",
    (1867, 1934): "late 19th-early 20th century | late 19th or early 20th century | Ende 19./Anfang 20. Jahrhundert | "
    "fin XIXe - début XXe siècle | eind 19e - begin 20e eeuw | fine XIX - inizio XX secolo",
    (1901, 1967): "early-mid 20th century | early to mid-20th century",
    (1901, 1910): "first decade of the 20th century",
    (1, 100): "A.D. 1st century",
}
OPEN: dict[Years, str] = {
    (None, 1660): "before 1660 | by 1660 | not after 1660 | in or before 1660 | 1660 or earlier | until 1660 | "
    "shortly before 1660 | vor 1660 | bis 1660 | avant 1660 | voor 1660 | in of voor 1660 | prima del 1660 | "
    "antes de 1660 | ../1660 | /1660 | 1660 ante",
    (1660, None): "after 1660 | not before 1660 | in or after 1660 | 1660 or later | 1660 and later | 1660, or later | "
    "1660 (or later) | since 1660 | nach 1660 | 1660 oder später | après 1660 | 1660 ou plus tard | na 1660 | "
    "1660 of later | 1660 post | "
    "1660 or shortly thereafter | um/nach 1660 | dopo il 1660 | 1660 o posterior | después de 1660 | 1660/.. | 1660/",
}
CIRCA: dict[Years, str] = {
    (1650, 1650): "c. 1650 | c.1650 | c1650 | c, 1650 | ca 1650 | ca. 1650 | circa 1650 | about 1650 | around 1650 | "
    "approx. 1650 | near 1650 | probably 1650 | um 1650 | etwa 1650 | gegen 1650 | wohl 1650 | vers 1650 | "
    "environ 1650 | omstreeks 1650 | verso il 1650 | hacia 1650 | ~1650 | 1650~ | 1650? | ?1650 | 1650 (?) | "
    "1650 [?] | [1650?] | ?c.1650 | 1650 ca. | 1650 (probably) | 1650% | c. September 1650",
    (1830, 1841): "c.1830–41 | c. 1830-1841 | 1830–c.1841 | c.1830–c.41 | ?1830–41 | 1830–41? | um 1830/41 | "
    "between c. 1830 and c. 1841 | c. 1830 - in or before 1841 | ca. 1830, 1841",
    (1701, 1750): "c. first half of the 18th century | first half of the 18th century?",
    (1830, None): "after c.1830 | um oder nach 1830",
}
EVENTS: dict[Years, str] = {
    (1970, 1970): "1970, printed 2011 | 1970; printed 2011 | 1970 (printed 2011) | 1970 printed 2011 | "
    "1970, printed later | 1970, probably printed later | 1970 block, c. 1990 print | 1970 (block), 1990 (print) | "
    "block 1970/ impression 2008 | 1970, published May 7, 1980 | 1970, exhibited 1971, 1980 | 1970, cast 1990 | "
    "1970, memorial edition 1990 | 1970 (dated in the third state) | 1970, later impression | "
    "modeled 1970, cast 1990 | 1970, gedruckt 2011 | 1970, gegossen 1990 | 1970, fonte 1990 | "
    "1970; printed 1990 by the artist's widow | negative 1970, print 1990 | "
    " painted 1970 | 1970, acquired 1990 | ?1970, later dated 1979",
    (1785, 1785): "1785 (Salon de 1787) | Salon de 1785 | 1785 (Neudruck 1920)",
    (1833, 1833): "published 1833 | exhibited 1833 | printed 1833 | cast 1833 | engraved 1833 | veröffentlicht 1833 | "
    "publié en 1833 | first published 1833, reprinted 1993",
    (1846, 1857): "1846, reworked 1857 | 1846, reworked and exhibited 1857 | plate: 1846–1857. impression: c.1870",
    (1809, 1840): "exhibited 1809, 1840",
}
PERIODS: dict[Years, str] = {
    (1644, 1911): "Qing dynasty (1644–1911) | Qing dynasty, 1644–1911 | Qing-Dynastie (1644–1911) | "
    "dynastie Qing (1644-1911)",
    (1736, 1795): "Qing dynasty (1644–1911), Qianlong period (1736–1795)",
    (1820, 1829): "Edo period (1615–1868), 1820s",
    (1801, 1900): "Edo period, 19th century",
    (1801, 1868): "Late Edo period (1615–1868), 19th century",
    (1860, 1870): "Edo period (1615–1868), 1860–70",
    (1850, 1850): "19th century (1850)",
}
EDTF: dict[Years, str] = {
    (1888, 1888): "1888 | Y1888 | 1888-05 | 1888-05-03 | 1888-XX | 1888-XX-XX | 1888-21 | 1888-05/1888-09",
    (1880, 1889): "188X | [188-]",
    (1984, 2004): "1984/2004 | 1984-06/2004-08",
}
REFUSED: dict[str, str] = {
    "names the year of another work": "19. Jahrhundert, nach Original von 1510 | after design of 1650",
    "names no year": "- | rain | rver | ific | n.d. | undated | date not known | o. J. | sans date | 12 | c. | "
    "born 1853 | acquired 1945 | Edo period",
    "is before Christ, which is not supported": "500 BC | 500 B.C. | 5th century BCE | 500 v. Chr. | 500 av. J.-C. | "
    "500 a.C. | 100 B.C.–A.D. 100 | -0500",
    "runs backwards": "1890–1870 | 1799–01 | 1912-1 | between 1890 and 1880 | after 1957, before 1945 | 1888-25",
    "after 2100": "2150 | 9999 | 22nd century",
    "is no year": "19120 | 007 | c.18799–1802 | Y18880",
    "not understood": "rain 1912 | 1912.5 | 1880 1890 | 1888a | room 1888 | 189[0] | 1880– | 1880, later? later | "
    "Rembrandt, 1606–1669 | Rembrandt (1606–1669) | d. 1669 | o. 1650 | active 1650–1670 | {1960,1961} | ١٩١٢ | "
    "1888 x 1200 | '88 | 16s | 182- exhibited 1831 | 1970–present | [..1983] | 1890… | "
    "first years 17th century",
    "year 0": "0000",
    "may be a year or a decade": "188?",
    "as a century": "siglo 1880",
    "spans": "190–1910 | c.1982, 200",
}  # fmt: skip


def texts_of(table: dict[Years, str]) -> list[tuple[str, Years]]:
    return [(text.strip(), years) for years, texts in table.items() for text in texts.split(" | ")]


@pytest.mark.parametrize(
    ("text", "years"),
    [case for table in (EXACT, RANGES, PARTS, OPEN, EVENTS, PERIODS, EDTF) for case in texts_of(table)],
)
def test_reads_the_years_of_a_text(text: str, years: Years) -> None:
    date = parse_date(text)
    assert (date.earliest, date.latest) == years
    assert date.text == text


@pytest.mark.parametrize(("text", "years"), texts_of(CIRCA))
def test_reads_approximate_dates(text: str, years: Years) -> None:
    date = parse_date(text)
    assert (date.earliest, date.latest, date.circa) == (*years, True)


@pytest.mark.parametrize("text", ["1819", "1830–41", "1888-05", "17th century", "before 1660", "1970, printed c. 2011"])
def test_other_dates_are_not_approximate(text: str) -> None:
    assert not parse_date(text).circa


@pytest.mark.parametrize(
    ("text", "reason"), [(text, reason) for reason, texts in REFUSED.items() for text in texts.split(" | ")]
)
def test_refuses_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(DateError, match=reason):
        parse_date(text)


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("1889-09", (1889, 1889)),  # a month: 1909 would be twenty years on, and is before '89
        ("1898-02", (1898, 1898)),
        ("1801-02", (1801, 1802)),  # February 1801, or 1801–1802
        ("1901-21", (1901, 1921)),  # spring 1901, or 1901–1921
    ],
)
def test_a_month_that_may_be_a_range_contains_both(text: str, years: Years) -> None:
    date = parse_date(text)
    assert (date.earliest, date.latest) == years


@pytest.mark.parametrize(
    ("text", "life", "years"),
    [
        ("before 1660", Life(birth=1606, death=1669), (1606, 1660)),
        ("after 1660", Life(birth=1606, death=1669), (1660, 1669)),
        ("1660 or later", Life(birth=1606), (1660, None)),
        ("before 1600", Life(birth=1606, death=1669), (None, 1600)),
        ("after 1700", Life(birth=1606, death=1669), (1700, None)),
        ("1700", Life(birth=1606, death=1669), (1700, 1700)),
    ],
)
def test_a_life_closes_an_open_side(text: str, life: Life, years: Years) -> None:
    date = parse_date(text, life=life)
    assert (date.earliest, date.latest) == years


@pytest.mark.parametrize(
    ("text", "years"),
    [("c. 1820", (1815, 1825)), ("c. 1820–30", (1815, 1835)), ("1820", (1820, 1820)), ("after c. 1820", (1815, None))],
)
def test_circa_widens(text: str, years: Years) -> None:
    date = parse_date(text, circa_years=5)
    assert (date.earliest, date.latest) == years


@pytest.mark.parametrize(
    ("text", "year"), [("1826–7", 1826), ("1830–41", 1835), ("before 1660", 1660), ("1660 or later", 1660)]
)
def test_the_year_is_the_middle_or_the_known_end(text: str, year: int) -> None:
    assert parse_date(text).year == year


@given(century=st.integers(1, 20))
def test_the_middle_of_a_century_lies_in_both_conventions(century: int) -> None:
    start = 100 * (century - 1)
    year = parse_date(f"{century}. Jahrhundert").year
    assert start < year < start + 99


@given(st.text(alphabet=st.sampled_from(list("0123456789XVI cas.-–/?,;()[]~'")), max_size=20) | st.text())
def test_no_text_crashes(text: str) -> None:
    try:
        date = parse_date(text)
    except DateError:
        return
    assert_valid(date)


WORDS = (
    "c. ca. ? early late mid first half quarter of the century Jh. siècle secolo before after or and between to bis – "
    "- / 1880 1889–90 1880s 17th XVII 19. 7 41 printed exhibited 2011 ( ) , ; May 1888-09 dynasty later Arles 0000"
)


@given(st.lists(st.sampled_from(WORDS.split()), max_size=9))
def test_no_words_in_any_order_crash(words: list[str]) -> None:
    try:
        date = parse_date(" ".join(words))
    except DateError:
        return
    assert_valid(date)


def assert_valid(date: PaintingDate) -> None:
    ends = [end for end in (date.earliest, date.latest) if end is not None]
    assert ends and ends == sorted(ends) and 1 <= ends[0] <= date.year <= ends[-1] <= 2100


@given(
    first=st.integers(1000, 2000),
    years=st.integers(0, 99),
    circa=st.sampled_from(["", "c.", "c. ", "ca. ", "circa ", "um ", "vers ", "?"]),
    dash=st.sampled_from(["-", "–", "—", " - ", " – ", "/", " to ", " bis ", " or "]),
    month=st.sampled_from(["", "May ", "3 May ", "Spring "]),
    frame=st.sampled_from(["{}", "[{}]", "({})", "dated {}", "{}, printed 2050", "{} (cast 2050)", "Arles, {}"]),
)
def test_composed_texts_are_read_back(first: int, years: int, circa: str, dash: str, month: str, frame: str) -> None:
    last = first + years
    if frame.startswith("Arles") and years >= 10:
        frame = "{}"
    date = parse_date(frame.format(f"{circa}{month}{first}{dash}{last}"))
    assert (date.earliest, date.latest, date.circa) == (first, last, bool(circa))


@given(first=st.integers(1000, 1999), last=st.integers(0, 99), dash=st.sampled_from(["–", "/", " – ", "–c."]))
def test_a_short_second_year_is_in_the_same_century(first: int, last: int, dash: str) -> None:
    text = f"{first}{dash}{last:02d}"
    if last >= first % 100:
        assert parse_date(text).latest == first - first % 100 + last
    else:
        with pytest.raises(DateError):
            parse_date(text)
