"""The words of dates in English, German, French, Dutch, Italian and Spanish."""

import unicodedata
from enum import StrEnum


class Kind(StrEnum):
    """What a token of a date means. One letter each, so that regular expressions can match sequences of tokens."""

    YEAR = "Y"
    DECADE = "D"
    SHORT_DECADE = "d"
    NUMBER = "n"
    ORDINAL = "o"
    ROMAN = "r"
    CENTURY = "C"
    NAMED_CENTURY = "N"
    DECADES = "A"
    PART = "p"
    LAST = "l"
    FRACTION = "F"
    MONTH = "M"
    CIRCA = "c"
    BEFORE = "b"
    AFTER = "a"
    SINCE = "s"
    UNTIL = "u"
    BETWEEN = "w"
    TO = "-"
    SLASH = "/"
    AND = "&"
    OF = "f"
    FILLER = "."
    LATER = "+"
    EARLIER = "<"
    MADE = "m"
    SECONDARY = "S"
    UNRELATED = "x"
    PERIOD = "P"
    COMMA = ","
    STOP = ";"
    OPEN = "("
    CLOSE = ")"
    UNKNOWN = "?"


def fold(text: str) -> str:
    """Return `text` without accents and ligatures, in the capitals it has."""
    decomposed = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("œ", "oe").replace("ø", "o"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _phrases(*, en: str = "", de: str = "", fr: str = "", nl: str = "", it: str = "", es: str = "") -> list[str]:
    texts = (en, de, fr, nl, it, es)
    return [phrase for text in texts for phrase in (fold(part).strip().lower() for part in text.split(",")) if phrase]


_PLAIN: dict[Kind, list[str]] = {
    Kind.CIRCA: _phrases(
        en="c, ca, cca, cir, circ, circa, about, abt, around, approx, approximately, near, nearly, roughly, probably,"
        "prob, possibly, poss, perhaps, presumably, maybe, likely, most likely, estimated, or so",
        de="um, etwa, ungefähr, zirka, rund, gegen, wohl, vermutlich, wahrscheinlich, möglicherweise, vielleicht, wohl um",
        fr="vers, environ, env, autour de, aux alentours de, aux environs de, probablement, peut être, sans doute, "
        "vers la",
        nl="omstreeks, omstr, rond, rondom, ongeveer, waarschijnlijk, vermoedelijk, mogelijk, wellicht, misschien",
        it="verso, verso il, verso la, intorno al, intorno alla, attorno al, all'incirca, probabilmente, forse, "
        "possibilmente, presumibilmente",
        es="hacia, hacia el, alrededor de, en torno a, cerca de, aproximadamente, aprox, probablemente, posiblemente, "
        "quizá, quizás, tal vez",
    ),
    Kind.BEFORE: _phrases(
        en="before, by, prior to, pre, not after, no later than, not later than, at the latest, shortly before, "
        "just before, sometime before, ante",
        de="vor, kurz vor, spätestens, nicht nach, nicht später als",
        fr="avant, av, peu avant, au plus tard, au plus tard en, pas après",
        nl="voor, vóór, kort voor, uiterlijk, niet na, niet later dan, ten laatste",
        it="prima del, prima di, ante, entro, entro il, non oltre il, poco prima del, non dopo il, avanti il",
        es="antes de, antes del, anterior a, poco antes de, no después de, a más tardar en",
    ),
    Kind.AFTER: _phrases(
        en="after, post, not before, no earlier than, not earlier than, at the earliest, shortly after, soon after, "
        "just after, sometime after",
        de="nach, kurz nach, frühestens, nicht vor, nicht früher als, bald nach",
        fr="après, peu après, au plus tôt, au plus tôt en, pas avant",
        nl="na, kort na, niet voor, niet vóór, niet eerder dan, op zijn vroegst",
        it="dopo il, dopo, post, non prima del, poco dopo il, successivo al",
        es="después de, después del, posterior a, poco después de, no antes de, tras",
    ),
    Kind.SINCE: _phrases(
        en="from, since, starting",
        de="ab, seit",
        fr="depuis, à partir de",
        nl="vanaf, sinds",
        it="dal, a partire dal",
        es="desde, a partir de",
    ),
    Kind.UNTIL: _phrases(
        en="until, till, up to",
        de="bis, bis um, bis ca",
        fr="jusqu'en, jusqu'à, jusque",
        nl="tot, tot en met, t/m",
        it="fino al, sino al",
        es="hasta",
    ),
    Kind.BETWEEN: _phrases(
        en="between, betw", de="zwischen, zw", fr="entre", nl="tussen", it="tra, tra il, fra, fra il", es="entre"
    ),
    Kind.TO: _phrases(en="to, through, thru", fr="à, au, à la", it="a, al, alla", es="al"),
    Kind.AND: _phrases(
        en="and, or, and/or, but, and again, as well as",
        de="und, oder, und/oder, u, bzw, sowie",
        fr="et, ou, et/ou",
        nl="en, en/of",
        it="e, ed, o, oppure",
        es="y, u",
    ),
    Kind.OF: _phrases(en="of"),  # in Dutch: or
    Kind.FILLER: _phrases(
        en="in, the, on, at, its, this, year, years, either, ad, a.d., ce, c.e., anno, anno domini, lower, upper, left, right, bottom, top, center, centre, recto",
        de="im, in den, in der, des, der, die, das, dem, den, von, vom, Jahr, Jahre, Jahren, entweder, n. Chr., "
        "nach Christus",
        fr="dans les, du, des, de, de la, le, la, les, l, d, année, l'an, soit, apr. J.-C., ap. J.-C.",
        nl="het, de, van, van de, van het, in het, jaar, n. Chr.",
        it="nel, nella, nell, negli, dell, del, della, di, il, lo, anno, d.C.",
        es="en el, de, de los, del, el, los, la, las, año, d.C.",
    ),
    Kind.LATER: _phrases(
        en="later, onward, onwards, afterwards",
        de="später, danach, folgende",
        fr="plus tard, ultérieur, ultérieurement",
        nl="later, daarna",
        it="più tardi, posteriore, successivamente, oltre",
        es="más tarde, posterior, adelante",
    ),
    Kind.EARLIER: _phrases(
        en="earlier",
        de="früher",
        fr="plus tôt, antérieur",
        nl="eerder, vroeger",
        it="anteriore",
        es="anterior",
    ),
    Kind.MADE: _phrases(
        en="dated, signed, inscribed, design, worked, painted, made, executed, created, produced, drawn, etched, carved, designed, "
        "conceived, begun, started, completed, finished, reworked, revised, altered, extended, continued, work, block, "
        "blocks, plate, negative, image, state, composition, drawing, painting, photographed, taken, model, modelled, "
        "modeled, original, sketch, sketched, woven, composed",
        de="datiert, dat, bez, signiert, gemalt, entstanden, ausgeführt, geschaffen, begonnen, vollendet, überarbeitet, "
        "entworfen, gezeichnet, bezeichnet, Entwurf",
        fr="daté, datée, signé, signée, peint, peinte, exécuté, exécutée, réalisé, réalisée, commencé, modèle, achevé, achevée, "
        "fait, conçu, dessiné, retravaillé",
        nl="gedateerd, gesigneerd, geschilderd, gemaakt, vervaardigd, getekend, begonnen, voltooid, ontworpen",
        it="datato, datata, firmato, firmata, dipinto, eseguito, eseguita, realizzato, realizzata, iniziato, terminato, "
        "completato, disegnato",
        es="fechado, fechada, firmado, firmada, pintado, pintada, realizado, realizada, ejecutado, hecho, iniciado, "
        "terminado, dibujado",
    ),
    Kind.SECONDARY: _phrases(
        en="published, republished, issued, reissued, exhibited, shown, printed, reprinted, cast, recast, casted, "
        "engraved, restored, retouched, impression, impressions, edition, editions, print, prints, printing, version, "
        "enlarged, enlarged version, memorial edition, replica, remade, reconstructed, refabricated, editioned, "
        "posthumous, posthumously, reproduced, fabricated, strike, reinstalled, installed",
        de="veröffentlicht, erschienen, publiziert, herausgegeben, ausgestellt, gedruckt, Druck, Abzug, Auflage, gegossen, "
        "Guss, gestochen, restauriert, nachgedruckt, Nachdruck, Neuauflage, postum, posthum",
        fr="publié, publiée, paru, édité, édition, exposé, exposée, imprimé, imprimée, tirage, tirée, tiré, fondu, fondue, "
        "fonte, gravé, gravée, restauré, réimprimé, réédité, posthume, épreuve",
        nl="gepubliceerd, uitgegeven, uitgave, tentoongesteld, gedrukt, afdruk, herdrukt, herdruk, gegoten, gegraveerd, "
        "gerestaureerd",
        it="pubblicato, pubblicata, esposto, esposta, stampato, stampata, stampa, ristampato, fuso, fusione, inciso, incisa, "
        "restaurato, edizione, tiratura, postumo",
        es="publicado, publicada, expuesto, expuesta, impreso, impresa, reimpreso, fundido, fundición, grabado, grabada, "
        "restaurado, edición, póstumo",
    ),
    Kind.UNRELATED: _phrases(
        en="born, died, acquired, purchased, bought, sold, bequeathed, bequest, gift, given, donated, founded, "
        "registered, in the style of, in style of, accession",
        de="geboren, geb, gestorben, gest, erworben, Ankauf, Geschenk, im Stil des, im Stil der, im Stile des",
        fr="né, née, mort, morte, acquis, acheté, don, legs, dans le style du, dans le goût du",
        nl="geboren, gestorven, overleden, verworven, aangekocht, geschenk, in de stijl van de",
        it="nato, nata, morto, morta, acquistato, donato, nello stile del",
        es="nacido, nacida, muerto, muerta, adquirido, donado, en el estilo del",
    ),
    Kind.PERIOD: _phrases(
        en="dynasty, period, era, reign, reign of, kingdom, empire, mark and period",
        de="Dynastie, Zeit, Periode, Epoche",
        fr="période, époque, dynastie, règne, ère",
        nl="periode, tijdperk",
        it="periodo, epoca, dinastia, regno",
        es="período, época, dinastía, reinado",
    ),
    Kind.CENTURY: _phrases(
        en="century, centuries, cent",
        de="Jahrhundert, Jahrhunderts, Jahrhunderte, Jahrhunderten, Jh, Jhs, Jhd, Jhdt, Jahrh",
        fr="siècle, siècles",
        nl="eeuw, eeuws, eeuwse, eeuwen",
        it="secolo, secoli, sec, secc",
        es="siglo, siglos, s, ss",
    ),
    Kind.DECADES: _phrases(
        en="decade, decades",
        de="Jahrzehnt, Jahrzehnts, Jahrzehnte",
        fr="années, décennie, décennies",
        nl="jaren, decennium",
        it="anni, decennio, decenni",
        es="años, década, décadas, decenio",
    ),
    Kind.LAST: _phrases(
        en="last, final",
        de="letzte, letztes, letzten, letzter",
        fr="dernier, dernière",
        nl="laatste",
        it="ultimo, ultima",
        es="último, última",
    ),
    Kind.MONTH: _phrases(
        en="January, February, March, April, May, June, July, August, September, October, November, December, Jan, Feb, "
        "Mar, Apr, Jun, Jul, Aug, Sep, Sept, Oct, Nov, Dec, spring, summer, autumn, fall, winter, Christmas, Easter",
        de="Januar, Jänner, Februar, März, Mai, Juni, Juli, Oktober, Dezember, Okt, Dez, Frühjahr, Frühling, Sommer, "
        "Herbst",
        fr="janvier, février, mars, avril, juin, juillet, août, septembre, octobre, novembre, décembre, janv, févr, avr, "
        "juil, déc, printemps, été, automne, hiver",
        nl="januari, februari, maart, mei, augustus, lente, voorjaar, zomer, herfst, najaar, mrt",
        it="gennaio, febbraio, marzo, aprile, maggio, giugno, luglio, agosto, settembre, ottobre, dicembre, primavera, "
        "estate, autunno, inverno",
        es="enero, febrero, abril, mayo, junio, julio, septiembre, setiembre, octubre, noviembre, diciembre, verano, "
        "otoño, invierno",
    ),
}
_PARTS = (
    _phrases(
        en="early, beginning, beginning of, start, start of",
        de="Anfang, Beginn, Anfang der, frühes, frühe, frühen",
        fr="début",
        nl="begin, vroeg, vroege",
        it="inizio, inizi",
        es="principio, principios, comienzos, inicios, inicio",
    ),
    _phrases(
        en="mid, middle, middle of",
        de="Mitte, mittleres",
        fr="milieu",
        nl="midden, medio",
        it="metà",
        es="mediados, medio",
    ),
    _phrases(
        en="late, end, end of, later part of",
        de="Ende, spätes, späte, späten",
        fr="fin",
        nl="eind, einde, laat, late",
        it="fine, tardo",
        es="fin, fines, finales, final",
    ),
)
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth",
    "erste/ersten/erstes/erster zweite/zweiten/zweites/zweiter dritte/dritten/drittes/dritter vierte/vierten/viertes",
    "première/premier deuxième/seconde troisième quatrième",
    "eerste tweede derde vierde vijfde zesde zevende achtste negende tiende elfde twaalfde dertiende veertiende "
    "vijftiende zestiende zeventiende achttiende negentiende twintigste",
    "prima/primo seconda/secondo terza/terzo",
    "primera/primer/primero segunda/segundo tercera/tercer/tercero cuarta",
)
_NAMED_CENTURIES = {"Duecento": 13, "Trecento": 14, "Quattrocento": 15, "Cinquecento": 16, "Seicento": 17,
                    "Settecento": 18, "Ottocento": 19, "Novecento": 20}  # fmt: skip
_FRACTIONS = {
    2: _phrases(en="half", de="Hälfte", fr="moitié", nl="helft", es="mitad"),
    3: _phrases(de="Drittel", fr="tiers", es="tercio"),
    4: _phrases(en="quarter", de="Viertel", fr="quart", nl="kwart", it="quarto", es="cuarto"),
}
# Words that are fractions only behind an ordinal or "last": "last third", "prima metà", "first decade".
FRACTION_AFTER_ORDINAL = {"third": 3, "derde": 3, "terzo": 3, "meta": 2} | dict.fromkeys(_PLAIN[Kind.DECADES], 10)


def _ordinals() -> dict[str, tuple[Kind, int]]:
    return {
        fold(word): (Kind.ORDINAL, number)
        for names in _ORDINALS
        for number, words in enumerate(names.split(), 1)
        for word in words.split("/")
    }


# The kind of each phrase, folded and in small letters, and the number that it stands for, or 0.
VOCABULARY: dict[str, tuple[Kind, int]] = {
    **{phrase: (kind, 0) for kind, phrases in _PLAIN.items() for phrase in phrases},
    **{phrase: (Kind.PART, third) for third, phrases in enumerate(_PARTS, 1) for phrase in phrases},
    **{phrase: (Kind.FRACTION, parts) for parts, phrases in _FRACTIONS.items() for phrase in phrases},
    **{name.lower(): (Kind.NAMED_CENTURY, century) for name, century in _NAMED_CENTURIES.items()},
    **_ordinals(),
}
