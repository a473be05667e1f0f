"""Records that are only kept here read as what they are: nothing was written anywhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from connectors.models import RecordLink
from sandboxes.syspro import Options, Syspro
from tenants.models import Role
from tests.connectors.views.conftest import ClientOf
from tests.joined import Joined, joined


@pytest.fixture
def scene(transactional_db: None) -> Iterator[Joined]:
    """SYSPRO and Mailchimp, after a mailing that some opened, read back."""
    with joined(
        "syspro_mailchimp", Syspro(Options(customers=30)), new_member_status="subscribed"
    ) as standing:
        standing.run("customers")
        standing.mailchimp.mutate("send_campaign")
        standing.run("engagement")
        yield standing


def kept() -> RecordLink:
    """What is kept of somebody."""
    return RecordLink.objects.filter(sink="kept", state="clean")[0]


def read(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(f"connectors:{name}", args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_kept_record_says_whose_it_is_and_claims_no_writing(scene: Joined, as_: ClientOf) -> None:
    link = kept()
    text = read(as_(Role.VIEWER), "record", link.pk)
    assert "it is written nowhere else" in text
    assert "SYSPRO has it" not in text
    assert "SYSPRO confirmed it" not in text
    assert "Kept here as it was read" in text
    assert "Open rate" in text
    assert f"?q={link.external_id}" in text


def test_what_is_kept_of_somebody_stands_beside_the_customer(scene: Joined, as_: ClientOf) -> None:
    link = kept()
    customer = RecordLink.objects.get(sink="audience_members", source_key=link.external_id)
    text = read(as_(Role.VIEWER), "record", customer.pk)
    assert "Engagement to look at" in text
    assert " %</dd>" in text
    assert reverse("connectors:record", args=[link.pk]) in text


def test_a_run_of_kept_records_says_kept_and_names_customers(scene: Joined, as_: ClientOf) -> None:
    link = kept()
    viewer = as_(Role.VIEWER)
    text = read(viewer, "run", link.run_id)
    assert "newly kept" in text
    assert "Created" not in text
    assert link.source_key not in text, "Mailchimp's hash of an address tells nobody anything"
    listed = read(viewer, "records", kind=f"{link.job_id}:kept")
    assert link.handle in listed
    assert link.source_key not in listed


def test_the_integration_offers_no_fields_of_what_is_only_kept(scene: Joined, as_: ClientOf) -> None:
    text = read(as_(Role.ADMIN), "integration", scene.integration.pk)
    engagement = text[text.index('id="engagement"') :]
    assert "here, for you to look at" in engagement
    assert "/fields/" not in engagement
