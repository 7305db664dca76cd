"""A notebook that runs alone: which report it opens, what it reads, where it writes."""

import errno
import shutil
import sys
from pathlib import Path

import papermill
import pytest
from small_project import PARAMS, ROOT, bytes_of, make

from segnb.cli import main
from segnb.errors import InputError, ParameterError, WriteError
from segnb.runs import publish
from segnb.runs.claims import claimed
from segnb.runs.project import find_project
from segnb.runs.run import open_run
from segnb.segmentation import Structure, Window

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = make(tmp_path / "project")
    monkeypatch.chdir(folder / "notebooks")
    return folder


def test_what_a_notebook_may_ask_for(project):
    (project / "params" / "small.yaml").write_text(
        PARAMS.replace(
            "basis: rfm", "basis: rfm\nseed: 7\nmin_cell: 5\ncurrency: EUR\nlocale: en_GB\nstrict: true"
        )
        + "window:\n  form: [2024-01-01, 2024-02-29]\n  measure: [2024-03-01, 2024-06-30]\n"
        + "report:\n  names: {big: Big spenders}\n"
    )
    run = open_run()
    assert (run.title, run.basis, run.seed, run.min_cell) == ("A small report", "rfm", 7, 5)
    assert (run.voice.locale, run.voice.currency) == ("en_GB", "EUR")
    assert run.names == {"big": "Big spenders"}
    assert run.windows.form.days == 60
    assert run.playbook == project / "params" / "playbook.yaml"
    assert run.tables().orders.count().execute() == 4


def test_its_tables_are_kept_while_it_works_on_them(project):
    tables = open_run().tables()
    assert tables.folder.name in claimed(find_project())


def test_windows_are_split_where_none_are_given(project):
    windows = open_run().windows
    assert isinstance(windows.form, Window)
    assert windows.form.end < windows.measure.start
    assert windows.measure.end.isoformat() == "2024-06-30"


def test_results_go_to_the_draft_and_come_from_it(project):
    run = open_run("small")
    run.save("verdict", Structure("none"))
    assert (project / "reports" / "small" / "draft" / "tables" / "verdict.json").is_file()
    assert open_run("params/small.yaml").load("verdict") == Structure("none")


def test_a_full_disk_is_a_write_error(project, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("segnb.store.save", full)
    with pytest.raises(WriteError, match="'verdict' cannot be written: No space left on device"):
        open_run().save("verdict", Structure("none"))


def test_a_missing_result_names_its_notebook(project):
    with pytest.raises(
        InputError, match=r"'features' is not there yet: it is made by 01_intake. Run that notebook"
    ):
        open_run().load("features")
    with pytest.raises(InputError, match="no notebook saves a result under the name 'nothing'"):
        open_run().load("nothing")


def test_with_several_reports_one_is_named(project):
    (project / "params" / "other.yaml").write_text(PARAMS.replace("small", "second"))
    with pytest.raises(ParameterError, match=r"2 reports. Name one of: other, small"):
        open_run()
    assert open_run("second").parameters.name == "second"
    assert open_run("other").parameters.name == "second"
    with pytest.raises(ParameterError, match="Did you mean 'second'"):
        open_run("secnd")


def test_an_unknown_run_is_refused(project):
    with pytest.raises(ParameterError, match="segnb list runs"):
        open_run("small/2024-06-30-00000000")


def test_outside_of_a_project_it_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError, match="segnb init DIR"):
        open_run()


@pytest.mark.slow
def test_plain_papermill_reads_the_published_run_and_writes_the_draft(project, monkeypatch):
    """As an analyst may do it: only one notebook, changed, after a run of all."""
    assert main(["run", "--quiet"]) == 0
    report = project / "reports" / "small"
    final = publish.latest(report)
    before = bytes_of(final)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    kernels = project / "kernels" / "kernels" / "python3"
    shutil.copytree(Path(sys.prefix, "share", "jupyter", "kernels", "python3"), kernels)
    monkeypatch.setenv("JUPYTER_PATH", str(project / "kernels"))
    for name in ("02_groups", "01_intake"):
        out = project / f"{name}.out.ipynb"
        papermill.execute_notebook(f"{name}.ipynb", str(out), kernel_name="python3", progress_bar=False)
    assert (report / "draft" / "tables" / "features.json").is_file()
    assert open_run(f"small/{final.name}").load("features").features[0].label == "Spend"
    assert bytes_of(final) == before
