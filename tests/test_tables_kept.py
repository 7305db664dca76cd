"""The folder of cleaned tables: one process at a time cleans, and what nobody claims is removed."""

import subprocess
import sys

import pytest

from segnb.lock import locked
from segnb.runs.claims import claim, claimed
from segnb.runs.project import Project
from segnb.tables.kept import cleaning, is_kept, prune

OLD, NEW = "0" * 32, "f" * 32


@pytest.fixture
def cache(tmp_path):
    folder = tmp_path / "reports" / ".cache" / "tables"
    for name in (OLD, NEW, ".half-1", "extracts", "made-up-shop-1-2"):
        (folder / name).mkdir(parents=True)
        (folder / name / "intake.json").write_text("{}")
    return folder


def names(cache):
    return {path.name for path in cache.iterdir()} - {".lock"}


def test_what_nobody_claims_is_removed(cache, tmp_path):
    project = Project(tmp_path, tmp_path / "reports")
    assert claim(project.reports / "shop", cache / OLD)
    assert claim(project.reports / "shop", cache / NEW), "a report keeps what it used last"
    prune(cache, lambda: claimed(project))
    assert names(cache) == {NEW, "extracts", "made-up-shop-1-2"}
    assert claim(project.reports / "shop" / "draft", cache / NEW)
    assert not claim(project.reports / "shop", cache / OLD), "it is gone: it has to be read again"
    prune(cache, lambda: claimed(project))
    assert NEW in names(cache), "the draft has it open"


def test_what_is_claimed_in_the_last_moment_stays(cache):
    answers = iter([set(), {OLD}, {OLD, NEW}])
    prune(cache, lambda: next(answers))
    assert names(cache) == {OLD, NEW, "extracts", "made-up-shop-1-2"}
    assert is_kept(cache / OLD)


def test_while_another_process_cleans_nothing_is_removed(cache):
    before = names(cache)
    with locked(cache):
        prune(cache, set)
    assert names(cache) == before


def test_one_process_at_a_time_cleans_and_the_others_find_it_done(tmp_path):
    """Each would write its own number: the folder holds the only one that was written."""
    code = (
        "import pathlib, sys, time\n"
        "from segnb.tables.kept import cleaning\n"
        "with cleaning(pathlib.Path(sys.argv[1])) as half:\n"
        "    if half is not None:\n"
        "        time.sleep(0.5)\n"
        "        (half / 'intake.json').write_text(sys.argv[2])\n"
        "        print('cleaned')\n"
    )
    kept = tmp_path / OLD
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(kept), str(number)], stdout=subprocess.PIPE, text=True
        )
        for number in range(4)
    ]
    said = [process.communicate(timeout=60)[0] for process in starts]
    assert [process.returncode for process in starts] == [0] * 4
    assert sorted(said) == ["", "", "", "cleaned\n"]
    assert (kept / "intake.json").read_text() == str(said.index("cleaned\n"))
    assert names(tmp_path) == {OLD}


def test_what_fails_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="bad"), cleaning(tmp_path / OLD) as half:
        (half / "intake.json").write_text("{}")
        raise ValueError("bad")
    assert names(tmp_path) == set()
    assert not is_kept(tmp_path / OLD)
