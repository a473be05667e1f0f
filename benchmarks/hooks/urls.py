"""The product's addresses, and that of the bare view."""

from django.urls import path

from benchmarks.hooks.bare import bare
from mlconnector.urls import urlpatterns as of_the_product

urlpatterns = [path("bare", bare), *of_the_product]
