"""Sixty made-up customers in three tables, for the tests of the profile."""

import datetime

import pandas as pd

from segnb.tables.declare import Data
from segnb.tables.read import read
from segnb.words import Voice

day = datetime.date
VOICE = Voice(currency="USD")
AS_OF = day(2024, 6, 30)
CUSTOMERS = 60


def shop(folder, orders=None, as_of=AS_OF):
    """Write sixty customers: customer n orders n % 4 + 1 times from January on; forty have a record."""
    rows = [
        (f"{n:03d}", f"{n}-{number}", f"2024-{number + 1:02d}-15", f"{10 + n}.25", n % 2 or "")
        for n in range(CUSTOMERS)
        for number in range(n % 4 + 1)
    ]
    columns = ["customer_id", "order_id", "order_time", "amount", "quantity"]
    pd.DataFrame(orders or rows, columns=columns).to_csv(folder / "orders.csv", index=False)
    records = pd.DataFrame(
        {
            "customer_id": [f"{n:03d}" for n in range(40)],
            "region": ["north"] * 20 + ["south"] * 14 + ["hamlet"] * 6,
            "age": [20 + n for n in range(40)],
            "status": ["open"] * 40,
        }
    )
    records.to_csv(folder / "customers.csv", index=False)
    contacts = [(f"{n:03d}", "2024-02-01", "yes" if n < 12 else "no", "offer") for n in range(30)]
    contacts += [(f"{n:03d}", "2024-02-01", "yes", "Control ") for n in range(30, 60)]
    named = pd.DataFrame(contacts, columns=["customer_id", "contact_time", "response", "arm"])
    named.to_csv(folder / "campaigns.csv", index=False)
    declared = {
        "transactions": {"source": "orders.csv", "order_id": "order_id", "quantity": "quantity"},
        "customers": {
            "source": "customers.csv",
            "attributes": {"region": "category", "age": "number", "status": "category"},
        },
        "campaigns": {"source": "campaigns.csv", "response": "response", "arm": "arm"},
    }
    return read(Data.model_validate(declared), as_of=as_of, root=folder, cache=folder / "cache")
