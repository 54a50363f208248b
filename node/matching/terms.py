"""The words by which a need and an offer meet: stemmed in their language, without those that say nothing. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from node.text import fold

RULES = 1
"""Raised when something below changes what is kept of a listing: every listing is then read again."""
IN_TITLE, IN_TEXT = 3, 1
SAID, NAMED, GUESSED = 3, 2, 1
"""How sure an industry is: its author said so; the title names it and little else; some word of the title does."""
MOST = 32
"""Words kept of one listing."""
_READ = 400
"""Words of a text that are looked at."""
_LONGEST = 60
_WORD = re.compile(r"\w[\w'’]*", re.UNICODE)

TAG, INDUSTRY = "#", "~"
"""What begins a term that is no word."""

_LANGUAGES = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

# Of a short text these tell nothing; in a long list of listings the commonest words fall away by themselves.
_EMPTY = {
    "en": """
        about after all also and any are been but can could each every for free from get give good great have help her
        here his how into its just like looking make many more most much need needed needs new not now off offer
        offered offering offers one only other our out over per please same seek seeking should small some such than
        that the their them then there these they this those three through two use used very want wanted was well were
        what when where which who will with within would you your january february march april june july august
        september october november december monday tuesday wednesday thursday friday saturday sunday week weeks month
        months year years day days""",
    "fr": """
        alors aussi autre autres aux avec avoir besoin bien bon bonne ces cet cette chaque cherche cherchons comme
        contre dans des donne dont elle elles encore entre est etc etre faire fait ils les leur leurs lui mais meme
        mes mieux moins mon neuf neuve nos notre nous nouveau nouvelle offre offrons ont par pas petit petite peu plus
        pour pouvez propose proposons quand que quel quelle qui recherche recherchons sans ses son sont sous sur tous
        tout toute toutes tres trois une vers vos votre vous janvier fevrier mars avril mai juin juillet aout
        septembre octobre novembre decembre lundi mardi mercredi jeudi vendredi samedi dimanche semaine semaines mois
        annee annees jour jours""",
    "de": """
        aber alle allem allen aller alles als also auch auf aus bei beim biete bieten bis bitte brauche brauchen das
        dass dem den der des die diese diesem diesen dieser dieses doch durch ein eine einem einen einer eines etwas
        fuer fur ganz gegen gerne gesucht gut gute guten haben hat ich ihr ihre ihren ihrer ist jede jeden jeder kann
        kein keine klein kleine konnen mehr mein meine mit nach neu neue neuen nicht noch nur oder ohne schon sehr
        sein seine sich sie sind suche suchen sowie uber ueber und uns unser unsere unter viel viele vom von vor was
        weil wenn werden wie wir wird zum zur zwei zwischen januar februar maerz marz april mai juni juli august
        september oktober november dezember montag dienstag mittwoch donnerstag freitag samstag sonntag woche wochen
        monat monate jahr jahre tag tage""",
    "es": """
        algo algun alguna ante aqui asi aun bien buen buena busca buscamos busco cada como con cual cuando del desde
        donde dos ella ellos entre era eran esa ese eso esta estan estas este esto estos favor gran han hasta hay las
        los mas mejor mis mucho muy nada necesita necesito nos nosotros nueva nuevo nuestra nuestro ofrece ofrecemos
        ofrezco otra otro para pero poco por porque pues que quien sea ser sin sobre solo son sus tambien tanto tener
        tiene todo todos una uno unos usted enero febrero marzo abril mayo junio julio agosto septiembre octubre
        noviembre diciembre semana semanas mes meses dia dias""",
    "it": """
        alla alle anche ancora avere bene buon buona cerca cerchiamo cerco che chi come con cui dal dalla dei del
        della delle dello dove due ecco ella era essere fra gli hanno loro mentre mia mio molto nel nella noi non
        nostra nostro nuova nuovo offre offriamo offro ogni per perche piu poi qual quale quando quella quello questa
        questo sei senza sia sono sua sue sul sulla suo tra tre tutti tutto una uno vostro gennaio febbraio marzo
        aprile maggio giugno luglio agosto settembre ottobre novembre dicembre settimana settimane mese mesi giorno
        giorni anno anni""",
    "nl": """
        aan aangeboden alle als bij biedt bied daar dan dat deze die dit door een elk elke gezocht goed goede haar heb
        hebben heeft het hier hij hoe hun iets ik kan klein kleine maar meer met mijn naar niet nieuw nieuwe nog ook
        onder ons onze over per som tot twee uit uw van veel via voor waar wat wel wij worden wordt zal zeer zich zijn
        zoek zoeken zonder januari februari maart april mei juni juli augustus september oktober november december
        week weken maand maanden dag dagen jaar jaren""",
    "pt": """
        ainda ate bem boa bom busca buscamos cada com como das dela dele depois dos duas ela ele entre era essa esse
        esta este foi isso isto mais mas mesmo meu minha muito nao nas nos nossa nosso nova novo oferece oferecemos
        ofereco onde outra outro para pela pelo por porque precisa preciso procura procuro qual quando que quem sao
        sem ser seu seus sobre sua suas tambem tem ter todo todos uma umas uns voce janeiro fevereiro marco abril maio
        junho julho agosto setembro outubro novembro dezembro semana semanas meses dia dias ano anos""",
    "sv": """
        alla allt andra att bara behover bra dar dem den denna deras dess det detta dig din dina efter ett eller fran
        for har hos hur ingen inte jag kan liten lite man med mer min mina mycket nagon nagot nar nya nytt och ocksa
        oss over sina sitt skulle soker som till under upp var vara vart vem vid vill erbjuder januari februari mars
        april maj juni juli augusti september oktober november december vecka veckor manad manader dag dagar""",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a listing as it was written, and how much it says about it."""

    word: str
    weight: int


def terms(
    title: str,
    text: str,
    *,
    language: str | None,
    tags: Iterable[str] = (),
    industry: str = "",
    trust: int = SAID,
) -> dict[str, Term]:
    """What a listing is found by, the most telling first. ``text`` is plain; ``trust``: who says which industry."""
    found: dict[str, Term] = {part: Term("", trust) for part in industry_terms(industry)}
    for tag in tags:
        found[f"{TAG}{tag}"[:_LONGEST]] = Term(tag, IN_TITLE)
    words = chain(((word, IN_TITLE) for word in _words(title)), ((word, IN_TEXT) for word in _words(text[:8000])))
    for count, (word, weight) in enumerate(words):
        if count >= _READ or len(found) >= MOST:
            break
        if count == 0 and word.istitle() and not (language or "").startswith("de"):
            word = word.lower()  # a capital that the beginning of the title gave it
        term = stem(word, language)
        if term and term not in found:
            found[term] = Term(word, weight)
    return found


def industry_terms(code: str) -> list[str]:
    """``10.71`` as itself, its group and its division: ``~10.71``, ``~10.7``, ``~10``."""
    division, dot, rest = code.partition(".")
    if not division:
        return []
    return (
        [f"{INDUSTRY}{code}"]
        + [f"{INDUSTRY}{division}.{rest[:1]}"] * (len(rest) > 1)
        + ([f"{INDUSTRY}{division}"] if dot else [])
    )


def telling(title: str, language: str | None) -> int:
    """How many words of a title say something."""
    return sum(1 for word in _words(title) if stem(word, language))


def is_word(term: str) -> bool:
    """Neither a hashtag nor a part of an industry."""
    return not term.startswith((TAG, INDUSTRY))


def stem(word: str, language: str | None) -> str:
    """The folded stem of a word; empty for one that says nothing."""
    lower = word.lower()
    folded = fold(lower)
    primary = (language or "").partition("-")[0].lower()
    if len(folded) < 3 or folded.isnumeric() or folded in _empty(primary):
        return ""
    stemmer = _stemmer(primary)
    return (fold(stemmer.stemWord(lower)) if stemmer is not None else folded)[:_LONGEST]


def _words(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text):
        # l'osier, d’été, the baker's: what stands before a French apostrophe or after an English one is no word.
        parts = match[0].replace("’", "'").split("'")
        yield max(parts, key=len)[:_LONGEST]


@cache
def _stemmer(language: str) -> Any:
    import Stemmer  # a megabyte; a node that never matches does without it

    name = _LANGUAGES.get(language)
    return Stemmer.Stemmer(name) if name is not None else None


@cache
def _empty(language: str) -> frozenset[str]:
    """Words that say nothing in this language; of a text in an unknown one, in any that we know."""
    known: Mapping[str, str] = _EMPTY
    if language in known:
        return frozenset(known[language].split())
    return frozenset(chain.from_iterable(words.split() for words in known.values()))
