"""The page a load balancer asks."""

import pytest
from django.test import Client


@pytest.mark.django_db
def test_a_working_installation_reports_database_and_broker(client: Client) -> None:
    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.json() == {"database": True, "broker": True}
