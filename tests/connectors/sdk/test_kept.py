"""Records that go nowhere are kept, and told to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from connectors.recipes.syspro_mailchimp import RECIPE
from connectors.records import Consent, Engagement, Product
from connectors.sdk.kept import Kept, sink_class
from connectors.sdk.mapping import Desired, FieldMap
from connectors.sdk.system import Action, Change
from connectors.systems import system_class
from connectors.systems.syspro.settings import SysproCredentials, SysproSettings
from connectors.systems.syspro.system import Syspro
from tests.connectors.systems.accounts import account

NEED = ("member", "abc")
SYSTEM = Syspro(
    account(SysproSettings(company="A", odata_url="http://x.example"), SysproCredentials(odata_user="me"))
)


def change(
    needs: Mapping[tuple[str, str], tuple[str, ...]],
    confirmed: Desired | None = None,
    *,
    remove: bool = False,
) -> Change:
    return Change("1", "abc", "abc", Desired({}), confirmed=confirmed, needs=needs, remove=remove)


def test_every_field_is_kept_and_fractions_nobody_would_notice_are_no_change() -> None:
    engagement = Engagement(key="abc", email="jo@x.example", open_rate=0.4249, click_rate=0.031)
    sink = Kept(SYSTEM, Engagement)
    desired = FieldMap(sink.rules()).apply(engagement)
    assert desired.always == {"email": "jo@x.example", "open_rate": 0.42, "click_rate": 0.03}
    assert sink.target_key(engagement, desired) == "abc"
    product = Product(key="1", title="Bolt", price=Decimal("1.50"))
    kept = FieldMap(Kept(SYSTEM, Product).rules()).apply(product).always
    assert (kept["title"], kept["price"]) == ("Bolt", "1.50")
    consent = Consent(key="abc", status="cleaned", changed_at=datetime(2026, 3, 1, tzinfo=UTC))
    assert FieldMap(Kept(SYSTEM, Consent).rules()).apply(consent).always["status"] == "cleaned"


def test_it_stands_beside_the_records_the_person_is_and_calls_nobody() -> None:
    sink = Kept(SYSTEM, Engagement)
    changes = [
        change({NEED: ("0000012", "0000040")}),
        change({NEED: ("0000012",)}, Desired({})),
        change({}),
        change({}, remove=True),
    ]
    words = list(sink.write(changes))
    assert [word.action for word in words] == [
        Action.CREATED,
        Action.UPDATED,
        Action.CREATED,
        Action.REMOVED,
    ]
    assert [word.external_id for word in words[:3]] == ["0000012,0000040", "0000012", "abc"]
    assert list(sink.look_up(changes, datetime.now(UTC))) == []


def test_the_recipe_of_syspro_writes_nothing_into_it() -> None:
    assert system_class("syspro").sinks == {}
    back = [flow for flow in RECIPE.flows if RECIPE.writes_to(flow) == "source"]
    assert [target.sink for flow in back for target in flow.targets] == [Kept.name]
    assert sink_class(system_class("syspro"), "kept") is Kept
