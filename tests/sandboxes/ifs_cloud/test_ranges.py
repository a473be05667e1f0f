"""The stretches of an index a filter is looked up in never lose a row the filter wants."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sandboxes.ifs_cloud.odata.evaluate import compiled
from sandboxes.ifs_cloud.odata.literals import Language
from sandboxes.ifs_cloud.odata.parser import parse_filter
from sandboxes.ifs_cloud.odata.ranges import Interval, intervals
from sandboxes.ifs_cloud.schema import EntityType, attributes

THING = EntityType("Thing", attributes("Key text(9)\nOther text(9)"), key=("Key",), order=("Key",))
VALUES = "abcdefgh"

_compared = st.builds(
    lambda name, operator, value: f"{name} {operator} '{value}'",
    st.sampled_from(["Key", "Key", "Other"]),
    st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]),
    st.sampled_from(VALUES),
)
_filters = st.recursive(
    _compared,
    lambda inner: st.one_of(
        st.builds(lambda one, other: f"({one}) and ({other})", inner, inner),
        st.builds(lambda one, other: f"({one}) or ({other})", inner, inner),
        st.builds(lambda one: f"not ({one})", inner),
    ),
    max_leaves=8,
)


@given(_filters)
@settings(deadline=None, max_examples=300)
def test_every_row_a_filter_wants_lies_in_one_stretch(text: str) -> None:
    node = parse_filter(text, THING, Language("Things", {}))
    wanted = compiled(node, THING.position)
    found = intervals(node, "Key")
    for key in VALUES:
        holding = [one for one in found if within(key, one)]
        assert len(holding) <= 1
        if any(wanted((key, other)) for other in VALUES):
            assert holding


def within(key: str, one: Interval) -> bool:
    above = one.low is None or key > one.low or (key == one.low and not one.open_low)
    below = one.high is None or key < one.high or (key == one.high and not one.open_high)
    return above and below


def test_a_range_of_keys_is_one_stretch_and_not_the_whole() -> None:
    node = parse_filter("Key gt 'b' and Key le 'f'", THING, Language("Things", {}))
    assert intervals(node, "Key") == [Interval("b", "f", open_low=True)]
    node = parse_filter("Key eq 'd' or Key eq 'b'", THING, Language("Things", {}))
    assert intervals(node, "Key") == [Interval("b", "b"), Interval("d", "d")]
