"""Whole runs of a small project, with real kernels: what is published, reused, refused, cleaned up."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from small_project import PARAMS, ROOT, bytes_of, command, make, read_notebook, set_knob, write_notebook

from segnb.cli import main
from segnb.lock import locked
from segnb.runs import manifest, publish

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A project after its first run, never changed by a test."""
    folder = make(tmp_path_factory.mktemp("small") / "project")
    assert main(["run", "--project", str(folder), "--quiet"]) == 0
    return folder


@pytest.fixture
def project(ran, tmp_path, monkeypatch):
    """A copy of that project, and the working folder in it."""
    folder = tmp_path / "project"
    shutil.copytree(ran, folder, symlinks=True)
    monkeypatch.chdir(folder)
    return folder


def report_of(project):
    return project / "reports" / "small"


def states(text):
    return {line.split()[1]: line.split()[2] for line in text.splitlines() if line.startswith("  ")}


def test_a_run_is_published_whole(ran):
    final = publish.latest(report_of(ran))
    assert manifest.faults(final) == []
    names = set(manifest.read(final)["files"])
    assert {"report.html", "report.pdf", "params.yaml", "playbook.yaml", "notebooks/01_intake.ipynb"} <= names
    assert {"tables/features.json", "tables/features.frame.parquet", "tables/contents.json"} <= names
    assert any(name.startswith("audit/") for name in names)
    assert manifest.read(final)["windows"]["form"] == {"start": "2024-01-01", "end": "2024-03-31"}
    assert [path.name for path in report_of(ran).glob(".staging*")] == []


def test_the_executed_notebook_holds_its_parameters_and_no_trace_of_the_machine(ran):
    text = (report_of(ran) / "latest" / "notebooks" / "01_intake.ipynb").read_text()
    assert '"run = \\"small\\"\\n",\n    "factor = 2\\n"' in text
    assert str(ran) not in text
    assert sys.prefix not in text
    assert "papermill" not in text


def test_an_unchanged_run_is_a_no_op(project, capsys):
    before = bytes_of(publish.latest(report_of(project)))
    assert main(["run"]) == 0
    told = capsys.readouterr()
    assert [Path(line).name for line in told.out.splitlines()] == ["report.html", "report.pdf"]
    assert all(Path(line).is_file() for line in told.out.splitlines())
    assert "nothing has changed since" in told.err
    assert bytes_of(publish.latest(report_of(project))) == before


def test_an_unchanged_run_imports_nothing_heavy(project):
    code = (
        "import sys; from segnb.cli import main; code = main(['run', '--quiet']);"
        "print(code, sorted({'papermill', 'pandas', 'ibis', 'matplotlib', 'nbformat'} & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    main(["run", "--quiet"])
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "0 []"


def test_one_changed_knob_runs_its_stage_and_those_after_it(project, capsys):
    first = publish.latest(report_of(project))
    set_knob(project, "fault: warn")
    assert main(["run"]) == 0
    assert states(capsys.readouterr().err) == {
        "tables": "done",
        "01_intake": "reused",
        "02_groups": "done",
        "03_advice": "done",
        "report": "done",
    }
    second = publish.latest(report_of(project))
    assert second != first
    set_knob(project)
    assert main(["run"]) == 0
    assert publish.latest(report_of(project)) == first
    assert manifest.faults(second) == []


def test_reused_stages_give_the_same_bytes(project):
    first = publish.latest(report_of(project))
    before = bytes_of(first)
    shutil.rmtree(first)
    assert main(["run", "--quiet"]) == 0
    assert bytes_of(first) == before


def test_equal_inputs_give_equal_bytes_elsewhere(ran, tmp_path):
    """As cron starts it: another folder, no home, no terminal, other words for place and time."""
    folder = make(tmp_path / "another {place}" / "project")
    environment = {
        "PATH": os.environ["PATH"],
        "TZ": "Pacific/Kiritimati",
        "LANG": "tr_TR.UTF-8",
        "PYTHONHASHSEED": "4711",
        "MPLBACKEND": "agg",
    }
    arguments = ["run", "--threads", 2, "--project", folder]
    with command(*arguments, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL) as process:
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    here, there = publish.latest(report_of(ran)), publish.latest(report_of(folder))
    assert here.name == there.name
    assert bytes_of(here) == bytes_of(there)


def test_the_kernel_is_this_python_whatever_is_installed(project, tmp_path, monkeypatch):
    decoy = tmp_path / "jupyter" / "kernels" / "python3"
    decoy.mkdir(parents=True)
    (decoy / "kernel.json").write_text(
        json.dumps({"argv": ["/bin/false"], "display_name": "x", "language": "python"})
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    set_knob(project, "fault: warn")
    assert main(["run", "--quiet"]) == 0


def test_no_secret_and_no_path_reaches_the_run(project, monkeypatch):
    monkeypatch.setenv("SHOP_TOKEN", "hush hush/token")
    monkeypatch.setenv("OTHER_TOKEN", "not for the kernel")
    declared = PARAMS.replace("  transactions:", "  missing: ['env:SHOP_TOKEN']\n  transactions:")
    (project / "params" / "small.yaml").write_text(declared + "groups:\n  fault: warn\n")
    assert main(["run", "--quiet"]) == 0
    found = bytes_of(publish.latest(report_of(project)))
    (text,) = (content.decode() for name, content in found.items() if name.endswith("02_groups.ipynb"))
    assert "SHOP_TOKEN" not in text
    for content in found.values():
        assert b"hush hush" not in content
        assert b"hush%20hush" not in content
        assert b"not for the kernel" not in content
        assert str(project).encode() not in content


@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        ("raise", 5, "ValueError: the bottom is out"),
        ("refuse", 3, "3 rows have no amount"),
        ("die", 6, "the kernel died (signal 9, probably out of memory)"),
        ("leave", 6, "the kernel ended by itself (exit code 3)"),
    ],
)
def test_a_failing_cell_is_told_in_three_lines(project, capsys, fault, code, message):
    before = bytes_of(publish.latest(report_of(project)))
    set_knob(project, f"fault: {fault}")
    assert main(["run"]) == code
    told = capsys.readouterr()
    assert told.out == ""
    partial = Path("reports", "small", "failed", "02_groups.ipynb")
    assert told.err.splitlines()[-3:] == [
        "segnb: error: 02_groups, cell 3 under heading 'Go wrong, if asked to'",
        f"  {message}",
        f"  as far as it came: {partial}",
    ]
    cells = read_notebook(partial)["cells"]
    assert [cell["execution_count"] for cell in cells if cell["cell_type"] == "code"][:3] == [1, 2, 3]
    assert bytes_of(publish.latest(report_of(project))) == before
    assert list(report_of(project).glob(".staging*")) == []


def test_a_failed_run_resumes_where_it_stopped(project, capsys):
    set_knob(project, "fault: raise")
    (project / "data" / "orders.csv").write_text(
        "customer_id,order_time,amount\n1,2024-01-05,1\n2,2024-06-01,2\n"
    )
    assert main(["run"]) == 5
    assert states(capsys.readouterr().err)["01_intake"] == "done"
    set_knob(project, "fault: warn")
    assert main(["run"]) == 0
    assert states(capsys.readouterr().err)["01_intake"] == "reused"
    assert not (report_of(project) / "failed").exists()


@pytest.mark.parametrize(
    ("limit", "what"), [("cell", "the cell took longer"), ("run", "the notebooks together")]
)
def test_a_cell_that_takes_too_long_is_ended(project, capsys, limit, what):
    (project / "params" / "small.yaml").write_text(
        f"{PARAMS}timeouts:\n  {limit}: 5\ngroups:\n  fault: sleep\n"
    )
    assert main(["run"]) == 6
    assert what in capsys.readouterr().err
    assert kernels() == []


def test_a_second_run_of_the_report_is_refused(project, capsys):
    with locked(report_of(project)):
        assert main(["run"]) == 75
    assert "another run of 'small' is at work" in capsys.readouterr().err


def test_a_damaged_run_is_made_again(project, capsys):
    final = publish.latest(report_of(project))
    (final / "report.html").write_text("overwritten")
    assert main(["run"]) == 0
    assert states(capsys.readouterr().err)["01_intake"] == "reused"
    assert manifest.faults(final) == []


def test_verify_names_every_file_that_is_not_as_it_was(project, capsys):
    """Each file of the run in turn: a byte turned, cut by one, removed, replaced by a link to its like."""
    final = publish.latest(report_of(project))
    names = sorted({*manifest.read(final)["files"], manifest.NAME})
    assert len(names) >= 12
    for name in names:
        path = final / name
        whole = path.read_bytes()
        turned = whole[:-1] + bytes([whole[-1] ^ 1])
        for change in (turned, whole[:-1], whole + b" ", None, "link"):
            path.unlink()
            if change == "link":
                (project / "like").write_bytes(whole)
                path.symlink_to(project / "like")
            elif change is not None:
                path.write_bytes(change)
            assert main(["verify", f"small/{final.name}"]) == (
                2 if name == manifest.NAME and change is None else 3
            )
            assert f"  {name} " in capsys.readouterr().err.replace(f"'small/{final.name}'", "  run.json ")
            path.unlink(missing_ok=True)
            path.write_bytes(whole)
    assert main(["verify"]) == 0
    (final / "tables" / "more.json").write_text("{}")
    (final / "more").symlink_to(project / "like")
    assert main(["verify"]) == 3
    told = capsys.readouterr().err
    assert "  more is a link\n" in told
    assert "  tables/more.json was not published with the run\n" in told


def test_a_latest_that_points_nowhere_is_told_and_put_right(project, capsys):
    final = publish.latest(report_of(project))
    final.rename(project / "elsewhere")
    assert main(["verify"]) == 3
    assert f"{Path('reports', 'small', 'latest')} points nowhere" in capsys.readouterr().err
    assert main(["run", "--quiet"]) == 0
    assert publish.latest(report_of(project)) == final
    assert main(["verify"]) == 0


def test_a_link_out_of_the_run_is_not_published(project, capsys):
    code = f"import os\nos.symlink({str(project / 'data')!r}, 'tables/data')"
    write_notebook(project / "notebooks" / "04_late.ipynb", late(code))
    before = publish.latest(report_of(project))
    assert main(["run"]) == 5
    assert "tables/data: a run holds files, and no links" in capsys.readouterr().err
    assert publish.latest(report_of(project)) == before
    assert list(report_of(project).glob(".staging*")) == []


def late(code, kind="code"):
    """Return the cells of a fourth notebook."""
    run = '# The knobs.\nrun: str = "latest"  # run to read'
    return [("markdown", "# Late"), ("parameters", run), ("markdown", "## Go"), (kind, code)]


def test_data_that_change_during_a_run_count_in_the_next(project, capsys):
    orders = str(project / "data" / "orders.csv")
    append = f"with open({orders!r}, 'a') as file: file.write('009,2024-06-06,1.00\\n')"
    write_notebook(project / "notebooks" / "04_late.ipynb", late(append))
    before = publish.latest(report_of(project))
    assert main(["run"]) == 0
    first = publish.latest(report_of(project))
    assert states(capsys.readouterr().err)["01_intake"] == "reused"
    assert (first / "tables" / "features.frame.parquet").read_bytes() == (
        before / "tables" / "features.frame.parquet"
    ).read_bytes()
    assert main(["run"]) == 0
    assert states(capsys.readouterr().err)["01_intake"] == "done"
    assert publish.latest(report_of(project)) != first


def test_the_playbook_is_for_notebooks_that_name_it(project, capsys):
    secretly = 'import segnb as sb\ngetattr(sb.open_run(run), "play" + "book")'
    write_notebook(project / "notebooks" / "04_late.ipynb", late(secretly))
    assert main(["run"]) == 2
    assert "names the playbook" in capsys.readouterr().err


def test_a_cell_that_may_fail_is_not_published_either(project, capsys):
    write_notebook(project / "notebooks" / "04_late.ipynb", late("1 / 0", "raises-exception"))
    assert main(["run"]) == 5
    assert "ZeroDivisionError: division by zero" in capsys.readouterr().err


ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "", "traceback": []}


@pytest.mark.parametrize(
    ("status", "outputs"), [("running", []), ("pending", []), (None, []), ("completed", [ERROR])]
)
def test_a_notebook_that_is_half_run_is_not_published(project, capsys, monkeypatch, status, outputs):
    """Whatever its last cell is: at work, skipped, without a word, or with an error."""

    def half(source, target, **_):
        notebook = read_notebook(Path(source))
        for cell in notebook["cells"]:
            cell["metadata"]["papermill"] = {"status": "completed", "exception": None}
        notebook["cells"][-1]["metadata"]["papermill"] = {"status": status} if status else {}
        notebook["cells"][-1]["outputs"] = outputs
        Path(target).write_text(json.dumps(notebook))

    monkeypatch.setattr("papermill.execute_notebook", half)
    set_knob(project, "fault: warn")
    assert main(["run"]) == 5
    assert "not every cell ran to its end" in capsys.readouterr().err


def kernels(parent=None):
    """Return the kernels that are children of a process."""
    children = psutil.Process(parent).children()
    return [child.pid for child in children if "ipykernel_launcher" in child.cmdline()]


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
