"""All words of dates with their kinds, and the numbers that some of them stand for."""

from lib.data.dates.folding import fold, phrases
from lib.data.dates.kinds import Kind
from lib.data.dates.roles import ROLES
from lib.data.dates.words import PARTS, WORDS

_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth",
    "erste/ersten/erstes/erster zweite/zweiten/zweites/zweiter dritte/dritten/drittes/dritter vierte/vierten/viertes",
    "première/premier deuxième/seconde troisième quatrième",
    "eerste tweede derde vierde vijfde zesde zevende achtste negende tiende elfde twaalfde dertiende veertiende "
    "vijftiende zestiende zeventiende achttiende negentiende twintigste",
    "prima/primo seconda/secondo terza/terzo quarta quinta/quinto sesta/sesto settima/settimo ottava/ottavo nona/nono",
    "primera/primer/primero segunda/segundo tercera/tercer/tercero cuarta",
)
_NAMED_CENTURIES = {"Duecento": 13, "Trecento": 14, "Quattrocento": 15, "Cinquecento": 16, "Seicento": 17,
                    "Settecento": 18, "Ottocento": 19, "Novecento": 20}  # fmt: skip
_FRACTIONS = {
    2: phrases(en="half", de="Hälfte", fr="moitié", nl="helft", es="mitad"),
    3: phrases(de="Drittel", fr="tiers", es="tercio"),
    4: phrases(en="quarter", de="Viertel", fr="quart", nl="kwart", it="quarto", es="cuarto"),
}
# Words that are fractions only behind an ordinal or "last": "last third", "prima metà", "first decade".
FRACTION_AFTER_ORDINAL = {"third": 3, "derde": 3, "terzo": 3, "meta": 2} | dict.fromkeys(WORDS[Kind.DECADES], 10)


def _ordinals() -> dict[str, tuple[Kind, int]]:
    return {
        fold(word): (Kind.ORDINAL, number)
        for names in _ORDINALS
        for number, words in enumerate(names.split(), 1)
        for word in words.split("/")
    }


# The kind of each phrase, folded and in small letters, and the number that it stands for, or 0.
VOCABULARY: dict[str, tuple[Kind, int]] = {
    **{phrase: (kind, 0) for kind, names in (WORDS | ROLES).items() for phrase in names},
    **{phrase: (Kind.PART, third) for third, names in enumerate(PARTS, 1) for phrase in names},
    **{phrase: (Kind.FRACTION, parts) for parts, names in _FRACTIONS.items() for phrase in names},
    **{name.lower(): (Kind.NAMED_CENTURY, century) for name, century in _NAMED_CENTURIES.items()},
    **_ordinals(),
}
