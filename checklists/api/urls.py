"""The routes of the API."""

from django.urls import path

from . import (
    analysis,
    assessments,
    checklists,
    exchanges,
    findings,
    pages,
    receptions,
    tenders,
)
from .site import api

ROUTERS = (tenders, checklists, receptions, assessments, findings, exchanges, analysis)

for module in ROUTERS:
    api.add_router("", module.router)

urlpatterns = [
    path("", pages.api_description, name="api_description"),
    path("v1/", api.urls),
]
