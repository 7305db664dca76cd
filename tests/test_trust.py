"""What a notebook's kernel gets to see, what it may not count on, and whom nobody trusts unasked."""

import json
import os
import subprocess
from pathlib import Path
from types import MappingProxyType

import pytest
from small_project import bytes_of, command, make, read_notebook

from segnb.runs.kernel import environment

pytestmark = pytest.mark.slow

LOOK = [
    ("markdown", "# A look around"),
    ("parameters", '# What to read\nrun: str = "latest"  # run to read'),
    ("code", "import json, os, sys\nprint(json.dumps(sorted(os.environ)))"),
    ("code", "print(json.dumps([os.getcwd(), os.environ['PYTHONPATH'], 'MARK' in globals()]))"),
    ("code", "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"),
    ("code", "from segnb import open_run\nopen_run(run).tables().orders.count().to_pandas()"),
    ("code", "from IPython.display import HTML\nHTML('<script>1</script><b>bold</b>')"),
]
PASSED = {"PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LD_LIBRARY_PATH"}
MADE = {
    *("TZ", "LANG", "LC_ALL", "PYTHONUTF8", "PYTHONHASHSEED", "PYTHONPATH", "IPYTHONDIR", "MPLCONFIGDIR"),
    *("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR"),
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"),
    *("SEGNB_RUN_FOLDER", "SEGNB_TABLES_FOLDER", "SEGNB_NOTEBOOKS"),
}
ADDED_INSIDE = {
    # ipykernel, IPython and Jupyter set these in the kernel itself.
    *("JPY_PARENT_PID", "JPY_SESSION_NAME", "PYDEVD_USE_FRAME_EVAL", "CLICOLOR", "CLICOLOR_FORCE"),
    *("FORCE_COLOR", "TERM", "PAGER", "GIT_PAGER", "MPLBACKEND", "LC_CTYPE"),
    *("PAPERMILL_INPUT_PATH", "PAPERMILL_OUTPUT_PATH", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK"),
}


def look_around(folder, environment, home, here=MappingProxyType({})):
    """Run a project with one notebook; return the folder of the published run."""
    project = make(folder / "project", **{"01_intake": LOOK})
    for name, content in here.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    for each in ("02_groups", "03_advice"):
        (project / "notebooks" / f"{each}.ipynb").unlink()
    plain = {"PATH": os.environ["PATH"], "HOME": str(home), "USER": "ann", "LOGNAME": "ann"}
    plain |= {"TMPDIR": str(folder), "LD_LIBRARY_PATH": "/nowhere"}
    with command("run", "--quiet", cwd=project, env=plain | environment, stdin=subprocess.DEVNULL) as process:
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return (project / "reports" / "small" / "latest").resolve()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The run of someone who has set nothing."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "home").mkdir()
    return look_around(folder, {}, folder / "home")


@pytest.fixture(scope="module")
def hostile(plain, tmp_path_factory):
    """The same run where everything that can be set is set, and every file that is read by habit is there."""
    folder = tmp_path_factory.mktemp("hostile")
    home, mark = folder / "home", folder / "mark"
    startup = f"MARK = open({str(mark)!r}, 'a').write('run ')\n"
    red = "figure.facecolor: red\naxes.facecolor: red\n"
    template = "{% block body %}<p>Bought by the competition</p>{% endblock %}"
    files = {
        ".ipython/profile_default/startup/00.py": startup,
        ".ipython/profile_default/ipython_config.py": startup,
        ".ipython/profile_default/ipython_kernel_config.py": startup,
        ".jupyter/jupyter_nbconvert_config.py": startup,
        ".jupyter/jupyter_config.py": startup,
        ".config/matplotlib/matplotlibrc": red,
        ".config/papermill/config.py": startup,
        ".local/share/jupyter/nbconvert/templates/basic/conf.json": '{"base_template": "base"}',
        ".local/share/jupyter/nbconvert/templates/basic/index.html.j2": template,
        "start.py": startup,
    }
    for name, content in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    environment = {
        "AWS_SECRET_ACCESS_KEY": "not for the kernel",
        "DATABASE_URL": "not for the kernel",
        "SSH_AUTH_SOCK": "not for the kernel",
        "PGPASSWORD": "not for the kernel",
        "LD_PRELOAD": "",
        "PYTHONSTARTUP": str(home / "start.py"),
        "PYTHONINSPECT": "",
        "PYTHONBREAKPOINT": "os.abort",
        "IPYTHONDIR": str(home / ".ipython"),
        "MPLCONFIGDIR": str(home / ".config" / "matplotlib"),
        "MATPLOTLIBRC": str(home / ".config" / "matplotlib" / "matplotlibrc"),
        "MPLBACKEND": "module://no_such_backend",
        "JUPYTER_CONFIG_DIR": str(home / ".jupyter"),
        "JUPYTER_DATA_DIR": str(home / ".local" / "share" / "jupyter"),
        "JUPYTER_PATH": str(home / ".local" / "share" / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTER_ALLOW_INSECURE_WRITES": "1",
        "OMP_NUM_THREADS": "7",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "SEGNB_RUN_FOLDER": "/nowhere",
        "SEGNB_TABLES_FOLDER": "/nowhere",
    }
    here = {"basic/conf.json": '{"base_template": "base"}', "basic/index.html.j2": template}
    here |= {"matplotlibrc": red, "ipython_config.py": startup, "sitecustomize.py": startup}
    return look_around(folder, environment, home, here)


def printed(run):
    """Return what the first two code cells printed."""
    cells = read_notebook(run / "notebooks" / "01_intake.ipynb")["cells"]
    texts = ["".join(text) for cell in cells for out in cell.get("outputs", []) if (text := out.get("text"))]
    return [json.loads(text) for text in texts[:2]]


def test_a_kernel_sees_only_what_is_on_the_list(hostile):
    names = set(printed(hostile)[0])
    assert names >= PASSED | MADE
    assert names - PASSED - MADE <= ADDED_INSIDE


def test_nothing_that_is_set_or_lies_in_the_home_changes_a_byte(plain, hostile):
    assert not (hostile.parents[3] / "mark").exists()
    assert bytes_of(plain) == bytes_of(hostile)
    assert all(b"competition" not in content for content in bytes_of(hostile).values())


def test_it_works_in_the_staging_folder_and_keeps_the_users_modules(plain):
    here, modules, marked = printed(plain)[1]
    assert here == "."
    assert set(modules.split(os.pathsep)) == {"python"}  # this checkout, which the command was started with
    assert not marked
    kept = environment({"PYTHONPATH": "/theirs"}, scratch=Path("s"), settings=Path("m"), threads=1)
    assert kept["PYTHONPATH"].split(os.pathsep)[-1] == "/theirs"


def test_no_notebook_is_trusted_for_the_user(plain, hostile):
    """A signature in his database would let the notebook's own scripts run when he opens it."""
    from nbformat.sign import NotebookNotary

    for run in (plain, hostile):
        home = run.parents[3] / "home"
        assert not list(home.rglob("nbsignatures.db"))
        data = home / ".local" / "share" / "jupyter"
        data.mkdir(parents=True, exist_ok=True)
        notary = NotebookNotary(data_dir=str(data))
        for path in run.glob("notebooks/*.ipynb"):
            text = path.read_text(encoding="utf-8")
            assert '"trusted"' not in text
            assert not notary.check_signature(nbformat_of(text))
        notary.store.close()


def nbformat_of(text):
    import nbformat

    return nbformat.reads(text, as_version=4)
