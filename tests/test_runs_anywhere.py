"""Whatever starts a run, wherever and whenever: the same bytes."""

import datetime
import os
import subprocess
import sys
import time
from pathlib import Path

import forked
import pytest
from small_project import ROOT, bytes_of, make_one
from traces import runs_of

from segnb.runs import publish

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows cannot change a process' time zone"),
]

ZONES = ["UTC", "Pacific/Kiritimati", "America/St_Johns"]
LOCALES = {
    "C": ZONES,
    "C.UTF-8": ["UTC"],
    "de_DE.UTF-8": ["America/St_Johns"],
    "tr_TR.UTF-8": ["Pacific/Kiritimati"],
    "ar_EG.UTF-8": ["America/St_Johns"],
}
"""Each language with the zones that it is tried in: all in one language, and one in each other."""
IN_EACH_ZONE = """
import locale, os, sys, time
from segnb.cli import main
locale.setlocale(locale.LC_ALL, "")
for zone in sys.argv[2:]:
    os.environ["TZ"] = zone
    time.tzset()
    assert main(["run", "--quiet", "--project", sys.argv[1], "--reports", f"{sys.argv[1]}/{zone}"]) == 0
"""
TABLES = """
import segnb as sb
run = sb.open_run(run)
print(run.as_of, f"{1234.5:,}", "I".lower())
run.tables().orders.to_pandas()
"""


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    """The run as it comes from a terminal."""
    project = make_one(tmp_path_factory.mktemp("usual") / "p", TABLES)
    forked.run("run", cwd=project)
    return runs_of(project)


@pytest.fixture(scope="module")
def locales(tmp_path_factory):
    """A folder with the languages of other machines, made here: few machines have them all."""
    folder = tmp_path_factory.mktemp("locales")
    if not Path("/usr/share/i18n/locales/tr_TR").is_file():
        pytest.skip("the system's definitions of languages (Debian's package locales) are not installed")
    for name in [*LOCALES][2:]:
        command = ["localedef", "-i", name.partition(".")[0], "-f", "UTF-8", str(folder / name)]
        subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("language", LOCALES)
def test_no_language_and_no_zone_is_in_the_bytes(tmp_path, usual, locales, language):
    """As cron starts it, too: a bare environment, no home, another folder, no terminal, nothing to read."""
    project = make_one(tmp_path / "p", TABLES)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LOCPATH": str(locales)}
    subprocess.run(
        [sys.executable, "-c", IN_EACH_ZONE, project, *LOCALES[language]],
        env=environment | {"LANG": language, "LC_ALL": language},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        check=True,
        timeout=300,
    )
    for zone in LOCALES[language]:
        (run,) = publish.published(project / zone / "small")
        assert {run.name: bytes_of(run)} == usual, zone


def test_with_all_streams_closed(tmp_path, temporary, usual):
    """Closed, not empty: then the first file that is opened could be taken for a stream."""
    project = make_one(tmp_path / "p", TABLES)
    command = f"exec {sys.executable} -m segnb run --project {project} <&- >&- 2>&-"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    subprocess.run(["/bin/sh", "-c", command], env=environment, cwd="/", check=True, timeout=120)
    assert runs_of(project) == usual


@pytest.mark.parametrize("hours", [-1, -24 * 365 * 60, 24 * 365 * 60], ids=["an hour back", "1966", "2086"])
def test_the_clock_is_not_in_the_bytes(tmp_path, temporary, usual, hours):
    project = make_one(tmp_path / "p", TABLES)
    forked.run("run", cwd=project, limit=Clock(hours * 3600))
    assert runs_of(project) == usual
    forked.run("run", cwd=project, limit=Clock(-hours * 3600))
    assert runs_of(project) == usual


class Clock:
    """Sets the clock of a process to another time."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __call__(self):
        now, ago = time.time, self.seconds
        time.time = lambda: now() + ago
        time.time_ns = lambda: int((now() + ago) * 1e9)

        class Moved(datetime.datetime):
            @classmethod
            def now(cls, tz=None):
                return cls.fromtimestamp(0, tz) + datetime.timedelta(seconds=time.time())

        datetime.datetime = Moved
