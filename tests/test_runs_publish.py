"""Files of a run: sealed, published whole or not at all, kept and found again."""

import json
import os
import subprocess
import sys

import pytest
from small_project import make

from segnb.errors import LockedError, ParameterError
from segnb.lock import locked
from segnb.runs import manifest, publish
from segnb.runs.cache import StageCache
from segnb.runs.project import Project, find_params, find_project
from segnb.runs.start import init


@pytest.fixture
def report(tmp_path):
    folder = tmp_path / "reports" / "small"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def small_folder(tmp_path):
    return make(tmp_path / "project")


def build(report, run="2024-06-30-00000001", text="one"):
    with publish.staging(report, run) as staged:
        (staged / "tables").mkdir()
        (staged / "tables" / "a.json").write_text(text)
        (staged / "run.log").write_text("0.1 s")
        return publish.publish(staged, run, {"report": "small", "run": run})


def test_a_published_run_is_whole_and_latest(report):
    final = build(report)
    assert manifest.faults(final) == []
    assert publish.latest(report) == final
    assert manifest.read(final)["files"]["tables/a.json"]["size"] == 3
    assert manifest.read(final)["outside"] == ["run.log"]
    assert [path.name for path in report.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("name", ["tables/a.json", "run.json"])
def test_a_flipped_byte_is_named(report, name):
    final = build(report)
    content = bytearray((final / name).read_bytes())
    for place in range(len(content)):
        (final / name).write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert any(fault.startswith(name) for fault in manifest.faults(final)), place


def test_missing_and_added_files_are_named_but_not_the_log(report):
    final = build(report)
    (final / "run.log").write_text("other times")
    assert manifest.faults(final) == []
    (final / "tables" / "a.json").unlink()
    (final / "b.txt").write_text("")
    assert manifest.faults(final) == ["b.txt was not published with the run", "tables/a.json is missing"]
    (final / "run.json").unlink()
    assert manifest.faults(final) == ["run.json is missing"]


def test_equal_content_has_an_equal_manifest(report, tmp_path):
    other = tmp_path / "elsewhere" / "small"
    other.mkdir(parents=True)
    assert (build(report) / "run.json").read_bytes() == (build(other) / "run.json").read_bytes()


def test_a_damaged_run_is_replaced(report):
    final = build(report)
    (final / "tables" / "a.json").write_text("broken")
    assert build(report) == final
    assert manifest.faults(final) == []


STEPS = [
    *(("os", "fsync", n) for n in range(1, 8)),
    ("pathlib.Path", "rename", 1),
    ("pathlib.Path", "replace", 1),
]
CRASH = """
import os, pathlib
from segnb.runs import publish
real, calls = {owner}.{name}, []
def dying(*arguments):
    calls.append(arguments)
    if len(calls) == {count}:
        os._exit(9)
    return real(*arguments)
{owner}.{name} = dying
with publish.staging(pathlib.Path({report!r}), "2024-06-30-00000002") as staged:
    (staged / "tables").mkdir()
    (staged / "tables" / "a.json").write_text("two")
    (staged / "run.log").write_text("0.1 s")
    publish.publish(staged, "2024-06-30-00000002", {{}})
"""


@pytest.mark.parametrize(("owner", "name", "count"), STEPS)
def test_a_crash_at_any_step_leaves_the_last_run(report, owner, name, count):
    first = build(report)
    before = (first / "run.json").read_bytes()
    script = CRASH.format(owner=owner, name=name, count=count, report=str(report))
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == 9
    assert publish.latest(report) == first
    assert (first / "run.json").read_bytes() == before
    assert all(manifest.faults(run) == [] for run in publish.published(report))
    publish.sweep(report)
    assert [path.name for path in report.glob(".*")] == []
    assert publish.latest(report) == first


def test_without_links_latest_is_a_text_file(report, monkeypatch):
    def refuse(*_, **__):
        raise OSError("no links here")

    monkeypatch.setattr("pathlib.Path.symlink_to", refuse)
    final = build(report)
    assert (report / "latest").read_text() == "2024-06-30-00000001\n"
    assert publish.latest(report) == final


def test_nothing_published_is_no_latest(report):
    assert publish.latest(report) is None
    assert publish.published(report) == []


def test_runs_are_found_by_name(report, tmp_path):
    project = Project(tmp_path, tmp_path / "reports")
    first, second = build(report), build(report, "2024-06-30-00000002", "two")
    assert publish.find_runs(project, "") == [first, second]
    assert publish.find_runs(project, "small/latest") == [second]
    assert publish.find_runs(project, f"small/{first.name}") == [first]
    with pytest.raises(ParameterError, match="segnb list runs"):
        publish.find_runs(project, "small/2024")
    with pytest.raises(ParameterError, match="cannot be a report's name"):
        publish.find_runs(project, "../small")


def test_a_second_owner_is_refused_and_a_dead_one_is_not(report):
    holder = (
        "import pathlib, sys, time\n"
        "from segnb.lock import locked\n"
        f"with locked(pathlib.Path({str(report)!r})):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", holder], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout.readline() == "held\n"
        with pytest.raises(LockedError, match=f"process {owner.pid}"), locked(report):
            raise AssertionError("the lock was given twice")
        owner.kill()
    with locked(report):
        assert (report / ".lock").is_file()


@pytest.fixture
def cache(tmp_path):
    return StageCache(tmp_path / "cache")


def stage_files(folder):
    (folder / "tables").mkdir(parents=True)
    (folder / "tables" / "a.json").write_text("a")
    (folder / "b.txt").write_text("b")
    return folder


def test_the_cache_gives_back_what_a_stage_wrote(cache, tmp_path):
    cache.keep("stamp", stage_files(tmp_path / "one"), ["tables/a.json"])
    (tmp_path / "two").mkdir()
    assert cache.restore("stamp", tmp_path / "two")
    assert manifest.contents(tmp_path / "two").keys() == {"tables/a.json"}
    assert not cache.restore("other", tmp_path / "two")


@pytest.mark.parametrize("damage", ["change", "remove", "add", "index"])
def test_a_damaged_entry_is_not_used(cache, tmp_path, damage):
    cache.keep("stamp", stage_files(tmp_path / "one"), ["tables/a.json", "b.txt"])
    entry = cache.folder / "stamp"
    if damage == "change":
        (entry / "files" / "b.txt").write_text("c")
    elif damage == "remove":
        (entry / "files" / "b.txt").unlink()
    elif damage == "add":
        (entry / "files" / "c.txt").write_text("c")
    else:
        (entry / "files.json").write_text("{")
    (tmp_path / "two").mkdir()
    assert not cache.restore("stamp", tmp_path / "two")
    assert list((tmp_path / "two").iterdir()) == []


def test_the_entries_used_last_are_kept(cache, tmp_path):
    for age, stamp in enumerate(["old", "used", "new"]):
        cache.keep(stamp, stage_files(tmp_path / stamp), ["b.txt"])
        os.utime(cache.folder / stamp, (age, age))
    (tmp_path / "again").mkdir()
    cache.restore("old", tmp_path / "again")
    cache.prune(kept=2)
    assert {path.name for path in cache.folder.iterdir()} == {"old", "new"}


def test_the_project_is_the_nearest_folder_with_notebooks(small_folder, monkeypatch):
    monkeypatch.chdir(small_folder / "notebooks")
    assert find_project().root == small_folder
    assert find_project().only_params().name == "small.yaml"
    with pytest.raises(ParameterError, match="segnb init"):
        find_project(small_folder / "params")


def test_a_report_is_found_by_its_name_or_its_file(small_folder):
    project = find_project(small_folder)
    (small_folder / "params" / "small.yaml").rename(small_folder / "params" / "file.yaml")
    assert find_params(project, "small") == find_params(project, "file")
    with pytest.raises(ParameterError, match="Did you mean 'small'"):
        find_params(project, "smal")
    (small_folder / "params" / "second.yaml").write_text("name: second\n")
    with pytest.raises(ParameterError, match=r"2 reports. Name one of: file, second"):
        project.only_params()


@pytest.mark.parametrize("name", ["..", "../x", "/etc", "a/b", "", ".cache", "a\0b", "x" * 65, "trailing."])
def test_a_report_stays_in_its_folder(tmp_path, name):
    with pytest.raises(ParameterError, match="cannot be a report's name"):
        Project(tmp_path, tmp_path / "reports").report(name)


def test_a_link_out_of_the_reports_is_refused(tmp_path):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "small").symlink_to(tmp_path)
    with pytest.raises(ParameterError, match="is a link"):
        Project(tmp_path, tmp_path / "reports").report("small")


def test_init_overwrites_nothing(tmp_path):
    assert init(tmp_path / "new") == tmp_path / "new" / "params" / "my_report.yaml"
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"notebooks", "params", "README.md"}
    before = (tmp_path / "new" / "README.md").stat().st_mtime_ns
    with pytest.raises(ParameterError, match="exists already"):
        init(tmp_path / "new")
    assert (tmp_path / "new" / "README.md").stat().st_mtime_ns == before


def test_the_starting_parameters_are_short_and_without_fault(tmp_path):
    from segnb.runs.parameters import check

    init(tmp_path)
    path = tmp_path / "params" / "my_report.yaml"
    assert len(path.read_text().splitlines()) <= 50
    assert check(path, tmp_path / "notebooks").parameters.name == "my_report"


def test_manifest_facts_come_first(report):
    names = list(json.loads((build(report) / "run.json").read_text()))
    assert names == ["report", "run", "files", "outside", "digest"]
