"""Everything a connection to QAD has to be told, in one model."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Self

from pydantic import model_validator

from connectors.sdk.system import Account
from connectors.systems.qad import columns
from connectors.systems.qad.places import PlaceSettings, QadCredentials
from connectors.systems.qad.reading import ReadingSettings
from connectors.systems.qad.writing import QXTEND, WritingSettings


class QadSettings(PlaceSettings, ReadingSettings, WritingSettings):
    """Where the tenant is, what is read of it, how orders are written to it."""

    @model_validator(mode="after")
    def _can_write(self) -> Self:
        if self.write_via == QXTEND and not (self.qxtend_url and self.qxtend_receiver):
            raise ValueError("To write through QXtend, enter its address and the receiver.")
        return self

    @cached_property
    def customer(self) -> Mapping[str, str]:
        """Which column says what of a customer."""
        return columns.chosen(columns.of_customers(self.customers_browse), self.customer_columns)

    @cached_property
    def item(self) -> Mapping[str, str]:
        """Which column says what of an item."""
        return columns.chosen(columns.ITEM, self.item_columns)

    @cached_property
    def order(self) -> Mapping[str, str]:
        """Which column says what of an order."""
        return columns.chosen(columns.ORDER, self.order_columns)

    @cached_property
    def line(self) -> Mapping[str, str]:
        """Which column says what of an order line."""
        return columns.chosen(columns.LINE, self.line_columns)


def settings_of(account: Account) -> QadSettings:
    """The account's settings as ours."""
    if not isinstance(account.settings, QadSettings):
        raise TypeError(f"{type(account.settings).__name__} are no settings of QAD")
    return account.settings


def credentials_of(account: Account) -> QadCredentials:
    """The account's credentials as ours."""
    if not isinstance(account.credentials, QadCredentials):
        raise TypeError(f"{type(account.credentials).__name__} are no credentials of QAD")
    return account.credentials


def date_format(account: Account) -> str:
    """How this QAD writes dates: as the settings say, else as ping found it."""
    dates = settings_of(account).dates
    found = account.findings.get("date_format")
    return dates if dates != "auto" else found if isinstance(found, str) and found else "y-m-d"
