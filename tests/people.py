"""Customers with attributes, and orders where asked for, as a params file would declare them."""

from datetime import date

from segnb.tables.declare import Data
from segnb.tables.read import read

AS_OF = date(2024, 6, 30)


def people(folder, frame, *, kinds=None, orders=None, as_of=AS_OF, missing=()):
    """Write and read a frame whose first column is the id; all others are attributes."""
    folder.mkdir(parents=True, exist_ok=True)
    first, *rest = frame.columns
    frame.to_csv(folder / "customers.csv", index=False)
    declared = {
        "source": "customers.csv",
        "customer_id": first,
        "attributes": {name: (kinds or {}).get(name, "category") for name in rest},
        "missing": missing,
    }
    data = {"timezone": "UTC", "customers": declared}
    if orders is not None:
        orders.to_csv(folder / "orders.csv", index=False)
        data["transactions"] = {"source": "orders.csv"} | {name: name for name in orders.columns}
    return read(Data.model_validate(data), as_of=as_of, root=folder, cache=folder / "cache")
