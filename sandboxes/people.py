"""Made-up people and companies of many countries: the same seed gives the same ones, in the same order.

Every e-mail address is well-formed, ASCII, unique within one seed, and ends in `.example`, a domain
nobody can own; sandboxes treat it as deliverable. Odd data (duplicates, invalid addresses) is each
sandbox's own business.
"""
# ruff: noqa: RUF001 - letters that look like others are the point

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import NamedTuple

# A long name every so often, and one with an emoji: destinations limit and escape these differently.
LONG_NAME_EVERY = 211
EMOJI_NAME_EVERY = 173


class Party(NamedTuple):
    """A company and the person one writes to there."""

    number: int
    company: str
    first: str
    last: str
    email: str
    phone: str
    street: str
    zip_code: str
    city: str
    country: str
    language: str
    currency: str

    @property
    def person(self) -> str:
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class _Locale:
    """`zip_code` and `phone` are patterns in which `#` is a digit; names are `written/ascii`."""

    country: str
    language: str
    currency: str
    zip_code: str
    phone: str
    firsts: tuple[tuple[str, str], ...]
    lasts: tuple[tuple[str, str], ...]
    cities: tuple[str, ...]
    streets: tuple[str, ...]
    forms: tuple[str, ...]


def _names(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (word.partition("/") for word in text.split())
    return tuple(
        (written.replace("_", " "), ascii_form or written.lower()) for written, _, ascii_form in pairs
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


def _locale(head: str, firsts: str, lasts: str, *places: str) -> _Locale:
    country, language, currency, zip_code, phone = _words(head)
    cities, streets, forms = (_words(text) for text in places)
    return _Locale(
        country, language, currency, zip_code, phone, _names(firsts), _names(lasts), cities, streets, forms
    )  # fmt: skip


_LOCALES = (
    _locale(
        "SE, sv, SEK, ### ##, +46 8 ### ## ##",
        "Anna Erik Åsa/asa Björn/bjorn Maja Göran/goran Linnéa/linnea Oskar",
        "Lindqvist Öberg/oberg Sjöström/sjostrom Nilsson Hägg/hagg Bergström/bergstrom Ek Åkesson/akesson",
        "Göteborg, Malmö, Umeå, Örebro, Västerås",
        "Storgatan, Kungsgatan, Hamngatan, Bäckvägen",
        "AB, Handels AB",
    ),
    _locale(
        "NO, no, NOK, ####, +47 22 ## ## ##",
        "Ingrid Lars Øystein/oystein Kari Bjørn/bjorn Sigrid Håkon/hakon Solveig",
        "Hansen Bjørnstad/bjornstad Nygård/nygard Dahl Ødegård/odegard Lie Strøm/strom Berg",
        "Bergen, Tromsø, Ålesund, Bodø",
        "Strandgata, Kirkeveien, Fjordveien",
        "AS, ASA",
    ),
    _locale(
        "DE, de, EUR, #####, +49 30 #######",
        "Jürgen/juergen Käthe/kaethe Lukas Sophie Jörg/joerg Hannah Götz/goetz Marlene",
        "Müller/mueller Groß/gross Schäfer/schaefer Weiß/weiss Köhler/koehler Vogel Brandt Übel/uebel",
        "München, Köln, Düsseldorf, Nürnberg, Lübeck",
        "Hauptstraße, Gartenweg, Schloßallee",
        "GmbH, AG, GmbH & Co. KG",
    ),
    _locale(
        "FR, fr, EUR, #####, +33 1 ## ## ## ##",
        "Hélène/helene François/francois Zoé/zoe Noël/noel Chloé/chloe Étienne/etienne Anaïs/anais Luc",
        "Lefèvre/lefevre D'Aubigné/daubigne Béranger/beranger Moreau Garçon/garcon Dupré/dupre Roux "
        "Le_Goff/legoff",
        "Orléans, Besançon, Nîmes, Angoulême",
        "rue de l'Église, avenue Foch, quai d'Orsay",
        "SARL, SA, SAS",
    ),
    _locale(
        "GB, en, GBP, AB# #CD, +44 20 #### ####",
        "Oliver Amelia Harriet George Imogen Alistair Nia Rhys",
        "Smith O'Brien/obrien Taylor MacDonald/macdonald Hughes Fitzgerald/fitzgerald Wright "
        "Llewellyn/llewellyn",
        "Leeds, Bristol, Aberdeen, Newport, King's Lynn",
        "High Street, Station Road, Queen's Parade",
        "Ltd, plc, & Sons Ltd",
    ),
    _locale(
        "US, en, USD, #####, +1 312 555 ####",
        "Ethan Olivia Marcus Grace Tyrone Emily José/jose Hannah",
        "Johnson Williams Nguyen Garcia Miller-Jones/miller-jones Lee Brooks Kowalski",
        "Austin, St. Louis, Coeur d'Alene, Portland, Boise",
        "Main St, Oak Ave, 5th Ave, Mill Rd",
        "Inc., LLC, Corp.",
    ),
    _locale(
        "PL, pl, PLN, ##-###, +48 42 ### ## ##",
        "Łukasz/lukasz Małgorzata/malgorzata Paweł/pawel Żaneta/zaneta Wojciech Agnieszka "
        "Śławomir/slawomir Zofia",
        "Wójcik/wojcik Kowalczyk Dąbrowski/dabrowski Szymańska/szymanska Lewandowski "
        "Zieliński/zielinski Mróz/mroz Łuczak/luczak",
        "Łódź, Kraków, Gdańsk, Wrocław, Rzeszów",
        "ul. Piotrkowska, ul. Długa, ul. Świętojańska",
        "Sp. z o.o., S.A.",
    ),
    _locale(
        "GR, el, EUR, ### ##, +30 210 ### ####",
        "Γιώργος/giorgos Ελένη/eleni Νίκος/nikos Σοφία/sofia Αλέξανδρος/alexandros Μαρία/maria",
        "Παπαδόπουλος/papadopoulos Νικολάου/nikolaou Οικονόμου/oikonomou Γεωργίου/georgiou "
        "Βασιλείου/vasileiou",
        "Αθήνα, Θεσσαλονίκη, Πάτρα, Ηράκλειο",
        "Οδός Ερμού, Λεωφόρος Συγγρού",
        "Α.Ε., Ε.Π.Ε.",
    ),
    _locale(
        "JP, ja, JPY, ###-####, +81 3 #### ####",
        "太郎/taro 花子/hanako 健太/kenta 美咲/misaki 翔/sho 陽子/yoko",
        "佐藤/sato 鈴木/suzuki 高橋/takahashi 田中/tanaka 渡辺/watanabe 山本/yamamoto",
        "東京, 大阪, 横浜, 札幌, 福岡",
        "中央, 本町, 桜木町",
        "株式会社, 合同会社",
    ),
    _locale(
        "ES, es, EUR, #####, +34 91 ### ## ##",
        "Íñigo/inigo Begoña/begona José/jose Núria/nuria Ángel/angel Lucía/lucia Toño/tono Inés/ines",
        "Muñoz/munoz Peña/pena Ibáñez/ibanez García/garcia Ñíguez/niguez Castro López/lopez Cañada/canada",
        "A Coruña, Málaga, Logroño, Cádiz",
        "Calle Mayor, Paseo de España, Avenida del Niño",
        "S.L., S.A.",
    ),
    _locale(
        "KW, ar, KWD, #####, +965 2### ####",
        "فهد/fahad نورة/noura خالد/khalid مريم/mariam يوسف/yousef دانة/dana",
        "الصباح/alsabah العنزي/alenezi المطيري/almutairi الرشيدي/alrashidi الكندري/alkandari",
        "الكويت, حولي, السالمية",
        "شارع الخليج, شارع سالم المبارك",
        "ش.م.ك., ذ.م.م.",
    ),
    _locale(
        "TR, tr, EUR, #####, +90 212 ### ## ##",
        "İpek/ipek Işıl/isil Çağlar/caglar Ömer/omer Şule/sule Gökhan/gokhan Ilgın/ilgin Deniz",
        "Yılmaz/yilmaz Şahin/sahin Öztürk/ozturk Çelik/celik Güneş/gunes Aydın/aydin Işık/isik Doğan/dogan",
        "İstanbul, Iğdır, Şanlıurfa, Çanakkale",
        "İstiklal Caddesi, Atatürk Bulvarı",
        "A.Ş., Ltd. Şti.",
    ),
    _locale(
        "CZ, cs, CZK, ### ##, +420 2## ### ###",
        "Jiří/jiri Žofie/zofie Ondřej/ondrej Božena/bozena Řehoř/rehor Šárka/sarka",
        "Dvořák/dvorak Černý/cerny Svobodová/svobodova Růžička/ruzicka Kučera/kucera Šťastný/stastny",
        "Plzeň, České Budějovice, Kroměříž, Ústí nad Labem",
        "Náměstí Míru, Dlouhá třída",
        "s.r.o., a.s.",
    ),
    _locale(
        "BR, pt, USD, #####-###, +55 11 ####-####",
        "João/joao Conceição/conceicao Antônio/antonio Íris/iris Luís/luis Fátima/fatima",
        "Gonçalves/goncalves Magalhães/magalhaes Simões/simoes Araújo/araujo Corrêa/correa Silva",
        "São Paulo, Goiânia, Brasília, Maceió",
        "Rua da Conceição, Avenida São João",
        "Ltda., S.A.",
    ),
)

_TRADES = _words(
    "Marine, Timber, Foods, Robotics, Textil, Optik, Ceramics, Logistics, Aqua, Papier, Solar, "
    "Mekano, Pharma, Verktyg, Glas, Bikes, Coffee, Audio, Garden, Steel"
)
_BRANDS = _words(
    "Nordvik, Alba, Kestrel, Miro, Tellus, Ostra, Vega, Halden, Corvo, Lumen, Pinja, Sable, Runa, "
    "Arbor, Quill, Zenit, Basalt, Fjell, Ondine, Marlow, Tundra, Ember, Cobalt, Juniper, Orion, "
    "Sparrow, Larch, Delta, Mosaic, Ivory"
)
_LONG_TAIL = " and Associated Works for Precision Instruments, Spare Parts, Service and Training"


def parties(count: int, seed: int = 1) -> Iterator[Party]:
    """The first `count` parties of a seed; asking for more gives the same ones first."""
    return islice(_all_parties(seed), count)


def _all_parties(seed: int) -> Iterator[Party]:
    rng = Random(seed)  # noqa: S311 - made-up data must be repeatable
    number = 0
    while True:
        number += 1
        yield _party(number, rng.getrandbits(128))


def _party(number: int, chance: int) -> Party:
    """One draw of many random bits, taken apart by division: several times faster than as many draws."""
    chance, index = divmod(chance, len(_LOCALES))
    locale = _LOCALES[index]
    chance, index = divmod(chance, len(locale.firsts))
    first, first_ascii = locale.firsts[index]
    chance, index = divmod(chance, len(locale.lasts))
    last, last_ascii = locale.lasts[index]
    chance, index = divmod(chance, len(_BRANDS))
    brand = _BRANDS[index]
    chance, index = divmod(chance, len(_TRADES))
    trade = _TRADES[index]
    chance, index = divmod(chance, len(locale.cities))
    city = locale.cities[index]
    chance, index = divmod(chance, len(locale.streets))
    street = locale.streets[index]
    chance, house = divmod(chance, 200)
    chance, index = divmod(chance, len(locale.forms))
    return Party(
        number=number,
        company=_company(number, f"{brand} {trade}", city, locale.forms[index]),
        first=first,
        last=last,
        email=f"{first_ascii}.{last_ascii}.{number}@{brand.lower()}-{trade.lower()}.example",
        phone=_digits(locale.phone, chance),
        street=f"{street} {house + 1}",
        zip_code=_digits(locale.zip_code, chance >> 30),
        city=city,
        country=locale.country,
        language=locale.language,
        currency=locale.currency,
    )


def _company(number: int, name: str, city: str, form: str) -> str:
    if number % LONG_NAME_EVERY == 0:
        return f"{name}{_LONG_TAIL[: 98 - len(name) - len(form)].rstrip(', ')} {form}"
    if number % EMOJI_NAME_EVERY == 0:
        return f"{name} 🚀 {form}"
    return f"{name} {city} {form}"


def _digits(pattern: str, chance: int) -> str:
    digits = f"{chance % 10**12:012d}"
    parts = pattern.split("#")
    return "".join(f"{part}{digit}" for part, digit in zip(parts, digits, strict=False))[: len(pattern)]
