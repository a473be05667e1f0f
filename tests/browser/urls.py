"""The product's own addresses, and those of pages shown only in development or after an accident."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.generic import TemplateView

from connectors.recipes import all_recipes
from mlconnector.urls import urlpatterns as product

ERRORS = ("400", "403", "403_csrf", "404", "429", "500")


def home(request: HttpRequest) -> HttpResponse:
    recipes = [
        {
            "name": recipe.name,
            "summary": recipe.summary,
            "slug": recipe.code,
            "source": "IFS Cloud",
            "destination": "Mailchimp",
        }
        for recipe in all_recipes()
    ]
    systems = [{"name": "IFS Cloud", "summary": "ERP"}, {"name": "Mailchimp", "summary": "Marketing"}]
    return render(request, "public/home.html", {"recipes": recipes, "systems": systems})


def integration(request: HttpRequest) -> HttpResponse:
    context = {
        "recipe": all_recipes()[0],
        "source": "IFS Cloud",
        "destination": "Mailchimp",
        "related": [{"name": "QAD and Mailchimp", "slug": "qad-mailchimp"}],
    }
    return render(request, "public/integration.html", context)


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
    path("look/home/", home),
    path("look/integration/", integration),
    path("look/confirm/", confirm),
    path("look/styleguide/", TemplateView.as_view(template_name="styleguide.html")),
    *(path(f"look/{name}/", TemplateView.as_view(template_name=f"{name}.html")) for name in ERRORS),
    *product,
]
