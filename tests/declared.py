"""How the shipped params files declare the samples, so that tests read what users read."""

from pathlib import Path

from segnb.tables.declare import Data
from segnb.yaml_file import read

PARAMS = Path(__file__).parent.parent / "params"


def declared(name, **more):
    """Return the `data:` block of a shipped file; `more` adds keys to a table's declaration."""
    data = read(PARAMS / f"{name}.yaml").data["data"]
    return Data.model_validate({**data, **{table: data[table] | keys for table, keys in more.items()}})


def journey():
    return declared("complete_journey", campaigns={"attributes": ["campaign_type"]})


def shop():
    return declared("shop")
