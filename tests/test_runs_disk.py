"""Disks that are full or read-only: exit 7, told with path and room, and what was published stays whole."""

import os
import resource
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from functools import partial

import forked
import pytest
from small_project import ORDERS, make_one
from traces import born_of, latest_of, left_over, runs_of, seed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no limits of this kind"),
]


@contextmanager
def disk(folder, size):
    """Mount a disk of its own on a folder."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a disk of its own")
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder, room=0):
    """Fill a disk but for some bytes."""
    ballast = folder / "ballast"
    ballast.unlink(missing_ok=True)
    ballast.write_bytes(bytes(shutil.disk_usage(folder).free - room))


@pytest.fixture
def project(tmp_path, temporary):
    return make_one(tmp_path / "p")


@pytest.fixture
def small_disk(project):
    """A disk of 8 MB for the reports, with a published run."""
    with disk(project / "reports", "8m") as folder:
        seed(project, 0)
        forked.run("run", cwd=project)
        yield folder


def failed(project):
    """Run it where it cannot write; return what it said."""
    told = forked.run("run", cwd=project, code=7)
    assert "Published runs are as they were" in told
    assert "defect" not in told
    return told


def test_whatever_room_there_is(project, small_disk, temporary, capfd):
    """The room grows until a run succeeds, so it runs out at one place after the other."""
    before, told, room = runs_of(project), [], 0
    seed(project, 1)
    while True:
        fill(small_disk, room)
        with forked.segnb("run", cwd=project) as process:
            process.join(60)
        latest = latest_of(project, before)
        assert left_over(project, temporary) == [], room
        if process.exitcode == 0:
            break
        assert process.exitcode == 7, process.said()
        assert "No space left on device" in process.said()
        assert " bytes are free in reports/" in process.said()
        assert ", and a run of this report needs about " in process.said()
        told.append(process.said())
        room = room * 2 or 4096
    assert latest not in before
    assert len({len(each.splitlines()) for each in told}) >= 3, "it always failed at the same stage"


BIG = "from pathlib import Path\nsize = Path('big.bin').write_bytes(bytes(5_000_000))"


@pytest.mark.parametrize(
    "size", ["64k", "1m", "8m"], ids=["64k: before the cell", "1m: in the cell", "8m: after the cell"]
)
def test_a_disk_too_small_for_the_first_run(tmp_path, temporary, size):
    project = make_one(tmp_path / "p", BIG)
    with disk(project / "reports", size):
        told = failed(project)
        assert "  01_one  failed" in told
        assert runs_of(project) == {}
        assert not (project / "reports" / "small" / "latest").is_symlink()
        assert left_over(project, temporary) == []
        assert born_of(project) == []


@pytest.mark.parametrize("cache", ["tables", "stages"])
def test_a_cache_without_room(project, temporary, cache, capfd):
    seed(project, 0)
    forked.run("run", cwd=project)
    before = runs_of(project)
    seed(project, 1)
    (project / "data" / "orders.csv").write_text(ORDERS + "004,2024-06-01,1.00\n")
    with disk(project / "reports" / ".cache" / cache, "64k") as folder:
        fill(folder)
        told = failed(project)
        assert f"0 bytes are free in reports/.cache/{cache}" in told
        assert latest_of(project, before) in before
        assert left_over(project, temporary) == []
    forked.run("run", cwd=project)


def test_another_disk_without_room_for_a_cell(tmp_path, temporary):
    code = "import tempfile\nwith tempfile.NamedTemporaryFile() as file: file.write(bytes(100_000))"
    project = make_one(tmp_path / "p", code)
    with disk(temporary, "64k"):
        told = failed(project)
    assert "segnb: error: 01_one, cell 2 under heading 'Go'\n" in told
    assert "OSError: [Errno 28] No space left on device" in told
    assert f"bytes are free in {temporary}" in told


def test_a_temporary_folder_without_room(project, temporary, capfd):
    """Python then looks for another one, so the run succeeds, and leaves nothing there either."""
    beside = set(project.iterdir())
    with disk(temporary, "64k"):
        fill(temporary)
        forked.run("run", cwd=project)
        assert [path.name for path in temporary.iterdir()] == ["ballast"]
    assert {path.stem.partition("-")[0] for path in set(project.iterdir()) - beside} == {"reports", "said"}


def test_a_disk_that_cannot_be_written_at_all(project, small_disk, temporary, capfd):
    before = runs_of(project)
    seed(project, 1)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    told = failed(project)
    assert "reports/small/.lock: Read-only file system" in told
    assert latest_of(project, before) in before
    seed(project, 0)
    assert "Read-only file system" in failed(project), "also where nothing has changed"


def test_no_file_may_grow(project, temporary, capfd):
    seed(project, 0)
    forked.run("run", cwd=project)
    before = runs_of(project)
    seed(project, 1)
    for size in (0, 1_000, 5_000, 50_000):
        told = forked.run("run", cwd=project, code=7, limit=partial(no_larger_than, size))
        assert "File too large" in told or not size  # not even words can be written then
        assert latest_of(project, before) in before
        assert left_over(project, temporary) == []


def no_larger_than(size):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
