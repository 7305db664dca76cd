"""``index.html``: the shelf of all reports, each with its finding, its verdict and its earlier runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from segnb.document.html_text import attribute, text
from segnb.report.page import head, style
from segnb.words import Voice


@dataclass(frozen=True)
class Shelved:
    """A published run, as the shelf tells of it.

    ``formats`` maps what a link says to where it leads, relative to the shelf.
    """

    run: str
    title: str
    headline: str
    verdict: str
    as_of: date | None
    formats: dict[str, str]


def shelf(reports: Sequence[Sequence[Shelved]], voice: Voice) -> str:
    """Return the page that lists reports.

    Parameters
    ----------
    reports
        The runs of each report, the latest first.
    voice
        The language of the page's own words.
    """
    say = voice.say
    entries = "\n".join(_entry(runs, voice) for runs in reports if runs)
    title = say("report.shelf.title")
    count = say("report.shelf.count", sum(1 for runs in reports if runs))
    return f"""{head(title, voice, style() + _style())}
<body>
<div class="wrap">
<header class="masthead kicker"><p>{text(count)}</p></header>
<main class="shelf">
<h1>{text(title)}</h1>
{entries}
</main>
</div>
</body>
</html>
"""


@cache
def _style() -> str:
    return files(__package__).joinpath("shelf.css").read_text(encoding="utf-8")


def _entry(runs: Sequence[Shelved], voice: Voice) -> str:
    latest, *earlier = runs
    verdict = ""
    if latest.verdict:
        said = voice.say("report.shelf.verdict", verdict=latest.verdict)
        verdict = f'<p class="verdict-word">{text(said)}</p>'
    folded = ""
    if earlier:
        rows = "".join(f"<li>{_links(each, voice)} {text(each.headline)}</li>" for each in earlier)
        summary = text(voice.say("report.shelf.earlier", len(earlier)))
        folded = f"<details><summary>{summary}</summary><ul>{rows}</ul></details>"
    heading = f"<h2>{text(latest.title)}</h2>"
    return (
        f'<section class="shelved">{heading}<p class="lede">{text(latest.headline)}</p>{verdict}'
        f"<p>{_links(latest, voice)}</p>{folded}</section>"
    )


def _links(run: Shelved, voice: Voice) -> str:
    """Return a run's date, or its id where it bears none, and a link to each of its formats."""
    name = voice.day(run.as_of) if run.as_of else run.run
    heard = {each: attribute(f"{run.title}, {name}, {each}") for each in run.formats}
    links = " · ".join(
        f'<a href="{attribute(href)}" aria-label="{heard[each]}">{text(each)}</a>'
        for each, href in run.formats.items()
    )
    return f'<span class="kicker">{text(name)}</span> · {links}'
