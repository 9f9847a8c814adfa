"""What is done at each stage of a tender in a formal procedure, written by hand from the rules.

``docs/regles.md`` says why; the people are those of the matrix. What the table leaves out is refused.
"""

import datetime as dt
import io
import json
from typing import Any

from django.utils import timezone

from checklists.documents import analysis as analysis_content
from checklists.documents import report
from checklists.domain import checklists, parameters, weighting
from checklists.domain.queries import decisions as decision_queries
from checklists.domain.queries import parameters as parameter_queries
from checklists.models import Answer, Score
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.common import journal
from vendors.domain import register_reading, registers

from .states import Action, Body, Place
from .tender_stages import CHAPTER, PATHS, REF

STAGES = list(PATHS)


def between(first: str, last: str) -> frozenset[str]:
    return frozenset(STAGES[STAGES.index(first) : STAGES.index(last) + 1])


def since(first: str) -> frozenset[str]:
    return between(first, STAGES[-1])


ALWAYS = frozenset(STAGES)
NEVER: frozenset[str] = frozenset()
FIRST = frozenset({"draft", "moved"})
DRAFTS = FIRST | {"correcting"}
"""Whatever stage comes later, what is published stays."""

PUBLISHED = since("published")
SEALED_OFFERS = between("draft", "early")
OPENED = since("opened")
ASSESSED = since("assessing")
"""A file is received and kept as it came at any of these; that its answers enter is another act."""

ANSWERS_OPEN = between("assessing", "decided")
"""The answers of the candidates may still be entered."""

UNSIGNED = between("assessing", "set aside")
SCORED = between("scored", "set aside")
DECIDED = between("decided", "set aside")
SIGNED = since("signed")

ciso, dpo = frozenset({Role.CISO}), frozenset({Role.DPO})


def local(moment: dt.datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def csv(text: str, name: str) -> io.BytesIO:
    file = io.BytesIO(text.encode())
    file.name = name
    return file


def pdf(text: str) -> io.BytesIO:
    return csv(f"%PDF-1.7 {text}", f"{text}.pdf")


# -- What is typed of a tender ---------------------------------------------------------------------


def tender_of(place: Place, **fields: Any) -> Body:
    tender = place["tender"]
    known = {"reference": tender.reference, "title": tender.title, "procedure": tender.procedure}
    return known | {"deadline": local(tender.deadline)} | fields


def register_of(place: Place) -> Body:
    text = f"Raison sociale;SIRET\n{place['newcomer'].name};\n"
    rows = register_reading.read(text)
    plan = registers.plan(tender=place["tender"], rows=rows, choices={})
    return {"texte": text, "vu": plan.fingerprint, "entreprise-1": place["newcomer"].pk}


def text_of_analysis(place: Place) -> Body:
    if "compared" not in place.objects:
        return {}
    part = analysis_content.section(place["compared"]).part("methode")
    assert part
    return {"text": "Notre méthode.", "proposed": part.mark, "version": 0}


# -- What is typed of a checklist ------------------------------------------------------------------


def profile_of(place: Place) -> Body:
    return {"flags": ["DP", "ST"], "seen": place["draft"].profile}


def parameters_of(place: Place) -> Body:
    values = parameter_queries.values(place["draft"])
    found: Body = {"seen": parameters.fingerprint(values)}
    for key in values:
        found |= {f"{key}.amount": 12, f"{key}.unit": "hour"}
    return found


def weights_of(place: Place) -> Body:
    now = weighting.current(place["draft"])
    found: Body = {"max_note": "15", "total": "", "seen": now.fingerprint}
    for ref, setting in now.settings.items():
        found |= {f"{ref}.effect": setting.effect, f"{ref}.weight": str(setting.weight)}
    return found


def content_of(place: Place) -> Body:
    return {"content": checklists.known_fingerprint(place["draft"])}


# -- What is typed of an assessment ----------------------------------------------------------------


def versions_of(place: Place) -> tuple[int, int]:
    rows = {"assessment": place["assessment"], "item__point__ref": REF}
    return Answer.objects.get(**rows).version, Score.objects.get(**rows).version


def edit_of(place: Place, field: str, value: str) -> Body:
    answer, score = versions_of(place)
    return {"field": field, "value": value, "version": answer if field[:5] == "claim" else score}


def score_of(place: Place) -> Body:
    return edit_of(place, "score", "non_compliant")


def claim_of(place: Place) -> Body:
    return edit_of(place, "claim", "yes")


def page_with(place: Place, **fields: str) -> Body:
    answer, score = versions_of(place)
    typed = {f"{REF}.{name}": value for name, value in fields.items()}
    return {"versions": f"{REF}:{answer}:{score}"} | typed


def batch_of(place: Place, field: str, value: str, act: str = "bulk") -> Body:
    return {"act": act, "edits": [{"ref": REF} | edit_of(place, field, value)]}


def restored(place: Place) -> Body:
    """Back to no text, as it was before the first claim."""
    assessment = place["assessment"]
    subject = f"assessment/{assessment.pk}/{REF}"
    past = journal.history(tenant=assessment.facility_id, subject=subject)
    event = next((one for one in past if one.data.get("field") == "claim_text"), None)
    seq = event.seq if event else 1
    return {"event": seq, "side": "before", "version": versions_of(place)[0]}


def finding_of(place: Place) -> Body:
    answer, _score = versions_of(place)
    finding = {"field": "finding", "value": "reserved", "version": 0, "answer": answer}
    return finding | {"role": Role.CISO}


def findings_of(place: Place) -> Body:
    answer, _score = versions_of(place)
    return {"versions": f"{REF}:0:{answer}", f"{REF}.finding": "reserved", "role": Role.CISO}


def decision_of(place: Place) -> Body:
    lines = decision_queries.lines(place["assessment"])
    line = next(one for one in lines if one.ref == REF)
    read = f"{line.version}.{line.answer_version}.{line.score_version}"
    return {f"{REF}-read": read, f"{REF}-decision": "refused"}


def whole_of(place: Place) -> Body:
    known = decision_queries.of_assessment(place["assessment"])
    reason = "Tout bien pesé."
    return {"value": "accepted", "reason": reason, "base_version": known.version if known else 0}


def takeover_of(place: Place) -> Body:
    answer, _score = versions_of(place)
    return {"versions": f"{REF}:{answer}", "quand-meme": "on"}


def visa_of(place: Place) -> Body:
    seen = report.visa_hash(place["assessment"].pk)
    return {"value": "given", "seen": seen, "password": factories.PASSWORD, "remark": ""}


def soon() -> str:
    return (timezone.localdate() + dt.timedelta(days=5)).isoformat()


REASON = {"reason": "Parce qu’il le faut."}
C, V = "checklists:", "vendors:"

OF_THE_TENDER = [
    Action(f"{V}tender_edit", ALWAYS, lambda p: tender_of(p, title="Autre titre"), what="title"),
    Action(
        f"{V}tender_edit",
        SEALED_OFFERS,
        lambda p: tender_of(p, deadline=local(timezone.now() + dt.timedelta(days=9))),
        what="deadline",
    ),
    Action(f"{V}lot_add", ALWAYS, lambda _: {"first_title": "Un", "title": "Deux"}),
    Action(f"{V}lot_edit", SEALED_OFFERS, what="beneficiaries", quiet=True),
    Action(
        f"{V}opening_record",
        frozenset({"closed"}),
        lambda _: {"opened_at": local(timezone.now()), "people": "Paul Durand"},
    ),
    Action(
        f"{V}candidate_add",
        ALWAYS,
        lambda p: {"lot": p["lot"].pk, "product_kind": "software", "product": ""},
        query=lambda p: f"?fournisseur={p['newcomer'].pk}",
    ),
    Action(f"{V}candidate_register", ALWAYS, register_of),
    Action(f"{V}candidate_withdraw", between("draft", "closed") | {"opened"}),
    Action(f"{C}assessment_start", between("published", "closed") | {"opened"}, quiet=True),
    Action(f"{C}tender_dossier", ALWAYS),
    Action(f"{C}analysis", OPENED),
    Action(f"{C}analysis_write", OPENED, text_of_analysis, parts={"key": "methode"}),
    Action(f"{C}analysis_retry", ASSESSED),
    Action(
        f"{C}tender_retention",
        ALWAYS - {"proposed", "eliminated"},
        lambda p: {"signed_on": "2016-03-01", "holders": [p["holder"].pk]},
    ),
    # Whatever part is left may have to be kept.
    Action(f"{C}hold_place", ALWAYS, lambda _: REASON),
    Action(f"{C}hold_lift", frozenset({"held"}), lambda _: REASON),
    Action(
        f"{C}elimination_propose",
        frozenset({"dated", "lifted", "kept"}),
        lambda _: REASON | {"scope": "procedure"},
    ),
    Action(
        f"{C}elimination_detail",
        frozenset({"proposed"}),
        lambda _: REASON | {"decision": "refuser"},
    ),
]

OF_THE_CHECKLIST = [
    Action(f"{C}checklist_edit", DRAFTS, profile_of),
    Action(f"{C}checklist_discard", DRAFTS),
    Action(
        f"{C}checklist_version", FIRST, lambda p: {"version": p["other version"].pk, "confirm": 1}
    ),
    Action(f"{C}checklist_version_undo", frozenset({"moved"})),
    Action(f"{C}checklist_force", DRAFTS, lambda _: REASON | {"force": "out"}),
    Action(f"{C}checklist_knock_out", DRAFTS, lambda _: {"is_knock_out": "on"}),
    Action(f"{C}checklist_derogation", DRAFTS, lambda _: REASON | {"kind": "waived"}),
    Action(f"{C}checklist_parameters", DRAFTS, parameters_of),
    Action(f"{C}checklist_weights", DRAFTS, weights_of),
    Action(f"{C}checklist_publish", DRAFTS, content_of, quiet=True),
    Action(f"{C}checklist_readings", DRAFTS, lambda _: {"role": Role.DPO, "question": "Bon ?"}),
    Action(f"{C}reading_answer", FIRST, lambda _: {"verdict": "agreed", "remark": ""}),
    Action(f"{C}reading_withdraw", FIRST),
    Action(f"{C}profile_keep", ALWAYS, lambda _: {"name": "Un profil"}),
    # One more clausier is begun at any stage; it binds nobody after the deadline (blockers).
    Action(f"{C}checklist_start", ALWAYS, lambda p: {"version": p["third version"].pk}),
    Action(f"{C}checklist_correct", frozenset({"published", "early"}), lambda _: REASON),
    Action(f"{C}annexes_request", PUBLISHED),
]

OF_THE_OFFER = [
    Action(
        f"{C}deposit_list",
        OPENED,
        lambda _: {"workbooks": csv("Point;Réponse\r\nO-7.2;NON\r\n", "un.csv"), "when": "in_time"},
    ),
    Action(
        f"{C}deposit_give",
        ASSESSED,
        lambda p: {f"candidat-{p['deposit'].pk}": p["candidacy"].pk},
        quiet=True,
    ),
    Action(f"{C}answers_freeze", between("scored", "decided")),
    Action(
        f"{C}reception_list",
        ASSESSED,
        lambda _: {"file": csv("Point;Réponse\r\nO-7.2;NON\r\n", "un.csv"), "when": "in_time"},
    ),
    Action(f"{C}reception_detail", ANSWERS_OPEN, takeover_of),
    Action(
        f"{C}reception_late", frozenset({"assessing"}), lambda _: REASON | {"decision": "kept_out"}
    ),
    Action(f"{C}evidence_sheet", ASSESSED, lambda _: {"disclosure": "restricted"}),
    Action(f"{C}evidence_replace", ANSWERS_OPEN, lambda _: {"file": pdf("autre")}),
    Action(f"{C}point_files", ANSWERS_OPEN, lambda _: {"file": pdf("neuf")}),
    Action(f"{C}point_certificates", UNSIGNED, lambda p: {"joindre": p["certificate"].pk}),
    Action(f"{C}answer_link", NEVER, lambda _: {"email": "", "expires_at": soon() + "T12:00"}),
]

GRID, GRID_ANSWERS = UNSIGNED | {"early"}, ANSWERS_OPEN | {"early"}
"""What the buyer types in the grid: no rule is written of it before the opening."""

OF_THE_ASSESSMENT = [
    Action(f"{C}assessment_point", GRID, score_of, what="score"),
    Action(f"{C}assessment_point", GRID_ANSWERS, claim_of, what="claim"),
    Action(f"{C}assessment_chapter", GRID, lambda p: page_with(p, score="partial"), what="score"),
    Action(
        f"{C}assessment_chapter", GRID_ANSWERS, lambda p: page_with(p, claim="yes"), what="claim"
    ),
    Action(
        f"{C}assessment_together",
        GRID,
        lambda p: batch_of(p, "score", "partial"),
        what="score",
        as_json=True,
    ),
    Action(
        f"{C}assessment_together",
        GRID_ANSWERS,
        lambda p: batch_of(p, "claim", "yes"),
        what="claim",
        as_json=True,
    ),
    Action(
        f"{C}assessment_paste",
        GRID,
        lambda p: {"valeurs": json.dumps(batch_of(p, "score", "partial", "paste"))},
        what="score",
    ),
    Action(
        f"{C}assessment_paste",
        GRID_ANSWERS,
        lambda p: {"valeurs": json.dumps(batch_of(p, "claim", "yes", "paste"))},
        what="claim",
    ),
    Action(f"{C}assessment_restore", ANSWERS_OPEN, restored),
    Action(f"{C}score_confirm", frozenset({"outdated"})),
    Action(f"{C}assessment_chapter_state", GRID, lambda _: {"finished": "oui"}),
    Action(
        f"{C}assessment_chapter_assign",
        GRID,
        lambda p: {"assignee": p.world.people[Role.CISO].pk, "version": 0},
    ),
    Action(f"{C}assessment_presence", ASSESSED | {"early"}, lambda _: {"chapter": CHAPTER}),
    Action(f"{C}assessment_findings", UNSIGNED, findings_of, only=ciso),
    Action(f"{C}finding_save", UNSIGNED, finding_of, only=ciso),
    Action(
        f"{C}interest_declare",
        ASSESSED | {"early"},
        lambda _: {"value": "clear", "reason": ""},
        only=dpo | {Role.BIOMEDICAL_ENGINEER},
    ),
    Action(
        f"{C}opinion_list",
        UNSIGNED,
        lambda _: {"whom": f"role-{Role.DPO}", "question": "Et vous ?", "due_on": soon()},
    ),
    Action(f"{C}opinion", UNSIGNED, lambda _: {"value": "favourable", "text": "Oui.", "base": 0}),
    Action(f"{C}opinion_withdraw", UNSIGNED),
]

OF_THE_DECISION = [
    Action(f"{C}assessment_decision", SCORED, decision_of),
    Action(f"{C}decision_others", frozenset({"scored", "outdated"}), quiet=True),
    Action(f"{C}decision_whole", DECIDED, whole_of),
    Action(f"{C}assessment_result", since("scored"), lambda _: {"decided": "on", "kind": "ods"}),
    Action(f"{C}visas_request", between("scored", "stopped")),
    Action(f"{C}assessment_visas", frozenset({"visas asked"}), visa_of, only=ciso),
    Action(f"{C}assessment_documents", since("visas given") - {"requested", "replaced"}),
    Action(f"{C}document_retry", frozenset({"failed"})),
    Action(
        f"{C}signed_file",
        frozenset({"returned"}),
        lambda _: {"identity": "on", "delegation": "on", "name": "Camille Martin"},
    ),
    Action(f"{C}signed_file_set_aside", frozenset({"returned"})),
    Action(f"{C}assessment_versions", SIGNED - {"replaced"}, lambda _: REASON),
]

ACTIONS = [
    *OF_THE_TENDER,
    *OF_THE_CHECKLIST,
    *OF_THE_OFFER,
    *OF_THE_ASSESSMENT,
    *OF_THE_DECISION,
]

ELSEWHERE = {
    f"{C}deposit_take_over": "takes over what has no doubt: tests/checklists/test_deposits.py",
    f"{C}document_signed": "needs a file that people signed: tests/checklists/test_signed_files.py",
}
"""Acts on a tender that this table leaves out, each with the test that holds it."""
