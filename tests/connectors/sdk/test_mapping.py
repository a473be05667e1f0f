"""From a record to what stands there: rules, overrides, modes; pure, and a rule's mistake is one record's."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.records import Address, Customer, OrderLine, SalesOrder
from connectors.sdk.errors import RecordRejected, RecordSkipped
from connectors.sdk.mapping import Desired, FieldMap, FieldRule, Mode, Override, plain, says_no_more

ANN = Customer(
    key="1",
    name="Ann",
    email="ann@x.example",
    address=Address(city="Kiel"),
    extra={"CustGrp": "A", "Empty": ""},
)
NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=3)
TREES = st.recursive(
    st.dictionaries(NAMES, VALUES, max_size=3),
    lambda inner: st.dictionaries(NAMES, inner | VALUES, max_size=3),
)


def mapped(*overrides: Override, defaults: tuple[FieldRule, ...] = ()) -> Desired:
    return FieldMap(defaults, overrides).apply(ANN)


def default(field: str, value: Any, mode: Mode = Mode.ALWAYS) -> FieldRule:
    return FieldRule(field, "default", lambda _: value, mode)


@pytest.mark.parametrize(
    ("source", "value"),
    [("name", "Ann"), ("address.city", "Kiel"), ("extra.CustGrp", "A"), ("join('-', [key, name])", "1-Ann")],
)
def test_a_source_reaches_every_part_of_a_record(source: str, value: str) -> None:
    assert mapped(Override(field="x.y", source=source)).always == {"x": {"y": value}}


@pytest.mark.parametrize("source", ["extra.Nothing", "extra.Empty", "no.such.thing"])
def test_an_empty_source_takes_the_default_or_leaves_the_field_out(source: str) -> None:
    assert mapped(Override(field="x", source=source)).always == {}
    assert mapped(Override(field="x", source=source, default="-")).always == {"x": "-"}


def test_an_override_replaces_the_default_rule_and_skip_drops_it() -> None:
    rules = (default("x", 1), default("y", 2))
    assert mapped(Override(field="x", value="mine"), defaults=rules).always == {"x": "mine", "y": 2}
    assert mapped(Override(field="x", mode="skip"), defaults=rules).always == {"y": 2}
    trace = FieldMap(rules, [Override(field="x", mode="skip")]).trace
    assert trace == [["y", "default", "always", "default"], ["x", "", "skip", "yours"]]


def test_a_rule_that_fails_rejects_the_record_by_the_fields_name() -> None:
    def broken(_: Customer) -> object:
        raise KeyError("what")

    with pytest.raises(RecordRejected, match=r"The field x\.y could not be filled") as fault:
        FieldMap([FieldRule("x.y", "broken", broken)]).apply(ANN)
    assert fault.value.code == "mapping"
    with pytest.raises(RecordRejected, match="The field x could not"):
        mapped(Override(field="x", source="sum(name)"))


def test_a_rule_that_skips_on_purpose_is_not_a_mistake() -> None:
    def skip(_: Customer) -> object:
        raise RecordSkipped("not meant")

    with pytest.raises(RecordSkipped):
        FieldMap([FieldRule("x", "skip", skip)]).apply(ANN)


def test_a_rule_for_part_of_a_field_fills_that_part() -> None:
    rules = (default("x", {"a": 1, "y": 2}),)
    assert mapped(Override(field="x.y", value="mine"), defaults=rules).always == {"x": {"a": 1, "y": "mine"}}


def test_a_rule_for_part_of_what_has_no_parts_rejects_the_record_not_the_page() -> None:
    rules = (default("x", "text"), default("x.y", 1))
    with pytest.raises(RecordRejected, match=r"The field x\.y is part of another one"):
        mapped(defaults=rules)


@pytest.mark.parametrize(("whole", "part"), [(Mode.ALWAYS, Mode.IF_NEW), (Mode.IF_EMPTY, Mode.ALWAYS)])
def test_rules_of_two_modes_that_clash_reject_the_record_not_the_batch(whole: Mode, part: Mode) -> None:
    with pytest.raises(RecordRejected, match="as a whole, another one part of it"):
        mapped(defaults=(default("x", "text", whole), default("x.y", 1, part)))
    desired = mapped(defaults=(default("x", {"z": 2}, whole), default("x.y", 1, part)))
    assert desired.for_new() == {"x": {"z": 2, "y": 1}}


@pytest.mark.parametrize(
    "rule",
    [
        {"field": ""}, {"field": "a..b"}, {"field": "a b"}, {"field": ".a"}, {"field": "a", "source": "a["},
        {"field": "a", "more": 1}, {"field": "a", "mode": "never"},
        {"field": "x" * 201}, {"field": "a", "source": "x" * 501},
    ],
)  # fmt: skip
def test_a_rule_nobody_can_read_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Override.model_validate(rule)


def test_what_a_rule_sees_of_an_order_is_json_with_exact_amounts() -> None:
    line = OrderLine(
        key="1", product_key="p", title="t", quantity=Decimal("1.50"), net=Decimal(1), gross=Decimal(2)
    )
    order = SalesOrder(key="o", customer_key="1", currency="EUR", state="x", lines=(line,))
    seen = plain(order)
    assert seen["lines"][0]["quantity"] == "1.50"
    assert seen["ship_to"]["city"] == ""
    assert seen["extra"] == {}


# What is sent.


def test_new_records_get_everything_and_known_ones_what_may_change() -> None:
    desired = mapped(
        defaults=(
            default("a", 1),
            default("n", 2, Mode.IF_NEW),
            default("e", 3, Mode.IF_EMPTY),
            default("t", ["x"], Mode.APPEND),
        )
    )
    assert desired.for_new() == {"a": 1, "n": 2, "e": 3, "t": ["x"]}
    assert desired.needs_current
    assert desired.for_existing({"e": "", "t": ["y"]}) == {"a": 1, "e": 3, "t": ["y", "x"]}
    assert desired.for_existing({"e": "there", "t": ["x", "y"]}) == {"a": 1, "t": ["x", "y"]}
    assert desired.for_existing({"t": "one"}) == {"a": 1, "e": 3, "t": ["one", "x"]}
    assert desired.for_existing() == {"a": 1, "e": 3, "t": ["x"]}


@given(always=TREES, if_new=TREES, if_empty=TREES, append=TREES, current=TREES)
def test_nothing_that_is_mapped_or_sent_changes_what_it_was_made_from(
    always: Any, if_new: Any, if_empty: Any, append: Any, current: Any
) -> None:
    desired = Desired(always, if_new, if_empty, append)
    before, there = copy.deepcopy(desired), copy.deepcopy(current)
    try:
        desired.for_new()
        desired.for_existing(current)
    except (TypeError, AttributeError):  # a field that is text for one rule and an object for another
        pass
    assert desired == before
    assert current == there


@given(always=TREES, if_new=TREES)
def test_the_stored_form_reads_back(always: Any, if_new: Any) -> None:
    desired = Desired(always, if_new)
    assert Desired.from_json(desired.to_json()) == desired


@given(value=st.lists(st.integers(), max_size=4), there=st.lists(st.integers(), max_size=4, unique=True))
def test_appending_twice_is_appending_once(value: list[int], there: list[int]) -> None:
    desired = Desired({}, append={"t": value})
    once = desired.for_existing({"t": there})
    assert desired.for_existing(once) == once
    assert once["t"][: len(there)] == there


def test_a_payload_says_no_more_where_each_of_its_values_stands_in_the_other() -> None:
    there = {"email": "a@b.example", "fields": {"FNAME": "Ada", "LNAME": "King"}, "lines": [1, 2]}
    assert says_no_more({}, there)
    assert says_no_more({"email": "a@b.example"}, there)
    assert says_no_more({"fields": {"LNAME": "King"}, "lines": [1, 2]}, there)
    assert not says_no_more({"fields": {"LNAME": "Kong"}}, there)
    assert not says_no_more({"lines": [1]}, there)
    assert not says_no_more({"phone": ""}, there)
    assert not says_no_more({"fields": {}}, there)
