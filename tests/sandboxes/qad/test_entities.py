"""The entity API: whole records, keys or none, hashes, and refusals inside a 200."""

import json

import pytest

from tests.sandboxes.qad.caller import CUSTOMERS, JSON, WORKSPACE, Caller, tenant

NEW: dict[str, object] = {
    "sharedSetCode": "NAM",
    "customerCode": "NEW1",
    "businessRelationName": "Fjell Optik AS",
    "countryCode": "NO",
    "currencyCode": "NOK",
    "creditTermsCode": "NET30",
    "taxZone": "EXEMPT",
    "EMail": "post@fjell.example",
}
RESULT = {"submitResult": {"success": True, "errors": []}}
STALE = ("concurrencyHash", "The record has been modified by another user")


def test_a_record_comes_whole_and_says_where_it_is(qad: Caller) -> None:
    record = qad.customer("10002")
    assert (record["sharedSetCode"], record["customerCode"]) == ("NAM", "10002")
    assert record["uri"] == "urn:be:com.qad.base.customer.ICustomerV2:NAM.10002"
    assert {
        "EMail",
        "customShort0",
        "customShort19",
        "customCombo14",
        "customLong1",
        "customDecimal4",
    } <= set(record)
    assert "customShort20" not in record


def test_a_customer_of_another_set_or_an_unknown_one_is_not_found(qad: Caller) -> None:
    assert qad.found("customerV2s", sharedSetCode="EMEA", customerCode="10001") == []
    assert qad.found("customerV2s", sharedSetCode="NAM", customerCode="none") == []


def test_the_same_code_is_another_customer_in_another_set(qad: Caller) -> None:
    here = qad.customer()["businessRelationName"]
    qad.headers[WORKSPACE] = "20EUR_20EURSV"
    there = qad.get("customerV2s", sharedSetCode="EMEA", customerCode="10001")
    assert there["businessRelationName"] != here


def test_a_tenant_may_answer_a_missing_record_with_404() -> None:
    with tenant(missing_record="404") as qad:
        assert qad.send("GET", qad.entity("customerV2s", sharedSetCode="NAM", customerCode="x")).status == 404


@pytest.mark.parametrize(
    "query",
    [
        "",
        "viewUri=urn:be:com.qad.base.item.IItem&sharedSetCode=NAM&customerCode=10001",
        "viewUri=urn:be:com.qad.base.customer.ICustomerV2",
        "viewUri=urn:be:com.qad.base.customer.ICustomerV2&customerCode=10001",
        "viewUri=urn:be:com.qad.base.customer.ICustomerV2&sharedSetCode=NAM&customerCode=10001&x=1",
    ],
)
def test_a_read_needs_the_view_and_all_keys_and_nothing_else(qad: Caller, query: str) -> None:
    reply = qad.send("GET", f"{qad.root}/api/erp/customerV2s?{query}")
    assert reply.status == 400
    assert reply.message


def test_there_is_no_put_patch_or_delete(qad: Caller) -> None:
    path = qad.entity("customerV2s", sharedSetCode="NAM", customerCode="10001")
    for method in ("PUT", "PATCH", "DELETE"):
        assert qad.send(method, path, b"{}", JSON).status == 405


def test_a_post_without_keys_creates(qad: Caller) -> None:
    assert qad.post("customerV2s", NEW).json() == RESULT
    record = qad.customer("NEW1")
    assert (record["EMail"], record["street1"], record["isActive"]) == ("post@fjell.example", "", False)
    assert qad.sandbox.journal.write_summary()["customerV2s"]["created"] == 1


def test_what_is_there_already_cannot_be_created(qad: Caller) -> None:
    assert qad.post("customerV2s", NEW | {"customerCode": "10001"}).faults == [
        ("customerCode", "Record already exists")
    ]


def test_a_refusal_is_a_200_that_names_field_value_and_reason(qad: Caller) -> None:
    reply = qad.post("customerV2s", NEW | {"currencyCode": "XXX"})
    error = {
        "fieldName": "currencyCode",
        "message": "Field is mandatory",
        "fieldValue": "XXX",
        "code": "",
    }
    assert (reply.status, reply.json()) == (200, {"submitResult": {"success": False, "errors": [error]}})
    assert qad.found("customerV2s", sharedSetCode="NAM", customerCode="NEW1") == []


def test_missing_mandatory_fields_are_named_together(qad: Caller) -> None:
    bare = {"sharedSetCode": "NAM", "customerCode": "NEW1"}
    assert qad.post("customerV2s", bare).faults == [
        (name, "Field is mandatory")
        for name in ("businessRelationName", "countryCode", "creditTermsCode", "currencyCode", "taxZone")
    ]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("email", "a@b.example", "Field does not exist"),
        ("EMail", 5, "Invalid value, character expected"),
        ("isActive", "true", "Invalid value, logical expected"),
        ("fixedCreditLimit", "1", "Invalid value, decimal expected"),
        ("fixedCreditLimit", 0.123456, "At most five decimals are allowed"),
        ("customInteger0", 1.5, "Invalid value, integer expected"),
        ("customShort0", "x" * 81, "Value is too long, at most 80 characters"),
        ("customerCode", "123456789", "Value is too long, at most 8 characters"),
        ("street1", "a\x00b", "Invalid character in value"),
        ("taxClass", "NOPE", "Field is mandatory"),
        ("concurrencyHash", "of another", "A new record has none"),
    ],
)
def test_a_field_that_is_unknown_wrong_or_too_long_is_refused(
    qad: Caller, field: str, value: object, message: str
) -> None:
    assert (field, message) in qad.post("customerV2s", NEW | {field: value}).faults


@pytest.mark.parametrize(
    "body",
    [
        b"no json",
        json.dumps({"customerV2s": [NEW]}).encode(),
        json.dumps({"supplementaryMessages": [], "customerV2s": NEW}).encode(),
        json.dumps({"supplementaryMessages": [], "customerV2s": []}).encode(),
        json.dumps({"supplementaryMessages": [], "customerV2s": [NEW, NEW]}).encode(),
        json.dumps({"supplementaryMessages": [], "customerV2s": [NEW], "more": 1}).encode(),
    ],
)
def test_an_envelope_that_is_none_is_a_400(qad: Caller, body: bytes) -> None:
    assert qad.send("POST", qad.entity("customerV2s"), body, JSON).status == 400


def test_a_body_that_is_not_called_json_is_a_415(qad: Caller) -> None:
    assert qad.send("POST", qad.entity("customerV2s"), b"{}", {"Content-Type": "text/plain"}).status == 415


def test_a_post_with_keys_overwrites_the_record_and_moves_its_hash(qad: Caller) -> None:
    before = qad.customer()
    assert qad.save(before, customShort3="Gold", customDecimal0=12.5).json() == RESULT
    after = qad.customer()
    moved = {name for name in after if after[name] != before[name]}
    assert moved >= {"customShort3", "customDecimal0", "concurrencyHash", "lastModifiedUser"}
    assert (after["customShort3"], after["customDecimal0"], after["EMail"]) == ("Gold", 12.5, before["EMail"])


def test_a_stale_hash_is_refused_and_a_fresh_one_taken(qad: Caller) -> None:
    old = qad.customer()
    qad.sandbox.mutate("set_email", code="10001", value="meanwhile@name.example")
    assert qad.save(old, customShort0="x").faults == [STALE]
    assert qad.customer()["customShort0"] == ""
    assert qad.save(qad.customer(), customShort0="x").accepted
    assert qad.customer()["EMail"] == "meanwhile@name.example"


def test_a_hash_is_good_for_one_write(qad: Caller) -> None:
    record = qad.customer()
    assert qad.save(record, customShort0="x").accepted
    assert qad.save(record, customShort0="y").faults == [STALE]


def test_saving_what_is_there_already_still_moves_the_hash_and_is_counted(qad: Caller) -> None:
    record = qad.customer()
    assert qad.save(record).accepted
    assert qad.customer()["concurrencyHash"] != record["concurrencyHash"]
    assert list(qad.sandbox.journal.needless("customerV2s")) == ["NAM/10001"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"concurrencyHash": ""}, "concurrencyHash"),
        ({"changeStatus": "0"}, "changeStatus"),
        ({"dataOperation": "DELETE"}, "dataOperation"),
        ({"dataOperation": ["UPDATE"]}, "dataOperation"),
        ({"uri": "urn:be:com.qad.base.customer.ICustomerV2:NAM.10002"}, "uri"),
        ({"sharedSetCode": "EMEA"}, "sharedSetCode"),
        ({"businessRelationCode": ""}, "businessRelationCode"),
    ],
)
def test_an_update_without_what_belongs_to_it_is_refused(
    qad: Caller, changes: dict[str, object], field: str
) -> None:
    record = qad.customer()
    assert [name for name, _ in qad.save(record, **changes).faults] == [field]
    assert qad.customer() == record


def test_what_is_not_sent_back_is_blanked(qad: Caller) -> None:
    record = qad.customer()
    assert record["telephone"] != ""
    del record["telephone"]
    del record["isActive"]
    assert qad.save(record).accepted
    after = qad.customer()
    assert (after["telephone"], after["isActive"]) == ("", False)


def test_a_mandatory_field_that_is_not_sent_back_is_refused(qad: Caller) -> None:
    record = qad.customer()
    del record["currencyCode"]
    assert qad.save(record).faults == [("currencyCode", "Field is mandatory")]


def test_a_record_that_is_not_there_cannot_be_updated(qad: Caller) -> None:
    record = qad.customer()
    qad.sandbox.mutate("delete_customer", code="10001")
    assert qad.save(record).faults == [("customerCode", "Record does not exist")]


def test_a_record_of_another_set_cannot_be_created(qad: Caller) -> None:
    reply = qad.post("customerV2s", NEW | {"sharedSetCode": "EMEA"})
    assert reply.faults == [("sharedSetCode", "The workspace does not give access to it")]


def test_a_new_name_shows_in_every_customer_of_the_relation_but_not_in_their_dates(qad: Caller) -> None:
    one, other = qad.customer("10059"), qad.customer("10060")
    assert one["businessRelationCode"] == other["businessRelationCode"] == "NAM-59"
    assert qad.save(one, businessRelationName="Renamed Ltd").accepted
    after = qad.customer("10060")
    assert after["businessRelationName"] == "Renamed Ltd"
    assert after["lastModifiedDate"] == other["lastModifiedDate"]
    assert after["concurrencyHash"] != other["concurrencyHash"]


def test_the_relation_can_be_saved_by_itself(qad: Caller) -> None:
    key = {"businessRelationCode": "NAM-1"}
    relation = qad.get("businessRelationV2s", **key)
    changed = {**relation, "EMail": "new@name.example", "changeStatus": "2"}
    assert qad.post("businessRelationV2s", changed, **key).accepted
    assert qad.customer()["EMail"] == "new@name.example"


def test_each_domain_has_a_record_of_a_customer_as_soon_as_there_is_one(qad: Caller) -> None:
    qad.post("customerV2s", NEW)
    key = {"domainContext": "10USA", "customerCode": "NEW1"}
    record = qad.get("mfgCustomers", **key)
    assert (record["siteCode"], record["daybookSetCode"]) == ("10-100", "SALES")
    changed = {**record, "siteCode": "10-200", "classCode": "A", "changeStatus": "2"}
    assert qad.post("mfgCustomers", changed, **key).accepted
    assert qad.get("mfgCustomers", **key)["siteCode"] == "10-200"
    row = qad.browse(CUSTOMERS, "cm_mstr.cm_addr,eq,NEW1,literal").rows[0]
    assert (row["cm_mstr.cm_site"], row["cm_mstr.cm_class"]) == ("10-200", "A")


def test_a_site_of_another_domain_is_unknown(qad: Caller) -> None:
    key = {"domainContext": "10USA", "customerCode": "10001"}
    changed = {**qad.get("mfgCustomers", **key), "siteCode": "20-100", "changeStatus": "2"}
    assert qad.post("mfgCustomers", changed, **key).faults == [("siteCode", "Field is mandatory")]


def test_items_are_read_and_not_written(qad: Caller) -> None:
    key = {"domainCode": "10USA", "itemCode": "11-00001"}
    item = qad.get("items", **key)
    assert (item["uri"], item["price"]) == ("urn:be:com.qad.base.item.IItem:10USA.11-00001", 2.32)
    assert qad.post("items", item, **key).status == 403


def test_a_tenant_may_answer_with_the_entity_and_no_result() -> None:
    with tenant(write_answer="entity") as qad:
        created = qad.post("customerV2s", NEW)
        assert (created.status, list(created.json())) == (201, ["data"])
        assert qad.save(qad.customer("NEW1"), city="Bodø").json() == {
            "data": {"customerV2s": [qad.customer("NEW1")]}
        }


def test_metadata_names_fields_in_another_case_than_the_wire(qad: Caller) -> None:
    uri = "urn:be:com.qad.base.customer.ICustomerV2"
    data = qad.api("qracore/entitymetadatas", entityURI=uri).json()["data"]
    assert isinstance(data, dict)
    fields = {one["code"]: one for one in data["entityMetadatas"][0]["fields"]}
    assert {name[0].upper() + name[1:] for name in qad.customer()} == set(fields)
    assert fields["CurrencyCode"]["isMandatory"]
    assert fields["CustomShort0"]["maxLength"] == 80


def test_metadata_of_an_unknown_entity_is_a_404(qad: Caller) -> None:
    assert qad.api("qracore/entitymetadatas", entityURI="urn:be:none").status == 404
    assert qad.api("qracore/entitymetadatas").status == 400
