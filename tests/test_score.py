"""What `segnb score` promises: the published rule and no other one, for training customers and for others."""

import json

import duckdb
import numpy as np
import pandas as pd
import pytest
from small_project import ROOT

import segnb as sb
from segnb import cli
from segnb.clustering.drift import LARGE, drift, stability_index
from segnb.clustering.methods import METHODS
from segnb.columns import CUSTOMER
from segnb.runs import manifest, results
from segnb.segmentation import Feature, FeatureTable, Window, Windows
from segnb.transform import learn_transform

DAY = "2024-12-31"
NUMBERS = (Feature("spend", "Spend", "money", "log"), Feature("visits", "Visits", "count", "log"))
WORDS = tuple(
    Feature(name, name, "number", "nominal", levels=("no", "yes", "never asked")) for name in ("app", "shop")
)
RFM = (
    Feature("recency_days", "Days", "days", "log"),
    Feature("frequency", "Orders", "count", "log"),
    Feature("monetary", "Spend", "money", "log"),
)


def people(features, seed=0, n=120):
    """Return customers in two groups, as far as numbers and words can tell them."""
    random = np.random.default_rng(seed)
    groups = np.repeat([0, 1], n // 2)
    columns = {}
    for each in features:
        if each.levels:
            columns[each.name] = np.where(random.random(n) < 0.95, groups, 1 - groups).astype(float)
        else:
            columns[each.name] = np.round(random.lognormal(3 + 2 * groups, 0.2), 2)
    index = pd.Index([f"{place:04d}" for place in range(n)], name=CUSTOMER)
    return FeatureTable(pd.DataFrame(columns, index=index), features, "behavioural", None)


def features_for(method):
    entry = METHODS[method]
    if entry.rule:
        return RFM if entry.needs else WORDS
    return {"only": WORDS, "apart": (*NUMBERS, *WORDS)}.get(entry.categories, NUMBERS)


def publish(folder, features, segments, run="one"):
    """Publish a run that holds nothing but features and segments."""
    held = folder / "reports" / "small" / run
    for name, result in (
        ("features", features),
        ("segmentation", segments),
        ("windows", Windows(None, None)),
    ):
        results.save(result, held / results.TABLES, name)
    manifest.write(held, {"report": "small", "run": run})
    (held.parent / "latest").symlink_to(run, target_is_directory=True)
    return held


@pytest.fixture
def project(tmp_path):
    (tmp_path / "notebooks").mkdir()
    source = ROOT / "notebooks" / "01_data_profiling.ipynb"
    (tmp_path / "notebooks" / source.name).write_bytes(source.read_bytes())
    return tmp_path


def score(project, *more, run="small"):
    return cli.main(["score", run, "--project", str(project), *map(str, more)])


@pytest.mark.parametrize("method", sorted(METHODS))
def test_training_customers_score_to_their_published_segment(method, project):
    features = people(features_for(method))
    segments = sb.segment(
        features, method=method, n_segments=None if METHODS[method].rule else 2, bootstraps=20
    )
    run = publish(project, features, segments)
    written = project / "scored.csv"
    assert score(project, "--data", run / "tables" / "features.frame.parquet", "--output", written) == 0
    scored = pd.read_csv(written, dtype="str").set_index(CUSTOMER)["segment"]
    assert scored.to_dict() == segments.labels.to_dict()


def test_a_csv_of_measures_takes_words_for_categories(project, capsys):
    features = people((*NUMBERS, *WORDS))
    publish(project, features, sb.segment(features, method="k_prototypes", n_segments=2, bootstraps=20))
    plain = features.frame.copy()
    for each in WORDS:
        plain[each.name] = plain[each.name].map(lambda place, levels=each.levels: levels[int(place)])
    plain.loc["new"] = [20.0, 20.0, "sometimes", "no"]
    plain.loc["rich"] = [1e9, 20.0, "no", "no"]
    plain.loc["bare"] = [np.nan, 20.0, "no", "no"]
    plain.to_csv(project / "plain.csv")
    assert score(project, "--data", project / "plain.csv") == 0
    out, told = capsys.readouterr()
    lines = dict(line.split(",")[:2] for line in out.splitlines())
    assert lines["new"] == "unassigned: unseen category"
    assert lines["rich"] == "unassigned: outside the range seen"
    assert lines["bare"] == "unassigned: missing value"
    assert len(lines) == 1 + len(plain)
    assert "123 customers scored" in told


def test_sql_labels_everyone_as_python_does(project, capsys):
    features = people(NUMBERS)
    segments = sb.segment(features, n_segments=2, bootstraps=20)
    publish(project, features, segments)
    assert score(project, "--sql", "duckdb") == 0
    expression = capsys.readouterr().out
    with duckdb.connect() as con:
        con.register("customers", features.frame.reset_index())
        found = con.sql(f"SELECT customer_id, {expression} AS segment FROM customers").df()
    assert found.set_index(CUSTOMER)["segment"].to_dict() == segments.labels.to_dict()


def _tamper(path):
    held = json.loads(path.read_text())
    held["model"]["centres"] = [[0.0, 0.0]]
    path.write_text(json.dumps(held))


@pytest.mark.parametrize(
    "harm",
    [
        _tamper,
        lambda path: path.write_bytes(path.read_bytes()[:-40]),
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b"\x80\x05cposix\nsystem\n."),
    ],
    ids=["tampered", "truncated", "gone", "foreign"],
)
@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "sealed again"])
def test_a_model_that_is_not_as_published_is_refused(harm, sealed, project, capsys):
    features = people(NUMBERS)
    run = publish(project, features, sb.segment(features, n_segments=2, bootstraps=20))
    harm(run / "tables" / "segmentation.json")
    if not sealed:  # whoever did it knew how to write a manifest
        manifest.write(run, {"report": "small", "run": "one"})
    assert score(project, "--data", run / "tables" / "features.frame.parquet") == 3
    out, told = capsys.readouterr()
    assert not out
    assert "Traceback" not in told


def test_one_changed_number_is_refused(project, capsys):
    features = people(NUMBERS)
    run = publish(project, features, sb.segment(features, n_segments=2, bootstraps=20))
    path = run / "tables" / "segmentation.json"
    held = json.loads(path.read_text())
    held["model"]["centres"][0][0] += 0.5
    path.write_text(json.dumps(held))
    assert score(project, "--data", run / "tables" / "features.frame.parquet") == 3
    assert "segmentation.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("1,2,3\n1,4,5\n", "1 rows repeat a customer_id"),
        (",2,3\n1,4,5\n", "1 rows have no customer_id"),
        ("1,two,3\n2,4,5\n", "1 values of spend are no numbers"),
    ],
)
def test_bad_measures_are_refused(rows, told, project, capsys):
    features = people(NUMBERS)
    publish(project, features, sb.segment(features, n_segments=2, bootstraps=20))
    (project / "bad.csv").write_text(f"customer_id,spend,visits\n{rows}")
    assert score(project, "--data", project / "bad.csv") == 3
    assert told in capsys.readouterr().err


def test_drift_is_told_where_customers_moved(project, capsys):
    features = people(NUMBERS)
    publish(project, features, sb.segment(features, n_segments=2, bootstraps=20))
    moved = features.frame.assign(spend=features.frame["spend"].to_numpy() * 2)
    moved.to_parquet(project / "moved.parquet")
    assert score(project, "--data", project / "moved.parquet") == 0
    told = capsys.readouterr().err
    line = next(each for each in told.splitlines() if each.startswith("drift"))
    assert "spend" in line
    assert "visits" not in line


def test_the_stability_index_is_that_of_the_formula():
    # (.3 - .5) log(.3 / .5) + (.7 - .5) log(.7 / .5), by hand.
    assert stability_index([50, 50], [30, 70]) == pytest.approx(0.1694596, abs=1e-6)
    assert stability_index([1, 3], [10, 30]) == 0
    features = people(NUMBERS)
    same = drift(learn_transform(features), features, features.frame)
    assert same == {"spend": 0.0, "visits": 0.0}
    assert drift(learn_transform(features), features, features.frame * 100)["spend"] > LARGE


ORDERS = ["customer_id", "order_time", "amount"]


@pytest.fixture
def with_orders(project):
    """A report on the orders of 60 customers, formed on the first half of the year."""
    (project / "params").mkdir()
    orders = [
        (f"{place:03d}", f"2024-{month:02d}-{1 + place % 28:02d}", 10 + 90 * (place % 2) + month)
        for place in range(60)
        for month in range(1, 13)
        if place % 2 or month % 2
    ]
    pd.DataFrame(orders, columns=ORDERS).to_csv(project / "params" / "orders.csv", index=False)
    values = {
        "name": "small",
        "as_of": DAY,
        "basis": "rfm",
        "data": {"transactions": {"source": "orders.csv"}},
    }
    text = json.dumps(values)  # JSON is YAML, too
    (project / "params" / "small.yaml").write_text(text)
    return project, text


def run_of(project, text):
    from segnb.runs.model import Parameters
    from segnb.tables.read import read

    parameters = Parameters.model_validate_json(text)
    form = Window(pd.Timestamp("2024-01-01").date(), pd.Timestamp("2024-06-30").date())
    tables = read(parameters.data, as_of=parameters.as_of, root=project / "params", cache=project / "cache")
    features = sb.features(tables, "rfm", form)
    segments = sb.segment(features, method="kmeans", n_segments=2, bootstraps=20)
    run = publish(project, features, segments)
    results.save(Windows(form, None), run / "tables", "windows")
    (run / "params.yaml").write_text(text)
    manifest.write(run, {"report": "small", "run": "one"})
    return segments


def scored(project, *more):
    written = project / "scored.csv"
    assert score(project, "--output", written, *more) == 0
    return pd.read_csv(written, dtype="str").set_index(CUSTOMER)["segment"]


def test_the_window_ends_at_as_of_and_is_as_long_as_the_one_that_formed(with_orders, capsys):
    project, text = with_orders
    segments = run_of(project, text)
    assert scored(project, "--as-of", "2024-06-30").to_dict() == segments.labels.to_dict()
    assert "2024-01-01 to 2024-06-30" in capsys.readouterr().err
    scored(project)
    assert "2024-07-03 to 2024-12-31" in capsys.readouterr().err


def test_a_newer_file_stands_in_for_a_source(with_orders, capsys):
    project, text = with_orders
    segments = run_of(project, text)
    newer = pd.read_csv(project / "params" / "orders.csv", dtype={CUSTOMER: "str"})
    early = newer.loc[newer[CUSTOMER] == "001"].assign(customer_id="next", order_time="2023-12-31")
    pd.concat([newer, early]).to_csv(project / "newer.csv", index=False)
    found = scored(project, "--data", f"transactions={project / 'newer.csv'}", "--as-of", "2024-06-30")
    assert found["next"] == "unassigned: no orders"
    assert found.drop("next").to_dict() == segments.labels.to_dict()
    assert score(project, "--data", "order=newer.csv") == 2
    assert "transactions" in capsys.readouterr().err
    assert score(project, "--data", project / "absent.csv") == 3
    assert "absent.csv is not there" in capsys.readouterr().err


def test_the_file_is_for_its_owner_alone(with_orders):
    project, text = with_orders
    run_of(project, text)
    (project / "scored.csv").write_text("open to all before")
    scored(project)
    assert (project / "scored.csv").stat().st_mode & 0o077 == 0
    assert score(project, "--output", project / "scored.parquet") == 0
    assert (project / "scored.parquet").stat().st_mode & 0o077 == 0
    assert list(pd.read_parquet(project / "scored.parquet").columns) == ["customer_id", "segment", "name"]


INDUSTRIES = ("bakery", "law", "trade", "mining")


@pytest.fixture
def of_companies(project):
    """A report on 60 companies with one to four contacts each, and on three contacts without a company."""
    (project / "params").mkdir()
    random = np.random.default_rng(5)
    rows = []
    for place in range(60):
        large = place % 2
        for number in range(1 + place % 4):
            staff = str(round(float(random.lognormal(3 + 4 * large, 0.2))))
            told = INDUSTRIES[2 * large + place // 2 % 2]
            rows.append(
                (f"c{place:02d}-{number}", f"Company {place:02d}", told, staff if number else "", "DE")
            )
    rows += [(f"alone-{number}", "", "law", str(20 + number), "DE") for number in range(3)]
    # One of a kind joins the rest as Other, however the industries of a later file are spread.
    rows += [(f"rare-{number}", "", f"rare trade {number}", "25", "DE") for number in range(2)]
    columns = ["customer_id", "company", "industry", "employees", "country"]
    pd.DataFrame(rows, columns=columns).to_csv(project / "params" / "contacts.csv", index=False)
    values = {
        "name": "small",
        "basis": "firmographic",
        "basis_options": {"account": "company", "largest": 4},
        "data": {
            "customers": {
                "source": "contacts.csv",
                "attributes": {
                    "company": "category",
                    "industry": "category",
                    "employees": "number",
                    "country": "category",
                },
            }
        },
    }
    text = json.dumps(values)
    (project / "params" / "small.yaml").write_text(text)
    from segnb.runs.model import Parameters
    from segnb.tables.read import read

    parameters = Parameters.model_validate_json(text)
    tables = read(parameters.data, as_of=None, root=project / "params", cache=project / "cache")
    features = sb.features(tables, "firmographic", None, options=dict(parameters.basis_options))
    features = features.only(["employees", "industry"])
    segments = sb.segment(features, method="k_prototypes", n_segments=2, bootstraps=20)
    run = publish(project, features, segments)
    (run / "params.yaml").write_text(text)
    manifest.write(run, {"report": "small", "run": "one"})
    return project, pd.DataFrame(rows, columns=columns).set_index(CUSTOMER), segments, features


def test_contacts_score_to_their_companys_published_segment(of_companies, capsys):
    project, contacts, segments, _ = of_companies
    found = scored(project)
    assert "155 customers of 65 accounts scored" in capsys.readouterr().err
    account = contacts["company"].where(contacts["company"] != "", contacts.index.to_series())
    assert found.to_dict() == account.map(segments.labels).to_dict()
    written = pd.read_csv(project / "scored.csv", dtype="str").set_index(CUSTOMER)
    assert written["account"].to_dict() == account.to_dict()


def test_a_file_of_a_few_contacts_finds_the_same_companies_segments(of_companies):
    project, contacts, segments, _ = of_companies
    few = contacts.iloc[[0, 1, 2, -4, -2, -1]].copy()
    few.loc["new-1"] = ["Company 99", "a trade never heard of", "30", "DE"]
    few.to_csv(project / "few.csv")
    found = scored(project, "--data", f"customers={project / 'few.csv'}")
    expected = few["company"].where(few["company"] != "", few.index.to_series()).map(segments.labels)
    assert found.drop("new-1").to_dict() == expected.drop("new-1").to_dict()
    # A trade of its own is one of the rare ones, as it would have been before.
    assert found["new-1"] == segments.labels["rare-0"]


def test_sql_labels_companies_as_they_were_published(of_companies, capsys):
    project, contacts, _, features = of_companies
    assert score(project, "--sql", "duckdb") == 0
    expression = capsys.readouterr().out
    levels = features["industry"].levels
    companies = features.frame.assign(
        industry=[levels[int(place)] for place in features.frame["industry"]]
    ).reset_index()
    with duckdb.connect() as con:
        con.register("companies", companies)
        con.register("contacts", contacts.reset_index())
        labelled = con.sql(
            f"WITH labelled AS (SELECT customer_id AS company, {expression} AS segment FROM companies) "
            "SELECT contacts.customer_id, segment FROM contacts JOIN labelled ON labelled.company = "
            "CASE contacts.company WHEN '' THEN contacts.customer_id ELSE contacts.company END"
        ).df()
    assert labelled.set_index(CUSTOMER)["segment"].to_dict() == scored(project).to_dict()
