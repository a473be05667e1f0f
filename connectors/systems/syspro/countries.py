"""Two-letter codes (ISO 3166-1) of countries by the English names people write into address lines."""

from __future__ import annotations

from collections.abc import Mapping

_NAMES = """
AD Andorra|AE United Arab Emirates, UAE|AF Afghanistan|AG Antigua and Barbuda|AL Albania|AM Armenia|AO Angola
AR Argentina|AT Austria|AU Australia|AW Aruba|AZ Azerbaijan|BA Bosnia and Herzegovina, Bosnia|BB Barbados
BD Bangladesh|BE Belgium|BF Burkina Faso|BG Bulgaria|BH Bahrain|BI Burundi|BJ Benin|BM Bermuda|BN Brunei
BO Bolivia|BR Brazil|BS Bahamas, The Bahamas|BT Bhutan|BW Botswana|BY Belarus|BZ Belize|CA Canada
CD DR Congo, Democratic Republic of the Congo, DRC|CF Central African Republic|CG Congo|CH Switzerland
CI Ivory Coast, Cote d'Ivoire|CL Chile|CM Cameroon|CN China, PRC|CO Colombia|CR Costa Rica|CU Cuba
CV Cape Verde, Cabo Verde|CW Curacao|CY Cyprus|CZ Czech Republic, Czechia|DE Germany|DJ Djibouti|DK Denmark
DM Dominica|DO Dominican Republic|DZ Algeria|EC Ecuador|EE Estonia|EG Egypt|ER Eritrea|ES Spain|ET Ethiopia
FI Finland|FJ Fiji|FM Micronesia|FO Faroe Islands|FR France|GA Gabon
GB United Kingdom, UK, U.K., Great Britain, England, Scotland, Wales, Northern Ireland|GD Grenada|GE Georgia
GH Ghana|GI Gibraltar|GL Greenland|GM Gambia, The Gambia|GN Guinea|GQ Equatorial Guinea|GR Greece|GT Guatemala
GW Guinea-Bissau|GY Guyana|HK Hong Kong|HN Honduras|HR Croatia|HT Haiti|HU Hungary|ID Indonesia
IE Ireland, Republic of Ireland|IL Israel|IM Isle of Man|IN India|IQ Iraq|IR Iran|IS Iceland|IT Italy
JE Jersey|JM Jamaica|JO Jordan|JP Japan|KE Kenya|KG Kyrgyzstan|KH Cambodia|KI Kiribati|KM Comoros
KN Saint Kitts and Nevis|KP North Korea|KR South Korea, Korea, Republic of Korea|KW Kuwait|KY Cayman Islands
KZ Kazakhstan|LA Laos|LB Lebanon|LC Saint Lucia|LI Liechtenstein|LK Sri Lanka|LR Liberia|LS Lesotho
LT Lithuania|LU Luxembourg|LV Latvia|LY Libya|MA Morocco|MC Monaco|MD Moldova|ME Montenegro|MG Madagascar
MH Marshall Islands|MK North Macedonia, Macedonia|ML Mali|MM Myanmar, Burma|MN Mongolia|MO Macao, Macau
MR Mauritania|MT Malta|MU Mauritius|MV Maldives|MW Malawi|MX Mexico|MY Malaysia|MZ Mozambique|NA Namibia
NC New Caledonia|NE Niger|NG Nigeria|NI Nicaragua|NL Netherlands, The Netherlands, Holland|NO Norway|NP Nepal
NR Nauru|NZ New Zealand|OM Oman|PA Panama|PE Peru|PF French Polynesia|PG Papua New Guinea|PH Philippines
PK Pakistan|PL Poland|PR Puerto Rico|PS Palestine|PT Portugal|PW Palau|PY Paraguay|QA Qatar|RE Reunion
RO Romania|RS Serbia|RU Russia, Russian Federation|RW Rwanda|SA Saudi Arabia, KSA|SB Solomon Islands
SC Seychelles|SD Sudan|SE Sweden|SG Singapore|SI Slovenia|SK Slovakia|SL Sierra Leone|SM San Marino|SN Senegal
SO Somalia|SR Suriname|SS South Sudan|ST Sao Tome and Principe|SV El Salvador|SY Syria
SZ Eswatini, Swaziland|TD Chad|TG Togo|TH Thailand|TJ Tajikistan|TL Timor-Leste, East Timor|TM Turkmenistan
TN Tunisia|TO Tonga|TR Turkey, Turkiye|TT Trinidad and Tobago|TV Tuvalu|TW Taiwan|TZ Tanzania|UA Ukraine
UG Uganda|US United States, United States of America, USA, U.S.A., U.S., America|UY Uruguay|UZ Uzbekistan
VA Vatican City|VC Saint Vincent and the Grenadines|VE Venezuela|VN Vietnam, Viet Nam|VU Vanuatu|WS Samoa
YE Yemen|ZA South Africa, RSA, R.S.A.|ZM Zambia|ZW Zimbabwe
"""

CODES = {
    name.strip().casefold(): entry[:2]
    for line in _NAMES.strip().splitlines()
    for entry in line.split("|")
    for name in entry[3:].split(",")
} | {"uk": "GB"}
_TWO_LETTERS = frozenset(CODES.values())


def country_code(text: str, names: Mapping[str, str]) -> str:
    """The code of a country, by the company's own names first; what nobody knows stays as it is written."""
    spelled = " ".join(text.split())
    known = names.get(spelled.casefold()) or CODES.get(spelled.casefold())
    if known:
        return known
    return spelled.upper() if spelled.upper() in _TWO_LETTERS else spelled
