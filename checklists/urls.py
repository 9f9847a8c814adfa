"""Checklists, assessments, documents and clausier versions."""

from django.urls import URLPattern

app_name = "checklists"

urlpatterns: list[URLPattern] = []
