"""The errata of a published version: added beside its points, whose text never changes.

To load the same errata again does nothing. An erratum is known by its number in its version: to
load another text under that number is refused, and a mistaken erratum is corrected by a new one.
"""

import datetime as dt
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal
from uniha_clausier.common.canonical import sha256_of
from uniha_clausier.common.errors import DomainError

from ..enums import VersionState
from ..models import ClausierVersion, Erratum
from .clausier_schema import Data, errata_of


class ErrataRefused(DomainError):
    """The errata do not fit the versions that are loaded; the sentence says where."""


class Loaded(NamedTuple):
    """What a file did to one version: how many errata came, and how many it has now."""

    version: ClausierVersion
    added: int
    total: int


def load(*, data: Any, by: User | None = None) -> list[Loaded]:
    """Add the errata of the plain ``data`` to each version it names that is loaded.

    Raises InvalidClausier (the place is named) and ErrataRefused. All or nothing.
    """
    content = errata_of(data)
    with transaction.atomic():
        versions = _locked_versions(content["versions"])
        return [_add(version, content["errata"], by) for version in versions]


def _locked_versions(named: list[Data]) -> list[ClausierVersion]:
    """The versions that are there, locked so that two loads of one follow each other."""
    wanted = {(row["code"], row["version"]) for row in named}
    published = ClausierVersion.objects.select_for_update(of=("self",), no_key=True).filter(
        state=VersionState.PUBLISHED
    )
    found = [
        version
        for version in published.select_related("clausier").order_by("pk")
        if (version.clausier.code, version.number) in wanted
    ]
    if not found:
        raise ErrataRefused(
            _("Aucune version de ce fichier n’est chargée : %(versions)s.")
            % {"versions": ", ".join(f"{code} {number}" for code, number in sorted(wanted))}
        )
    return found


def _add(version: ClausierVersion, errata: list[Data], by: User | None) -> Loaded:
    known = {row.number: row for row in version.errata.select_related("point")}
    points = dict(version.points.values_list("ref", "pk"))
    now, added = timezone.now(), []
    for row in errata:
        if row["point"] not in points:
            raise ErrataRefused(
                _("Erratum %(number)d : la version %(version)s n’a pas de point %(point)s.")
                % {"version": version.number, **row}
            )
        if row["number"] not in known:
            added.append(row)
        elif _content(known[row["number"]]) != row:
            raise ErrataRefused(
                _(
                    "L’erratum %(number)d de « %(code)s » %(version)s est déjà chargé, et dit "
                    "autre chose. Un erratum ne change pas : corrigez-le par un nouveau numéro."
                )
                % {
                    "number": row["number"],
                    "code": version.clausier.code,
                    "version": version.number,
                }
            )
    Erratum.objects.bulk_create(
        Erratum(
            version=version,
            point_id=points[row["point"]],
            number=row["number"],
            date=dt.date.fromisoformat(row["date"]),
            text=row["text"],
            source=row["source"],
            recorded_at=now,
            recorded_by=by,
        )
        for row in added
    )
    if added:
        journal.record(
            tenant=journal.NO_TENANT,
            action="clausier.errata_added",
            subject=f"clausier/{version.clausier.code}/{version.number}",
            data={"sha256": sha256_of(added), "numbers": [row["number"] for row in added]},
            at=now,
            by=by.pk if by else None,
        )
    return Loaded(version, len(added), len(known) + len(added))


def _content(erratum: Erratum) -> Data:
    return {
        "number": erratum.number,
        "point": erratum.point.ref,
        "date": erratum.date.isoformat(),
        "text": erratum.text,
        "source": erratum.source,
    }
