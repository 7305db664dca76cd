"""The catalogues: complete in every language, words of one's own, and numbers in the reader's format."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from params_project import MINIMAL, checked, made_up_bases, refusal, small_project  # noqa: F401

from segnb.bases import BASES
from segnb.kpis.definition import KPIS, WORDS
from segnb.segmentation import Feature
from segnb.words import Voice, as_words
from segnb.words.catalogue import (
    as_yaml,
    catalogue,
    faults,
    flat,
    forms,
    languages,
    plural,
    template,
)

GERMAN, ENGLISH = Voice("de_DE", "EUR"), Voice("en_GB", "EUR")
FRENCH = Voice("fr_FR", "EUR", {"format.thousand": "{value}\u00a0k", "format.day": "d MMMM y"})


# The catalogues


@pytest.mark.parametrize("language", languages())
def test_a_catalogue_is_complete_and_says_what_english_says(language):
    assert list(faults(catalogue(language), language)) == []


def test_the_catalogues_have_the_same_keys_but_for_the_words_that_bases_and_kpis_carry_themselves():
    words = {f"kpis.{kpi}.{part}" for kpi in KPIS for part in WORDS}
    keys = [key.split(".") for key in template() if key.startswith("bases.feature.")]
    words |= {f"bases.feature.{feature}.label" for _, _, feature, *_ in keys}
    numbers = [feature for _, _, feature, part, *_ in keys if part == "high"]
    parts = ("high", "low", "and_high", "and_low")
    words |= {f"bases.feature.{feature}.{part}" for feature in numbers for part in parts}
    words |= {key for key in template() if key.startswith("bases.feature.") and ".levels." in key}
    for basis in BASES.values():
        told = ("label", "about", *(f"trap_{place}" for place in range(1, 1 + len(basis.traps))))
        words |= {f"bases.about.{basis.name}.{part}" for part in told}
    for language in languages():
        assert set(catalogue(language)) - words == set(catalogue("en")), language
        assert language == "en" or words <= set(catalogue(language))


def test_every_measure_that_a_shipped_basis_offers_has_words_in_each_language():
    offered = {
        feature.name: feature
        for basis in BASES.values()
        for feature in vars(__import__(basis.function.__module__, fromlist=["FEATURES"])).get("FEATURES", ())
    }
    assert len(offered) >= 12
    for feature in offered.values():
        german = feature.said(GERMAN)
        assert feature.said(ENGLISH) == feature
        assert german.label != feature.label
        # A category is named by its levels.
        assert bool(german.high) == bool(german.low) == bool(feature.high)
        assert not feature.high or (german.and_high[0].islower() and german.and_low[0].islower())


def test_a_word_that_the_catalogue_lacks_stays_as_its_file_has_it():
    own = Feature("visits", "Visits to the shop", "count", high="Lively", low="Quiet")
    assert own.said(GERMAN) == own


def test_the_headings_of_the_shipped_notebooks_are_translated_and_all_others_stay(notebooks):
    shipped = set()
    for path in notebooks:
        for cell in json.loads(path.read_text())["cells"]:
            if cell["cell_type"] == "markdown":
                shipped |= set(re.findall(r"^#+ (.+)$", "".join(cell["source"]), re.MULTILINE))
    assert len(shipped) > 20
    known = {entry for key, entry in catalogue("en").items() if key.startswith("headings.")}
    assert shipped == known
    assert GERMAN.heading("Segment personas") == "Segmentporträts"
    assert GERMAN.heading("What my boss asked") == "What my boss asked"
    assert GERMAN.heading("Customers") == "Customers"  # said elsewhere, but no heading


@pytest.fixture(name="notebooks")
def shipped_notebooks():
    return sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


def test_both_playbooks_advise_alike():
    from segnb.playbook_file import PLACEHOLDER, scan_rules

    folder = Path(__file__).parent.parent / "params"
    english, german = (scan_rules(folder / name) for name in ("playbook.yaml", "playbook.de.yaml"))
    assert english[1] == german[1] == []
    for field, rules in english[0].by_field().items():
        translated = german[0].by_field()[field]
        assert [rule.when for rule in rules] == [rule.when for rule in translated]
        for ours, theirs in zip(rules, translated, strict=True):
            assert ours.say != theirs.say
            assert set(PLACEHOLDER.findall(ours.say)) == set(PLACEHOLDER.findall(theirs.say))


# What a language may get wrong


@pytest.mark.parametrize(
    ("key", "entry", "fault"),
    [
        ("kpis.colum.kpi", "x", "there is no such sentence"),
        ("kpis.column.kpi", 3, "expected a text in quotes"),
        ("kpis.column.kpi", ["x"], "expected a text in quotes"),
        (
            "kpis.column.kpi",
            {"one": "x", "other": "y"},
            "expected one text, for this sentence counts nothing",
        ),
        ("numbers", "one two", "expected a list of words"),
        ("report.position", "{number} z {totl}", "there is no value {totl}"),
        ("report.position", "{number}", "does not say {total}"),
        ("report.position", "{number of {total}", "a brace is left open"),
        ("report.position", "{number.__class__} {total}", "there is no value {number.__class__}"),
        (
            "selection.customers",
            {"one": "{count} klient", "other": "x"},
            "lacks the form few and many, which pl",
        ),
        ("selection.customers", "{count} klientów", "lacks the form few and many and one, which pl has"),
    ],
)
def test_a_sentence_that_cannot_be_said_is_a_fault(key, entry, fault):
    told = [(where, what) for where, what, _ in faults({key: entry}, "pl")]
    assert (key, fault) in [(where, what[: len(fault)]) for where, what in told]


def test_plural_forms_follow_the_rule_of_the_language():
    assert forms("en") == forms("de") == {"one", "other"}
    assert forms("pl") == {"one", "few", "many"}
    assert forms("ja") == {"other"}
    assert [plural("pl", n) for n in (1, 2, 5, 22)] == ["one", "few", "many", "few"]
    polish = {
        "selection.customers": {"one": "{count} klient", "few": "{count} klienci", "many": "{count} klientów"}
    }
    said = [Voice("pl_PL", own=polish).say("selection.customers", n) for n in (1, 2, 5, 22, 1000)]
    assert said == ["1 klient", "2 klienci", "5 klientów", "22 klienci", "1\u00a0000 klientów"]
    # Where a language has one form, it need not be named.
    assert list(faults({"selection.customers": "{count}人"}, "ja")) == []


def test_a_missing_sentence_is_an_error_and_never_english():
    with pytest.raises(KeyError):
        FRENCH.say("report.contents")


# Words of one's own, beside the parameters


def own_words(project, words, more="locale: fr_FR\n"):
    (project / "params" / "mine.yaml").write_text(words, encoding="utf-8")
    return f"{MINIMAL}words: mine.yaml\n{more}"


def test_the_words_that_segnb_writes_come_back_as_they_are_and_make_a_language(project):
    done = checked(project, own_words(project, as_yaml("fr")))
    assert flat(done.parameters.words) == {key: template()[key] for key in template()}
    assert done.parameters.voice.say("report.contents") == "Contents"
    assert flat(yaml.safe_load(as_yaml("de"))) == catalogue("de")
    assert project / "params" / "mine.yaml" in done.beside


def test_the_command_prints_the_words_of_a_language(capsys):
    from segnb.cli import main

    assert main(["words", "de"]) == 0
    assert flat(yaml.safe_load(capsys.readouterr().out)) == catalogue("de")


def test_some_words_of_ones_own_stand_over_the_shipped_ones(project):
    voice = checked(
        project, own_words(project, "report: {contents: Überblick}\n", "locale: de_DE\n")
    ).parameters.voice
    assert voice.say("report.contents") == "Überblick"
    assert voice.say("report.date") == "Stand"


def test_words_may_stand_in_the_params_file_itself(project):
    done = checked(project, f"{MINIMAL}words:\n  report: {{contents: What is here}}\n")
    assert done.parameters.voice.say("report.contents") == "What is here"
    told = refusal(project, f"{MINIMAL}words:\n  report: {{content: What is here}}\n")
    assert told.startswith(
        "params/x.yaml, line 6, words.report.content: there is no such sentence. Did you mean"
    )


def test_a_language_that_lacks_sentences_is_refused_with_how_many(project):
    told = refusal(
        project, own_words(project, "report:\n  contents: Sommaire\n  date: {one: x}\n  why: '{'\n")
    )
    assert "3 faults" in told
    assert f"lacks {len(template()) - 3} of {len(template())} sentences in 'fr', as bases." in told
    assert "`segnb words fr` writes them all" in told
    assert "params/mine.yaml, line 3, report.date: expected one text, for this sentence" in told
    assert "params/mine.yaml, line 4, report.why: a brace is left open. Write {name} for a value" in told


def test_a_language_without_any_words_is_refused_with_the_way_out(project):
    told = refusal(project, f"{MINIMAL}locale: fr_FR\n")
    assert "line 5, locale: there is no catalogue for the language 'fr'. Choose one of: de, en" in told
    assert "translate what `segnb words fr` writes, and name the file under words" in told


def test_a_file_of_words_that_is_not_there_is_refused(project):
    told = refusal(project, f"{MINIMAL}words: mots.yaml\n")
    assert "line 5, words" in told and "mots.yaml" in told


def test_a_changed_file_of_words_is_seen_by_a_remembered_check(project):
    from segnb.runs.plan import _check
    from segnb.runs.project import find_project

    path = project / "params" / "x.yaml"
    path.write_text(
        own_words(project, "report: {contents: Überblick}\n", "locale: de_DE\n"), encoding="utf-8"
    )
    found = find_project(project)
    assert _check(path, found, None).parameters.voice.say("report.contents") == "Überblick"
    assert _check(path, found, None).parameters.voice.say("report.contents") == "Überblick"
    own_words(project, "report: {contents: Was drin steht}\n")
    assert _check(path, found, None).parameters.voice.say("report.contents") == "Was drin steht"


def test_the_playbook_follows_the_language_unless_one_is_named(project):
    def playbook(more):
        return checked(project, MINIMAL + more).playbook.name

    assert playbook("locale: de_DE\n") == "playbook.yaml"
    (project / "params" / "playbook.de.yaml").write_text("message: []\n")
    assert playbook("locale: de_DE\n") == playbook("locale: de_CH\n") == "playbook.de.yaml"
    assert playbook("") == "playbook.yaml"
    assert playbook("locale: de_DE\nplaybook: playbook.yaml\n") == "playbook.yaml"


# Labels


LABELLED = """\
name: autumn
as_of: 2017-12-31
data:
  customers: {source: c.csv, customer_id: id, attributes: [age_group]}
  transactions: {source: orders.csv}
report:
  labels:
"""


def test_labels_rename_columns_and_their_values(project):
    labels = "    columns: {age_group: Age}\n    values: {age_group: {'65+': 65 and more, other: Unknown}}\n"
    voice = checked(project, LABELLED + labels).parameters.voice
    assert voice.column("age_group") == "Age"
    assert voice.column("amount") == "amount"
    assert voice.category("age_group", "65+") == "65 and more"
    assert voice.category("age_group", "other") == "Unknown"
    assert voice.category("age_group", "25-34") == "25-34"


@pytest.mark.parametrize("labels", ["    columns: {age_grup: Age}\n", "    values: {age_grup: {a: b}}\n"])
def test_a_label_for_no_column_is_refused_with_the_nearest_one(project, labels):
    told = refusal(project, LABELLED + labels)
    assert "labels: no column 'age_grup' is declared. Did you mean 'age_group'?" in told


# Numbers, money and dates


def test_german_numbers_money_and_dates():
    assert [GERMAN.money(each) for each in (0, 5.5, 1643, -26, 58_400, 2_264_000, 3.1e9)] == [
        "0\u00a0€",
        "5,50\u00a0€",
        "1.643\u00a0€",
        "−26\u00a0€",
        "58\u00a0Tsd.\u00a0€",
        "2,26\u00a0Mio.\u00a0€",
        "3,10\u00a0Mrd.\u00a0€",
    ]
    assert GERMAN.money(720_002.4, exact=True) == "720.002,40\u00a0€"
    assert GERMAN.percent(0.264) == "26\u00a0%" and GERMAN.number(3.14159) == "3,14"
    assert GERMAN.interval(0.22, 0.37, "share") == "22–37\u00a0%"
    assert GERMAN.interval(1532, 1759, "money") == "1.532–1.759\u00a0€"
    assert GERMAN.interval(1.2e6, 1.7e6, "money") == "1,20–1,70\u00a0Mio.\u00a0€"
    assert GERMAN.interval(58_000, 2e6, "money") == "58\u00a0Tsd.–2,00\u00a0Mio.\u00a0€"
    assert GERMAN.day(date(2017, 12, 31)) == "31. Dezember 2017"
    assert GERMAN.period(date(2017, 7, 1), date(2017, 12, 31)) == "Juli–Dezember 2017"
    assert GERMAN.period(date(2016, 7, 1), date(2017, 3, 31)) == "Juli 2016–März 2017"


def test_english_stays_as_it_was():
    voice = Voice("en_US", "USD")
    assert [voice.money(each) for each in (5.5, 1643, -26, 58_400, 2_264_000)] == [
        "$5.50",
        "$1,643",
        "−$26",
        "$58k",
        "$2.26m",
    ]
    assert voice.percent(0.264) == "26%"
    assert voice.interval(0.22, 0.37, "share") == "22–37%"
    assert voice.interval(1532, 1759, "money") == "$1,532–1,759"
    assert voice.interval(58_000, 61_000, "money") == "$58k–61k"
    assert voice.ordered(["a", "b", "c"]) == "a, b and c" and voice.inside("Orders") == "orders"
    assert voice.period(date(2017, 7, 1), date(2017, 7, 31)) == "July 2017"


def test_other_locales_put_signs_and_months_where_they_belong():
    assert Voice("tr_TR").percent(0.26) == "%26"
    assert FRENCH.money(1643) == "1\u202f643\u00a0€"
    assert FRENCH.period(date(2017, 7, 1), date(2017, 12, 31)) == "juillet–décembre 2017"
    assert Voice("ja_JP").period(date(2017, 7, 1), date(2017, 12, 31)) == "2017年7月–2017年12月"
    assert Voice("pl_PL").period(date(2017, 7, 1), date(2017, 7, 31)) == "lipiec 2017"
    assert Voice("de_CH", "CHF").money(26) == "CHF\u00a026"


def test_german_nouns_keep_their_capital_inside_a_sentence():
    assert GERMAN.inside("Bestellwert") == "Bestellwert"
    assert GERMAN.ordered(["Rabatt", "Bestellwert"]) == "Rabatt und Bestellwert"


# Written from the right


HEBREW = Voice(
    "he_IL", "ILS", {"report.position": "קטע {number} מתוך {total}", "format.thousand": "{value}א"}
)


def test_numbers_are_isolated_once_in_a_language_written_from_the_right():
    for said in (
        HEBREW.count(2144),
        HEBREW.percent(0.26),
        HEBREW.money(1643),
        HEBREW.money(58_000),
        HEBREW.interval(0.22, 0.37, "share"),
        HEBREW.span(HEBREW.number(1.5), HEBREW.number(2.5)),
    ):
        assert (said[0], said[-1]) == ("\u2066", "\u2069")
        assert said.count("\u2066") == said.count("\u2069") == 1
    assert HEBREW.interval(0.22, 0.37, "share") == "\u206622–37%\u2069"
    assert (HEBREW.direction, GERMAN.direction) == ("rtl", "ltr")


def test_what_is_put_into_a_sentence_written_from_the_right_is_isolated():
    said = HEBREW.say("report.position", number="Champions!", total="3")
    assert said == "קטע \u2068Champions!\u2069 מתוך \u20683\u2069"
    assert "\u2068" not in GERMAN.say("report.position", number="1", total="3")


def test_columns_names_are_read_as_words():
    names = ("unit_price", "unit.price", "unitPrice", "help.others")
    assert [as_words(name) for name in names] == ["Unit price"] * 3 + ["Help others"]


def test_days_of_one_year_say_it_once():
    start, end = date(2024, 9, 23), date(2024, 12, 31)
    assert ENGLISH.period(start, end) == "23 September–31 December 2024"
    assert GERMAN.period(start, end) == "23. September–31. Dezember 2024"
    assert ENGLISH.period(date(2023, 9, 23), end) == "23 September 2023–31 December 2024"


def test_readers_meet_a_chapter_by_what_it_answers_and_an_analysts_by_its_own_title():
    assert ENGLISH.chapter("KPI measurement") == "Results by segment"
    assert GERMAN.chapter("KPI measurement") == "Ergebnisse nach Segment"
    assert GERMAN.chapter("Our own look") == "Our own look"


def test_columns_that_most_companies_have_are_called_by_a_word_of_the_language():
    assert (GERMAN.attribute("age"), GERMAN.attribute("household_size")) == ("Alter", "Haushaltsgröße")
    assert (ENGLISH.attribute("age"), ENGLISH.attribute("household_size")) == ("Age", "Household size")
    labelled = Voice("de_DE", "EUR", {"labels.columns.age": "Lebensjahre"})
    assert (labelled.attribute("age"), labelled.attribute("unit_price")) == ("Lebensjahre", "Unit price")
