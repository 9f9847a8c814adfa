"""Preparing and publishing the checklist of a lot.

Everything is decided before publication, the same for every candidate (CCP art. L3): a point
forced in or out, a knock-out, a weight decided after the offers are opened would be illegal.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import canonical, journal
from uniha_clausier.common.errors import DomainError, StaleVersion
from vendors.models import Lot

from ..enums import AnswerKind, DerogationKind, Force, LegalEffect, VersionState
from ..models import Checklist, ChecklistItem, ClausierVersion, Derogation
from ..models.checklist import DEFAULT_NOTE
from ..validators import ALWAYS
from . import applicability, edition_changes, weights
from .queries import parameters
from .queries.additions import derogation_of
from .queries.editions import closed

REASON_MAX_LENGTH = 2_000


class ChecklistFrozen(DomainError):
    """The checklist is published: it never changes again."""


class ChecklistGone(DomainError):
    """Somebody else has just given the draft up."""


class NotReady(DomainError):
    """Something prevents the act; the sentence says what."""


class StaleChecklist(StaleVersion):
    """Somebody else changed the draft since the caller read it."""


@dataclass(frozen=True)
class Blocker:
    """What prevents publication, and where it is mended: a page, and a place on it."""

    sentence: str
    place: str
    anchor: str = ""


def start_checklist(*, lot: Lot, version: ClausierVersion, by: User) -> Checklist:
    """Create the draft checklist of ``lot`` on a published ``version``, with an empty profile.

    Raises NotReady when the version is a draft, or when the lot has a checklist of its clausier.
    """
    if not version.is_published:
        raise NotReady(_("Cette version du clausier n’est pas publiée : choisissez-en une autre."))
    with transaction.atomic():
        Lot.objects.select_for_update(no_key=True).get(pk=lot.pk)
        if Checklist.objects.filter(lot=lot, version__clausier=version.clausier_id).exists():
            raise NotReady(_("Ce lot a déjà sa check-list : ouvrez-la pour la modifier."))
        checklist = Checklist.objects.create(lot=lot, version=version, created_by=by)
        create_items(checklist)
        record(checklist, "checklist.started", {"version": str(version)}, by=by)
    return checklist


def set_profile(
    *, checklist: Checklist, flags: Iterable[str], seen: Iterable[str] | None = None, by: User
) -> Checklist:
    """Replace the applicability profile; points follow, those that the buyer forced excepted.

    ``seen`` is the profile that the person had before them, when it must not have changed since.
    Raises ChecklistFrozen after publication, applicability.UnknownFlag for an unknown flag,
    StaleChecklist when somebody else changed the profile.
    """
    after = sorted(applicability.closure(flags))
    with transaction.atomic():
        checklist = locked_draft(checklist)
        before = checklist.profile
        if before == after:
            return checklist
        if seen is not None and sorted(seen) != before:
            raise StaleChecklist(
                _(
                    "Une autre personne vient de changer le profil. Vos coches sont gardées "
                    "ci-dessous : relisez-les, puis enregistrez à nouveau."
                )
            )
        checklist.profile = after
        checklist.save(update_fields=["profile"])
        _apply(checklist, frozenset(after))
        data = {"before": before, "after": after}
        record(checklist, "checklist.profile_changed", data, by=by)
    return checklist


def force_point(*, checklist: Checklist, ref: str, force: str, reason: str, by: User) -> None:
    """Put one point in or out against the rule, with a written reason; ``Force.NONE`` undoes it.

    Raises ChecklistFrozen after publication, NotReady without a reason or with a book of it.
    """
    reason = reason.strip()
    if force and not reason:
        raise NotReady(_("Écrivez le motif : il figure dans la check-list publiée."))
    if len(reason) > REASON_MAX_LENGTH:
        raise NotReady(
            _("Raccourcissez le motif : %(most)d caractères au plus.") % {"most": REASON_MAX_LENGTH}
        )
    with transaction.atomic():
        checklist = locked_draft(checklist)
        item = locked_item(checklist, ref)
        if Derogation.objects.filter(item=item).exists():
            raise NotReady(_("Ce point fait l’objet d’une dérogation : retirez-la d’abord."))
        before = {"force": item.force, "reason": item.force_reason}
        _set_force(item, checklist, force, reason, by)
        after = {"force": item.force, "reason": item.force_reason}
        if before != after:
            data = {"before": before, "after": after}
            record(checklist, "checklist.point_forced", data, ref=ref, by=by)


def set_knock_out(*, checklist: Checklist, ref: str, is_knock_out: bool, by: User) -> None:
    """Mark a point as a knock-out, or not: shown first, it never eliminates by itself.

    Raises ChecklistFrozen after publication, NotReady for a point that nobody will answer.
    """
    with transaction.atomic():
        checklist = locked_draft(checklist)
        item = locked_item(checklist, ref)
        if item.is_knock_out == is_knock_out:
            return
        if is_knock_out and not (item.is_applicable and item.point.is_scored):
            raise NotReady(_("Seul un point demandé au candidat peut être éliminatoire."))
        if is_knock_out and item.legal_effect == LegalEffect.INFORMATION:
            raise NotReady(
                _(
                    "Ce point n’est demandé que pour information : changez d’abord son effet, page "
                    "« Pondération et effets »."
                )
            )
        item.is_knock_out = is_knock_out
        item.save(update_fields=["is_knock_out"])
        data = {"before": not is_knock_out, "after": is_knock_out}
        record(checklist, "checklist.knock_out_changed", data, ref=ref, by=by)


def discard_draft(*, checklist: Checklist, by: User) -> None:
    """Delete a draft, whose content and opinions stay in the journal.

    Raises ChecklistFrozen after publication, ChecklistGone the second time.
    """
    with transaction.atomic():
        checklist = locked_draft(checklist)
        data = {"edition": checklist.edition, "content": content(checklist)}
        record(checklist, "checklist.discarded", data, by=by)
        checklist.readings.all().delete()
        checklist.parameters.all().delete()
        checklist.items.all().delete()
        checklist.delete()


def blockers(checklist: Checklist) -> list[Blocker]:
    """Return what prevents publication; an empty list means go.

    A clausier without any condition asks everything: it needs no profile.
    """
    found = []
    points = checklist.version.points
    if not checklist.profile and points.exclude(condition=ALWAYS).exists():
        sentence = _("Décrivez l’achat : aucune réponse du profil n’est encore cochée.")
        found.append(Blocker(sentence, "profile"))
    asked = checklist.items.filter(is_applicable=True).exclude(point__answer_kind=AnswerKind.NONE)
    held = list(asked.values_list("weight", flat=True))
    if not held:
        sentence = _("Aucun point n’est demandé : complétez le profil ou ajoutez des points.")
        found.append(Blocker(sentence, "points"))
    elif complaint := weights.complaint(sum(held, Decimal(0)), checklist.weight_total):
        found.append(Blocker(complaint, "weights"))
    return found + _missing_values(checklist) + _missing_to_correct(checklist)


def _missing_to_correct(checklist: Checklist) -> list[Blocker]:
    """A correction must change something, and come in time; one more clausier too."""
    if checklist.replaces is None:
        return _too_late_to_add(checklist)
    found = []
    if sentence := closed(checklist.replaces):
        found.append(Blocker(sentence, "tender"))
    if not edition_changes.changes(content(checklist.replaces), content(checklist)):
        sentence = _("Rien ne change encore par rapport à l’édition %(number)d.") % {
            "number": checklist.replaces.edition
        }
        found.append(Blocker(sentence, "points"))
    return found


def _too_late_to_add(checklist: Checklist) -> list[Blocker]:
    """What is asked of a lot changes no more once the candidates have answered (CCP art. L3)."""
    others = Checklist.objects.filter(lot=checklist.lot).exclude(pk=checklist.pk)
    published = others.exclude(published_at=None).select_related("lot__tender")
    if not any(closed(other) for other in published):
        return []
    sentence = _(
        "Ce qui est demandé pour ce lot est publié et ne change plus : les offres sont remises, ou "
        "la date limite est passée."
    )
    return [Blocker(sentence, "tender")]


def _missing_values(checklist: Checklist) -> list[Blocker]:
    """A point that waits for a value of the CCTP would ask nothing precise without it."""
    return [
        Blocker(
            _("Paramètre du CCTP à donner : %(label)s (%(refs)s).")
            % {"label": question.label, "refs": ", ".join(refs)},
            "parameters",
            question.key,
        )
        for question, refs in parameters.missing(checklist).items()
    ]


def missing_to_publish(checklist: Checklist) -> list[str]:
    """Return what prevents publication, as sentences; an empty list means go."""
    return [blocker.sentence for blocker in blockers(checklist)]


def publish(*, checklist: Checklist, seen: str | None = None, by: User) -> Checklist:
    """Freeze the checklist under the SHA-256 of its content. Irreversible.

    ``seen`` is the fingerprint of the content that the person read, when nothing else may be
    published. Raises ChecklistFrozen when it is published already, NotReady when something is
    missing, StaleChecklist when the content is not the one that was read.
    """
    with transaction.atomic():
        checklist = locked_draft(checklist)
        missing = missing_to_publish(checklist)
        if missing:
            raise NotReady(missing[0])
        checklist.content_sha256 = fingerprint(checklist)
        if seen is not None and seen != checklist.content_sha256:
            raise StaleChecklist(
                _(
                    "La check-list a changé depuis que vous l’avez affichée : rien n’est publié. "
                    "Relisez le récapitulatif, puis publiez."
                )
            )
        checklist.state = VersionState.PUBLISHED
        checklist.published_at, checklist.published_by = timezone.now(), by
        checklist.save(update_fields=["content_sha256", "state", "published_at", "published_by"])
        data = {"sha256": checklist.content_sha256}
        record(checklist, "checklist.published", data, at=checklist.published_at, by=by)
    return checklist


def fingerprint(checklist: Checklist) -> str:
    """Return the SHA-256 of what publication would freeze now."""
    return canonical.sha256_of(content(checklist))


def known_fingerprint(checklist: Checklist) -> str:
    """Return the fingerprint that publication froze or, for a draft, the one that it would freeze."""
    return checklist.content_sha256 or fingerprint(checklist)


def content(checklist: Checklist) -> dict[str, Any]:
    """Return what the hash of a checklist covers, as plain JSON values.

    What stands at its default is not written: checklists published before it existed keep their
    hash.
    """
    version = checklist.version
    return {
        "clausier": version.clausier.code,
        "version": version.number,
        "version_sha256": version.content_sha256,
        "profile": checklist.profile,
        "items": [
            {
                "ref": item.point.ref,
                "applicable": item.is_applicable,
                "force": item.force,
                "reason": item.force_reason,
                "knock_out": item.is_knock_out,
                "weight": f"{item.weight:.2f}",
                **_effect(item),
                **_derogation(item),
            }
            for item in checklist.items.select_related("point", "derogation").order_by("position")
        ],
        **_edition(checklist),
        **_note(checklist),
        **_values(checklist),
    }


def _edition(checklist: Checklist) -> dict[str, Any]:
    """Which edition this is, what it replaces and why; a first edition says nothing."""
    if checklist.replaces is None:
        return {}
    return {
        "edition": checklist.edition,
        "replaces": checklist.replaces.content_sha256,
        "correction": checklist.correction_reason,
    }


def _values(checklist: Checklist) -> dict[str, Any]:
    """The values written into the points, and into which."""
    added = {
        question.key: value.plain() | {"refs": refs}
        for question, refs, value in parameters.added(checklist)
    }
    return {"parameters": added} if added else {}


def _effect(item: ChecklistItem) -> dict[str, str]:
    told = item.legal_effect != LegalEffect.SCORED_ZERO
    return {"effect": item.legal_effect} if told else {}


def _derogation(item: ChecklistItem) -> dict[str, Any]:
    found = derogation_of(item)
    if found is None:
        return {}
    return {"derogation": {"kind": found.kind, "wording": found.wording, "reason": found.reason}}


def _note(checklist: Checklist) -> dict[str, str]:
    """Out of what the criterion counts, and what the weights were announced to make."""
    told = {}
    if checklist.max_note != DEFAULT_NOTE:
        told["max_note"] = f"{checklist.max_note:.2f}"
    if checklist.weight_total is not None:
        told["weight_total"] = f"{checklist.weight_total:.2f}"
    return told


def locked_draft(checklist: Checklist) -> Checklist:
    """Return the row read again under lock.

    Raises ChecklistFrozen when it is published, ChecklistGone when it is no more.
    """
    locked = (
        Checklist.objects.select_for_update(of=("self",))
        .select_related(
            "version__clausier",
            "lot__tender",
            "replaces__version__clausier",
            "replaces__lot__tender",
        )
        .filter(pk=checklist.pk)
        .first()
    )
    if locked is None:
        raise ChecklistGone(_("Ce brouillon vient d’être abandonné : il ne se modifie plus."))
    if locked.is_published:
        raise ChecklistFrozen(
            _("La check-list vient d’être publiée : elle ne change plus. Rechargez la page.")
        )
    return locked


def create_items(checklist: Checklist) -> None:
    """Make one item a point of the version, asked or not by the profile."""
    profile = applicability.closure(checklist.profile)
    ChecklistItem.objects.bulk_create(
        ChecklistItem(
            checklist=checklist,
            point=point,
            position=point.position,
            is_applicable=applicability.evaluate(point.condition, profile).applies,
        )
        for point in checklist.version.points.order_by("position")
    )


def _apply(checklist: Checklist, profile: frozenset[str]) -> None:
    changed = []
    free = checklist.items.filter(force=Force.NONE).exclude(derogation__kind=DerogationKind.WAIVED)
    for item in free.select_related("point"):
        applies = applicability.evaluate(item.point.condition, profile).applies
        if item.is_applicable != applies:
            item.is_applicable = applies
            changed.append(item)
    ChecklistItem.objects.bulk_update(changed, ["is_applicable"])


def locked_item(checklist: Checklist, ref: str) -> ChecklistItem:
    """Return one point of a checklist under lock. Raises NotReady for a number that it lacks."""
    item = (
        ChecklistItem.objects.select_for_update(of=("self",))
        .select_related("point")
        .filter(checklist=checklist, point__ref=ref)
        .first()
    )
    if item is None:
        raise NotReady(_("Le point %(ref)s n’existe pas dans cette check-list.") % {"ref": ref})
    return item


def _set_force(
    item: ChecklistItem, checklist: Checklist, force: str, reason: str, by: User
) -> None:
    item.force = force
    item.force_reason = reason if force else ""
    item.forced_at = timezone.now() if force else None
    item.forced_by = by if force else None
    profile = applicability.closure(checklist.profile)
    rule = applicability.evaluate(item.point.condition, profile).applies
    item.is_applicable = force == Force.IN if force else rule
    item.save(update_fields=["force", "force_reason", "forced_at", "forced_by", "is_applicable"])


def record(
    checklist: Checklist,
    action: str,
    data: dict[str, Any],
    *,
    ref: str = "",
    by: User,
    at: Any = None,
) -> None:
    """Write an act on a checklist, or on its point ``ref``, in the journal of its facility."""
    subject = f"checklist/{checklist.pk}" + (f"/{ref}" if ref else "")
    journal.record(
        tenant=checklist.lot.tender.facility_id,
        action=action,
        subject=subject,
        data=data,
        at=at,
        by=by.pk,
    )
