"""Reads that join, annotate or depend on the person, one module a page or list."""
