"""CDNOW's first customers: the sample that the literature on lifetimes rests on.

Published by Bruce Hardie; the package `lifetimes` ships the file, of which nothing else is used.
"""

from importlib.metadata import files

import pandas as pd

CALIBRATION_END = "1997-09-30"


def transactions():
    """Return the purchases of a tenth of CDNOW's first customers, January 1997 to June 1998."""
    path = next(each for each in files("lifetimes") if each.name == "CDNOW_sample.txt")
    columns = ["master_id", "customer_id", "order_time", "quantity", "amount"]
    read = pd.read_csv(
        path.locate(), sep=r"\s+", names=columns, dtype={"customer_id": str, "order_time": str}
    )
    return read.assign(order_time=pd.to_datetime(read["order_time"]))
