"""Addresses vendors are told (see `services.webhooks.public_url`)."""

from django.urls import path

from connectors.webhooks.receiver import Receiver, nobody

app_name = "webhooks"

urlpatterns = [
    path("<slug:system>/<str:token>", Receiver.as_view(), name="receive"),
    path("<path:anything>", nobody),
]
