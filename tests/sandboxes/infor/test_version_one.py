"""The older REST version: padded values, errors in a 200, and lists of one that are no lists."""

from tests.sandboxes.infor.caller import Caller, tenant


def named(row: object) -> dict[str, str]:
    assert isinstance(row, dict)
    return {pair["Name"]: pair["Value"] for pair in row["NameValue"]}


def test_values_are_padded_to_their_length_unless_trimming_is_asked_for(infor: Caller) -> None:
    rows = infor.v1("CRS610MI", "LstByNumber", ";maxrecs=2;returncols=CUNO,CUNM").json()["MIRecord"]
    assert isinstance(rows, list)
    assert [row["RowIndex"] for row in rows] == [0, 1]
    assert named(rows[0])["CUNO"] == "10001     "
    assert len(named(rows[0])["CUNM"]) == 36
    trimmed = infor.v1("CRS610MI", "LstByNumber", ";maxrecs=2;righttrim=true;returncols=CUNO").json()
    assert isinstance(trimmed["MIRecord"], list)
    assert trimmed["MIRecord"][0]["NameValue"] == {"Name": "CUNO", "Value": "10001"}  # one pair is no list


def test_one_row_is_an_object_and_two_are_a_list(infor: Caller) -> None:
    one = infor.v1("CRS610MI", "LstByNumber", ";maxrecs=1;returncols=CUNO,CUNM").json()["MIRecord"]
    assert isinstance(one, dict)
    none = infor.v1("CRS610MI", "LstByNumber", CUNO="ZZZZZ").json()["MIRecord"]
    assert none == []
    with tenant(v1_single_as_object=False) as other:
        assert isinstance(other.v1("CRS610MI", "GetBasicData", CUNO="10001").json()["MIRecord"], list)


def test_metadata_come_unless_they_are_declined(infor: Caller) -> None:
    with_them = infor.v1("CRS610MI", "GetBasicData", CUNO="10001").json()
    assert isinstance(with_them["Metadata"], dict)
    assert {"@name": "MAIL", "@type": "A", "@length": "50", "@description": "E-mail address"} in with_them[
        "Metadata"
    ]["Field"]
    assert "Metadata" not in infor.v1("CRS610MI", "GetBasicData", ";metadata=false", CUNO="10001").json()


def test_every_error_is_a_200(infor: Caller) -> None:
    missing = infor.v1("CRS610MI", "GetBasicData", CUNO="NOPE")
    body = missing.json()
    assert missing.status == 200
    assert (body["@type"], body["@code"], body["@field"], body["@cfg"]) == (
        "ServerReturnedNOK", "WCU0203", "CUNO", None,
    )  # fmt: skip
    message = str(body["Message"])
    assert message.endswith("  ")
    assert message.strip() == "Customer number NOPE does not exist"
    too_long = infor.v1("CRS610MI", "GetBasicData", CUNO="12345678901")
    assert (too_long.status, too_long.json()["@type"]) == (200, "InputFieldTooLong")


def test_a_list_that_broke_off_ends_with_an_error_element(infor: Caller) -> None:
    infor.sandbox.faults.add("*LstByNumber*", "partial", rows=3)
    body = infor.v1("CRS610MI", "LstByNumber").json()
    assert isinstance(body["MIRecord"], list)
    assert len(body["MIRecord"]) == 3
    assert body["ErrorMessage"]


def test_the_older_version_can_be_switched_off() -> None:
    with tenant(v1=False) as infor:
        assert infor.v1("MNS150MI", "GetUserData").status == 404
        assert infor.mi("MNS150MI", "GetUserData").status == 200
