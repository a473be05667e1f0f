"""Telling people from companies by what IFS has: one name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from connectors.systems.ifs_cloud.values import text, truthy

_LEGAL_FORMS = re.compile(
    r"""(?ix) (?: ^ | [\s,(] )
    (?: ab | ag | a/s | as | asa | aps | bhd | bv | b\.v\. | co\.? | company | corp\.? | corporation
      | d\.?o\.?o\.? | eood | gbr | gmbh | group | holdings? | inc\.? | kft | k\.?k\.? | kg | kb | llc | llp
      | ltd\.? | limited | ltda\.? | mbh | nv | n\.v\. | ohg | oyj? | plc | pte | pty | s\.?a\.?r\.?l\.?
      | s\.?a\.?s?\.? | sdn | se | sia | s\.?l\.? | s\.?p\.?a\.? | sp\.?\ ?z\ ?o\.?o\.? | s\.?r\.?l\.?
      | s\.?r\.?o\.? | uab | ug | a\.\ ?[sş]\. | ش\.م\.[ك-م]\.? | ذ\.م\.م\.?
      | 合同会社 | 株式会社 | 有限公司 )
    (?: $ | [\s,)] )"""
)
_NOT_IN_PEOPLE = re.compile(r"[0-9&@/+_\"“”]")
_MOST_WORDS = 4


def person_name(customer: Mapping[str, object]) -> tuple[str, str]:
    """First and last name, both empty where the customer is not clearly a person.

    The rule: a registration number, a corporate form or the B2B mark makes a company; so does a legal form, a
    digit or an ampersand in the name, a single word, or more than four. "Last, First" is split at its comma;
    otherwise the last word is the last name.
    """
    if (
        text(customer.get("AssociationNo"))
        or text(customer.get("CorporateForm"))
        or truthy(customer.get("B2bCustomer"))
    ):
        return "", ""
    name = text(customer.get("Name"))
    if _NOT_IN_PEOPLE.search(name) or _LEGAL_FORMS.search(name):
        return "", ""
    last, comma, first = (part.strip() for part in name.partition(","))
    if comma and first and last and "," not in first:
        return first, last
    words = name.split()
    if comma or not 2 <= len(words) <= _MOST_WORDS:
        return "", ""
    return " ".join(words[:-1]), words[-1]
