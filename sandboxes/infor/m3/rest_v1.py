"""m3api-rest version 1: padded values, name-value pairs, errors in a 200, lists of one that are no lists."""

from collections.abc import Mapping

from sandboxes.infor.m3.call import Nok, Refused
from sandboxes.infor.m3.execute import Outcome
from sandboxes.infor.m3.world import World
from sandboxes.kit import Response

MESSAGE_WIDTH = 256


def answer(world: World, program: str, outcome: Outcome, flags: Mapping[str, bool]) -> Response:
    transaction = world.catalog[program][outcome.transaction]
    fields = {field.name: field for field in transaction.gives}
    pad = world.options.pad_v1 and not flags.get("righttrim", False)
    rows = [
        {
            "RowIndex": at,
            "NameValue": _maybe_one(world, [
                {"Name": name, "Value": value.ljust(fields[name].length) if pad else value}
                for name, value in record.items()
            ]),
        }
        for at, record in enumerate(outcome.records)
    ]  # fmt: skip
    body: dict[str, object] = {"Program": program, "Transaction": outcome.transaction}
    if flags.get("metadata", True):
        shown = [
            {
                "@name": field.name,
                "@type": field.kind,
                "@length": str(field.length),
                "@description": field.text,
            }
            for field in transaction.gives
        ]
        body["Metadata"] = {"Field": _maybe_one(world, shown)}
    return Response(200, {**body, "MIRecord": _maybe_one(world, rows)})


def error(failure: Nok | Refused) -> Response:
    """A 200 like any other."""
    return Response(200, {
        "Message": failure.message.ljust(MESSAGE_WIDTH), "@type": failure.kind or "ServerReturnedNOK",
        "@code": failure.code, "@cfg": None, "@field": failure.field,
    })  # fmt: skip


def _maybe_one(world: World, items: list[dict[str, object]] | list[dict[str, str]]) -> object:
    return items[0] if world.options.v1_single_as_object and len(items) == 1 else items
