"""The report as one HTML page: no script, no request, good in print, on a phone and in the dark."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from segnb.document.blocks import Swatch
from segnb.document.html import HtmlWriter
from segnb.document.html_table import picture
from segnb.document.html_text import attribute, text
from segnb.report.fonts import font_rules
from segnb.report.look import Look
from segnb.report.outline import Document, Section
from segnb.words import Voice

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:"
"""What the page may load, should anything slip through: nothing but itself."""


def page(document: Document) -> str:
    """Return the whole report as HTML."""
    voice = document.voice
    pages = {each.place: each.anchor for each in document.of_kind("segment") if each.place is not None}
    sections = "\n".join(_section(document, section, pages) for section in document.sections)
    day = text(document.dateline)
    title = f"<strong>{text(voice.say('report.kind'))}</strong> · {text(document.title)}"
    top = f'<p><a href="#answer">{text(voice.say("report.top"))}</a></p>'
    body = f"""<body>
<a class="skip" href="#answer">{text(voice.say("report.skip"))}</a>
<div class="wrap">
<header class="masthead kicker">{logo(document)}<p>{title}</p><p>{day}</p></header>
<main>
{sections}
</main>
<footer class="footer kicker"><p>{title}</p><p>{day}</p>{top}</footer>
</div>
</body>
</html>
"""
    opening = head(f"{voice.say('report.kind')} · {document.title}", voice, style(document.look, body))
    return f"{opening}\n{body}"


def logo(document: Document) -> str:
    """Return the brand's logo, or nothing."""
    drawn = document.look.logo
    return HtmlWriter(document.voice, prefix="logo").write([drawn]) if drawn else ""


def head(title: str, voice: Voice, css: str) -> str:
    """Return the beginning of an HTML file that may not load anything."""
    direction = ' dir="rtl"' if voice.direction == "rtl" else ""
    return f"""<!DOCTYPE html>
<html lang="{attribute(voice.language)}"{direction}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{attribute(title)}</title>
<style>
{css}
</style>
</head>"""


def style(look: Look | None = None, body: str = "") -> str:
    """Return the style sheet with its colours, and with the fonts of what the page says."""
    look = look or Look()
    fonts = font_rules(look.fonts, frozenset(map(ord, body)))
    return f"{fonts}\n{color_rules(look)}\n{_rules()}"


@cache
def _rules() -> str:
    return files(__package__).joinpath("page.css").read_text(encoding="utf-8")


def color_rules(look: Look) -> str:
    """Return the colours as variables, for light and for dark."""
    light, dark = (variables(each) for each in (look.colors.light, look.colors.dark))
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
    )


def variables(colors: Mapping[str, str]) -> str:
    """Return colours as the declarations of a rule."""
    return "".join(f"--{role}:{color};" for role, color in colors.items())


def _section(document: Document, section: Section, pages: dict[int, str]) -> str:
    top = 1 if section.kind == "answer" else 2
    writer = HtmlWriter(document.voice, prefix=section.anchor, top=top, own=document.own, pages=pages)
    opening = _opening(document, section, writer)
    body = writer.write(section.blocks)
    subject = section.title if section.kind == "segment" else ""
    evidence = writer.evidence(subject)
    name = f"{section.anchor}-title"
    return (
        f'<section id="{section.anchor}" class="{section.kind}" aria-labelledby="{name}">\n'
        f"{opening}\n{body}\n{evidence}\n</section>"
    )


def _opening(document: Document, section: Section, writer: HtmlWriter) -> str:
    """Return a section's heading and what stands beside or right below it."""
    name, level = f"{section.anchor}-title", 1 if section.kind == "answer" else 2
    heading = f'<h{level} id="{name}">{text(section.title)}</h{level}>'
    lede = f'<p class="lede">{writer.spans(section.lede)}</p>' if section.lede else ""
    kicker = f'<p class="kicker">{text(section.kicker)}</p>' if section.kicker else ""
    if section.place is not None:
        mark = picture(Swatch(segment=section.place))
        return f'{kicker}<div class="named">{mark}{heading}</div>{lede}'
    if section.kind != "answer":
        return kicker + heading + lede
    aside = writer.write([section.aside]) if section.aside else ""
    single = "" if aside else " single"
    return f'<div class="opening{single}"><div>{heading}{lede}{_contents(document)}</div>{aside}</div>'


def _contents(document: Document) -> str:
    """Return links to the sections: the segments in one line, the rest in another."""
    groups = [document.of_kind("segment"), [each for each in document.sections[1:] if each.place is None]]
    lists = "".join(f"<ul>{''.join(map(_link, group))}</ul>" for group in groups if group)
    label = attribute(document.voice.say("report.contents"))
    return f'<nav class="contents" aria-label="{label}">{lists}</nav>' if lists else ""


def _link(section: Section) -> str:
    return f'<li><a href="#{section.anchor}">{text(section.name)}</a></li>'
