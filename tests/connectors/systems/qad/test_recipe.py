"""The integration as the catalogue has it."""

from connectors.recipes.base import Recipe, Side
from connectors.recipes.qad_mailchimp import RECIPE, Options
from connectors.systems.mailchimp.system import Mailchimp
from connectors.systems.qad.system import Qad

SYSTEMS = {"qad": Qad, "mailchimp": Mailchimp}


def test_customers_items_and_orders_go_to_mailchimp_and_orders_come_back() -> None:
    ways = {
        flow.code: (flow.stream, [target.sink for target in flow.targets], flow.reads)
        for flow in RECIPE.flows
    }
    assert ways == {
        "customers": ("customers", ["audience_members", "store_customers"], Side.SOURCE),
        "items": ("items", ["store_products"], Side.SOURCE),
        "orders": ("orders", ["store_orders"], Side.SOURCE),
        "orders_back": ("orders", ["sales_orders"], Side.DESTINATION),
    }


def test_every_flow_has_a_cadence_of_its_own_and_orders_back_is_off() -> None:
    assert len({flow.cadence for flow in RECIPE.flows}) == len(RECIPE.flows)
    assert [flow.code for flow in RECIPE.flows if not flow.on_by_default] == ["orders_back"]


def test_streams_and_sinks_of_our_side_exist_and_fit() -> None:
    for flow in RECIPE.flows:
        if flow.reads is Side.SOURCE:
            record = Qad.streams[flow.stream].record
            for target in flow.targets:
                assert issubclass(record, Mailchimp.sinks[target.sink].accepts)
        else:
            for target in flow.targets:
                assert target.sink in SYSTEMS[RECIPE.system_of(Recipe.writes_to(flow))].sinks


def test_orders_of_the_store_we_fill_wait_for_customers_and_catalogue() -> None:
    assert {kind: (need.flow, need.sink) for kind, need in RECIPE.flow("orders").needs.items()} == {
        "customer": ("customers", "store_customers"),
        "product": ("items", "store_products"),
    }


def test_the_options_are_complete_with_audience_and_store() -> None:
    options = Options(audience_id="a1", store_id="erp", store_currency="USD", orders_store_id="shop")
    assert options.financial_status["invoiced"] == "paid"
    assert options.create_orders
