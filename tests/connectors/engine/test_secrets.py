"""No secret of a connection stands anywhere in clear: database, Redis, log, task messages, pages."""

from __future__ import annotations

import base64
import json
import logging
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from io import StringIO
from typing import Any
from urllib.parse import quote

import pytest
import redis
from django.contrib import admin
from django.db import connections as databases
from django.test import Client, override_settings
from django.urls import reverse

from connectors.engine.tokens import RedisTokens
from connectors.models import SyncRun
from connectors.sdk.calls import Answer
from connectors.sdk.decoding import read_json
from connectors.sdk.errors import ConfigProblem
from connectors.services import connections, runs
from sandboxes.mailchimp import API_KEY
from tenants.models import Membership, Role, User
from tests.connectors.engine.patience import at_call, customers_by_email_state, town, work_on
from tests.worlds import World

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.timeout(180),
]
WRONG_KEY = "00ff00ff00ff00ff00ff00ff00ff00ff-us6"
WRONG_SECRET = "a-secret/that+is:not=right"
MARKER = "Zebedäus Fundstück"


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Everything that is logged, down to what production leaves out, formatted as production does."""
    root, text = logging.getLogger(), StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(root.handlers[0].formatter)
    levels = {name: logging.getLogger(name).level for name in ("", "urllib3", "kombu", "amqp")}
    root.addHandler(handler)
    for name in levels:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def scene(db: None, broker: redis.Redis, log: StringIO) -> Iterator[World]:
    """A town where everything has happened that handles a secret, and nudges lie in the broker unread."""
    with town() as standing, override_settings(NUDGES_OFF=False):
        _live(standing, broker)
        yield standing


@pytest.fixture
def secrets(scene: World) -> dict[str, str]:
    """Every secret that was in use, by its name."""
    tokens = {f"token {number}": token for number, token in enumerate(sorted(_tokens(scene)))}
    assert len(tokens) >= 3
    return {
        "client secret": scene.ifs.options.client_secret,
        "wrong client secret": WRONG_SECRET,
        "api key": API_KEY,
        "wrong api key": WRONG_KEY,
        **tokens,
    }


def test_the_search_sees_through_bytes_compression_and_base64() -> None:
    secret = "a-secret/that+is:not=right"
    hidden = (
        secret,
        f"x{secret}y",
        zlib.compress(f'{{"{secret}": 1}}'.encode() * 50),
        base64.b64encode(f"me:{secret}".encode()),
        base64.urlsafe_b64encode(f"app:{secret}".encode()),
        json.dumps({"body": base64.b64encode(json.dumps({"args": [secret]}).encode()).decode()}),
        quote(secret, safe=""),
    )
    assert [bool(found({"it": secret}, [one])) for one in hidden] == [True] * len(hidden)
    assert not found({"it": secret}, ["a-secret", base64.b64encode(b"a-secret/that"), b"\x00\x01"])


def test_of_a_web_page_only_its_title_is_kept() -> None:
    page = f"<html><title>Gateway</title><pre>client_secret={WRONG_SECRET}</pre>".encode()
    with pytest.raises(ConfigProblem) as caught:
        read_json(Answer(200, {}, page, ""), "IFS Cloud")
    assert caught.value.detail == "The page calls itself 'Gateway'."


def test_no_secret_stands_anywhere_in_clear(
    scene: World, secrets: dict[str, str], broker: redis.Redis, log: StringIO
) -> None:
    messages = list(stored(broker))
    places: dict[str, Sequence[bytes | str]] = {
        "database": list(database()),
        "redis": messages,
        "log": log.getvalue().splitlines(),
        "pages": list({**admin_pages(), **tenant_pages(scene)}.values()),
    }
    assert [(place, *leak) for place, texts in places.items() for leak in found(secrets, texts)] == []

    # What is no secret is found in each of these places, so a secret would have been.
    job = str(scene.job("customers").pk)
    address = next(iter(customers_by_email_state(scene)["valid"].values()))
    assert all(found({"": job}, texts) for texts in places.values())
    assert all(found({"": address}, places[place]) for place in ("database", "pages"))
    assert found({"": MARKER}, places["database"])  # it stands in a compressed payload alone
    assert len(places["pages"]) > 30
    assert found({"": "client_secret: set"}, places["pages"])
    assert "slice_stopped" in log.getvalue()
    _are_tasks_of(scene, messages)
    assert RedisTokens(broker, scene.source).current() in secrets.values()  # it is there, but sealed


def _are_tasks_of(scene: World, values: list[bytes]) -> None:
    """Tasks are told whose job to work on, and nothing else."""
    messages = [json.loads(value) for value in values if value.startswith(b'{"body"')]
    arguments = [json.loads(base64.b64decode(one["body"]))[0] for one in messages]
    assert len(arguments) > 5
    jobs = {str(job.pk) for job in scene.integration.jobs.all()}
    assert {tenant for tenant, job in arguments if job in jobs} == {str(scene.tenant.pk)}
    assert {job for _, job in arguments} <= jobs


def found(secrets: dict[str, str], texts: Iterable[bytes | str]) -> list[tuple[str, bytes]]:
    """Which secrets occur in which texts, in any of the spellings they travel in."""
    needles = {spelling: name for name, secret in secrets.items() for spelling in _spellings(secret.encode())}
    return [
        (name, text[:200])
        for text in map(_bytes, texts)
        for shape in _shapes(text)
        for needle, name in needles.items()
        if needle in shape
    ]


def database() -> Iterator[bytes]:
    """Every column of every table, as the owner sees it."""
    with databases["owner"].cursor() as cursor:
        cursor.execute("SELECT set_config('app.across', 'on', false)")
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' ORDER BY 1, 2"
        )
        columns = cursor.fetchall()
        assert len(columns) > 200
        for table, column, kind in columns:
            shown = f'"{column}"' if kind == "bytea" else f'"{column}"::text'
            cursor.execute(f'SELECT {shown} FROM "{table}" WHERE "{column}" IS NOT NULL')  # noqa: S608
            yield from (_bytes(value) for (value,) in cursor.fetchall())


def stored(broker: redis.Redis) -> Iterator[bytes]:
    """Every key of Redis and all that is in it."""
    readers: dict[Any, Any] = {
        b"string": lambda key: [broker.get(key)],
        b"list": lambda key: broker.lrange(key, 0, -1),
        b"set": broker.smembers,
        b"zset": lambda key: broker.zrange(key, 0, -1),
        b"hash": lambda key: [part for pair in broker.hgetall(key).items() for part in pair],
    }
    for key in broker.scan_iter():
        yield key
        yield from readers[broker.type(key)](key)


def admin_pages() -> dict[str, str]:
    """Every list in the admin, and what its first lines lead to, by address."""
    client = _signed_in(User.objects.create_superuser("staff@mlc.example", "a-long-password"))
    names = [f"{one._meta.app_label}_{one._meta.model_name}" for one in admin.site._registry]
    lists = _read(client, [reverse(f"admin:{name}_changelist") for name in names])
    lines = [
        line for page in lists.values() for line in re.findall(r'href="(/admin/[^"?]+/change/)', page)[:4]
    ]
    return {**lists, **_read(client, lines)}


def tenant_pages(scene: World) -> dict[str, str]:
    """What the owner of the tenant sees of connections and runs."""
    owner = User.objects.create_user("owner@nordlicht.example", "a-long-password")
    Membership.objects.create(user=owner, role=Role.OWNER)
    run = SyncRun.objects.filter(job=scene.job("customers")).earliest("created_at")
    page = reverse("connectors:run", args=[run.pk])
    addresses = [page, f"{page}?show=calls", f"{page}?show=failures"]
    accounts = (scene.source, scene.destination)
    addresses += [reverse("connectors:connection", args=[account.pk]) for account in accounts]
    return _read(_signed_in(owner), addresses)


def _live(scene: World, broker: redis.Redis) -> None:
    """Runs that succeed and fail; refused log-ins; vendors that repeat our secrets to us in their answers."""
    _tokens(scene)
    scene.ifs.mutate(
        "change_customer", customer_id="10001", changes={"Name": MARKER, "AssociationNo": "7" * 3000}
    )
    for name, secret in (("IFS", WRONG_SECRET), ("Mailchimp", WRONG_KEY)):
        other = connections.create_connection(*_mistyped(scene, name, secret))
        connections.ping(other)
        assert other.state == "attention"
    _parrot(scene)
    for flow in ("customers", "orders"):
        runs.start(scene.job(flow))
        work_on(scene, broker)
    _tokens(scene)
    scene.ifs.mutate("revoke_tokens")
    scene.mailchimp.faults.add("*/customers/*", "status", status=503, message=f"{API_KEY} is busy", times=2)
    scene.ifs.mutate("rename_customers", every=4)
    scene.run("customers")
    work_on(scene, broker)
    scene.mailchimp.mutate("revoke_key")
    scene.ifs.mutate("rename_customers", every=3)
    scene.run("customers")
    scene.destination.refresh_from_db()
    assert scene.destination.state == "attention"
    connections.ping(scene.destination)
    connections.ping(scene.source)


def _mistyped(scene: World, system: str, secret: str) -> tuple[str, str, dict[str, str], dict[str, str]]:
    if system == "Mailchimp":
        return "mailchimp", "Mistyped M", {"base_url": scene.mailchimp_server.url}, {"api_key": secret}
    where = {"base_url": scene.ifs_server.url, "realm": scene.ifs.options.realm}
    return "ifs_cloud", "Mistyped I", where, {"client_id": "MLC_CONNECT", "client_secret": secret}


def _parrot(scene: World) -> None:
    """Vendors that quote what they were sent: in errors that stop a run, and in those that put it off."""
    secret = scene.ifs.options.client_secret
    basic = base64.b64encode(f"ml-connector:{API_KEY}".encode()).decode()
    said = f"Client secret {secret} has no session."
    scene.ifs.faults.add("*/CustomerInfoSet", "status", status=500, times=3, message=said)
    scene.ifs.faults.add("*/token", "status", status=500, after=1, message=said)
    scene.ifs.faults.add("*/SalesPartSet", "status", status=400, message=said)
    said = f"Authorization: Basic {basic} for {API_KEY}"
    for status, after in ((503, 0), (422, 5)):
        scene.mailchimp.faults.add(
            "PUT */customers/*", "status", status=status, times=2, after=after, message=said, work=True
        )
    at_call(scene.ifs, 2, "GET */CustomerInfoSet", lambda: _tokens(scene))


_seen: dict[int, set[str]] = {}


def _tokens(scene: World) -> set[str]:
    """All access tokens the log-in server was seen to know so far."""
    seen = _seen.setdefault(id(scene), set())
    seen.update(scene.ifs.keycloak._tokens)
    return seen


def _spellings(secret: bytes) -> set[bytes]:
    """The secret as it stands, in URLs, in JSON, and inside of base64 wherever it starts."""
    cores = set()
    for before in range(3):
        whole = base64.b64encode(bytes(before) + secret)
        core = whole[-(-before * 8 // 6) : (before + len(secret)) * 8 // 6]
        cores |= {core, core.translate(bytes.maketrans(b"+/", b"-_"))}
    return {secret, quote(secret, safe="").encode(), json.dumps(secret.decode())[1:-1].encode(), *cores}


def _shapes(text: bytes) -> Iterator[bytes]:
    """The text, unpacked where it is compressed, and the body inside where it is a message."""
    yield text
    with suppress(zlib.error):
        yield zlib.decompress(text)
    if text.startswith(b'{"body"'):
        yield base64.b64decode(json.loads(text)["body"])


def _bytes(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def _read(client: Client, addresses: list[str]) -> dict[str, str]:
    pages = {}
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200, address
        pages[address] = answer.content.decode()
    return pages
