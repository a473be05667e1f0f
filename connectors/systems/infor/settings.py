"""What a connection to Infor CloudSuite has to be told.

In parts, as the form shows them: which product, what M3 and what CloudSuite Industrial need to know, when an
account counts as dormant or delinquent, and how ION API is to be treated.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from connectors.sdk.settings import Settings
from connectors.sdk.system import Account
from connectors.systems.infor.ionapi import IonApi, parsed
from connectors.systems.infor.settings_csi import CsiSettings
from connectors.systems.infor.settings_gateway import GatewaySettings
from connectors.systems.infor.settings_m3 import M3Settings
from connectors.systems.infor.settings_product import ProductSettings
from connectors.systems.infor.settings_standing import StandingSettings


class InforSettings(ProductSettings, M3Settings, CsiSettings, StandingSettings, GatewaySettings):
    """Which product, which company of it, and what to read there."""

    @model_validator(mode="after")
    def _knows_its_company(self) -> Self:
        if self.product == "m3" and not self.company:
            raise ValueError(
                "Enter the M3 company (three digits, as in MNS095). Without it M3 takes the one of its user, "
                "which may be another company's data."
            )
        if self.product == "csi" and not self.csi_config:
            raise ValueError("Enter the configuration (site) that CloudSuite Industrial is to answer for.")
        return self

    @property
    def is_m3(self) -> bool:
        """Whether it is M3; else CloudSuite Industrial."""
        return self.product == "m3"

    @property
    def suite(self) -> str:
        """The first part of every path of the product."""
        return self.m3_suite if self.is_m3 else self.csi_suite


class InforCredentials(Settings):
    """The service account we log in as, in the one file Infor OS gives for it."""

    ionapi: SecretStr = Field(
        min_length=2,
        max_length=20_000,
        title=".ionapi file",
        description=(
            "Infor OS, API Gateway, Authorized Apps: an app of the type Backend Service of your own. Choose "
            "Download Credentials, tick Create Service Account, name a user of the product, and upload the "
            "file here. It is stored encrypted and never shown again."
        ),
        json_schema_extra={"upload": ".ionapi"},
    )

    @field_validator("ionapi")
    @classmethod
    def _is_a_backend_service(cls, file: SecretStr) -> SecretStr:
        parsed(file.get_secret_value())
        return file

    @property
    def file(self) -> IonApi:
        """What the file says."""
        return parsed(self.ionapi.get_secret_value())

    def secrets(self) -> tuple[str, ...]:
        """The secrets in the file, as well as the file: each must be recognised by itself."""
        file = self.file
        return (*super().secrets(), file.client_secret, file.secret_key, file.access_key)


def settings_of(account: Account) -> InforSettings:
    """The account's settings as ours."""
    if not isinstance(account.settings, InforSettings):
        raise TypeError(f"{type(account.settings).__name__} are no settings of Infor CloudSuite")
    return account.settings


def file_of(account: Account) -> IonApi:
    """The account's .ionapi file."""
    if not isinstance(account.credentials, InforCredentials):
        raise TypeError(f"{type(account.credentials).__name__} are no credentials of Infor CloudSuite")
    return account.credentials.file
