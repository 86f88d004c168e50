"""The words that make what follows them personal, or plainly not."""


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in text.split(","))


_INTRODUCTIONS = """
my name is, my name's, my full name is, name is, the name is, first name is, last name is, surname
is, name on the card is, name on the account is, account holder is, cardholder is, i am called,
call me, you can call me, name, full name, first name, last name, surname, account holder,
cardholder, cardholder name, signed, me llamo, mi nombre es, mi nombre completo es, nombre, soy el
señor, soy la señora, je m'appelle, mon nom est, je me nomme, nom, prénom, mein name ist, ich
heiße, ich heisse, mein name lautet, name lautet, mi chiamo, il mio nome è, nome, meu nome é, o
meu nome é, chamo-me, eu me chamo, me chamo, mijn naam is, ik heet, naam, меня зовут, моё имя, мое
имя, nazywam się, mam na imię, jag heter, jeg heter, jeg hedder, ad\u0131m, benim ad\u0131m, mă
numesc, me dicen, apellido, apellidos, nombre completo, nombre y apellidos, mein vorname ist,
nachname, vorname, cognome, nome e cognome, sobrenome, nome completo, voornaam, achternaam, imię i
nazwisko, nazwisko, mitt namn är, mitt navn er, mit navn er, nama saya, nama saya adalah, ang
pangalan ko ay, ismim, minun nimeni on, volám sa, jmenuju se, zovem se, мене звати, اسمي, שמי, tên
tôi là, numele meu este, jmenuji se, a nevem, nimeni on, με λένε
"""
INTRODUCTIONS = tuple(f" {cue}" for cue in _phrases(_INTRODUCTIONS))
"""What certainly stands before a name, lower case, after a blank."""

_WEAK_INTRODUCTIONS = """
i am, i'm, im, this is, speaking to, speaking with, spoke to, spoke with, talked to, soy, habla,
je suis, ich bin, hier ist, hier spricht, sono, sou, aqui é, ik ben
"""
WEAK_INTRODUCTIONS = tuple(f" {cue}" for cue in _phrases(_WEAK_INTRODUCTIONS))
"""What may stand before a name, and before much else."""
CUE_ENDS = frozenset(cue.split()[-1] for cue in INTRODUCTIONS + WEAK_INTRODUCTIONS)
"""The last words of both."""

_TITLES = """
mr mrs ms miss mx dr prof herr frau señor señora sr sra mme mlle monsieur madame signor signora sig
dhr mevr
"""
TITLES = frozenset(_TITLES.split())
CJK_INTRODUCTIONS = ("我叫", "我的名字是", "我是", "私の名前は", "제 이름은", "私は", "名前は")

_SIGN_OFFS = """
thanks thank regards sincerely best cheers wishes you gracias saludos merci cordialement grüße gruß
danke grazie saluti obrigado obrigada abraços groeten dank
"""
SIGN_OFFS = frozenset(_SIGN_OFFS.split())
"""Last word of a line that ends a letter; the name stands on the next line."""

_PARTICLES = "de da do dos del della di van von der den ten ter la le al bin ibn el y e"
PARTICLES = frozenset(_PARTICLES.split())

_NOT_NAMES = """
a an the and or but on in at of for with from to by is are was were be been being not no yes so too
very my your his her its our their this that these those here there it i you he she we they me him
wrong incorrect correct right spelled misspelled spelt misspelt missing different changed shown
listed printed showing appearing still now also already just only currently registered written
blank required calling writing trying looking having getting going waiting using asking interested
unable able not sure sorry happy glad afraid new old good bad fine ok okay done ready back late
early about under what who how when where why which please thanks thank help need want have has had
can could will would should may might must do does did dont don't card account bank number phone
email address order payment money transfer support team customer service agent bot sir madam there
everyone all guys visa mastercard paypal mr mrs ms miss dr if then than because since as out up
down off over again speaking something anything whatever dad mom english german french spanish
italian american british canadian indian australian monday tuesday wednesday thursday friday
saturday sunday january february march april june july august september october november december
apple google amazon android iphone llamo soy y en que por para con und oder aber nicht et mais pas
e ma non sono mit von le la les der die das ein eine un une una el los las sincerely regards cheers
best wishes faithfully truly last first full middle instead mine saved listed under unknown yours
ours theirs today tomorrow yesterday tonight ask tell contact give send speak talk add remove call
email text change update cancel block close open check let make put show get got took take saw sent
paid told asked said says say see look regarding concerning per re fw fwd hi hello hey dear good
morning afternoon evening everybody anyone someone nobody whoever
"""
NOT_NAMES = frozenset(_NOT_NAMES.split())
"""Words that no name begins with, and that end one."""

_SECRET_NOUNS = """
password, passcode, passwd, pwd, pass phrase, passphrase, pass code, pin, pins, cvv, cvv2, cvc,
cvc2, csc, security code, verification code, one-time code, one time code, otp, auth code,
authentication code, access code, login code, sms code, 2fa code, code, token, api key, apikey,
api-key, secret key, secret, access key, private key, passwort, kennwort, prüfnummer,
sicherheitscode, tan, contraseña, clave, código, mot de passe, cryptogramme, code secret, codice,
senha, pw, pword, pin code, memorable word, código de segurança, wachtwoord, pincode, пароль,
security answer, maiden name
"""
SECRET_NOUNS = _phrases(_SECRET_NOUNS)
SECRETS = frozenset(noun.split()[-1] for noun in SECRET_NOUNS)
"""The last words of these nouns."""
SECRET_CUES = frozenset(" ".join(noun.split()[:2]) for noun in SECRET_NOUNS)
"""Before digits they make a PIN or a code of them."""
_OTHER_CODES = """
sort, error, zip, postal, country, area, promo, discount, coupon, voucher, swift, bic, qr, bar,
product, status, http, post, dress, source
"""
OTHER_CODES = frozenset(f"{word} code" for word in _phrases(_OTHER_CODES))

ENDINGS = frozenset(("ending", "ends", "end", "last", "final", "endet", "termina", "finit"))
"""Before the last digits of a number, which are no secret."""

SPELLED = {
    "zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "nought": "0",
}  # fmt: skip
"""A digit as it stands in a voice transcript."""
REPEATS = {"double": 2, "triple": 3}

_STREETS = """
street st avenue ave boulevard blvd road rd lane ln drive dr court ct way place pl square sq
terrace ter highway hwy parkway pkwy circle cir close crescent row walk hill gardens gdns mews
grove rise quay wharf loop trail alley esplanade parade turnpike
"""
STREETS = frozenset(_STREETS.split())
_STREET_FIRST = """
rue boulevard chemin allée impasse quai calle avenida avda av plaza paseo carrer carrera via viale
piazza corso largo rua praça travessa alameda ulica ul aleja os ulitsa ул улица
"""
STREET_FIRST = frozenset(_STREET_FIRST.split())
STREET_SUFFIXES = (
    "straße", "strasse", "str.", "str", "weg", "platz", "gasse", "allee", "ring", "damm", "ufer",
    "straat", "laan", "plein", "gracht", "kade", "singel", "dijk", "steeg", "gatan", "vägen",
    "gata", "gate", "gade", "vej", "veien", "katu",
)  # fmt: skip
"""How a German or Dutch street ends."""

_ORDERS = """
order, orders, ticket, tickets, case, cases, ref, reference, references, invoice, invoices, sku,
tracking, shipment, parcel, confirmation, booking, claim, item, model, serial, isbn, ean, upc,
version, firmware, build, error, transaction, article, part, bestellung, bestellnummer, auftrag,
rechnung, pedido, factura, commande, facture, ordine, fattura, encomenda, fatura, bestelling, заказ
"""
ORDERS = frozenset(_phrases(_ORDERS))
"""Stand right before a number that is no personal data."""
_FILLERS = """
id, ids, s, no, nr, num, number, numbers, code, is, was, nummer, número, numero, numéro, номер, are,
and, or, my, the
"""
FILLERS = frozenset(_phrases(_FILLERS))
"""May stand between such a word and its number."""

_CARDS = """
card, cards, visa, mastercard, master card, amex, american express, maestro, debit, credit,
discover, kreditkarte, karte, kartennummer, carte, tarjeta, carta, cartão, kaart, карта, карты
"""
CARD_CUES = frozenset(_phrases(_CARDS))
_PHONES = """
call, callback, phone, phones, mob, cellular, ph, hp, ligar, telephone, tel, cell, cellphone,
mobile, reach, text me, text, whatsapp, sms, fax, contact number, my number, number is, dial, ring
me, ring, teléfono, telefono, móvil, celular, llámame, appelez, appelez-moi, téléphone, portable,
numéro est, telefon, handy, rufen, mobil, mobilnummer, handynummer, rückruf, numer telefonu,
komórka, puhelin, tlf, chiamatemi, chiamami, llamar, llámenme, gsm, telefonnummer, cellulare,
telefone, telemóvel, ligue, bel, telefoon, телефон, номер
"""
PHONE_CUES = frozenset(_phrases(_PHONES))
SSN_CUES = frozenset(("ssn", "social", "socials", "social security"))
_BIRTHS = """
dob, d.o.b, bday, b-day, geb, birth date, birthdate, doğum, urodzony, urodzona, urodzenia, född,
født, fødselsdato, syntynyt, geboren am, narozen, birth, born, birthday, birthdate, geboren,
geburtsdatum, geburtstag, nacimiento, nací, naissance, né, née, nascita, nato il, nata il,
nascimento, nasci, geboortedatum, рождения, родился, родилась
"""
BIRTH_CUES = frozenset(_phrases(_BIRTHS))
BIRTHS = frozenset(cue.split()[0] for cue in BIRTH_CUES)
"""Their first words."""
_ACCOUNTS = """
account, acct, a/c, routing, aba, sort code, sortcode, bsb, iban, konto, kontonummer, blz, cuenta,
compte, conto, conta, rekening, customer number, customer id, customer no, member number,
membership, client number, policy, policy number,
bank number, client no, client id, account's, kundennummer, kundennr, mitgliedsnummer,
vertragsnummer, número de cliente, numéro client, numéro de client, numero cliente, klantnummer,
rekeningnummer, member id, loan number, mortgage account, ifsc, transit number, institution
number, clabe, acc, acct number, kundnummer, número de cuenta, numéro de compte, customer ref
"""
ACCOUNT_CUES = frozenset(_phrases(_ACCOUNTS))
_IDS = """
passport, pasaporte, passeport, reisepass, passaporto, license, licence, national id, id card,
identity card, personalausweis, ausweisnummer, personalausweisnummer, reisepassnummer,
führerschein, führerscheinnummer, passnummer, passport number, dl, licence number, license number,
drivers license, driving licence, green card, visa number, alien number, voter id, aadhaar, aadhar,
pan, pan card, bvn, nin, pesel, personnummer, cpr, hetu, tfn, abn, medicare number, ni, nhs number,
steuer, steuernummer, steuerid, steueridentifikationsnummer, sozialversicherungsnummer, sécu,
sécurité sociale, numéro fiscal, nir, carte d'identité, pièce d'identité, passeport, permis,
documento, documento de identidad, cédula, cedula, curp, rfc, pasaporte número, permiso, rg, cnpj,
nif, nipc, partita iva, patente, rijbewijs, paspoort, paspoortnummer, identiteitskaart,
burgerservicenummer, rijksregisternummer, dowód, dowodu, social insurance, national insurance
number, government id, state id, taxpayer, ssn number, pps, ppsn, ahv, svnr, matrícula, emirates
id, iqama, nric, mykad, ktp, nik, паспорт, инн, снилс, ausweis, dni, nie, nif, nino, ni number,
national insurance, tax id, tin, ein, itin, steuer-id, codice fiscale, cpf, bsn, nhs, medicare, sin
"""
ID_CUES = frozenset(_phrases(_IDS))
_ZIPS = """
zip, zip code, zipcode, postal code, postcode, post code, plz, postleitzahl, código postal,
code postal, cap, cep
"""
ZIP_CUES = frozenset(_phrases(_ZIPS))
ZIPS = frozenset(cue.split()[-1] for cue in ZIP_CUES)
"""Their last words."""
VERSIONS = frozenset(
    (
        "chapter",
        "section",
        "clause",
        "paragraph",
        "article",
        "v",
        "version",
        "firmware",
        "release",
        "build",
        "ios",
        "android",
        "driver",
    )
)
_ADDRESSES = """
address, live, living, ship, shipped, deliver, delivered, moved, vivo, j'habite, wohne, abito,
moro, woon, addr, mieszkam, dirección, adresse, located
"""
ADDRESS_CUES = frozenset(_phrases(_ADDRESSES))
