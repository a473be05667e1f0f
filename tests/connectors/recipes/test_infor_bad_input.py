"""What is set up wrongly, refused with the reason: files, companies, divisions, rations."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import redis
from django.core.files.uploadedfile import SimpleUploadedFile

from connectors.engine.advance import advance
from connectors.forms.connections import credentials_form
from connectors.models import Connection, Lane, SyncJob, SyncRun
from connectors.services import connections, integrations, runs
from connectors.services.errors import Refused
from sandboxes.infor import Options
from tests.connectors.engine.patience import pass_time, work_on
from tests.connectors.recipes.infor_site import change_settings, infor, reachable
from tests.joined import Joined

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene() -> Iterator[Joined]:
    """A small tenant; nothing has run."""
    with infor(tenant={"customers": 12}) as standing:
        yield standing


# -- the file --------------------------------------------------------------------------------------------


def uploaded(text: str) -> dict[str, list[str]]:
    """What the connection form says of a file."""
    file = SimpleUploadedFile("tenant.ionapi", text.encode(), content_type="application/octet-stream")
    form = credentials_form("infor", {}, {"credentials-ionapi-file": file})
    form.is_valid()
    return {name: list(map(str, told)) for name, told in form.errors.items()}


def test_the_file_of_a_backend_service_is_taken() -> None:
    assert uploaded(Options().ionapi()) == {}


def test_the_file_of_a_web_app_is_refused_in_the_form_with_the_way_to_the_right_one() -> None:
    [told] = uploaded(Options().web_app_ionapi())["ionapi"]
    assert "Create Service Account" in told
    assert "Backend Service" in told


@pytest.mark.parametrize("text", ["", "{}", "no file at all", json.dumps({"ti": "X", "ci": "Y"})])
def test_any_other_file_is_refused_in_the_form(text: str) -> None:
    assert uploaded(text)["ionapi"]


def test_a_refused_file_is_not_shown_again() -> None:
    file = json.loads(Options().ionapi())
    text = json.dumps({**file, "saak": ""})
    form = credentials_form("infor", {"credentials-ionapi": text})
    assert not form.is_valid()
    assert file["cs"] not in str(form)
    assert file["cs"] not in str(form.errors)


def test_a_web_apps_file_is_refused_by_the_service_as_well(scene: Joined) -> None:
    with pytest.raises(Refused) as refused:
        connections.replace_credentials(
            scene.integration.source, {"ionapi": scene.source.options.web_app_ionapi("http://127.0.0.1:1")}
        )
    assert "Create Service Account" in str(refused.value.fields)
    scene.run("customers")
    assert scene.members()  # with the file that was there before


# -- company and division --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"company": "300"}, "300"), ({"company": "999"}, "999"), ({"division": "ZZZ"}, "ZZZ")],
    ids=["not the user's", "none", "division"],
)
def test_a_wrong_company_or_division_is_told_by_the_ping_and_nothing_can_be_turned_on(
    scene: Joined, wrong: dict[str, str], named: str
) -> None:
    integrations.turn_off(scene.integration)
    change_settings(scene, **wrong)
    source = Connection.objects.get(pk=scene.integration.source.pk)
    told = next(one for one in source.ping if one["name"] == "Company")
    assert (source.state, told["outcome"]) == (Connection.State.ATTENTION, "failed")
    assert named in told["text"]
    scene.integration.refresh_from_db()
    with pytest.raises(Refused):
        integrations.turn_on(scene.integration)
    assert scene.writes() == 0


def test_a_company_taken_away_later_stops_the_job_with_the_reason(scene: Joined) -> None:
    scene.run("customers")
    sent = scene.writes()
    scene.source.mutate("authorize_company", company=100, allowed=False)
    run = scene.run("customers")
    assert run.verdict == SyncRun.Verdict.FAILED
    assert "company" in run.note
    job = SyncJob.objects.get(pk=scene.job("customers").pk)
    assert job.paused_reason
    calls = len(scene.source.journal.calls())
    with pytest.raises(Refused):
        runs.start(scene.job("customers"))
    scene.work()
    assert len(scene.source.journal.calls()) == calls  # nobody knocks on
    assert scene.writes() == sent


def test_another_companys_customers_under_the_same_numbers_are_never_read(scene: Joined) -> None:
    everybody = set(reachable(scene).values())
    scene.source.mutate("set_user_company", company=200, division="CCC")
    scene.run("customers")
    assert scene.members().keys() == everybody


# -- the account -----------------------------------------------------------------------------------------


def test_a_locked_account_is_asked_once_and_then_a_person(scene: Joined) -> None:
    scene.source.mutate("lock_account")
    scene.source.mutate("revoke_tokens")
    run = scene.run("customers")
    assert run.verdict == SyncRun.Verdict.FAILED
    source = Connection.objects.get(pk=scene.integration.source.pk)
    assert source.state == Connection.State.ATTENTION
    asked = len(scene.source.journal.calls(path="*/token.oauth2"))
    scene.work()
    assert len(scene.source.journal.calls(path="*/token.oauth2")) == asked


def test_log_ins_stay_within_the_ration_and_work_goes_on_when_there_are_more(
    scene: Joined, broker: redis.Redis
) -> None:
    change_settings(scene, log_ins_per_day=3)
    run = runs.start(scene.job("customers"))
    for _ in range(5):  # something ends our tokens again and again
        scene.source.mutate("revoke_tokens")
        run = runs.start(scene.job("customers"))
        for _ in range(4):
            pass_time(broker)
            advance(scene.job("customers"), Lane.Kind.OBSERVE)
            advance(scene.job("customers"), Lane.Kind.DELIVER)
    run.refresh_from_db()
    assert run.is_open
    assert "logged in to Infor 3 times within a day" in run.waiting_text
    assert len(scene.source.journal.calls(path="*/token.oauth2")) == 3
    assert Connection.objects.get(pk=scene.integration.source.pk).state == Connection.State.OK

    more = {**scene.integration.source.settings, "log_ins_per_day": 60}
    connections.change_settings(scene.integration.source, more)
    work_on(scene, broker)
    run.refresh_from_db()
    assert run.verdict == SyncRun.Verdict.OK
    assert len(scene.source.journal.calls(path="*/token.oauth2")) == 4
