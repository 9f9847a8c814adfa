"""Checklists, assessments, documents and clausier versions."""

from django.urls import URLPattern, path

from .views import (
    annexes,
    answer_links,
    answer_sending,
    answer_sets,
    answer_workbooks,
    answers,
    checklist_parameters,
    checklist_points,
    checklist_weights,
    checklists,
    clausiers,
    comment_templates,
    comparison,
    deposits,
    documents,
    editions,
    findings,
    grid,
    grid_batches,
    grid_history,
    grid_paste,
    grid_work,
    notes,
    readings,
    receptions,
    results,
    saved_profiles,
    summary,
    tenders,
)

app_name = "checklists"

urlpatterns: list[URLPattern] = [
    # First, because Django tries the routes in order: this one is asked at each key.
    path("evaluations/<int:pk>/points/<str:ref>/", grid.save_point, name="assessment_point"),
    path("consultations/", tenders.tender_list, name="tender_list"),
    path("consultations/<int:pk>/", tenders.tender_detail, name="tender_detail"),
    path(
        "candidats/<int:pk>/evaluer/<slug:clausier>/",
        tenders.assessment_start,
        name="assessment_start",
    ),
    path("clausiers/", clausiers.clausier_list, name="clausier_list"),
    path("clausiers/comparer/", clausiers.clausier_compare, name="clausier_compare"),
    path(
        "clausiers/<slug:code>/<str:number>/", clausiers.clausier_version, name="clausier_version"
    ),
    path("exploitation/clausiers/importer/", clausiers.clausier_import, name="clausier_import"),
    path("exploitation/clausiers/errata/", clausiers.errata_import, name="errata_import"),
    path("check-lists/<int:pk>/", checklists.checklist_edit, name="checklist_edit"),
    path("check-lists/<int:pk>/profil/effet/", checklists.profile_effect, name="profile_effect"),
    path("lots/<int:pk>/check-list/", editions.checklist_start, name="checklist_start"),
    path("check-lists/<int:pk>/corriger/", editions.checklist_correct, name="checklist_correct"),
    path("check-lists/<int:pk>/abandonner/", editions.checklist_discard, name="checklist_discard"),
    path(
        "check-lists/<int:pk>/relectures/",
        readings.checklist_readings,
        name="checklist_readings",
    ),
    path("relectures/<int:pk>/repondre/", readings.reading_answer, name="reading_answer"),
    path("relectures/<int:pk>/retirer/", readings.reading_withdraw, name="reading_withdraw"),
    path(
        "check-lists/<int:pk>/garder-le-profil/",
        saved_profiles.profile_keep,
        name="profile_keep",
    ),
    path(
        "check-lists/<int:pk>/version/",
        checklists.checklist_version,
        name="checklist_version",
    ),
    path(
        "check-lists/<int:pk>/version/annuler/",
        checklists.checklist_version_undo,
        name="checklist_version_undo",
    ),
    path(
        "check-lists/<int:pk>/points/",
        checklist_points.checklist_points,
        name="checklist_points",
    ),
    path(
        "check-lists/<int:pk>/points/<str:ref>/",
        checklist_points.checklist_point,
        name="checklist_point",
    ),
    path(
        "check-lists/<int:pk>/points/<str:ref>/decision/",
        checklist_points.checklist_force,
        name="checklist_force",
    ),
    path(
        "check-lists/<int:pk>/points/<str:ref>/derogation/",
        checklist_points.checklist_derogation,
        name="checklist_derogation",
    ),
    path(
        "check-lists/<int:pk>/points/<str:ref>/eliminatoire/",
        checklist_points.checklist_knock_out,
        name="checklist_knock_out",
    ),
    path(
        "check-lists/<int:pk>/parametres/",
        checklist_parameters.checklist_parameters,
        name="checklist_parameters",
    ),
    path(
        "check-lists/<int:pk>/ponderation/",
        checklist_weights.checklist_weights,
        name="checklist_weights",
    ),
    path(
        "check-lists/<int:pk>/publier/",
        checklists.checklist_publish,
        name="checklist_publish",
    ),
    path("check-lists/<int:pk>/annexe-rc/", annexes.rc_annex, name="rc_annex"),
    path(
        "check-lists/<int:pk>/annexes/preparer/",
        annexes.annexes_request,
        name="annexes_request",
    ),
    path("check-lists/<int:pk>/annexes.zip", annexes.annexes_download, name="annexes_download"),
    path("check-lists/<int:pk>/annexes/<slug:part>.pdf", annexes.annexes_part, name="annexes_part"),
    path(
        "check-lists/<int:pk>/classeur.<str:kind>",
        answer_workbooks.checklist_workbook,
        name="checklist_workbook",
    ),
    path(
        "check-lists/<int:pk>/comparaison/",
        comparison.checklist_comparison,
        name="checklist_comparison",
    ),
    path(
        "check-lists/<int:pk>/comparaison.<str:kind>",
        comparison.comparison_file,
        name="comparison_file",
    ),
    path("evaluations/<int:pk>/", grid.assessment_grid, name="assessment_grid"),
    path(
        "evaluations/<int:pk>/constats/", findings.assessment_findings, name="assessment_findings"
    ),
    path(
        "evaluations/<int:pk>/constats/points/<str:ref>/",
        findings.finding_save,
        name="finding_save",
    ),
    path("evaluations/<int:pk>/calcul/", notes.assessment_note, name="assessment_note"),
    path("evaluations/<int:pk>/resultat/", results.assessment_result, name="assessment_result"),
    path("evaluations/<int:pk>/reperes/", grid.guides, name="assessment_guides"),
    path("evaluations/<int:pk>/presence/", grid_work.sign_of_life, name="assessment_presence"),
    path("evaluations/<int:pk>/chapitres/", grid_work.chapters, name="assessment_chapters"),
    path(
        "evaluations/<int:pk>/chapitres/<int:chapter>/etat/",
        grid_work.declare,
        name="assessment_chapter_state",
    ),
    path(
        "evaluations/<int:pk>/chapitres/<int:chapter>/confier/",
        grid_work.assign,
        name="assessment_chapter_assign",
    ),
    path(
        "evaluations/<int:pk>/chapitres/<int:chapter>/",
        grid.save_chapter,
        name="assessment_chapter",
    ),
    path("evaluations/<int:pk>/ensemble/", grid_batches.save_together, name="assessment_together"),
    path(
        "evaluations/<int:pk>/points/<str:ref>/historique/",
        grid_history.point_history,
        name="assessment_history",
    ),
    path(
        "evaluations/<int:pk>/points/<str:ref>/retablir/",
        grid_history.restore,
        name="assessment_restore",
    ),
    path(
        "evaluations/<int:pk>/synthese/",
        summary.assessment_summary,
        name="assessment_summary",
    ),
    path(
        "evaluations/<int:pk>/documents/",
        documents.assessment_documents,
        name="assessment_documents",
    ),
    path(
        "evaluations/<int:pk>/classeur.<str:kind>",
        answer_workbooks.assessment_workbook,
        name="assessment_workbook",
    ),
    path("check-lists/<int:pk>/classeurs/", deposits.deposit_list, name="deposit_list"),
    path("check-lists/<int:pk>/classeurs/attribuer/", deposits.deposit_give, name="deposit_give"),
    path(
        "check-lists/<int:pk>/classeurs/reprendre/",
        deposits.deposit_take_over,
        name="deposit_take_over",
    ),
    path(
        "check-lists/<int:pk>/reponses/arreter/", answer_sets.answers_freeze, name="answers_freeze"
    ),
    path("classeurs-deposes/<int:pk>/fichier/", deposits.deposit_file, name="deposit_file"),
    path("evaluations/<int:pk>/classeurs/", receptions.reception_list, name="reception_list"),
    path("classeurs/<int:pk>/", receptions.reception_detail, name="reception_detail"),
    path("classeurs/<int:pk>/hors-delai/", receptions.reception_late, name="reception_late"),
    path("classeurs/<int:pk>/fichier/", receptions.reception_file, name="reception_file"),
    path("evaluations/<int:pk>/formulaire/", answer_links.answer_link, name="answer_link"),
    path("liens/<int:pk>/prolonger/", answer_links.link_prolong, name="link_prolong"),
    path("liens/<int:pk>/retirer/", answer_links.link_revoke, name="link_revoke"),
    path("repondre/<str:token>/", answers.answers, name="answers"),
    path(
        "repondre/<str:token>/chapitres/<int:chapter>/",
        answers.answer_chapter,
        name="answer_chapter",
    ),
    path("repondre/<str:token>/envoyer/", answer_sending.answer_submit, name="answer_submit"),
    path("repondre/<str:token>/recepisse/", answer_sending.answer_receipt, name="answer_receipt"),
    path(
        "repondre/<str:token>/recepisse.pdf",
        answer_sending.answer_receipt_file,
        name="answer_receipt_file",
    ),
    path("liens/<int:pk>/recepisse/", answer_links.link_receipt, name="link_receipt"),
    path("repondre/<str:token>/points/<str:ref>/", answers.answer_point, name="answer_point"),
    path("evaluations/<int:pk>/coller/", grid_paste.paste, name="assessment_paste"),
    path(
        "evaluations/<int:pk>/modeles/",
        comment_templates.template_choice,
        name="comment_template_choice",
    ),
    path(
        "etablissements/<int:pk>/profils/",
        saved_profiles.profile_list,
        name="saved_profile_list",
    ),
    path(
        "profils/<int:pk>/supprimer/",
        saved_profiles.profile_delete,
        name="saved_profile_delete",
    ),
    path(
        "etablissements/<int:pk>/modeles/",
        comment_templates.template_list,
        name="comment_template_list",
    ),
    path(
        "etablissements/<int:pk>/modeles/ajouter/",
        comment_templates.template_create,
        name="comment_template_create",
    ),
    path(
        "modeles/<int:pk>/modifier/",
        comment_templates.template_edit,
        name="comment_template_edit",
    ),
    path(
        "modeles/<int:pk>/supprimer/",
        comment_templates.template_delete,
        name="comment_template_delete",
    ),
    path("documents/<int:pk>/telecharger/", documents.document_download, name="document_download"),
    path("documents/<int:pk>/recommencer/", documents.document_retry, name="document_retry"),
    path("verifier/", documents.verify_document, name="verify_document"),
]
