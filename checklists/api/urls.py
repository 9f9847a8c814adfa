"""The routes of the API."""

from django.urls import path

from . import analysis, assessments, checklists, findings, pages, tenders
from .site import api

for module in (tenders, checklists, assessments, findings, analysis):
    api.add_router("", module.router)

urlpatterns = [
    path("", pages.api_description, name="api_description"),
    path("v1/", api.urls),
]
