"""The commands of docs/catalogues.md on ten invented works in each museum's layout."""

import csv
import io
import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from jobs.ingest import Ingest, catalogue_options
from lib.data.catalogues import read_catalogue
from lib.data.cleaning import Catalogue
from lib.infra import cli
from tests.nodes import REPOSITORY

TATE = (
    "id,accession_number,artist,artistRole,artistId,title,dateText,medium,creditLine,year,acquisitionYear,dimensions,"
    "width,height,depth,units,inscription,thumbnailCopyright,thumbnailUrl,url"
)
MET = (
    "Object Number,Is Highlight,Is Timeline Work,Is Public Domain,Object ID,Gallery Number,Department,AccessionYear,"
    "Object Name,Title,Culture,Period,Dynasty,Reign,Portfolio,Constituent ID,Artist Role,Artist Prefix,"
    "Artist Display Name,Artist Display Bio,Artist Suffix,Artist Alpha Sort,Artist Nationality,Artist Begin Date,"
    "Artist End Date,Artist Gender,Artist ULAN URL,Artist Wikidata URL,Object Date,Object Begin Date,Object End Date,"
    "Medium,Dimensions,Credit Line,Geography Type,City,State,County,Country,Region,Subregion,Locale,Locus,Excavation,"
    "River,Classification,Rights and Reproduction,Link Resource,Object Wikidata URL,Metadata Date,Repository,Tags,"
    "Tags AAT URL,Tags Wikidata URL"
)
NGA = (
    "objectid,accessioned,accessionnum,locationid,title,displaydate,beginyear,endyear,visualbrowsertimespan,medium,"
    "dimensions,inscription,markings,attributioninverted,attribution,provenancetext,creditline,classification,"
    "subclassification,visualbrowserclassification,parentid,isvirtual,departmentabbr,portfolio,series,volume,"
    "watermarks,lastdetectedmodification,wikidataid,customprinturl"
)
MOMA = (
    "Title,Artist,ConstituentID,ArtistBio,Nationality,BeginDate,EndDate,Gender,Date,Medium,Dimensions,CreditLine,"
    "AccessionNumber,Classification,Department,DateAcquired,Cataloged,ObjectID,URL,ImageURL,OnView,Circumference (cm),"
    "Depth (cm),Diameter (cm),Height (cm),Length (cm),Weight (kg),Width (cm),Seat Height (cm),Duration (sec.)"
)
ARTIC = (
    "id,title,main_reference_number,date_start,date_end,date_display,artist_display,place_of_origin,medium_display,"
    "credit_line,artist_id,artist_title,image_id"
)
RIJKSMUSEUM = (
    "objectInventoryNumber,objectPersistentIdentifier,objectTitle[1],objectType[1],objectCreator[1],"
    "objectCreationDate[1],objectImage"
)


@dataclass(frozen=True)
class Museum:
    """A catalogue in a museum's layout.

    works: values of the columns that are named, others are empty. dated: (artist, earliest, latest) of the works that
    models learn from. apart: (artist, qualifier) of others; missing, rejected: values of the file column.
    """

    catalogue: str
    header: str
    columns: tuple[str, ...]
    works: tuple[tuple[str, ...], ...]
    files: tuple[str, ...]
    dated: set[tuple[str, int, int]]
    apart: set[tuple[str, str]] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)

    def write(self, path: Path) -> None:
        """Write the catalogue as the museum does."""
        names = self.header.split(",")
        assert set(self.columns) <= set(names)
        works = [dict.fromkeys(names, "") | dict(zip(self.columns, work, strict=True)) for work in self.works]
        assert len(works) == 10
        if path.suffix == ".jsonl":
            path.write_text("\n".join(json.dumps(work) for work in works), encoding="utf-8")
            return
        text = io.StringIO()
        writer = csv.DictWriter(text, names)
        writer.writeheader()
        writer.writerows(works)
        path.write_text(text.getvalue(), encoding="utf-8-sig", newline="")


MUSEUMS = {
    "tate": Museum(
        catalogue="artwork_data.csv", header=TATE,
        columns=("accession_number", "artist", "artistRole", "artistId", "dateText", "year"),
        works=(
            ("N90001", "Harrow, Edith Mary", "artist", "901", "1819", "1819"),
            ("N90002", "Harrow, Edith Mary", "artist", "901", "c.1830–41", "1830"),
            ("N90003", "Harrow, Edith Mary", "artist", "901", "1826–7", "1826"),
            ("N90004", "Harrow, Edith Mary", "artist", "901", "exhibited 1833", "1833"),
            ("N90005", "Harrow, Edith Mary", "after", "901", "1840", "1840"),
            ("N90006", "Harrow, Edith Mary", "attributed to", "901", "date not known", ""),
            ("N90007", "Sorrel, Tobias", "artist", "902", "?1829", "1829"),
            ("N90008", "Sorrel, Tobias", "artist", "902", "1889–90", "1889"),
            ("N90009", "British (?) School 17th century", "artist", "903", "c.1650", "1650"),
            ("N90010", "Sorrel, Tobias", "artist", "902", "1891", "1891"),
        ),
        files=tuple(f"N/N900{number:02}.jpg" for number in range(1, 10)),
        dated={
            ("Harrow, Edith Mary", 1819, 1819), ("Harrow, Edith Mary", 1830, 1841), ("Harrow, Edith Mary", 1826, 1827),
            ("Harrow, Edith Mary", 1833, 1833), ("Sorrel, Tobias", 1829, 1829), ("Sorrel, Tobias", 1889, 1890),
        },
        apart={("Harrow, Edith Mary", "after")}, missing={"N90010"}, rejected={"N90006", "N90009"},
    ),
    "met": Museum(
        catalogue="MetObjects.csv", header=MET,
        columns=(
            "Object Number", "Artist Display Name", "Artist Prefix", "Constituent ID", "Artist Begin Date",
            "Artist End Date", "Object Date", "Object Begin Date", "Object End Date",
        ),
        works=(
            ("90.10.1", "Edith Harrow", "", "17", "1794      ", "1860      ", "1819", "1819", "1819"),
            ("90.10.2", "Edith Harrow", "", "17", "1794      ", "1860      ", "ca. 1830", "1825", "1835"),
            ("90.10.3", "Edith Harrow", "Attributed to", "17", "1794      ", "1860      ", "1831", "1831", "1831"),
            ("90.10.4", "Edith Harrow", "Workshop of", "17", "1794      ", "1860      ", "1832", "1832", "1832"),
            ("90.10.5", "Edith Harrow", "", "17", "1794      ", "1860      ", "1890", "1890", "1890"),
            ("91.7", "Tobias Sorrel|Edith Harrow", "|", "18|17", "1800|1794", "1850|1860", "1840", "1840", "1840"),
            ("91.8", "Tobias Sorrel", "", "18", "1800      ", "1850      ", "17th–18th century", "1600", "1799"),
            ("91.9", "Tobias Sorrel", "", "18", "1800      ", "1850      ", "1841–42", "1841", "1842"),
            ("91.10a, b", "Tobias Sorrel", "", "18", "1800      ", "1850      ", "1843", "1843", "1843"),
            ("91.11", "Unknown", "", "", "", "", "1843", "1843", "1843"),
        ),
        files=(
            *(f"90.10.{number}.jpg" for number in range(1, 6)), "91.7.jpg", "91.8.jpg", "91.9.jpg", "91.10a, b.jpg",
            "91.11.jpg",
        ),
        dated={
            ("Edith Harrow", 1819, 1819), ("Edith Harrow", 1825, 1835), ("Tobias Sorrel", 1841, 1842),
            ("Tobias Sorrel", 1843, 1843),
        },
        apart={
            ("Edith Harrow", "attributed to"), ("Edith Harrow", "workshop of"), ("Edith Harrow", ""),
            ("Tobias Sorrel", "several makers"), ("Tobias Sorrel", ""),
        },
        rejected={"91.11"},
    ),
    "nga": Museum(
        catalogue="objects.csv", header=NGA,
        columns=("accessionnum", "attribution", "displaydate", "beginyear", "endyear"),
        works=(
            ("1990.1.1", "Edith Harrow", "1819", "1819", "1819"),
            ("1990.1.2", "Edith Harrow", "c. 1620/1625", "1620", "1625"),
            ("1990.1.3", "Edith Harrow", "probably 1621", "1621", "1621"),
            ("1990.1.4", "Workshop of Edith Harrow", "1622", "1622", "1622"),
            ("1990.1.5", "Attributed to Edith Harrow", "1623", "1623", "1623"),
            ("1990.1.6", "Edith Harrow Workshop (Possibly Tobias Sorrel)", "1624", "1624", "1624"),
            ("1990.1.7", "Tobias Sorrel", "1625 or later", "1625", "1635"),
            ("1990.1.8", "Tobias Sorrel", "", "1640", "1649"),
            ("1990.1.9", "Tobias Sorrel and Edith Harrow", "1641", "1641", "1641"),
            ("1990.1.10", "Dutch 17th Century", "1642", "1642", "1642"),
        ),
        files=tuple(f"1990-1-{number}.jpg" for number in range(1, 11)),
        dated={
            ("Edith Harrow", 1819, 1819), ("Edith Harrow", 1620, 1625), ("Edith Harrow", 1621, 1621),
            ("Tobias Sorrel", 1625, 1635), ("Tobias Sorrel", 1640, 1649),
        },
        apart={
            ("Edith Harrow", "workshop of"), ("Edith Harrow", "attributed to"), ("Tobias Sorrel", "several makers"),
        },
        rejected={"1990.1.10"},
    ),
    "moma": Museum(
        catalogue="Artworks.csv", header=MOMA,
        columns=("ObjectID", "Artist", "ConstituentID", "ArtistBio", "BeginDate", "EndDate", "Date"),
        works=(
            ("101", "Edith Harrow", "61", "(British, 1841–1918)", "(1841)", "(1918)", "1896"),
            ("102", "Edith Harrow", "61", "(British, 1841–1918)", "(1841)", "(1918)", "1903-04"),
            ("103", "Edith Harrow", "61", "(British, 1841–1918)", "(1841)", "(1918)", "c. 1917"),
            ("104", "Edith Harrow", "61", "(British, 1841–1918)", "(1841)", "(1918)", "1976-77"),
            ("105", "Tobias Sorrel", "62", "(American, born 1930)", "(1930)", "(0)", "1970, printed 2011"),
            ("106", "Tobias Sorrel", "62", "(American, born 1930)", "(1930)", "(0)", "n.d."),
            ("107", "Tobias Sorrel, Edith Harrow", "62, 61", "", "(1930) (1841)", "(0) (1918)", "1968"),
            ("108", "Tobias Sorrel", "62", "(American, born 1930)", "(1930)", "(0)", "1960s"),
            ("109", "", "", "", "", "", "1961"),
            ("110", "Tobias Sorrel", "62", "(American, born 1930)", "(1930)", "(0)", "1971"),
        ),
        files=tuple(f"{number}.jpg" for number in range(101, 110)),
        dated={
            ("Edith Harrow", 1896, 1896), ("Edith Harrow", 1903, 1904), ("Edith Harrow", 1917, 1917),
            ("Tobias Sorrel", 1970, 1970), ("Tobias Sorrel", 1960, 1969),
        },
        apart={("Edith Harrow", ""), ("Tobias Sorrel", "several makers")},
        missing={"110"}, rejected={"106", "109"},
    ),
    "artic": Museum(
        catalogue="artworks.jsonl", header=ARTIC,
        columns=("image_id", "artist_display", "artist_id", "artist_title", "date_display", "date_start", "date_end"),
        works=(
            ("aa-1", "Edith Harrow (British, 1841–1918)", "61", "Edith Harrow", "1890", "1890", "1890"),
            ("aa-2", "Edith Harrow\nBritish, 1841–1918", "61", "Edith Harrow", "1890/94", "1890", "1894"),
            ("aa-3", "Edith Harrow\nBritish, 1841–1918", "61", "Edith Harrow", "c. 1895", "1890", "1900"),
            ("aa-4", "Workshop of Edith Harrow\nBritish, 1841–1918", "61", "Edith Harrow", "1891", "1891", "1891"),
            ("aa-5", "Tobias Sorrel\nAmerican, 1830-1903", "62", "Tobias Sorrel", "1860–1865", "1860", "1865"),
            ("aa-6", "Tobias Sorrel\nAmerican, 1830-1903", "62", "Tobias Sorrel", "1895", "1895", "1895"),
            ("aa-7", "Tobias Sorrel\nAmerican, 1830-1903", "62", "Tobias Sorrel", "n.d.", "1850", "1903"),
            ("aa-8", "Unknown artist", "", "", "1880", "1880", "1880"),
            ("", "Tobias Sorrel\nAmerican, 1830-1903", "62", "Tobias Sorrel", "1881", "1881", "1881"),
            ("aa-10", "Tobias Sorrel\nAmerican, 1830-1903", "62", "Tobias Sorrel", "1882", "1882", "1882"),
        ),
        files=tuple(f"aa-{number}.jpg" for number in range(1, 10)),
        dated={
            ("Edith Harrow", 1890, 1890), ("Edith Harrow", 1890, 1894), ("Edith Harrow", 1890, 1900),
            ("Tobias Sorrel", 1860, 1865), ("Tobias Sorrel", 1895, 1895), ("Tobias Sorrel", 1850, 1903),
        },
        apart={("Edith Harrow", "workshop of")},
        missing={"", "aa-10"}, rejected={"aa-8"},
    ),
    "rijksmuseum": Museum(
        catalogue="rijksmuseum.csv", header=RIJKSMUSEUM,
        columns=("objectInventoryNumber", "objectCreator[1]", "objectCreationDate[1]", "objectImage"),
        works=(
            ("SK-A-9001", "Haverkamp, Aleida van", "1642", "https://images.example/AbC_1=s0"),
            ("SK-A-9002", "Haverkamp, Aleida van", "ca. 1650 - ca. 1655", "https://images.example/AbC_2=s0"),
            ("SK-A-9003", "Haverkamp, Aleida van", "1651", "https://images.example/AbC_3=s0"),
            ("SK-A-9004", "Haverkamp, Aleida van", "1652 - 1653", ""),
            ("SK-A-9005", "Haverkamp, Aleida van (toegeschreven aan)", "1654", ""),
            ("SK-C-91", "Haverkamp, Aleida van (kopie naar)", "1700", ""),
            ("SK-C-92", "Zorrel, Tobias", "17e eeuw", ""),
            ("SK-C-93", "Zorrel, Tobias", "1660-03-01", ""),
            ("SK-C-94", "anoniem", "1661", ""),
            ("SK-C-95", "Zorrel, Tobias", "1662", ""),
        ),
        files=(
            *(f"SK-A-900{number}.jpg" for number in range(1, 6)), *(f"SK-C-9{number}.jpg" for number in range(1, 6)),
        ),
        dated={
            ("Haverkamp, Aleida van", 1642, 1642), ("Haverkamp, Aleida van", 1650, 1655),
            ("Haverkamp, Aleida van", 1651, 1651), ("Haverkamp, Aleida van", 1652, 1653),
            ("Zorrel, Tobias", 1601, 1700), ("Zorrel, Tobias", 1660, 1660), ("Zorrel, Tobias", 1662, 1662),
        },
        apart={("Haverkamp, Aleida van", "attributed to"), ("Haverkamp, Aleida van", "copy after")},
        rejected={"SK-C-94"},
    ),
}  # fmt: skip


def documented_command(catalogue: str) -> list[str]:
    """Return the words of the command in docs/catalogues.md that reads this catalogue."""
    text = (REPOSITORY / "docs" / "catalogues.md").read_text(encoding="utf-8").replace("\\\n", " ")
    [command] = re.findall(
        rf"^ {{4}}python jobs/ingest\.py (.* --catalogue {re.escape(catalogue)} .*)$", text, re.MULTILINE
    )
    return shlex.split(command)


def read(museum: Museum, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    """Run the reading part of the documented command in a folder with the catalogue and the images."""
    museum.write(folder / museum.catalogue)
    for file in museum.files:
        (folder / "images" / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / "images" / file).write_bytes(b"x")
    monkeypatch.chdir(folder)
    config = cli.parse(Ingest, documented_command(museum.catalogue))
    return read_catalogue(config.source, config.root, catalogue_options(config))


@pytest.mark.parametrize("name", MUSEUMS)
def test_a_museums_layout(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    museum = MUSEUMS[name]
    catalogue = read(museum, tmp_path, monkeypatch)
    works = catalogue.paintings
    own, apart = works[works["apart"].isna()], works[works["apart"].notna()]
    assert set(zip(own["artist"], own["earliest"], own["latest"], strict=True)) == museum.dated
    assert set(zip(apart["artist"], apart["qualifier"], strict=True)) == museum.apart
    assert set(catalogue.missing["painting_id"].fillna("")) == museum.missing
    assert {file for file, _ in catalogue.rejected} == museum.rejected
    assert len(works) + len(catalogue.missing) + len(catalogue.rejected) == 10
