"""Words that name nobody: anonymity, nationalities, schools, periods and professions, in plain letters."""

import re

from lib.data.artists.text import plain, words


def _set_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ANONYMOUS = _set_of(
    """unknown known unsigned anonymous anon unidentified unattributed unrecorded uncertain undetermined various
    multiple several anonym anonyme anonymer anonymes anonymus unbekannt unbekannte unbekannter verschiedene
    diverse kein inconnu inconnue inconnus divers anoniem anonieme onbekend onbekende anonimo anonima ignoto ignota
    ignoti sconosciuto desconocido desconocida desconhecido varios vari"""
)
_PROFESSIONS = _set_of(
    """artist artists master masters meister meesters meester maitre maestro maker makers painter painters
    printmaker draughtsman draftsman draughtswoman engraver etcher lithographer illustrator photographer
    sculptor miniaturist watercolourist watercolorist author creator kunstler kunstlerin maler malerin zeichner
    zeichnerin stecher grafiker fotograf bildhauer urheber artiste peintre dessinateur graveur auteur kunstenaar
    schilder tekenaar prentmaker vervaardiger artista artisti pittore pittrice disegnatore incisore autore
    pintor pintora dibujante grabador autor"""
)
_NATIONALITIES = _set_of(
    """african albanian algerian american andean arab argentine argentinian armenian assyrian australian austrian
    aztec bavarian belgian bengali bohemian bolivian brazilian british bulgarian burmese byzantine cambodian
    canadian catalan chilean chinese colombian coptic croatian cuban cypriot czech danish dutch ecuadorian
    egyptian english estonian ethiopian etruscan european filipino finnish flemish french georgian german greek
    guatemalan haitian hungarian icelandic indian indonesian iranian iraqi irish islamic israeli italian italo
    jamaican japanese javanese jewish korean latvian lebanese lithuanian luxembourgish maltese maori mexican
    moldovan mongolian moroccan mughal native nepalese netherlandish nigerian norwegian ottoman pakistani
    palestinian persian peruvian polish portuguese prussian rajput roman romanian russian scandinavian scottish
    senegalese serbian serb slovak slovenian spanish swedish swiss syrian taiwanese thai tibetan tunisian
    turkish ukrainian uruguayan venezuelan vietnamese welsh yugoslavian oberrheinisch oberrheinischer
    niederrheinisch niederrheinischer frankisch frankischer schwabisch schwabischer bayerisch bayerischer
    sachsisch sachsischer suddeutscher norddeutscher kolner nurnberger augsburger wiener antwerpener florentiner
    cuzquena cusquena quitena franco anglo antwerpian bolognese emilian ferrarese florentine genoese lombard
    milanese neapolitan paduan piedmontese sicilian sienese tuscan umbrian venetian veronese deutsch deutsche
    deutscher niederlandisch niederlandische niederlandischer flamisch flamische flamischer hollandisch
    hollandische hollandischer franzosisch franzosische franzosischer italienisch italienische italienischer
    spanisch spanische spanischer englisch englische englischer osterreichisch osterreichischer osterreichische
    schweizer schweizerisch russisch russische venezianisch venezianische florentinisch florentinische
    suddeutsch suddeutsche norddeutsch norddeutsche allemand allemande allemands anglais anglaise britannique
    autrichien autrichienne espagnol espagnole flamand flamande francais francaise hollandais hollandaise
    italien italienne neerlandais neerlandaise russe suisse belge americain americaine venitien venitienne
    florentin florentine duits duitse engels engelse frans franse italiaans italiaanse nederlands nederlandse
    vlaams vlaamse spaans spaanse hollands hollandse amerikaans amerikaanse italiano italiana italiani francese
    fiammingo fiamminga olandese tedesco tedesca inglese spagnolo spagnola veneziano veneziana veneto veneta
    fiorentino fiorentina senese napoletano napoletana lombardo lombarda bolognese toscano toscana emiliano
    emiliana aleman alemana espanol espanola flamenco flamenca frances francesa holandes holandesa ingles
    inglesa italico madrileno madrilena sevillano sevillana valenciano valenciana veneciano veneciana"""
)
_SCHOOLS = _set_of(
    """school schools schule ecole scuola escuela skola workshop tradition werkstatt atelier bottega ambito taller
    manifattura manufacture manufactory manufaktur"""
)
_PLACES = _set_of(
    """amsterdam antwerp antwerpen augsburg barbizon barcelona bologna bruges brussels burgundy cologne koln cuzco
    cusco danube delft england fontainebleau ferrara flanders florence firenze france genoa germany ghent
    haarlem holland italy japan china india leiden lombardy london lucca madrid milan munich nancy naples napoli
    netherlands norwich novgorod nuremberg nurnberg padua paris parma perugia pisa prague quito rimini rome roma
    scotland seville sevilla siena spain switzerland toledo tournai tuscany umbria utrecht valencia venice
    venezia venise verona vienna wien america asia africa austria belgium britain bohemia brazil canada denmark egypt
    europe finland greece hungary iran ireland korea mexico norway persia peru poland portugal russia sweden thailand
    tibet turkey ukraine wales"""
)
_PERIODS = _set_of(
    """century centuries cent jahrhundert jahrhunderts jh jhd siecle siecles eeuw secolo sec siglo seculo dynasty
    period early mid late middle first second third last half quarter beginning end ming qing song tang yuan han
    edo meiji momoyama muromachi medieval renaissance baroque gothic colonial north northern south southern east
    eastern west western central upper lower woman women female male um vers about around anno probably possibly
    perhaps circa ca active work"""
)
_LINKS = _set_of(
    """of the or and a an by in from not known identified recorded name no given is as der die das des dem den und
    oder aus von nicht bekannt im de du des la le les l d et ou en van het of een uit niet di da del della dei
    il e o non nel y los las el do dos s c n"""
)
_NUMBER = re.compile(r"\d{1,2}(?:st|nd|rd|th|e|de|er|eme)?|\d{3,4}s?|[ivx]{1,5}e?")
_NOTHING = re.compile(r"[\W_]*|n/a|none|null|nan|n\.? ?n\.?|s\. ?n\.|not recorded|\[?nil\]?", re.IGNORECASE)
_MEANINGFUL = _ANONYMOUS | _PROFESSIONS | _NATIONALITIES | _SCHOOLS
_FILLING = _PLACES | _PERIODS | _LINKS
# Given names as well: `Opałka, Roman` has no nationality, and `Franco Lombardo` is somebody.
_GIVEN_NAMES = _set_of("german roman franco serb italo frances frans romano")
_LABEL = re.compile(r"\d{1,3}|[a-z]")  # tells apart artists without a name: `Painter A`, `artist 12`
# Notnames: Master of 1518, Meister des Marienlebens.
_MASTER_OF = re.compile(
    r"\b(?:master|meister|meester|maitre|maestro) (?:of|des|der|von|van|de|du|di|del)\b"
    r"(?! (?:the )?(?:\d{1,2}|[ivx]+)[a-z.]* ?(?:century|jahrhundert|jh|siecle|eeuw|secolo|siglo))"
)
_INITIAL = re.compile(r"(?<!\w)(?!c\.)[a-z]\. ?(?=[a-z])")


def names_nobody(text: str) -> bool:
    """Tell whether a text names no person, as in `Unknown`, `Dutch School`, `Chinese, 17th century`, or nothing."""
    if _NOTHING.fullmatch(text.strip()):
        return True
    parts = words(text)
    simple = plain(text)
    if _INITIAL.search(simple) or _MASTER_OF.search(simple) or _is_given_name_and_surname(parts) and "-" not in text:
        return False
    if len(parts) == 2 and parts[0] in _PROFESSIONS and _LABEL.fullmatch(parts[1]):
        return False
    return any(word in _MEANINGFUL for word in parts) and all(
        word in _MEANINGFUL or word in _FILLING or _NUMBER.fullmatch(word) for word in parts
    )


def is_nationality(text: str, *, sure: bool = False) -> bool:
    """Tell whether a text is a nationality, as in `Dutch`, `French-born American` or `Dutch School`.

    sure: accept also those that are given names, such as `German`.
    """
    parts = words(text)
    named = [word for word in parts if word in _NATIONALITIES and (sure or word not in _GIVEN_NAMES)]
    return bool(named) and all(
        word in _NATIONALITIES or word in _LINKS or word in _SCHOOLS or word == "born" for word in parts
    )


def is_profession(text: str) -> bool:
    """Tell whether a text is made of professions only, as in `Artist`, `Painter and Printmaker`."""
    parts = words(text)
    return any(word in _PROFESSIONS for word in parts) and all(word in _PROFESSIONS or word in _LINKS for word in parts)


def _is_given_name_and_surname(parts: list[str]) -> bool:
    return len(parts) == 2 and set(parts) <= _NATIONALITIES | _PLACES and not _GIVEN_NAMES.isdisjoint(parts)
