"""Amounts of money: exact, in one currency, rounded only where a currency says how."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

# ISO 4217 (amendment 177): the currencies whose minor unit is not a hundredth.
_NO_MINOR = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_OTHER_MINOR = dict.fromkeys(_NO_MINOR.split(), 0) | dict.fromkeys(_THOUSANDTHS.split(), 3)
# The active codes of ISO 4217, without funds, metals and test codes.
CURRENCIES = frozenset(
    """AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP
    BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL
    GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW
    KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN
    NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK
    SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYI UYU
    UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG""".split()  # noqa: SIM905
)


@lru_cache(maxsize=256)
def minor_units(currency: str) -> int:
    """Decimal places of a currency (ISO 4217): 0 for JPY, 3 for KWD, 2 for most.

    Raises `ValueError` where the code is no active currency.
    """
    if currency not in CURRENCIES:
        raise ValueError(f"{currency!r} is not a currency of ISO 4217")
    return _OTHER_MINOR.get(currency, 2)


@lru_cache(maxsize=8)
def _quantum(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in a currency (major units: `Money(Decimal("12.34"), "EUR")`)."""

    amount: Decimal
    currency: str

    def rounded(self) -> Money:
        """The amount with as many decimals as its currency has, halves away from zero.

        Raises `ValueError` for an unknown currency.
        """
        places = minor_units(self.currency)
        return Money(self.amount.quantize(_quantum(places), rounding=ROUND_HALF_UP), self.currency)

    def wire(self) -> float | int:
        """The rounded amount as the JSON number vendors expect; exact up to 15 digits.

        Raises `ValueError` where a float could not carry every digit.
        """
        amount = self.rounded().amount
        if not amount.is_finite() or len(amount.as_tuple().digits) > 15:
            raise ValueError(f"{amount} {self.currency} has more digits than a JSON number carries")
        return int(amount) if amount == amount.to_integral_value() else float(amount)
