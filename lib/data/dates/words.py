"""Words around years: approximate, before, century, months; in six languages."""

from lib.data.dates.folding import phrases
from lib.data.dates.kinds import Kind

WORDS: dict[Kind, list[str]] = {
    Kind.CIRCA: phrases(
        en="c, ca, cca, cir, circ, circa, about, abt, around, approx, approximately, near, nearly, roughly, "
        "probably, prob, possibly, poss, perhaps, presumably, maybe, likely, most likely, estimated, or so",
        de="um, etwa, ungefähr, zirka, rund, gegen, wohl, vermutlich, wahrscheinlich, möglicherweise, "
        "vielleicht, wohl um",
        fr="vers, environ, env, autour de, aux alentours de, aux environs de, probablement, peut être, "
        "sans doute, vers la",
        nl="omstreeks, omstr, rond, rondom, ongeveer, waarschijnlijk, vermoedelijk, mogelijk, wellicht, misschien",
        it="verso, verso il, verso la, intorno al, intorno alla, attorno al, all'incirca, probabilmente, forse, "
        "possibilmente, presumibilmente",
        es="hacia, hacia el, alrededor de, en torno a, cerca de, aproximadamente, aprox, probablemente, "
        "posiblemente, quizá, quizás, tal vez",
    ),
    Kind.BEFORE: phrases(
        en="before, by, prior to, pre, not after, no later than, not later than, at the latest, shortly before, "
        "just before, sometime before, ante",
        de="vor, kurz vor, spätestens, nicht nach, nicht später als",
        fr="avant, av, peu avant, au plus tard, au plus tard en, pas après",
        nl="voor, vóór, kort voor, uiterlijk, niet na, niet later dan, ten laatste",
        it="prima del, prima di, ante, entro, entro il, non oltre il, poco prima del, non dopo il, avanti il",
        es="antes de, antes del, anterior a, poco antes de, no después de, a más tardar en",
    ),
    Kind.AFTER: phrases(
        en="after, post, not before, no earlier than, not earlier than, at the earliest, shortly after, "
        "soon after, just after, sometime after",
        de="nach, kurz nach, frühestens, nicht vor, nicht früher als, bald nach",
        fr="après, peu après, au plus tôt, au plus tôt en, pas avant",
        nl="na, kort na, niet voor, niet vóór, niet eerder dan, op zijn vroegst",
        it="dopo il, dopo, post, non prima del, poco dopo il, successivo al",
        es="después de, después del, posterior a, poco después de, no antes de, tras",
    ),
    Kind.SINCE: phrases(
        en="from, since, starting",
        de="ab, seit",
        fr="depuis, à partir de",
        nl="vanaf, sinds",
        it="dal, a partire dal",
        es="desde, a partir de",
    ),
    Kind.UNTIL: phrases(
        en="until, till, up to",
        de="bis, bis um, bis ca",
        fr="jusqu'en, jusqu'à, jusque",
        nl="tot, tot en met, t/m",
        it="fino al, sino al",
        es="hasta",
    ),
    Kind.BETWEEN: phrases(
        en="between, betw",
        de="zwischen, zw",
        fr="entre",
        nl="tussen",
        it="tra, tra il, fra, fra il",
        es="entre",
    ),
    Kind.TO: phrases(en="to, through, thru", fr="à, au, à la", it="a, al, alla", es="al"),
    Kind.AND: phrases(
        en="and, or, and/or, but, and again, as well as",
        de="und, oder, und/oder, u, bzw, sowie",
        fr="et, ou, et/ou",
        nl="en/of",
        it="e, ed, o, oppure",
        es="y, u",
    ),
    Kind.PARTICLE: phrases(en="of", fr="en"),  # in Dutch: or, and
    Kind.FILLER: phrases(
        en="in, the, on, at, its, this, year, years, either, ad, a.d., ce, c.e., anno, anno domini, lower, "
        "upper, left, right, bottom, top, center, centre, recto",
        de="im, in den, in der, des, der, die, das, dem, den, von, vom, Jahr, Jahre, Jahren, entweder, n. Chr., "
        "nach Christus",
        fr="dans les, du, des, de, de la, le, la, les, l'année, d'environ, année, l'an, soit, apr. J.-C., ap. J.-C.",
        nl="het, de, van, van de, van het, in het, jaar, n. Chr.",
        it="nel, nella, nell, negli, dell, del, della, di, il, lo, anno, d.C.",
        es="en el, de, de los, del, el, los, la, las, año, d.C.",
    ),
    Kind.LATER: phrases(
        en="later, slightly later, somewhat later, a little later, onward, onwards, afterwards, thereafter, "
        "shortly thereafter, shortly afterwards",
        de="später, wenig später, etwas später, danach, folgende",
        fr="plus tard, ultérieur, ultérieurement",
        nl="later, iets later, daarna",
        it="più tardi, posteriore, successivamente, oltre",
        es="más tarde, posterior, adelante",
    ),
    Kind.EARLIER: phrases(
        en="earlier",
        de="früher",
        fr="plus tôt, antérieur",
        nl="eerder, vroeger",
        it="anteriore",
        es="anterior",
    ),
    Kind.CENTURY: phrases(
        en="century, centuries, cent",
        de="Jahrhundert, Jahrhunderts, Jahrhunderte, Jahrhunderten, Jh, Jhs, Jhd, Jhdt, Jahrh",
        fr="siècle, siècles",
        nl="eeuw, eeuws, eeuwse, eeuwen",
        it="secolo, secoli, sec, secc",
        es="siglo, siglos, s., ss.",
    ),
    Kind.DECADES: phrases(
        en="decade, decades",
        de="Jahrzehnt, Jahrzehnts, Jahrzehnte",
        fr="années, décennie, décennies",
        nl="jaren, decennium",
        it="anni, decennio, decenni",
        es="años, década, décadas, decenio",
    ),
    Kind.LAST: phrases(
        en="last, final",
        de="letzte, letztes, letzten, letzter",
        fr="dernier, dernière",
        nl="laatste",
        it="ultimo, ultima",
        es="último, última",
    ),
    Kind.MONTH: phrases(
        en="January, February, March, April, May, June, July, August, September, October, November, December, "
        "Jan, Feb, Mar, Apr, Jun, Jul, Aug, Sep, Sept, Oct, Nov, Dec, spring, summer, autumn, fall, winter, "
        "Christmas, Easter",
        de="Januar, Jänner, Februar, März, Mai, Juni, Juli, Oktober, Dezember, Okt, Dez, Frühjahr, Frühling, "
        "Sommer, Herbst",
        fr="janvier, février, mars, avril, juin, juillet, août, septembre, octobre, novembre, décembre, janv, "
        "févr, avr, juil, déc, printemps, été, automne, hiver",
        nl="januari, februari, maart, mei, augustus, lente, voorjaar, zomer, herfst, najaar, mrt",
        it="gennaio, febbraio, marzo, aprile, maggio, giugno, luglio, agosto, settembre, ottobre, dicembre, "
        "primavera, estate, autunno, inverno",
        es="enero, febrero, abril, mayo, junio, julio, septiembre, setiembre, octubre, noviembre, diciembre, "
        "verano, otoño, invierno",
    ),
}
# The first, second and third part of a century, decade or year.
PARTS = (
    phrases(
        en="early, beginning, beginning of, start, start of, first years of, early years of",
        de="Anfang, Beginn, Anfang der, frühes, frühe, frühen, erste Jahre des, ersten Jahre des, ersten Jahren des",
        fr="début, premières années du",
        nl="begin, vroeg, vroege",
        it="inizio, inizi, primi anni del, primi del",
        es="principio, principios, comienzos, inicios, inicio, primeros años del",
    ),
    phrases(
        en="mid, middle, middle of",
        de="Mitte, mittleres",
        fr="milieu",
        nl="midden, medio",
        it="metà",
        es="mediados, medio",
    ),
    phrases(
        en="late, end, end of, later part of, last years of, final years of",
        de="Ende, spätes, späte, späten, letzte Jahre des, letzten Jahre des, letzten Jahren des",
        fr="fin, dernières années du",
        nl="eind, einde, laat, late",
        it="fine, tardo, ultimi anni del",
        es="fin, fines, finales, final, últimos años del",
    ),
)
