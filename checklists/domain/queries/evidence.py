"""Reads of the files that back the answers of a candidate."""

import datetime as dt
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from uniha_clausier.common import scanning, validity
from uniha_clausier.common.dates import date_format
from uniha_clausier.common.enums import Validity
from uniha_clausier.common.scanning import with_scan
from vendors.models import Tender

from ...models import Assessment, Evidence

_LINKS: Any = Evidence.items.through


def files() -> QuerySet[Evidence]:
    """Files with what opens them to a member."""
    return Evidence.objects.select_related("assessment__candidacy__lot__tender__opening")


def counts(assessment: Assessment) -> Coalesce:
    """Return, of each checklist item of the query, how many files back it in an assessment."""
    links = _LINKS.objects.filter(checklistitem=OuterRef("pk"), evidence__assessment=assessment)
    counted = links.order_by().values("checklistitem").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def of_point(assessment: Assessment, ref: str) -> list[Evidence]:
    """Return the files that back one point, in the order they came."""
    return list(_shown(assessment).filter(items__point__ref=ref))


def current(assessment: Assessment) -> list[Evidence]:
    """Return the files of an assessment that no other replaces, in the order they came."""
    return list(_shown(assessment).filter(replaced_by=None))


def of_assessment(assessment: Assessment) -> list[Evidence]:
    """Return every file of an assessment, former versions too, in the order they came."""
    return list(_shown(assessment))


def of_link(assessment: Assessment) -> list[Evidence]:
    """Return the files that a candidate may join to one more point."""
    found = Evidence.objects.filter(assessment=assessment, replaced_by=None)
    return list(found.prefetch_related("items").order_by("added_at", "pk"))


def versions(file: Evidence) -> list[Evidence]:
    """Return the versions of a file, the latest first."""
    known = {one.pk: one for one in _shown(file.assessment)}
    found = known[file.pk]
    while found.replaced_by_id:
        found = known[found.replaced_by_id]
    chain = [found]
    before = {one.replaced_by_id: one for one in known.values()}
    while chain[-1].pk in before:
        chain.append(before[chain[-1].pk])
    return chain


def _shown(assessment: Assessment) -> QuerySet[Evidence]:
    """The files of an assessment with all that a list says of them."""
    found = Evidence.objects.filter(assessment=assessment)
    people = found.select_related("added_by", "added_by_link", "qualified_by", "replaces")
    return with_scan(people.prefetch_related("items__point").order_by("added_at", "pk"))


def by_point(assessment: Assessment) -> dict[str, list[Evidence]]:
    """Return the files of an assessment by the number of the point they back: two queries."""
    known = {one.pk: one for one in _shown(assessment)}
    links = (
        _LINKS.objects.filter(evidence__assessment=assessment) if known else _LINKS.objects.none()
    )
    found: dict[str, list[Evidence]] = {}
    for ref, pk in links.order_by("evidence_id").values_list(
        "checklistitem__point__ref", "evidence_id"
    ):
        found.setdefault(ref, []).append(known[pk])
    return found


def to_watch(assessment: Assessment, today: dt.date) -> list[tuple[Evidence, str]]:
    """Return the files that need somebody, each with the reason: infected, expired, soon expired."""
    found = []
    for file in current(assessment):
        state = validity.of(file.valid_until, today)
        reasons = [scanning.why_not_served(file.scan_state)]
        if state in (Validity.EXPIRED, Validity.SOON) and file.valid_until:
            told = {"state": Validity(state).label, "day": date_format(file.valid_until, "j N Y")}
            reasons.append(_("%(state)s : valable jusqu’au %(day)s.") % told)
        found += [(file, reason) for reason in reasons if reason]
    return found


def expired(tender: Tender, today: dt.date) -> list[str]:
    """Name the current files of a tender that are no longer good."""
    files = Evidence.objects.filter(
        assessment__candidacy__lot__tender=tender,
        assessment__replaced_at=None,
        replaced_by=None,
        valid_until__lt=today,
    )
    return [
        _("%(name)s (%(vendor)s) : ce document n’est plus valable.")
        % {"name": file.name, "vendor": file.assessment.candidacy.vendor.name}
        for file in files.select_related("assessment__candidacy__vendor").order_by("pk")
    ]
