"""Orders as CSV text, read as a user's would be."""

import datetime

from segnb.tables.declare import Data
from segnb.tables.read import read

AS_OF = datetime.date(2024, 12, 31)
HEADER = "customer_id,order_time,amount\n"


def read_orders(folder, content, data=None, *, as_of=AS_OF, threads=2, name="orders.csv", **table):
    """Read orders, declared by segnb's own column names but for what ``table`` says otherwise."""
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    declared = Data.model_validate({"transactions": {"source": name, **table}, **(data or {})})
    return read(declared, as_of=as_of, root=folder, cache=folder / "cache", threads=threads)


def column(tables, name, table="transactions"):
    """Return a column's values in the order in which they are kept."""
    return tables[table].execute()[name].tolist()
