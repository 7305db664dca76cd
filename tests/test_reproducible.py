"""Equal inputs give equal bytes, and an unchanged run is a no-op."""

import json
import shutil
from pathlib import Path

import pytest
from conftest import QUICK, segnb

pytestmark = pytest.mark.slow


def files(run: Path) -> dict[str, bytes]:
    """Every file that the manifest lists, and the manifest itself."""
    manifest = json.loads((run / "run.json").read_text())
    return {name: (run / name).read_bytes() for name in [*manifest["files"], "run.json"]}


def quick_project(template: Path, folder: Path) -> Path:
    """A copy of the shop's project whose clustering is quick."""
    shutil.copytree(template, folder, ignore=shutil.ignore_patterns("reports"))
    yaml = folder / "params" / "shop.yaml"
    yaml.write_text(yaml.read_text() + QUICK)
    return folder


def published(project: Path, threads: int, **environment: str) -> Path:
    done = segnb("run", "--threads", threads, cwd=project, env=environment)
    return project / Path(done.stdout.splitlines()[0]).parent


@pytest.fixture(scope="module")
def first(shop_project, tmp_path_factory):
    project = quick_project(shop_project, tmp_path_factory.mktemp("first") / "project")
    return project, published(project, 1, PYTHONHASHSEED="0", TZ="UTC")


def test_bytes_do_not_depend_on_folder_threads_hash_seed_zone_or_language(first, shop_project, tmp_path):
    other = quick_project(shop_project, tmp_path / "an other folder")
    run = published(
        other, 2, PYTHONHASHSEED="7", TZ="Pacific/Kiritimati", LANG="tr_TR.UTF-8", OMP_NUM_THREADS="2"
    )
    left, right = files(first[1]), files(run)
    assert left.keys() == right.keys()
    assert [name for name in left if left[name] != right[name]] == []
    assert run.name == first[1].name


def test_an_unchanged_run_publishes_nothing(first):
    project, run = first
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    done = segnb("run", cwd=project)
    assert (project / Path(done.stdout.splitlines()[0])).parent.name == run.name
    assert {path: path.stat().st_mtime_ns for path in run.rglob("*")} == before


def test_a_knob_of_notebook_04_reruns_04_and_05_alone(first):
    project, run = first
    yaml = project / "params" / "shop.yaml"
    yaml.write_text(yaml.read_text() + "segment_personas:\n  max_conditions: 2\n")
    events = [json.loads(line) for line in segnb("run", "--json", cwd=project).stdout.splitlines()]
    fresh = [
        event["stage"] for event in events if event.get("event") == "stage" and event.get("state") == "done"
    ]
    assert [name for name in fresh if name[:2].isdigit()] == ["04_segment_personas", "05_kpi_measurement"]
    after = project / "reports" / "shop" / "latest"
    assert after.resolve().name != run.name
    assert segnb("verify", cwd=project).returncode == 0


def test_a_turned_byte_is_named(first):
    project, run = first
    page = run / "report.html"
    data = bytearray(page.read_bytes())
    data[1000] ^= 1
    page.write_bytes(bytes(data))
    assert "report.html" in segnb("verify", f"shop/{run.name}", cwd=project, code=3).stderr
