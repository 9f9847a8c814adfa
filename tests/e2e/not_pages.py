"""The GET routes that show no page, and what they give instead.

A GET route without an entry here or a visit in pages.py fails test_accessibility.py, by its name.
"""

from tests.access import matrix

NOT_PAGES = {
    "my_data_file": "what is kept of one's own account, as JSON",
    "health_alive": "JSON for a monitor",
    "health_ready": "the same",
    "metrics": "figures for Prometheus",
    "mfa_authenticate": "the second step of signing in: see test_factors.py",
    "mfa_login_webauthn": "what a key is asked, for the script of the sign-in page",
    "mfa_reauthenticate": "for who has an application: see test_factors.py",
    "mfa_reauthenticate_webauthn": "for who has a key: see test_factors.py",
    "openid_confirm": "for who has neither password nor factor: see test_openid_proofs.py",
    "mfa_deactivate_totp": "for who has an application: see test_factors.py",
    "mfa_edit_webauthn": "for who has a key: see test_factors.py",
    "mfa_remove_webauthn": "for who has a key: see test_factors.py",
    "mfa_view_recovery_codes": "for who has a factor: see test_factors.py",
    "checklists:answer_file": "a file that a candidate joined, for them",
    "checklists:evidence_file": "the same, for the buyer",
    "vendors:certificate_file": "the file of a certificate",
    "checklists:exchange_letter": "a sealed letter to a candidate",
    "checklists:exchange_letter_docx": "the same for a word processor",
    "checklists:exchange_file": "a file that a candidate sent in answer",
    "checklists:profile_effect": "a fragment that the profile shows at each tick",
    "checklists:answer_receipt_file": "the sealed receipt, for the candidate",
    "checklists:reply_file": "a file that a candidate joined to its answer to a letter",
    "checklists:reply_receipt_file": "the sealed receipt of that answer",
    "checklists:link_receipt": "the same, for the buyer",
    "checklists:assessment_guides": "a fragment that the grid unfolds in its rows",
    "checklists:comment_template_choice": "a fragment that the grid opens in a dialog",
    "checklists:document_download": "the sealed file",
    "checklists:dossier_download": "the ZIP of a dossier",
    "checklists:retention_csv": "the list of what is kept, as a file",
    "checklists:elimination_certificate": "the sealed list of what was eliminated",
    "checklists:long_term_copy": "a sealed file made to last",
    "checklists:signed_file_download": "the signed file",
    "checklists:signed_file_report": "a JSON file",
    "checklists:annexes_download": "the ZIP of the annexes",
    "checklists:annexes_part": "a sealed PDF of the annexes",
    "checklists:checklist_workbook": "the blank answer workbook",
    "checklists:deposit_file": "a file that waits for its candidate, as it was received",
    "checklists:analysis_file": "the analysis report as a PDF or a DOCX",
    "checklists:comparison_file": "the comparison as a workbook",
    "checklists:reception_file": "the file of a candidate, as it was received",
    **{
        name: "the API, for programs"
        for name, rule in matrix.RULES.items()
        if name.startswith("api:") and rule.get
    },
    "checklists:assessment_export": "the assessment for other software",
    "checklists:evaluation_schema": "a JSON Schema",
    "checklists:assessment_workbook": "the workbook with the answers of a candidate",
}
