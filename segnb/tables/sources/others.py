"""Any other database that Ibis speaks: each table is read by one query, and no snapshot spans several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from segnb.errors import InputError, SegnbError
from segnb.tables.addresses import Address
from segnb.tables.snapshots import BATCH, Snapshot


def connect(address: Address, password: str | None, shown: str) -> Snapshot:
    """Open a database.

    Raises
    ------
    InputError
        Ibis does not know it, its driver is not installed, or there is no connection to be had.
    """
    import ibis

    engine = address.engine.partition("+")[0]
    failure = ""
    try:
        getattr(ibis, engine)
    except AttributeError:
        failure = "segnb reads files and databases: download it first"
    except ImportError:
        failure = f"its driver is not installed. Run pip install 'ibis-framework[{engine}]'"
    else:
        try:
            backend = ibis.connect(address.whole(password))
        except ImportError:
            failure = f"its driver is not installed. Run pip install 'ibis-framework[{engine}]'"
        except Exception as error:  # of whatever driver; its words may hold the password
            failure = (
                f"there is no connection ({type(error).__name__}). Check its parts and that the server runs"
            )
    if failure:
        raise InputError(f"{shown}: {failure}")

    def fetch(query: Any) -> Iterator[Sequence[Sequence[Any]]]:
        cursor = backend.raw_sql(backend.compile(query))
        while batch := cursor.fetchmany(BATCH):
            yield batch

    def failed(error: Exception, where: str) -> SegnbError:
        return InputError(
            f"{where}: cannot be read ({type(error).__name__}). Check it with the database's own tools"
        )

    return Snapshot(shown, backend, fetch, failed, backend.disconnect)
