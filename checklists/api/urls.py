"""The routes of the API."""

from django.urls import path

from . import (
    analysis,
    assessments,
    checklists,
    exchanges,
    findings,
    kept,
    pages,
    receptions,
    reports,
    tenders,
    vendors,
    waiting,
)
from .site import api

ROUTERS = (
    tenders,
    waiting,
    vendors,
    checklists,
    receptions,
    assessments,
    findings,
    exchanges,
    analysis,
    reports,
    kept,
)
"""In the order of the page that describes them."""

for module in ROUTERS:
    api.add_router("", module.router)

urlpatterns = [
    path("", pages.api_description, name="api_description"),
    path("v1/", api.urls),
]
