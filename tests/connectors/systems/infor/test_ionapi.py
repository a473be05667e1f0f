"""The uploaded file: read as it comes, refused with the reason, never shown."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.systems.infor.ionapi import NO_SERVICE_ACCOUNT, NOT_A_FILE, parsed
from connectors.systems.infor.settings import InforCredentials
from sandboxes.infor import Options

FILE: dict[str, Any] = json.loads(Options().ionapi())


def file(**changes: Any) -> str:
    return json.dumps({**FILE, **changes})


def test_addresses_are_joined_whatever_slashes_they_end_with() -> None:
    with_slashes = parsed(file(iu=f"{FILE['iu']}/", pu=FILE["pu"].rstrip("/") + "/"))
    without = parsed(file(iu=FILE["iu"], pu=FILE["pu"].rstrip("/")))
    assert with_slashes == without
    assert without.base_url == f"{FILE['iu']}/{FILE['ti']}"
    assert without.token_url == "https://mingle-sso.eu1.inforcloudsuite.com:443/NORDVIK_PRD/as/token.oauth2"
    assert without.revoke_url.endswith("/NORDVIK_PRD/as/revoke_token.oauth2")


def test_the_access_key_is_taken_as_it_stands() -> None:
    assert parsed(file()).access_key == FILE["saak"]
    assert FILE["saak"].startswith(f"{FILE['ti']}#")


def test_the_file_of_a_web_app_is_refused_with_the_way_to_the_right_one() -> None:
    with pytest.raises(ValidationError) as refused:
        InforCredentials(ionapi=Options().web_app_ionapi())
    (error,) = refused.value.errors()
    assert NO_SERVICE_ACCOUNT in error["msg"]
    assert "Create Service Account" in error["msg"]


@pytest.mark.parametrize("text", ["", "{}", "[]", "not json", '{"name": "package"}', "{" * 10_000])
def test_anything_else_is_no_ionapi_file(text: str) -> None:
    with pytest.raises(ValueError, match=r"no \.ionapi file") as refused:
        parsed(text)
    assert str(refused.value) == NOT_A_FILE


@pytest.mark.parametrize(
    ("name", "what"), [("ti", "the tenant"), ("cs", "the client secret"), ("ot", "token service")]
)
def test_what_the_file_lacks_is_named(name: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        parsed(file(**{name: ""}))


@pytest.mark.parametrize("address", ["mingle-ionapi", "ftp://host", "https://", "https://host/?x=1"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"the file is none"):
        parsed(file(iu=address))


def test_a_tenant_that_would_leave_its_place_in_the_path_is_refused() -> None:
    with pytest.raises(ValueError, match="tenant"):
        parsed(file(ti="../OTHER"))


def test_a_file_saved_by_windows_is_read() -> None:
    assert parsed("\ufeff" + file()).tenant == FILE["ti"]


def test_a_refused_file_is_not_quoted() -> None:
    with pytest.raises(ValidationError) as refused:
        InforCredentials(ionapi=file(saak=""))
    assert FILE["cs"] not in str(refused.value)


def test_each_secret_in_the_file_is_a_secret_by_itself() -> None:
    credentials = InforCredentials(ionapi=file())
    assert {FILE["cs"], FILE["sask"], FILE["saak"]} <= set(credentials.secrets())
    assert FILE["cs"] not in repr(credentials)


def test_the_form_is_told_that_it_is_a_file() -> None:
    schema = InforCredentials.model_json_schema()["properties"]["ionapi"]
    assert schema["upload"] == ".ionapi"
