"""The list of all reports: what it tells, where it leads, and that it cannot be broken by what it tells."""

import json
import re
from datetime import date

import pytest
from chromium import Browser

from segnb.report.shelf import Shelved, shelf
from segnb.runs import manifest, publish
from segnb.runs.project import Project
from segnb.runs.shelf import write_shelf
from segnb.words import Voice

HOSTILE = '<script>window.ran = 1</script>"><img src=x onerror="window.ran = 1">'


def published(project, report, run, headline="One of two segments brings 70% of revenue", title="Shop"):
    folder = project.reports / report
    folder.mkdir(parents=True, exist_ok=True)
    with publish.staging(folder, run) as staged:
        (staged / "report.html").write_text("<h1>It</h1>")
        told = {"title": title, "headline": headline, "verdict": "Natural"}
        return publish.publish(staged, run, {"as_of": run[:10], "told": told})


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path, tmp_path / "reports")


def read(project):
    write_shelf(project, Voice(), project.reports)
    return (project.reports / "index.html").read_text()


def test_each_report_stands_with_finding_verdict_and_working_links(project):
    published(project, "shop", "2024-06-30-aaaaaaaa", "Old finding")
    published(project, "shop", "2024-12-31-bbbbbbbb", "New finding")
    published(project, "club", "2024-12-31-cccccccc", "Its own finding", title="Club")
    told = read(project)
    assert "2 reports" in told
    assert re.findall("<h2>(.*?)</h2>", told) == ["Club", "Shop"]
    assert re.findall('<p class="lede">(.*?)</p>', told) == ["Its own finding", "New finding"]
    assert told.index("New finding") < told.index("1 earlier run") < told.index("Old finding")
    assert told.count("Are the segments real? Natural") == 2
    links = re.findall('href="(.*?)"', told)
    assert len(links) == 3
    assert all((project.reports / link).is_file() for link in links)


def test_what_latest_points_at_comes_first(project):
    old = published(project, "shop", "2024-06-30-aaaaaaaa", "Old finding")
    published(project, "shop", "2024-12-31-bbbbbbbb", "New finding")
    publish.point_latest(old)
    assert '<p class="lede">Old finding</p>' in read(project)


def test_a_damaged_run_stands_with_its_name(project):
    final = published(project, "shop", "2024-06-30-aaaaaaaa")
    (final / manifest.NAME).write_text("{")
    assert "<h2>shop</h2>" in read(project)


def test_equal_runs_give_equal_bytes(project):
    published(project, "shop", "2024-06-30-aaaaaaaa")
    assert read(project) == read(project)
    assert [path.name for path in project.reports.glob(".index*")] == []


def test_its_words_are_of_the_catalogue_and_its_dates_of_the_locale():
    run = Shelved("r", "Shop", "Finding", "Natural", date(2024, 12, 31), {"HTML": "r/report.html"})
    assert "31 December 2024" in shelf([[run]], Voice())


def test_a_hostile_title_does_not_run(project, tmp_path):
    published(project, "shop", "2024-06-30-aaaaaaaa", HOSTILE, HOSTILE)
    read(project)
    with Browser(tmp_path / "profile") as browser:
        browser.open((project.reports / "index.html").as_uri(), 390, 850)
        assert browser.evaluate("window.ran") is None
        assert browser.evaluate("document.querySelector('h2').textContent") == HOSTILE
        assert browser.evaluate("document.documentElement.scrollWidth") == 390
        assert [each for each in browser.requests if not each.startswith(("data:", "file:"))] == []
        assert browser.dialogs == []


def test_a_run_writes_it(shop_run):
    told = (shop_run.parent.parent / "index.html").read_text()
    assert json.loads((shop_run / "run.json").read_text())["told"]["headline"] in told
