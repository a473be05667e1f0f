"""The product's own addresses, and those of pages shown only in development or after an accident."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.generic import TemplateView

from connectors.views import public
from mlconnector.urls import urlpatterns as product

ERRORS = ("400", "403", "403_csrf", "404", "429", "500")


def confirm(request: HttpRequest) -> HttpResponse:
    context = {
        "title": "Unsubscribe 41 people?",
        "sentences": ["41 customers are no longer in IFS Cloud."],
        "action": "/look/confirm/",
        "submit": "Unsubscribe 41 people",
        "cancel": "/look/styleguide/",
        "danger": True,
    }
    return render(request, "components/confirm_page.html", context)


urlpatterns = [
    path("look/home/", public.home),
    path("look/integration/", public.integration, {"slug": "infor-mailchimp"}),
    path("look/confirm/", confirm),
    path("look/styleguide/", TemplateView.as_view(template_name="styleguide.html")),
    *(path(f"look/{name}/", TemplateView.as_view(template_name=f"{name}.html")) for name in ERRORS),
    *product,
]
