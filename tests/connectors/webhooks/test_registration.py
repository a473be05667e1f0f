"""Webhooks follow the jobs: set up when one is on, taken down when it is off, mended when they are gone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from audit.models import ApiCall, AuditEntry
from connectors.models import Connection, WebhookEndpoint
from connectors.services import connections, integrations, webhooks
from connectors.services.errors import Refused
from sandboxes.mailchimp import CUSTOMERS
from tenants.scope import tenant_scope
from tests.connectors.webhooks.steps import Listener, at_vendor, event, fresh, hear, receipts
from tests.worlds import World

WEBHOOKS = f"*/lists/{CUSTOMERS}/webhooks"


def wanted(scene: World, *, on: bool = True) -> WebhookEndpoint:
    """The endpoint after the way back was switched, before anybody has seen to it."""
    integrations.switch_job(scene.job("consent_back"), on=on)
    return WebhookEndpoint.objects.get()


def settled(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """The endpoint after a worker has seen to it, whether or not its time has come."""
    webhooks.settle_now(endpoint)
    return fresh(endpoint)


def kinds() -> list[str]:
    """What the trail tells of webhooks, oldest first."""
    found = AuditEntry.objects.filter(kind__startswith="webhook").order_by("seq")
    return [entry.kind for entry in found]


def test_nothing_is_asked_of_the_vendor_while_somebody_waits(scene: World) -> None:
    before = len(scene.mailchimp.journal.calls())
    endpoint = wanted(scene)
    assert (endpoint.state, endpoint.wanted) == ("pending", True)
    assert len(scene.mailchimp.journal.calls()) == before


def test_a_job_turned_on_is_called_and_one_turned_off_is_not(scene: World) -> None:
    endpoint = settled(wanted(scene))
    assert (endpoint.state, endpoint.text) == ("on", "")
    [hook] = at_vendor(scene)
    assert hook.url == webhooks.url_of(endpoint)
    assert hook.sources == {"user": True, "admin": True, "api": False}
    assert [name for name, on in hook.events.items() if not on] == ["campaign"]
    assert endpoint.signing_secrets() == (hook.secret,)
    endpoint = settled(wanted(scene, on=False))
    assert (endpoint.state, endpoint.vendor_id, endpoint.settle_at) == ("off", "", None)
    assert endpoint.signing_secrets() == ()
    assert at_vendor(scene) == []
    assert kinds() == ["webhook_registered", "webhook_removed"]
    assert ApiCall.objects.filter(path="/lists/{audience}/webhooks", method="POST", status=200).count() == 1


def test_turning_the_integration_off_takes_it_down_and_on_again_sets_it_up(scene: World) -> None:
    endpoint = settled(wanted(scene))
    integrations.turn_off(scene.integration)
    settled(endpoint)
    assert at_vendor(scene) == []
    integrations.turn_on(scene.integration)
    settled(endpoint)
    assert len(at_vendor(scene)) == 1


def test_jobs_that_no_webhook_could_call_want_none(scene: World) -> None:
    integrations.switch_job(scene.job("engagement_back"), on=True)
    assert not WebhookEndpoint.objects.exists()


def test_checking_what_stands_changes_nothing(scene: World) -> None:
    endpoint = settled(wanted(scene))
    [before] = at_vendor(scene)
    endpoint = settled(endpoint)
    assert at_vendor(scene) == [before]
    assert kinds()[-1] == "webhook_checked"
    assert endpoint.settle_at
    assert timedelta(hours=23) < endpoint.settle_at - timezone.now() < timedelta(hours=25)


def test_one_that_was_deleted_at_the_vendor_is_made_anew(scene: World) -> None:
    endpoint = settled(wanted(scene))
    before = endpoint.signing_secrets()
    scene.mailchimp.account.audiences[CUSTOMERS].webhooks.clear()
    endpoint = settled(endpoint)
    [hook] = at_vendor(scene)
    assert endpoint.signing_secrets() == (hook.secret,) != before


def test_one_whose_making_was_not_answered_is_replaced_for_its_secret_is_lost(scene: World) -> None:
    scene.mailchimp.faults.add(f"POST {WEBHOOKS}", "timeout_after")
    endpoint = settled(wanted(scene))
    assert (endpoint.state, endpoint.attempts, len(at_vendor(scene))) == ("pending", 1, 1)
    assert endpoint.settle_at
    assert endpoint.settle_at - timezone.now() < timedelta(seconds=10)
    endpoint = settled(endpoint)
    [hook] = at_vendor(scene)
    assert (endpoint.state, endpoint.signing_secrets()) == ("on", (hook.secret,))


def test_other_peoples_webhooks_are_left_alone(scene: World) -> None:
    scene.mailchimp.mutate("add_unsigned_webhook", url="https://other.example/hook")
    settled(wanted(scene))
    settled(wanted(scene, on=False))
    assert [hook.url for hook in at_vendor(scene)] == ["https://other.example/hook"]


def test_one_made_unsigned_is_believed_for_its_address(listener: Listener) -> None:
    [hook] = at_vendor(listener.scene)
    hook.secret = ""
    listener.endpoint.seal_secrets(())
    listener.endpoint.save()
    listener.leave(listener.emails[0])
    assert [receipt.verdict for receipt in receipts()] == ["unsigned"]


def test_an_address_that_cannot_be_reached_is_told_and_tried_again(scene: World) -> None:
    with override_settings(PUBLIC_URL="http://127.0.0.1:9"):
        endpoint = settled(wanted(scene))
        assert endpoint.state == "pending"
        assert "couldn't verify the URL" in endpoint.text
        assert "the schedule finds changes meanwhile" in endpoint.text
        [first, *_] = webhooks.listening(scene.integration)
        assert first.text == endpoint.text
        again = settled(endpoint)
        assert again.attempts == 2
        assert again.settle_at
        assert endpoint.settle_at
        assert again.settle_at > endpoint.settle_at
    assert kinds() == ["webhook_not_settled"] * 2
    assert settled(endpoint).state == "on"


def test_without_a_public_address_the_schedule_does_it_all_and_says_so(scene: World) -> None:
    with override_settings(PUBLIC_URL=""):
        before = len(scene.mailchimp.journal.calls())
        endpoint = settled(wanted(scene))
        assert (endpoint.state, endpoint.text) == ("off", webhooks.NO_ADDRESS)
        assert len(scene.mailchimp.journal.calls()) == before
        assert {one.text for one in webhooks.listening(scene.integration)} == {webhooks.NO_ADDRESS}
    assert settled(endpoint).state == "on"


def test_a_key_that_was_revoked_calls_for_a_person_and_the_vendor_is_left_alone(scene: World) -> None:
    scene.mailchimp.mutate("revoke_key")
    endpoint = settled(wanted(scene))
    scene.destination.refresh_from_db()
    assert scene.destination.state == Connection.State.ATTENTION
    before = len(scene.mailchimp.journal.calls())
    endpoint = settled(endpoint)
    assert endpoint.text.startswith("Waits until Our Mailchimp works again")
    assert len(scene.mailchimp.journal.calls()) == before


def test_a_moved_audience_is_followed(scene: World) -> None:
    endpoint = settled(wanted(scene))
    other = str(scene.mailchimp.mutate("add_audience", name="Others"))
    integrations.set_options(scene.integration, {**scene.integration.options, "audience_id": other})
    endpoint = settled(endpoint)
    assert at_vendor(scene) == []
    [hook] = at_vendor(scene, other)
    assert endpoint.vendor_id == f"{other}/{hook.id}"
    assert endpoint.state == "on"


def test_a_changed_mind_while_the_vendor_is_asked_is_not_forgotten(
    scene: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = wanted(scene)
    right = webhooks._bring_about

    def meanwhile(*arguments: object) -> str:
        done = right(*arguments)  # type: ignore[arg-type]
        integrations.switch_job(scene.job("consent_back"), on=False)
        return done

    with monkeypatch.context() as interrupted:
        interrupted.setattr(webhooks, "_bring_about", meanwhile)
        endpoint = settled(endpoint)
    assert len(at_vendor(scene)) == 1
    assert endpoint.settle_at
    assert endpoint.settle_at <= timezone.now()
    webhooks.settle(endpoint.pk)
    assert (at_vendor(scene), fresh(endpoint).state) == ([], "off")


def test_a_new_address_is_registered_before_the_old_one_goes(listener: Listener) -> None:
    scene, before = listener.scene, listener.url
    endpoint = webhooks.rotate(listener.endpoint)
    scene.mailchimp.mutate("unsubscribe", email=listener.emails[0])
    scene.mailchimp.sender.collect(scene.mailchimp.account.audiences.values())  # leaves for the old address
    endpoint = settled(endpoint)
    [hook] = at_vendor(scene)
    assert hook.url == webhooks.url_of(endpoint) != before
    journal = [call.method for call in scene.mailchimp.journal.calls(path=f"{WEBHOOKS}*")]
    assert journal[-2:] == ["POST", "DELETE"]
    listener.deliver()
    scene.mailchimp.mutate("unsubscribe", email=listener.emails[1])
    listener.deliver()
    assert [receipt.verdict for receipt in receipts()] == ["genuine"] * 2
    hear(scene)
    assert len(listener.flags()) == 2


def test_the_daily_look_gives_every_integration_the_webhooks_it_wants(scene: World) -> None:
    integrations.switch_job(scene.job("consent_back"), on=True)
    WebhookEndpoint.objects.all().delete()  # as if it had been turned on before there were any
    webhooks.tend()
    with tenant_scope(scene.tenant):
        [endpoint] = WebhookEndpoint.objects.all()
    assert (endpoint.wanted, endpoint.state) == (True, "pending")


def test_two_workers_do_not_settle_one_endpoint_at_once(
    scene: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = wanted(scene)
    right, met = webhooks._bring_about, []

    def meanwhile(*arguments: object) -> str:
        met.append(webhooks.settle(endpoint.pk))
        with pytest.raises(Refused, match="right now"):
            webhooks.settle_now(endpoint)
        return right(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(webhooks, "_bring_about", meanwhile)
    webhooks.settle(endpoint.pk)
    assert met == [None]
    assert len(at_vendor(scene)) == 1


def test_settling_before_its_time_does_nothing(scene: World) -> None:
    endpoint = settled(wanted(scene))
    before = len(scene.mailchimp.journal.calls())
    assert webhooks.settle(endpoint.pk) is None
    assert len(scene.mailchimp.journal.calls()) == before


def test_people_read_how_soon_a_job_hears_of_changes(scene: World) -> None:
    told = {one.job.flow_code: one.text for one in webhooks.listening(scene.integration)}
    assert told == {
        "consent_back": "Once this is on, Mailchimp tells us of changes within seconds; "
        "the schedule finds the rest."
    }
    settled(wanted(scene))
    [told_now] = webhooks.listening(scene.integration)
    assert told_now.text.startswith("Mailchimp tells us of changes within seconds")


def test_a_ping_that_works_again_lets_it_be_set_up(scene: World) -> None:
    scene.mailchimp.mutate("revoke_key")
    endpoint = settled(wanted(scene))
    scene.mailchimp.mutate("add_key", key="0123456789abcdef0123456789abcdef-us6")
    connections.replace_credentials(scene.destination, {"api_key": "0123456789abcdef0123456789abcdef-us6"})
    connections.ping(scene.destination)
    assert settled(endpoint).state == "on"


def test_a_receipt_for_an_endpoint_that_is_off_is_taken_and_ignored(listener: Listener) -> None:
    settled(wanted(listener.scene, on=False))
    # Deliveries on their way still come, and a webhook that is entered by hand may live on for ever.
    assert listener.post(event("profile", email="a@b.example"), secret="whsec_former") == 200
    hear(listener.scene)
    assert [receipt.state for receipt in receipts()] == ["ignored"]
