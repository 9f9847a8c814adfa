"""The demo: a fictional hospital whose purchases are told act by act.

Each act of a buyer goes through the domain function that a page would call, with its rules and its
journal event. The story happened before it is loaded: while it is told, the clock of the process
shows the dates of the story, and the last event of each facility, at the real time, says so.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple
from unittest import mock

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.domain import members
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, HospitalGroup, User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError
from vendors.domain import candidacies, openings, tenders, vendors
from vendors.models import FRANCE, Lot, Product, Tender, Vendor

from ..models import Assessment, Checklist, ClausierVersion
from . import (
    answering,
    assessments,
    cctp,
    chapter_work,
    checklists,
    comment_templates,
    parameters,
    saved_profiles,
)
from .queries.grid import VersionKey, catalogue

Told = Mapping[str, Any]
"""A part of the story, as read from fixtures/demo/."""

CLAUSIER, VERSION = "securite-numerique", "2"
TO_COPY_A_CLAIM = dt.timedelta(seconds=130)
TO_SCORE_A_POINT = dt.timedelta(seconds=205)
CLAIM_FIELDS = ("claim", "claim_text")
SCORE_FIELDS = ("score", "comment")
STORY_BEGINS = "2025-09-01 08:30"


class DemoUnfit(DomainError):
    """The story doesn't fit the clausier that is loaded."""


class StoryClock:
    """Stands in for ``timezone.now`` while the story is told."""

    def __init__(self) -> None:
        self.moment = moment(STORY_BEGINS)

    def __call__(self) -> dt.datetime:
        return self.moment


@dataclass(frozen=True)
class Act:
    """Something that somebody did at some time."""

    at: dt.datetime
    play: Callable[[], object]


class LotName(NamedTuple):
    """How the story names a lot: the facility, the reference of the tender, the number."""

    facility: str
    tender: str
    number: int


@dataclass
class Cast:
    """Who and what is on stage, by the keys of the story."""

    version: ClausierVersion
    read: Callable[[str], Told]
    facilities: dict[str, Facility] = field(default_factory=dict)
    buyers: dict[str, User] = field(default_factory=dict)
    vendors: dict[str, Vendor] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    assessments: dict[tuple[LotName, str], Assessment] = field(default_factory=dict)


def load(*, story: Told, read: Callable[[str], Told]) -> bool:
    """Tell ``story`` once; return False, having changed nothing, when it was told before.

    ``read`` returns the texts of an assessment by the name of their file. All or nothing.
    Raises DemoUnfit when the clausier isn't loaded or doesn't ask a point of the story.
    """
    with transaction.atomic():
        if is_loaded(story):
            return False
        cast = Cast(_version(), read)
        people = _open_accounts(story)
        with _story_time() as clock:
            _open_facilities(story, cast)
            _add_members(story, people, cast)
            for act in sorted(_acts(story, cast), key=lambda act: act.at):
                clock.moment = act.at
                act.play()
        for facility in cast.facilities.values():
            journal.record(tenant=facility.pk, action="demo.loaded", subject="demo", by=None)
    return True


def is_loaded(story: Told) -> bool:
    """Whether the facilities of ``story`` are there: then all of it was told, in one go."""
    numbers = [facility["siret"] for facility in story["facilities"].values()]
    return Facility.objects.filter(siret__in=numbers).exists()


def moment(text: str) -> dt.datetime:
    """Return a time of the story, written as in Paris."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=timezone.get_default_timezone())


@contextmanager
def _story_time() -> Iterator[StoryClock]:
    clock = StoryClock()
    with mock.patch.object(timezone, "now", clock):
        yield clock


def _version() -> ClausierVersion:
    version = ClausierVersion.objects.filter(clausier__code=CLAUSIER, number=VERSION).first()
    if version is None or not version.is_published:
        raise DemoUnfit(
            _("Le clausier n’est pas chargé : lancez d’abord « manage.py load_clausiers ».")
        )
    return version


def _open_facilities(story: Told, cast: Cast) -> None:
    group = HospitalGroup.objects.create(name=story["group"])
    for key, told in story["facilities"].items():
        cast.facilities[key] = Facility.objects.create(group=group, **told)
        group.lead_facility = group.lead_facility or cast.facilities[key]
    group.save(update_fields=["lead_facility"])


def _open_accounts(story: Told) -> list[User]:
    """Open the accounts; a person who is there already keeps their own password."""
    # Hashed once for all: hashing is slow on purpose, and this password is public.
    encoded = make_password(story["password"])
    people = []
    for told in story["people"]:
        name, is_operator = told["full_name"], told.get("is_operator", False)
        person, is_new = members.open_account(
            email=told["email"], full_name=name, is_operator=is_operator, by=None
        )
        if is_new:
            person.password, person.password_is_provisional = encoded, False
            person.save(update_fields=["password", "password_is_provisional"])
        people.append(person)
    return people


def _add_members(story: Told, people: list[User], cast: Cast) -> None:
    for told, person in zip(story["people"], people, strict=True):
        if "role" in told:
            facility = cast.facilities[told["facility"]]
            members.add_member(user=person, facility=facility, role=told["role"], by=None)
            if told["role"] == Role.BUYER:
                cast.buyers[told["facility"]] = person


# -- The acts: what each tender tells, to be played in the order of time -----------------------


def _acts(story: Told, cast: Cast) -> Iterator[Act]:
    for key, vendor in story["vendors"].items():
        yield Act(moment(vendor["at"]), partial(_meet_vendor, key, vendor, cast))
    for told in story["comment_templates"]:
        yield Act(moment(told["at"]), partial(_keep_comment, told, cast))
    for told in story["tenders"]:
        yield Act(moment(told["at"]), partial(_create_tender, told, cast))
        for number, lot in enumerate(told["lots"], start=1):
            name = LotName(told["facility"], told["reference"], number)
            if "checklist" in lot:
                yield from _checklist_acts(name, lot["checklist"], cast)
            for candidate in lot["candidates"]:
                yield from _candidate_acts(name, candidate, cast)
        if "opening" in told:
            yield Act(moment(told["opening"]["at"]), partial(_open_offers, told, cast))


def _checklist_acts(name: LotName, told: Told, cast: Cast) -> Iterator[Act]:
    yield Act(moment(told["at"]), partial(_prepare, name, told, cast))
    if "published" in told:
        yield Act(moment(told["published"]), partial(_publish, name, cast))


def _candidate_acts(name: LotName, told: Told, cast: Cast) -> Iterator[Act]:
    vendor = told["vendor"]
    yield Act(moment(told["at"]), partial(_register, name, vendor, cast))
    if "assessment" not in told:
        return
    points = cast.read(told["assessment"]["file"])["points"]
    at = moment(told["assessment"]["claims_from"])
    yield Act(at, partial(_start, name, vendor, cast))
    for ref, point in points.items():
        at += TO_COPY_A_CLAIM
        yield Act(at, partial(_write, name, vendor, ref, _only(point, CLAIM_FIELDS), cast))
    at = moment(told["assessment"]["scores_from"])
    for ref, point in points.items():
        at += TO_SCORE_A_POINT
        yield Act(at, partial(_write, name, vendor, ref, _only(point, SCORE_FIELDS), cast))
    for chapter in told["assessment"].get("chapters", ()):
        yield Act(moment(chapter["at"]), partial(_share_chapter, name, vendor, chapter, cast))


def _only(point: Told, fields: Iterable[str]) -> dict[str, str]:
    return {name: point[name] for name in fields if name in point}


# -- Playing them ------------------------------------------------------------------------------


def _meet_vendor(key: str, told: Told, cast: Cast) -> None:
    by = cast.buyers[told["facility"]]
    identity = vendors.identify(
        country=told.get("country", FRANCE),
        number=told.get("siret", ""),
        foreign_id=told.get("foreign_id", ""),
    )
    cast.vendors[key] = vendors.create_vendor(
        facility=cast.facilities[told["facility"]],
        name=told["name"],
        identity=identity,
        contact_name=told["contact_name"],
        contact_email=told["contact_email"],
        by=by,
    )
    cast.products[key] = vendors.add_product(vendor=cast.vendors[key], by=by, **told["product"])


def _keep_comment(told: Told, cast: Cast) -> None:
    comment_templates.add_template(
        facility=cast.facilities[told["facility"]],
        wording=comment_templates.Wording(told["title"], told["text"], told.get("score", "")),
        by=cast.buyers[told["facility"]],
    )


def _create_tender(told: Told, cast: Cast) -> None:
    tenders.create_tender(
        facility=cast.facilities[told["facility"]],
        reference=told["reference"],
        title=told["title"],
        procedure=told["procedure"],
        publication_date=told.get("publication_date"),
        deadline=moment(told["deadline"]) if "deadline" in told else None,
        lots=[lot["title"] for lot in told["lots"] if "title" in lot],
        by=cast.buyers[told["facility"]],
    )


def _open_offers(told: Told, cast: Cast) -> None:
    openings.record_opening(
        tender=Tender.objects.get(
            facility=cast.facilities[told["facility"]], reference=told["reference"]
        ),
        opened_at=moment(told["opening"]["at"]),
        people=told["opening"]["people"],
        by=cast.buyers[told["facility"]],
    )


def _prepare(name: LotName, told: Told, cast: Cast) -> None:
    by = cast.buyers[name.facility]
    checklist = checklists.start_checklist(lot=_lot(name, cast), version=cast.version, by=by)
    checklists.set_profile(checklist=checklist, flags=told["flags"].split(), by=by)
    if "kept_as" in told:
        checklist.refresh_from_db()
        saved_profiles.keep_profile(checklist=checklist, name=told["kept_as"], by=by)
    for forced in told.get("forced", []):
        checklists.force_point(checklist=checklist, by=by, **forced)
    values = {key: cctp.Value(**value) for key, value in told.get("parameters", {}).items()}
    parameters.set_parameters(checklist=checklist, values=values, by=by)
    for ref in told.get("knock_outs", []):
        checklists.set_knock_out(checklist=checklist, ref=ref, is_knock_out=True, by=by)


def _publish(name: LotName, cast: Cast) -> None:
    checklist = Checklist.objects.get(lot=_lot(name, cast))
    checklists.publish(checklist=checklist, by=cast.buyers[name.facility])


def _register(name: LotName, vendor: str, cast: Cast) -> None:
    candidacies.register_candidate(
        lot=_lot(name, cast),
        vendor=cast.vendors[vendor],
        product=cast.products[vendor],
        by=cast.buyers[name.facility],
    )


def _start(name: LotName, vendor: str, cast: Cast) -> None:
    lot = _lot(name, cast)
    candidacy = lot.candidacies.get(vendor=cast.vendors[vendor])
    by = cast.buyers[name.facility]
    cast.assessments[name, vendor] = assessments.start_assessment(
        candidacy=candidacy, checklist=lot.checklists.get(), by=by
    )


def _write(name: LotName, vendor: str, ref: str, values: dict[str, str], cast: Cast) -> None:
    """Write what one visit to a point leaves: a claim with its text, or a score with its comment."""
    outcome = answering.save_fields(
        assessment_id=cast.assessments[name, vendor].pk,
        edits=[answering.Edit(ref, field, value, 0) for field, value in values.items()],
        by=cast.buyers[name.facility],
    )
    for edit, error in [*outcome.refused, *outcome.conflicts]:
        raise DemoUnfit(f"{vendor}, {edit.ref}, {edit.field} : {error}")


def _share_chapter(name: LotName, vendor: str, told: Told, cast: Cast) -> None:
    """Give a chapter to a member, or declare it finished."""
    version = cast.version
    texts = catalogue(VersionKey(version.pk, version.title, version.content_sha256))
    chapters = texts.chapters.items()
    chapter: dict[str, Any] = {
        "assessment_id": cast.assessments[name, vendor].pk,
        "position": next(at for at, text in chapters if text.ref == told["ref"]),
        "texts": texts,
        "by": cast.buyers[name.facility],
    }
    if told.get("finished"):
        chapter_work.finish_chapter(**chapter)
    if "assignee" in told:
        assignee = User.objects.get(email=told["assignee"])
        chapter_work.assign_chapter(**chapter, assignee=assignee, base_version=0)


def _lot(name: LotName, cast: Cast) -> Lot:
    facility = cast.facilities[name.facility]
    return Lot.objects.get(
        tender__facility=facility, tender__reference=name.tender, number=name.number
    )
