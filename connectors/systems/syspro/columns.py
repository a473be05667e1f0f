"""The columns of ArCustomer we may ask for, by what they are for."""

from __future__ import annotations

COLUMN_PATTERN = r"^[A-Za-z]\w{0,99}$"
ADDRESS_LINES = ("1", "2", "3", "3Loc", "4", "5")
MEANINGS = ("street", "street2", "city", "region", "country", "postal_code", "nothing")

NAME, CONTACT, PHONE, CURRENCY, LANGUAGE = "Name", "Contact", "Telephone", "Currency", "LanguageCode"
CATEGORY, BRANCH, GROUP, PARENT = "CustomerClass", "Branch", "BuyingGroup1", "MasterAccount"
ADDED, LAST_SALE = "DateCustAdded", "DateLastSale"
SALES_ALLOWED, ON_HOLD, CREDIT_STATUS = "SalesAllowed", "CustomerOnHold", "CreditStatus"

STANDING = (SALES_ALLOWED, ON_HOLD, CREDIT_STATUS, LAST_SALE, ADDED)
"""What the standing of a customer is told from."""
FIELDS = (NAME, CONTACT, PHONE, CURRENCY, LANGUAGE, CATEGORY, BRANCH, GROUP, PARENT, ADDED)
"""What has a place in every record of a customer."""
EXTRA = (
    "ShortName",
    "Salesperson",
    "Area",
    "TermsCode",
    "PriceCode",
    "CustomerType",
    "UserField1",
    "UserField2",
)
"""What only SYSPRO knows of a customer, and rarely changes."""
