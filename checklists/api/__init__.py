"""The REST API: the same rules as the pages, for programs. ``site.api`` is the whole of it."""
