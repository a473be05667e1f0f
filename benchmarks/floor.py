"""The floor: a bare `requests` loop that reads the same pages, sends the same bodies and keeps nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import requests

from benchmarks.ground import Vendor

PAGE = 1000


class Floor:
    """One account at each vendor, one connection each, nothing else."""

    def __init__(self, ifs: Vendor, mailchimp: Vendor) -> None:
        self.ifs, self.mailchimp = ifs, mailchimp
        self.root = f"{ifs.url}/{ifs.access['segment']}/ifsapplications/projection/v1"
        self.reading, self.writing = requests.Session(), requests.Session()
        for session in (self.reading, self.writing):
            session.trust_env = False
        self.writing.auth = ("any", mailchimp.access["api_key"])
        self.api = f"{mailchimp.url}/3.0"
        self._renew()

    def _renew(self) -> None:
        token = self.reading.post(
            f"{self.ifs.url}/auth/realms/{self.ifs.access['realm']}/protocol/openid-connect/token",
            data={
                "grant_type": "client_credentials",
                "client_id": self.ifs.access["client_id"],
                "client_secret": self.ifs.access["client_secret"],
            },
            timeout=60,
        ).json()["access_token"]
        self.reading.headers["Authorization"] = f"Bearer {token}"

    def read_customers(self) -> float:
        """Every customer and e-mail address; the seconds it took."""
        start = time.perf_counter()
        for first, last in self._pages("CustomersHandling.svc/CustomerInfoSet", "CustomerId"):
            self._page(
                "CustomersHandling.svc/CommunicationMethods",
                f"Identity ge '{_quoted(first)}' and Identity le '{_quoted(last)}'",
                "PartyType,Identity,CommId",
            )
        return time.perf_counter() - start

    def read_orders(self) -> float:
        """Every order and line; the seconds it took."""
        start = time.perf_counter()
        for first, last in self._pages("CustomerOrderHandling.svc/CustomerOrderSet", "OrderNo"):
            self._page(
                "CustomerOrderHandling.svc/CustomerOrderLineSet",
                f"OrderNo ge '{first}' and OrderNo le '{last}'",
                "OrderNo,LineNo,RelNo,LineItemNo",
            )
        return time.perf_counter() - start

    def send(self, calls: list[tuple[str, str, bytes]]) -> float:
        """Send prepared bodies (method, path, body) one after the other; the seconds it took."""
        start = time.perf_counter()
        for method, path, body in calls:
            answer = self.writing.request(
                method, self.api + path, data=body, headers={"Content-Type": "application/json"}, timeout=120
            )
            if answer.status_code >= 400:
                raise RuntimeError(f"{method} {path}: {answer.text[:300]}")
            json.loads(answer.content)
        return time.perf_counter() - start

    def _pages(self, path: str, key: str) -> Iterator[tuple[str, str]]:
        self._renew()
        last = ""
        while rows := self._get(path, f"{key} gt '{_quoted(last)}'" if last else "", key):
            first, last = rows[0][key], rows[-1][key]
            yield first, last
            if len(rows) < PAGE:
                return

    def _page(self, path: str, where: str, order: str) -> None:
        skip = 0
        while len(self._get(path, where, order, skip)) == 5000:
            skip += 5000

    def _get(self, path: str, where: str, order: str, skip: int = 0) -> list[dict[str, Any]]:
        top = PAGE if not where.count(" le ") else 5000
        query = {"$filter": where, "$orderby": order, "$top": str(top), "$skip": str(skip) if skip else ""}
        text = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items() if value)
        answer = self.reading.get(f"{self.root}/{path}?{text}", timeout=120)
        answer.raise_for_status()
        rows: list[dict[str, Any]] = answer.json()["value"]
        return rows


def _quoted(text: str) -> str:
    return text.replace("'", "''")
