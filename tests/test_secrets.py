"""A password that the data need is nowhere to be found afterwards, however it was written or encoded."""

import base64
import html
import io
import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote, quote_plus

import psutil
import pyarrow
import pyarrow.parquet as parquet
import pypdf
import pytest
from small_project import ROOT, make

from segnb.errors import GateError, ParameterError
from segnb.runs.clean import clean, require_no_secret
from segnb.tables import secrets

PASSWORD = "Zq7/vk+\"é'&<wüst> 9~s\\t"
ADDRESS = f"postgresql://reader:{quote(PASSWORD, safe='')}@db.invalid:5432/shop?sslmode=require"


def written(secret):
    """Return the forms in which a whole secret may be written."""
    data = secret.encode()
    found = {secret, repr(secret)[1:-1], html.escape(secret), quote(secret, safe=""), quote_plus(secret)}
    found |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    return found | {data.hex(), data.hex().upper()}


def forms_of(secret):
    """Return what tells a secret: of base64 the middle, which does not depend on what stands around it."""
    middles = {
        encode(b"?" * before + secret.encode()).decode()[4:-4]
        for before in range(3)
        for encode in (base64.b64encode, base64.urlsafe_b64encode)
    }
    return written(secret) | middles


def looked_for(text):
    return {form for secret in (PASSWORD, ADDRESS) for form in forms_of(secret) if form in text}


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(secrets, "_known", set())


@pytest.fixture
def known(monkeypatch):
    monkeypatch.setenv("SHOP_URL", ADDRESS)
    assert secrets.reveal("SHOP_URL") == ADDRESS


def test_every_form_of_a_secret_is_hidden(known):
    for form in (*written(ADDRESS), *written(PASSWORD)):
        told = secrets.hide(f"before {form} after")
        assert not looked_for(told)
        assert told.startswith("before ")
        assert told.endswith(" after")
    assert secrets.hide("postgresql://reader:***@db.invalid:5432/shop") == (
        "postgresql://reader:***@db.invalid:5432/shop"
    )


@pytest.mark.parametrize("before", range(6))
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_it_is_hidden_within_whatever_was_encoded_with_it(known, before, encode):
    text = encode(b"abcdef"[:before] + f"user:{PASSWORD}@host".encode()).decode()
    assert looked_for(text)
    assert not looked_for(secrets.hide(text))


def test_a_secret_that_is_not_set_is_refused_by_its_name(monkeypatch):
    monkeypatch.delenv("NO_SUCH_SECRET", raising=False)
    with pytest.raises(ParameterError, match="env:NO_SUCH_SECRET: the environment variable NO_SUCH_SECRET"):
        secrets.reveal("NO_SUCH_SECRET")


def test_a_short_secret_is_told_and_tears_no_text(monkeypatch, caplog):
    monkeypatch.setenv("SHOP_PASSWORD", "shop")
    with caplog.at_level(logging.WARNING):
        assert secrets.reveal("SHOP_PASSWORD") == "shop"
    assert "env:SHOP_PASSWORD holds a secret of fewer than 6 characters" in caplog.text
    assert secrets.hide("the shop") == "the shop"


def cell(*outputs, source="print(1)"):
    return {
        "cell_type": "code",
        "metadata": {},
        "source": source,
        "execution_count": 1,
        "outputs": list(outputs),
    }


def cleaned(*cells):
    return json.dumps(clean({"cells": list(cells)}, {}), ensure_ascii=False)


def test_a_secret_of_several_lines_and_one_in_colour_are_hidden(monkeypatch):
    key = "-----BEGIN KEY-----\nabcdefghijkl\nmnopqrstuvwx\n-----END KEY-----"
    monkeypatch.setenv("KEY", key)
    secrets.reveal("KEY")
    lines = [f"{line}\n" for line in key.splitlines()]
    told = cleaned(
        cell({"output_type": "stream", "name": "stdout", "text": lines}),
        cell({"output_type": "display_data", "data": {"text/plain": lines}, "metadata": {}}),
        cell({"output_type": "display_data", "data": {"application/json": {key: [key]}}, "metadata": {}}),
        cell(source=["key = '''", *lines, "'''"]),
    )
    assert told.count(secrets.HIDDEN) == 5
    assert "abcdef" not in told
    colored = "".join(f"\x1b[31m{letter}\x1b[0m" for letter in PASSWORD)
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    secrets.reveal("SHOP_PASSWORD")
    error = {"output_type": "error", "ename": "E", "evalue": "", "traceback": [f"\x1b[1mat\x1b[0m {colored}"]}
    assert f'"at {secrets.HIDDEN}"' in cleaned(cell(error))


@pytest.mark.parametrize("name", ["tables/a.json", "tables/a.parquet", "params.yaml", "picture.png"])
def test_a_run_with_a_secret_in_any_file_is_refused_by_the_files_name(known, tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    (tmp_path / "sound.json").write_text("{}")
    if path.suffix == ".parquet":
        table = pyarrow.table({"note": ["nothing", f"see {PASSWORD}"], "n": [1.5, 2.5]})
        parquet.write_table(table, path, compression="gzip", write_statistics=False)
        assert PASSWORD.encode() not in path.read_bytes()
    else:
        path.write_bytes(b"\x89PNG" + PASSWORD.encode())
    with pytest.raises(GateError) as refused:
        require_no_secret(tmp_path)
    assert str(refused.value).startswith(f"{name}: holds a secret")
    assert not looked_for(str(refused.value))
    path.unlink()
    require_no_secret(tmp_path)


# A source that shows its secret wherever it can, beside the files that it stands for.
DRIVER = """
import sys
from segnb.cli import main
from segnb.errors import InputError
from segnb.tables.secrets import reveal
from segnb.tables.sources import SCHEMES, scheme

@scheme("leaky")
def leaky(rest, place):
    '''Read orders, for a password.'''
    address = reveal(rest.removeprefix("env:"))
    if rest != "env:SHOP_URL":
        try:
            raise ConnectionError(f"no answer from {address}")
        except ConnectionError as error:
            kind = InputError if rest == "env:CLOSED_URL" else RuntimeError
            raise kind(f"{address}: cannot be reached: {error}") from error
    return SCHEMES["file"]("../data/orders.csv", place)

sys.exit(main())
"""
TELL = """\
import base64, html, json, os, sys, urllib.parse, warnings
import psutil
from IPython.display import HTML, JSON, SVG, Markdown, display
password = {key: value for key, value in psutil.Process(os.getppid()).environ().items()}["SHOP_URL"]
told = [password, repr(password), html.escape(password), json.dumps(password)]
told += [urllib.parse.quote(password, safe=""), urllib.parse.quote_plus(password), password.encode().hex()]
told += [base64.b64encode(b"xyz"[:each] + password.encode() + b"tail").decode() for each in range(3)]
told += [base64.urlsafe_b64encode(b"xyz"[:each] + password.encode()).decode() for each in range(3)]
print(*told, sep="\\n")
print(password, file=sys.stderr)
warnings.warn(password)
display(HTML(f"<p>{html.escape(password)}</p>"), Markdown(f"`{password}`"), JSON({password: told}))
display({"text/plain": "\\n".join(told)}, raw=True)
display(SVG(f"<svg xmlns='http://www.w3.org/2000/svg'><text>{html.escape(password)}</text></svg>"))
"""
PLOT = "import matplotlib.pyplot as plt\nplt.figure().suptitle(repr(password))\nplt.show()"
SAVE = (
    "from segnb import open_run\nfrom segnb.segmentation import Window, Windows\n"
    "import dataclasses, pandas as pd\nfrom segnb.segmentation import Feature, FeatureTable\n"
    "frame = pd.DataFrame({'amount': [1.0, 2.0]}, index=pd.Index([password, 'b'], name='customer_id'))\n"
    "open_run(run).save('features', FeatureTable(frame, (Feature('amount', 'Spend', 'money'),), 'rfm', None))"
)
LAST = {
    "well": "1",
    "raises": "raise ValueError(f'no answer from {password}')",
    "saves": SAVE,
    "sleeps": "import time\ntime.sleep(120)",
}


def project(folder, *, last, tells=True, source="leaky:env:SHOP_URL"):
    cells = [
        ("markdown", "# A look around"),
        ("parameters", '# What to read\nrun: str = "latest"  # run to read'),
    ]
    cells += [("code", TELL), ("code", PLOT)] if tells else []
    cells += [("code", "import os\nprint(os.environ)"), ("code", LAST[last])]
    made = make(folder / "project", **{"01_intake": cells})
    for each in ("02_groups", "03_advice"):
        (made / "notebooks" / f"{each}.ipynb").unlink()
    params = made / "params" / "small.yaml"
    params.write_text(params.read_text().replace("../data/orders.csv", source))
    for each in ("home", "tmp"):
        (folder / each).mkdir()
    (folder / "driver.py").write_text(DRIVER)
    return made


def start(made, *options):
    folder = made.parent
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp")}
    environment |= {"PYTHONPATH": str(ROOT), "SEGNB_DEBUG": "1"}
    environment |= dict.fromkeys(("SHOP_URL", "CLOSED_URL", "BROKEN_URL"), ADDRESS)
    command = [sys.executable, str(folder / "driver.py"), "run", *options]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=made, env=environment, stdout=pipe, stderr=pipe, text=True)


def unpacked(path):
    """Return all text of a file, decoded where it is packed."""
    data = path.read_bytes()
    if path.suffix == ".pdf":
        reader = pypdf.PdfReader(io.BytesIO(data))
        return "\n".join([str(reader.metadata), *(page.extract_text() for page in reader.pages)])
    if path.suffix == ".parquet":
        table = parquet.read_table(path)
        return "\n".join(str(value) for column in table.itercolumns() for value in column.to_pylist())
    return data.decode("utf-8", "replace")


def leaks(folder):
    """Return the files of a folder that hold the secret in any form."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(files) > 5
    return {path.relative_to(folder).as_posix() for path in files if looked_for(unpacked(path))}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="a cell gets at the secret through /proc")
@pytest.mark.parametrize(("last", "code"), [("well", 0), ("raises", 5), ("saves", 4)])
def test_what_a_cell_tells_of_a_secret_is_hidden_or_refused(tmp_path, last, code):
    made = project(tmp_path, last=last)
    with start(made, "--json") as process:
        told = "\n".join(process.communicate(timeout=120))
    assert process.returncode == code, told
    assert leaks(tmp_path) == set()
    assert not looked_for(told)
    published = made / "reports" / "small" / "latest"
    assert published.exists() == (code == 0)
    executed = published / "notebooks" if code == 0 else made / "reports" / "small" / "failed"
    if code != 4:
        assert (executed / "01_intake.ipynb").read_text().count(secrets.HIDDEN) > 20
    else:
        assert "tables/features.frame.parquet: holds a secret" in told


@pytest.mark.slow
@pytest.mark.parametrize(("name", "code"), [("CLOSED_URL", 3), ("BROKEN_URL", 1)])
def test_a_source_that_cannot_be_reached_does_not_tell_its_address(tmp_path, name, code):
    made = project(tmp_path, last="well", tells=False, source=f"leaky:env:{name}")
    with start(made, "--json") as process:
        out, err = process.communicate(timeout=120)
    assert process.returncode == code
    assert f"{secrets.HIDDEN}: cannot be reached: no answer from {secrets.HIDDEN}" in err
    assert ("Traceback" in err) == (code == 1)  # of a defect, as was asked for
    assert secrets.HIDDEN in out
    assert not looked_for(out + err)
    assert leaks(tmp_path) == set()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems show no environment of other processes")
def test_no_process_of_a_run_shows_a_secret_and_a_killed_one_leaves_none(tmp_path):
    made = project(tmp_path, last="sleeps", tells=False)
    with start(made) as process:
        try:
            wait_for_output(made, process)
            main = psutil.Process(process.pid)
            children = main.children(recursive=True)
            assert any("ipykernel_launcher" in each.cmdline() for each in children)
            assert not looked_for(" ".join(part for each in (main, *children) for part in each.cmdline()))
            for each in children:
                assert not {"SHOP_URL", "CLOSED_URL"} & set(each.environ())
                assert not looked_for(Path(f"/proc/{each.pid}/environ").read_text(errors="replace"))
        finally:
            process.kill()
        told = "\n".join(process.communicate(timeout=60))
    psutil.wait_procs(children, timeout=30)
    assert not looked_for(told)
    assert leaks(tmp_path) == set()


def wait_for_output(made, process):
    """Wait until the cell before the last has printed the kernel's environment."""
    end = time.monotonic() + 60
    folder = made / "reports" / "small"
    while not any("PYTHONHASHSEED" in path.read_text() for path in folder.glob(".staging-*/notebooks/*")):
        assert time.monotonic() < end
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)
