"""Equal inputs give equal bytes, and an unchanged run is a no-op."""

import json
import shutil
from pathlib import Path

import pytest
from conftest import segnb

pytestmark = pytest.mark.slow


def files(run: Path) -> dict[str, bytes]:
    """Every file that the manifest lists, and the manifest itself."""
    manifest = json.loads((run / "run.json").read_text())
    return {name: (run / name).read_bytes() for name in [*manifest["files"], "run.json"]}


@pytest.fixture(scope="module")
def first(shop_project, shop_run, tmp_path_factory):
    """A copy of the shop's project and of its run, to change."""
    project = tmp_path_factory.mktemp("first") / "project"
    shutil.copytree(shop_project, project, symlinks=True, ignore=shutil.ignore_patterns("draft"))
    return project, project / shop_run.relative_to(shop_project)


def test_bytes_do_not_depend_on_folder_threads_hash_seed_zone_or_language(shop_project, shop_run, tmp_path):
    other = tmp_path / "an other folder"
    shutil.copytree(shop_project, other, ignore=shutil.ignore_patterns("reports"))
    elsewhere = {"TZ": "Pacific/Kiritimati", "LANG": "tr_TR.UTF-8"}
    environment = {"PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "2", **elsewhere}
    done = segnb("run", "--threads", 2, cwd=other, env=environment)
    run = other / Path(done.stdout.splitlines()[0]).parent
    left, right = files(shop_run), files(run)
    assert left.keys() == right.keys()
    assert [name for name in left if left[name] != right[name]] == []
    assert run.name == shop_run.name


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
