"""Hundreds of facilities in one database: how much there is, what it says, how it is loaded.

``shape`` says how many of what, ``texts`` and ``sheets`` what candidates and people write, ``rows``
the lines of each table, ``loading`` brings them into PostgreSQL by COPY.
"""
