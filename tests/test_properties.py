"""Properties that hold whatever the input is: nothing is lost, order is no matter, no error but segnb's own.

Each is tried on a few hundred made-up inputs, the same ones each time.
"""

import contextlib
import datetime
import io
import json
from collections import Counter
from decimal import Decimal
from importlib import import_module

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from hypothesis import strategies as st
from small_project import PARAMS, make

from segnb.cli import main
from segnb.clustering.segment import segment
from segnb.errors import CellError, InputError
from segnb.playbook_file import Rules
from segnb.runs.model import Parameters
from segnb.runs.workshop import Workshop
from segnb.segmentation import Feature, FeatureTable, Passport, Structure
from segnb.selection import select
from segnb.tables.declare import Data
from segnb.tables.found import find
from segnb.tables.read import cleaned
from segnb.tables.roles import Transactions

# The module, whose name its function bears, too.
forming = import_module("segnb.clustering.segment")
# Ibis still calls what DuckDB 2 and pandas 3 have renamed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
always = settings(
    max_examples=200,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # inputs are small: to shrink one would take minutes
    suppress_health_check=list(HealthCheck),
)
AS_OF = datetime.date(2024, 12, 31)
CODES = {0, 2, 3, 4, 5, 6, 7, 75}


# Tables


NAMES = ["customer_id", "order_time", "amount"]


def written(rows, order=(0, 1, 2)):
    """Return orders as CSV, their columns in this order."""
    lines = [[NAMES[place] for place in order]]
    lines += [[row[place] for place in order] if len(row) == 3 else row for row in rows]
    return "".join(",".join(cells) + "\n" for cells in lines).encode()


def read(folder, content):
    """Clean orders; return the folder of the cleaned tables and how they came in."""
    (folder / "orders.csv").write_bytes(content)
    data = Data.model_validate({"bad_rows": "quarantine", "transactions": {"source": "orders.csv"}})
    found = cleaned(find(data, folder, folder / "cache"), as_of=AS_OF, cache=folder / "cache", threads=1)
    return found, json.loads((found / "intake.json").read_text())["tables"]["transactions"]


unquoted = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='",')
ids = st.one_of(
    st.sampled_from(["007", "7", " 7", "7.0", "1e3", "NA", "null", "-0", "9007199254740993", "ﬁ", "é", "é"]),
    st.text(unquoted, min_size=1, max_size=8).filter(lambda text: text.strip(" ")),
)
days = st.dates(datetime.date(1990, 1, 1), AS_OF).map(str)
amounts = st.decimals(-(10**9), 10**9, places=2).map(str)
whole_rows = st.tuples(ids, days, amounts).map(lambda row: (row, ""))
broken_rows = st.one_of(
    st.tuples(st.sampled_from(["", "  "]), days, amounts).map(lambda row: (row, "missing")),
    st.tuples(ids, st.sampled_from(["2024-13-01", "1.2.2024", "soon", "٢٠٢٤-٠١-٠١"]), amounts).map(
        lambda row: (row, "unreadable")
    ),
    st.tuples(ids, days, st.sampled_from(["1.2.3", "x", "$5", "1_000"])).map(lambda row: (row, "unreadable")),
    st.tuples(ids, days, st.sampled_from(["inf", "-Infinity", "NaN"])).map(lambda row: (row, "not_finite")),
    st.tuples(ids, days, st.sampled_from(["9" * 40, "1e90"])).map(lambda row: (row, "out_of_range")),
    st.tuples(ids, st.just("2025-01-01"), amounts).map(lambda row: (row, "after_as_of")),
    st.lists(st.sampled_from(["a", "1", "2024-01-01"]), min_size=4, max_size=6).map(
        lambda row: (tuple(row), "fields")
    ),
    st.tuples(ids, days).map(lambda row: (row, "fields")),
)


@always
@given(
    rows=st.lists(st.one_of(whole_rows, whole_rows, broken_rows), min_size=1, max_size=12),
    dice=st.randoms(use_true_random=False),
    columns=st.permutations([0, 1, 2]),
)
def test_every_row_is_used_or_counted_and_no_order_matters(tmp_path_factory, rows, dice, columns):
    folder = tmp_path_factory.mktemp("orders")
    reasons = Counter(reason for _, reason in rows if reason)
    used = [row for row, reason in rows if not reason]
    content = written([row for row, _ in rows])
    shuffled = dice.sample(rows, len(rows))
    if not used:
        with pytest.raises(InputError):
            read(folder, content)
        return
    found, intake = read(folder, content)
    assert intake["rows_in"] == len(rows)
    assert intake["rows_used"] == len(used)
    counted = Counter()
    for each in intake["rejected"]:
        counted[each["reason"]] += each["rows"]
    assert counted == reasons
    table = pq.read_table(found / "transactions.parquet")
    assert sorted(table["customer_id"].to_pylist()) == sorted(row[0] for row in used)
    spent = Counter()
    for customer, _, amount in used:
        spent[customer] += Decimal(amount)
    orders = pq.read_table(found / "orders.parquet").to_pylist()
    kept = Counter()
    for order in orders:
        kept[order["customer_id"]] += order["amount"]
    assert dict(kept) == dict(spent)
    other, again = read(folder, written([row for row, _ in shuffled], columns))
    assert {**again, "sha256": {}} == {**intake, "sha256": {}, "columns": again["columns"]}
    for name in ("transactions", "orders"):
        assert (other / f"{name}.parquet").read_bytes() == (found / f"{name}.parquet").read_bytes()


# The command line


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A small project as the working folder, with notebooks that are not run."""
    folder = make(tmp_path_factory.mktemp("small") / "project")
    (folder / "empty").mkdir()
    (folder / "loop").symlink_to("loop")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(Workshop, "run", stop)
        yield folder


def stop(*_):
    raise CellError("the tables are read, and this is as far as it goes")


def told(*arguments):
    """Run the command line; return its exit code and what it said."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as asked:  # --help and --version
            code = asked.code
    assert code in CODES, (arguments, err.getvalue())
    assert "a defect" not in err.getvalue(), (arguments, err.getvalue())
    assert "Traceback" not in err.getvalue()
    return code, err.getvalue()


mess = st.one_of(
    st.sampled_from(
        ["a", "2024-01-01", "1.00", "007", "", '"a"', '"a,b"', '""', '"', ";", "2024-01-01T25:00", "é"]
    ),
    st.text(st.sampled_from("\",;\n\r\t '\\\ufeff\u202e0123456789-.:TZ"), max_size=8),
    st.text(max_size=8),
)


@always
@given(
    header=st.sampled_from(
        [NAMES] * 9 + [['"customer_id', *NAMES], ['"customer_id"x', *NAMES], ["\ufeff" * 2, *NAMES]]
    ),
    rows=st.lists(st.lists(mess, min_size=2, max_size=4), max_size=6),
    good=st.integers(0, 2),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    bad_rows=st.sampled_from(["refuse", "quarantine"]),
    encoding=st.sampled_from(["utf-8"] * 6 + ["latin-1"] * 2 + ["utf-16"]),
)
def test_messy_tables_are_read_or_refused_with_one_error(
    project, header, rows, good, end, bad_rows, encoding
):
    lines = [",".join(header), *["a,2024-01-01,1.00"] * good, *(",".join(row) for row in rows)]
    content = end.join(lines).encode(encoding, "replace")
    (project / "data" / "orders.csv").write_bytes(content)
    (project / "params" / "messy.yaml").write_text(
        PARAMS.replace("data:\n", f"data:\n  bad_rows: {bad_rows}\n").replace("name: small", "name: messy")
    )
    code, said = told("run", "--quiet", "messy")
    assert code in (3, 5)
    assert code == 5 or said.count("segnb: error:") == 1


KEYS = [*Parameters.model_fields, "groups", "intake", "nothing"]
DATA = [*Data.model_fields, *Transactions.model_fields, "personal", "nps", "kind"]
ODD = """*a !!int .nan -.inf 1e999 01 ~ [ ] { } ' " | > ? : --- ... # yesterday NO 1:30 2024-02-30 2024-06-30
    en_US tr_TR de EUR UTC utf-16 idna rot13 day row "\\0" "\\uD800" "\\x85" """.split()  # noqa: SIM905
ODD += [
    "&a x",
    "!!python/object/apply:os.system [x]",
    "- ",
    "<<: *a",
    "%YAML 1.3",
    "\t",
    "\ufeff",
    "\u2028",
    "\x85",
]
ODD += ["\u202e", "[" * 60, "{a: " * 60, "9" * 30, "x" * 300]
snippets = st.sampled_from(ODD)
plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**19),
    st.floats(),
    snippets,
    st.text(max_size=4),
    st.dates().map(str),
)
values = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(DATA), st.text(max_size=3)), inner, max_size=4),
    ),
    max_leaves=5,
)
tables_of_values = st.fixed_dictionaries(
    {"source": st.one_of(st.just("../data/orders.csv"), snippets)},
    optional={name: values for name in Transactions.model_fields if name != "source"},
)


def yaml_of(values):
    """Write values as YAML: JSON is YAML, but for NaN, and with lone surrogates in texts."""
    return "".join(f"{json.dumps(key)}: {json.dumps(value)}\n" for key, value in values.items())


params_of_values = st.fixed_dictionaries(
    {"name": st.one_of(st.just("small"), values), "as_of": st.one_of(st.just("2024-06-30"), values)},
    optional={key: values for key in KEYS if key not in ("name", "as_of", "data")}
    | {
        "data": st.one_of(
            values, st.fixed_dictionaries({"transactions": tables_of_values}, optional={"customers": values})
        )
    },
).map(yaml_of)


@st.composite
def spoilt_params(draw):
    """The lines of a good params file, with a few cut, doubled, moved or broken."""
    lines = f"{PARAMS}groups:\n  fault: none\n".splitlines()
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["cut", "double", "indent", "insert", "value"])):
            case "cut" if len(lines) > 1:
                del lines[place]
            case "double":
                lines.insert(place, lines[draw(st.integers(0, len(lines) - 1))])
            case "indent":
                lines[place] = " " * draw(st.integers(0, 3)) + lines[place].lstrip()
            case "value":
                lines[place] = lines[place].partition(":")[0] + ": " + draw(snippets)
            case _:
                at = draw(st.integers(0, len(lines[place])))
                lines[place] = (
                    lines[place][:at] + draw(st.one_of(snippets, st.text(max_size=3))) + lines[place][at:]
                )
    return "\n".join(lines)


@always
@given(text=st.one_of(params_of_values, spoilt_params(), st.text(max_size=40)))
def test_any_params_file_is_checked_or_refused(project, text):
    path = project / "params" / "any.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    code, said = told("check", "params/any.yaml")
    assert code in (0, 2)
    if code == 2:
        assert told("run", "params/any.yaml") == (code, said)


playbooks = st.dictionaries(
    st.sampled_from([*Rules.model_fields, "massage"]),
    st.one_of(
        values,
        st.lists(
            st.fixed_dictionaries(
                {
                    "say": st.one_of(
                        values,
                        st.sampled_from(["{a}", "{", "{a.b}", "{a.others}", "{0}", "{a!r:>9}", "{}", "}"]),
                    )
                },
                optional={
                    "when": st.lists(
                        st.one_of(
                            snippets, st.sampled_from(["a known", "a above 9", "trust is D", "a is b or c"])
                        )
                    )
                },
            ),
            max_size=2,
        ),
    ),
).map(yaml_of)


@always
@given(text=st.one_of(playbooks, st.text(max_size=40)))
def test_any_playbook_is_checked_or_refused(project, text):
    (project / "params" / "plays.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    (project / "params" / "played.yaml").write_text(f"{PARAMS}playbook: plays.yaml\n")
    code, said = told("check", "params/played.yaml")
    assert code in (0, 2)
    if code == 2:
        assert said.startswith("segnb: error: ")
        assert "params/plays.yaml" in said


names = st.one_of(
    st.sampled_from(
        [
            "../../x",
            "/etc/x",
            "a/../../b",
            "a\0b",
            "CON",
            "x" * 300,
            "x" * 5000,
            "..",
            ".",
            "",
            "~",
            "-x",
            "--",
        ]
    )
    | st.sampled_from(
        ["s3://b/x", "http://e.org/x", "file:///etc/passwd", "\ud800", "\udcff", "a\nb", "small", "latest"]
    )
    | st.sampled_from(
        ["params/small.yaml", "params", "notebooks/01_intake.ipynb", "empty", "C:\\x", "small/latest"]
    ),
    st.text(max_size=6),
)


@always
@given(
    command=st.sampled_from(
        ["verify", "run", "check", "schema", "list params", "list runs", "list bases", "", "lab x"]
    ),
    options=st.lists(
        st.tuples(st.sampled_from(["--project", "--reports", "--today", "--threads", "--json", ""]), names)
    ),
    rest=st.lists(names, max_size=2),
)
@example(command="check", options=[("--project", "loop")], rest=[])
@example(command="verify", options=[("--reports", "loop")], rest=[])
def test_any_arguments_are_answered(project, command, options, rest):
    arguments = [part for pair in options for part in pair if part] + rest
    if command.startswith("lab"):  # its own options go to JupyterLab
        arguments = ["--surely-not"]
    if command == "run" and ("--reports" in arguments):  # it would publish there
        arguments = [each for each in arguments if each != "--reports"]
    code, said = told(*command.split(), *arguments)
    assert code == 0 or said.startswith("segnb: error: ")


# Clustering

amounts_of_customers = st.lists(
    st.tuples(st.integers(1, 40), st.integers(100, 10**6), st.integers(0, 10), st.integers(0, 180)),
    min_size=6,
    max_size=40,
)
FEATURES = (
    Feature("orders", "Orders", "count", "log"),
    Feature("average_order", "Average order", "money", "log"),
    Feature("discount_share", "Discount", "share"),
    Feature("recency_days", "Recency", "days", "log"),
)


def labels_of(frame, n_segments, features=FEATURES):
    """Choose measures and form segments; return each customer's label and the measures chosen."""
    made = FeatureTable(frame, features, "behavioural", None)
    chosen = select(made)
    found = segment(made, chosen.transform, n_segments=n_segments, restarts=4, bootstraps=2, min_cell=1)
    return found.labels, chosen.kept


@pytest.fixture(scope="module")
def unjudged():
    """Form segments without judging them, which takes ten times as long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forming, "refits", lambda *_, **__: [])
        patch.setattr(forming, "global_stability", lambda *_, **__: 0.0)
        patch.setattr(
            forming, "passports", lambda _, found, *__, **___: [Passport(each, "D") for each in found.sizes]
        )
        patch.setattr(forming, "structure", lambda *_, **__: Structure("none"))
        yield


@always
@given(rows=amounts_of_customers, n_segments=st.integers(2, 4), dice=st.randoms(use_true_random=False))
def test_labels_depend_on_what_customers_do_alone(unjudged, rows, n_segments, dice):
    orders, cents, tenths, recency = np.array(rows, dtype=float).T
    frame = pd.DataFrame(
        {
            "orders": orders,
            "average_order": cents / 100,
            "discount_share": tenths / 10,
            "recency_days": recency,
        },
        index=pd.Index([f"c{place:03}" for place in range(len(rows))], dtype="str", name="customer_id"),
    )
    try:
        labels, kept = labels_of(frame, n_segments)
    except InputError:  # fewer different customers than segments
        assume(False)
    renamed = dict(zip(frame.index, dice.sample(list(frame.index), len(frame)), strict=True))
    other = frame.rename(index=renamed).sort_index()
    other["average_order"] = cents[
        [list(frame.index).index(name) for name in _original(renamed, other.index)]
    ]
    other["constant"] = 7.0
    others, kept_then = labels_of(other, n_segments, (*FEATURES, Feature("constant", "Constant", "number")))
    assert [name for name in kept_then if name != "constant"] == kept
    assert others.to_dict() == {renamed[name]: label for name, label in labels.items()}


def _original(renamed, names):
    back = {new: old for old, new in renamed.items()}
    return [back[name] for name in names]
