from django.apps import AppConfig

GUESTS = """
CREATE OR REPLACE FUNCTION clausier_guest_lots() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_agg(named.lot_id) FROM vendors_lotbeneficiary named
    JOIN accounts_facility member ON member.id = named.facility_id
    JOIN vendors_lot lot ON lot.id = named.lot_id
    JOIN vendors_tender tender ON tender.id = lot.tender_id
    JOIN accounts_facility buyer ON buyer.id = tender.facility_id
    WHERE named.facility_id = ANY (clausier_facilities()) AND member.group_id = buyer.group_id
$$;
CREATE OR REPLACE FUNCTION clausier_guest_tenders() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT array_agg(DISTINCT tender_id) FROM vendors_lot WHERE id = ANY (clausier_guest_lots())
$$;
"""
GUEST_LOTS = "((SELECT clausier_guest_lots())::bigint[])"
APPLIED = "SELECT 1 FROM vendors_candidacy applied WHERE applied.vendor_id = vendors_vendor.id"


class VendorsConfig(AppConfig):
    """Who answers, and for which purchase."""

    name = "vendors"
    verbose_name = "Fournisseurs et consultations"

    row_owners = {
        "Vendor": "facility",
        "Product": "vendor",
        "Certificate": "vendor",
        "Tender": "facility",
        "Opening": "tender",
        "Lot": "tender__facility",
        "LotBeneficiary": "lot",
        "Candidacy": "lot",
    }
    """The field of each model that leads to the facility of a row (common.row_policies)."""

    row_functions = GUESTS
    row_guests = {
        "Tender": "id = ANY ((SELECT clausier_guest_tenders())::bigint[])",
        "Lot": f"id = ANY {GUEST_LOTS}",
        "Vendor": f"EXISTS ({APPLIED} AND applied.lot_id = ANY {GUEST_LOTS})",
    }
    """The rows that a lot opens to the facilities it names (docs/decisions/0036)."""
