"""Words and phrases of the languages that values are said in. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


def _table(text: str) -> Mapping[str, str]:
    rows = (row.split("=") for row in " ".join(text.split()).split(";") if "=" in row)
    return MappingProxyType({key.strip(): value.strip() for key, value in rows})


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in " ".join(text.split()).split(",") if word.strip())


_SYMBOLS = {
    "en": "& = and; % = percent; @ = at; + = plus; ° = degrees; \u00d7 = times; § = section",
    "es": "& = y; % = por ciento; @ = arroba; + = más; ° = grados; \u00d7 = por; § = sección",
    "fr": "& = et; % = pour cent; @ = arobase; + = plus; ° = degrés; \u00d7 = fois; § = paragraphe",
    "de": "& = und; % = Prozent; @ = at; + = plus; ° = Grad; \u00d7 = mal; § = Paragraf",
}
SYMBOLS = {language: _table(text) for language, text in _SYMBOLS.items()}
"""A mark that stands alone, and the word for it."""
TO = {"en": "to", "es": "a", "fr": "à", "de": "bis"}
"""Between the ends of a range."""
PER = {"en": "per", "es": "por", "fr": "par", "de": "pro"}
"""In `5 EUR/month`."""
MINUS = {"en": "minus", "es": "menos", "fr": "moins", "de": "minus"}
PLUS = {"en": "plus", "es": "más", "fr": "plus", "de": "plus"}
ABOUT = {"en": "about", "es": "unos", "fr": "environ", "de": "etwa"}
NUMBER = {"en": "number", "es": "número", "fr": "numéro", "de": "Nummer"}
SLASH = {"en": "slash", "es": "barra", "fr": "barre", "de": "Schrägstrich"}
ENDING = {
    "en": "ending in", "es": "terminada en", "fr": "se terminant par", "de": "mit den Endziffern",
}  # fmt: skip
WEBSITE = {
    "en": "our website", "es": "nuestro sitio web", "fr": "notre site web", "de": "unsere Website",
}  # fmt: skip
DATIVE_WEBSITE = "unserer Website"
"""German behind a preposition."""
_BEFORE_WEBSITE = {
    "en": """at, on, visit, see, to, from, via, under, through, in, open, check, using, use, with,
    is, of""",
    "es": "en, visite, visita, vea, ver, a, de, desde, por, consulte, consulta, abra, es, con",
    "fr": "sur, à, visitez, voir, voyez, consultez, via, depuis, de, par, ouvrez, est, avec, dans",
    "de": "auf, unter, besuchen, siehe, über, von, zu, bei, mit, öffnen, ist, sie, in, aus",
}
BEFORE_WEBSITE = {language: _words(text) for language, text in _BEFORE_WEBSITE.items()}
"""A sentence needs an object behind these, so that an address cannot be left out."""
DATIVE_BEFORE = _words("auf, unter, von, zu, bei, mit, in, aus")

_MAIL = {
    "en": ". = dot; @ = at; _ = underscore; - = dash; + = plus",
    "es": ". = punto; @ = arroba; _ = guion bajo; - = guion; + = más",
    "fr": ". = point; @ = arobase; _ = tiret bas; - = tiret; + = plus",
    "de": ". = Punkt; @ = at; _ = Unterstrich; - = Bindestrich; + = plus",
}
MAIL = {language: _table(text) for language, text in _MAIL.items()}

_PLACEHOLDERS = {
    "en": """EMAIL = your e-mail address; PHONE = your phone number; CREDIT_CARD = your card;
    IBAN = your account number; SSN = your social security number; IP_ADDRESS = your network
    address; URL = your link; DATE_OF_BIRTH = your date of birth; ACCOUNT = your account number;
    NAME = your name; ADDRESS = your address; ID = your document number; NUMBER = your number;
    SECRET = your secret""",
    "es": """EMAIL = su correo electrónico; PHONE = su número de teléfono; CREDIT_CARD = su
    tarjeta; IBAN = su número de cuenta; SSN = su número de la seguridad social; IP_ADDRESS = su
    dirección de red; URL = su enlace; DATE_OF_BIRTH = su fecha de nacimiento; ACCOUNT = su número
    de cuenta; NAME = su nombre; ADDRESS = su dirección; ID = su número de documento; NUMBER = su
    número; SECRET = su clave""",
    "fr": """EMAIL = votre adresse e-mail; PHONE = votre numéro de téléphone; CREDIT_CARD = votre
    carte; IBAN = votre numéro de compte; SSN = votre numéro de sécurité sociale; IP_ADDRESS =
    votre adresse réseau; URL = votre lien; DATE_OF_BIRTH = votre date de naissance; ACCOUNT =
    votre numéro de compte; NAME = votre nom; ADDRESS = votre adresse; ID = votre numéro de
    document; NUMBER = votre numéro; SECRET = votre code""",
    "de": """EMAIL = Ihre E-Mail-Adresse; PHONE = Ihre Telefonnummer; CREDIT_CARD = Ihre Karte;
    IBAN = Ihre Kontonummer; SSN = Ihre Sozialversicherungsnummer; IP_ADDRESS = Ihre
    Netzwerkadresse; URL = Ihr Link; DATE_OF_BIRTH = Ihr Geburtsdatum; ACCOUNT = Ihre Kontonummer;
    NAME = Ihr Name; ADDRESS = Ihre Adresse; ID = Ihre Ausweisnummer; NUMBER = Ihre Nummer;
    SECRET = Ihr Geheimwort""",
}
PLACEHOLDERS = {language: _table(text) for language, text in _PLACEHOLDERS.items()}
"""What is said for `[EMAIL_1]` and the like, by the kinds of the redaction."""


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """Abbreviations of one language; keys are lower case and keep their inner full stops."""

    always: Mapping[str, str]
    """Never the end of a sentence."""
    perhaps_last: Mapping[str, str]
    """The end of a sentence where a capital follows."""
    before_digit: Mapping[str, str]
    """Only where a digit follows."""


_EN = Abbreviations(
    _table(
        """dr. = Doctor; mr. = Mister; mrs. = Missus; ms. = Miss; prof. = Professor; st. = Saint;
        e.g. = for example; i.e. = that is; approx. = approximately; vs. = versus; incl. =
        including; excl. = excluding; tel. = telephone; dept. = department; acct. = account; ext. =
        extension; min. = minimum; max. = maximum; cf. = compare; est. = estimated; mon. = Monday;
        tue. = Tuesday; tues. = Tuesday; wed. = Wednesday; thu. = Thursday; thurs. = Thursday; fri.
        = Friday; sat. = Saturday; sun. = Sunday; p.o. = P O; jr. = Junior; u.s. = U S; u.k. = U K;
        w/ = with; w/o = without"""
    ),
    _table(
        """etc. = et cetera; inc. = Incorporated; ltd. = Limited; corp. = Corporation; co. =
        Company; a.m. = AM; p.m. = PM; ave. = Avenue; blvd. = Boulevard; rd. = Road; hrs. = hours;
        mins. = minutes; jan. = January; feb. = February; mar. = March; apr. = April; jun. = June;
        jul. = July; aug. = August; sep. = September; sept. = September; oct. = October; nov. =
        November; dec. = December"""
    ),
    _table("no. = number; nos. = numbers; p. = page; pp. = pages; art. = article; fig. = figure"),
)
_ES = Abbreviations(
    _table(
        """sr. = señor; sra. = señora; srta. = señorita; dr. = doctor; dra. = doctora; ud. = usted;
        uds. = ustedes; p.ej. = por ejemplo; aprox. = aproximadamente; tel. = teléfono; av. =
        avenida; avda. = avenida; máx. = máximo; mín. = mínimo; incl. = incluido; d. = don; dña. =
        doña"""
    ),
    _table(
        """etc. = etcétera; a.m. = de la mañana; p.m. = de la tarde; ee.uu. = Estados Unidos; ene.
        = enero; feb. = febrero; mar. = marzo; abr. = abril; jun. = junio; jul. = julio; ago. =
        agosto; sept. = septiembre; sep. = septiembre; oct. = octubre; nov. = noviembre; dic. =
        diciembre"""
    ),
    _table(
        """n.º = número; nº = número; núm. = número; no. = número; pág. = página; art. =
        artículo"""
    ),
)
_FR = Abbreviations(
    _table(
        """m. = monsieur; mme = madame; mlle = mademoiselle; mm. = messieurs; dr. = docteur; dr =
        docteur; pr = professeur; p.ex. = par exemple; env. = environ; tél. = téléphone; av. =
        avenue; bd = boulevard; max. = maximum; min. = minimum; c.-à-d. = c'est-à-dire; st =
        saint"""
    ),
    _table(
        """etc. = et cetera; janv. = janvier; févr. = février; avr. = avril; juil. = juillet; sept.
        = septembre; oct. = octobre; nov. = novembre; déc. = décembre"""
    ),
    _table("n° = numéro; nº = numéro; no. = numéro; p. = page; art. = article"),
)
_DE = Abbreviations(
    _table(
        """dr. = Doktor; prof. = Professor; hr. = Herr; fr. = Frau; z.b. = zum Beispiel; d.h. = das
        heißt; ca. = circa; bzw. = beziehungsweise; inkl. = inklusive; exkl. = exklusive; zzgl. =
        zuzüglich; ggf. = gegebenenfalls; u.a. = unter anderem; evtl. = eventuell; tel. = Telefon;
        max. = maximal; min. = mindestens; mind. = mindestens; i.d.r. = in der Regel; vgl. =
        vergleiche; gem. = gemäß; st. = Sankt; mo. = Montag; di. = Dienstag; mi. = Mittwoch; do. =
        Donnerstag; sa. = Samstag; lt. = laut; o.ä. = oder ähnliches"""
    ),
    _table(
        """usw. = und so weiter; etc. = et cetera; str. = Straße; std. = Stunden; jan. = Januar;
        feb. = Februar; apr. = April; aug. = August; sept. = September; sep. = September; okt. =
        Oktober; nov. = November; dez. = Dezember"""
    ),
    _table("nr. = Nummer; s. = Seite; art. = Artikel; abs. = Absatz"),
)
ABBREVIATIONS = {"en": _EN, "es": _ES, "fr": _FR, "de": _DE}
SPELLED_OUT = _words("IBAN, BIC, ATM, FAQ, VAT, CVV, CVC, OTP, SSN, ID, USA, UK, EU, TAN, URL, PDF")
"""Said letter by letter."""

_CUES = {
    "en": """ending, ends, code, pin, number, order, reference, ref, case, ticket, account, card,
    zip, extension, press, dial, digits, routing, tracking, invoice, id, cvv, passcode, room, no""",
    "es": """terminada, terminado, termina, código, pin, número, pedido, referencia, caso, cuenta,
    tarjeta, postal, extensión, pulse, marque, dígitos, factura, clave, cifras""",
    "fr": """terminant, code, pin, numéro, commande, référence, dossier, compte, carte, postal,
    poste, tapez, composez, chiffres, facture, identifiant""",
    "de": """endet, endend, endziffern, code, pin, nummer, bestellung, bestellnummer, referenz,
    fall, konto, kontonummer, karte, kartennummer, plz, postleitzahl, durchwahl, drücken, wählen,
    ziffern, rechnung, kundennummer, tan, auftrag, auftragsnummer""",
}
DIGIT_CUES = {language: _words(text) for language, text in _CUES.items()}
"""Digits behind these are no quantity and are said one by one."""
YEAR_CUES = _words(
    """in, since, until, till, by, from, to, before, after, during, year, of, early, mid, late,
    through, between, spring, summer, autumn, fall, winter, and, or, january, february, march,
    april, may, june, july, august, september, october, november, december, the, q1, q2, q3, q4"""
)
