"""Firmography: rare industries together, one segment for all contacts of a company, sizes on a log scale."""

import pandas as pd
import pytest
from people import people

from segnb.bases import explained, features
from segnb.document.blocks import Figure, Table
from segnb.errors import InputError, ParameterError
from segnb.tables.accounts import by_account, contacts

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")
KINDS = {"Employees": "number", "turnover": "number"}
CONTACTS = pd.DataFrame(
    {
        "id": ["a1", "a2", "a3", "b1", "b2", "c1"],
        "company": ["A", "A", "A", "B", "B", None],
        "sector": ["steel", "steel", "retail", "retail", None, "banks"],
        "Employees": [10, 30, 20, 500, None, 7],
        "turnover": [1.5, 1.5, 1.5, None, 80, 2],
    }
)


def test_a_company_counts_once_with_what_is_known_of_it(tmp_path):
    found = features(
        people(tmp_path, CONTACTS, kinds=KINDS), "firmographic", None, options={"account": "company"}
    )
    frame = found.frame
    assert frame.index.tolist() == ["A", "B", "c1"]
    assert frame.loc["A"].tolist() == [found["industry"].levels.index("steel"), 20, 1.5]
    assert frame.loc["B", ["employees", "revenue"]].tolist() == [500, 80]
    # Who has no company stands for itself.
    assert frame.loc["c1", "employees"] == 7


def test_companies_and_contacts_are_both_counted_and_disagreement_is_said(tmp_path):
    found = features(
        people(tmp_path, CONTACTS, kinds=KINDS), "firmographic", None, options={"account": "company"}
    )
    note = explained(found).blocks()[-1].content[0].text
    assert note.startswith("3 companies, known from 6 customer records.")
    assert "Contacts of 1 company say different things of it" in note


def test_what_contacts_did_is_their_companys_and_nothing_is_lost(tmp_path):
    orders = pd.DataFrame(
        {
            "customer_id": ["a1", "a2", "a2", "b2", "c1"],
            "order_id": ["1", "2", "3", "4", "5"],
            "order_time": ["2024-05-01"] * 5,
            "amount": [10, 20, 30, 5, 1],
        }
    )
    tables = people(tmp_path, CONTACTS, kinds=KINDS, orders=orders)
    rolled = by_account(tables, "company")
    spent = rolled.orders.to_pandas().groupby("customer_id")["amount"].sum()
    assert spent.astype(float).to_dict() == {"A": 60, "B": 5, "c1": 1}
    assert len(rolled.customers.to_pandas()) == 3 and len(contacts(rolled).to_pandas()) == 6
    # The tables that were given stay as they are.
    assert len(tables.customers.to_pandas()) == 6
    assert by_account(rolled, "company") is rolled


def test_a_company_that_bears_a_loners_id_is_refused(tmp_path):
    with pytest.raises(InputError, match="1 customers without a value of 'company'"):
        by_account(people(tmp_path, CONTACTS.replace({"company": {"B": "c1"}}), kinds=KINDS), "company")


def test_all_industries_and_countries_are_counted_and_countries_are_on_a_map(tmp_path):
    countries = ["DE"] * 30 + ["France"] * 20 + ["USA"] * 15 + ["Nowhere"] * 12 + ["Chile"] * 4 + ["Peru"] * 3
    sectors = [f"s{place % 14:02d}" for place in range(len(countries))]
    frame = pd.DataFrame(
        {
            "id": [f"c{place:03d}" for place in range(len(countries))],
            "industry": sectors,
            "country": countries,
        }
    )
    found = features(people(tmp_path, frame), "firmographic", None, options={"largest": 3})
    blocks = explained(found).blocks()
    subtitles = [each.subtitle for each in blocks if isinstance(each, Table)]
    assert any(each.startswith("Industry: 14 different") for each in subtitles)
    assert any(each.startswith("Country: 6 different") for each in subtitles)
    (figure,) = (each for each in blocks if isinstance(each, Figure))
    assert figure.title == "Most customers are in Germany: 36%"
    # Two small countries of seven customers could be worked out with one more hidden only.
    assert [row[0].text for row in figure.data.rows] == ["Germany", "France"]
    assert "3 more countries have too few customers" in blocks[-1].content[0].text
    assert "12 customers are not on the map" in blocks[-1].content[0].text


def test_rare_industries_are_one(tmp_path):
    sectors = [f"s{place}" for place in range(6) for _ in range(20 - place)]
    frame = pd.DataFrame({"id": [f"c{place:03d}" for place in range(len(sectors))], "industry": sectors})
    found = features(people(tmp_path, frame), "firmographic", None, options={"largest": 3})
    assert found["industry"].levels == ("Other", "s0", "s1", "s2")
    assert (found.frame["industry"] == 0).sum() == 17 + 16 + 15
    # The largest group that is one is named, not what was put together.
    assert explained(found).blocks()[-1].title == "The largest group: s0, 19% of the customers"


def test_a_single_rare_industry_keeps_its_name(tmp_path):
    frame = pd.DataFrame({"id": list("abcdef"), "industry": ["x", "x", "y", "y", "z", "z"]})
    assert features(people(tmp_path, frame), "firmographic", None, options={"largest": 2})[
        "industry"
    ].levels == ("x", "y", "z")


def test_sizes_are_logged_unless_below_zero(tmp_path):
    frame = pd.DataFrame({"id": ["a", "b", "c"], "employees": [5, 50, 500], "profit": [-1, 0, 4]})
    kinds = {"employees": "number", "profit": "number"}
    found = features(
        people(tmp_path, frame, kinds=kinds), "firmographic", None, options={"columns": ["profit"]}
    )
    assert (found["employees"].scale, found["profit"].scale) == ("log", "linear")


def test_what_does_not_fit_is_refused(tmp_path):
    tables = people(tmp_path, CONTACTS[["id", "company"]])
    with pytest.raises(InputError, match="knows none of the 1 attributes by its name"):
        features(tables, "firmographic", None)
    with pytest.raises(ParameterError, match="there is no attribute 'firm'"):
        features(tables, "firmographic", None, options={"account": "firm"})
    with pytest.raises(ParameterError, match="at least 1 group"):
        features(tables, "firmographic", None, options={"largest": 0})


def test_free_text_and_dates_form_no_segments(tmp_path):
    names = pd.DataFrame(
        {"id": [f"c{place:02d}" for place in range(60)], "motto": [f"we do {place}" for place in range(60)]}
    )
    with pytest.raises(InputError, match="holds 60 different words, which form no segments"):
        features(people(tmp_path, names), "firmographic", None, options={"columns": ["motto"]})


def test_the_order_of_rows_leaves_no_trace(tmp_path):
    options = {"account": "company"}
    whole = features(people(tmp_path / "a", CONTACTS, kinds=KINDS), "firmographic", None, options=options)
    turned = features(
        people(tmp_path / "b", CONTACTS.iloc[::-1], kinds=KINDS), "firmographic", None, options=options
    )
    pd.testing.assert_frame_equal(whole.frame, turned.frame)
