"""What an executed cell shows, as blocks: segnb's own results, and all else cleaned."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from PIL import Image
from pydantic import ValidationError

from segnb.document.blocks import MIME, AnyBlock, Figure, Paragraph, Span, Verbatim, from_json
from segnb.document.clean import Describe, from_html, from_markdown
from segnb.document.svg import Picture
from segnb.errors import InputError
from segnb.words import Voice

WIDEST = 1088
"""Width of the page's text in CSS pixels."""

_FILLER = "No description has been provided for this image"
_REPR = re.compile(r"\[?<.*>\]?|.*\bat 0x[0-9a-f]{6,}.*|Text\(.*\)", re.DOTALL)


class Describer:
    """Finds an alternative text for pictures that came without a good one.

    Parameters
    ----------
    voice
        The reader's language.
    heading
        The heading above the cell in its notebook.
    """

    def __init__(self, voice: Voice, heading: str) -> None:
        self._voice, self._heading, self._count = voice, heading, 0

    def __call__(self, given: str) -> str:
        """Return the text given where it is a sentence, else one that names the heading."""
        given = " ".join(given.split())
        if is_sentence(given):
            return given
        self._count += 1
        if self._count == 1:
            return self._voice.say("report.chart", heading=self._heading)
        return self._voice.say(
            "report.chart_again", heading=self._heading, number=self._voice.count(self._count)
        )


def is_sentence(text: str) -> bool:
    """Say whether text tells something, and is no file name, filler or Python object."""
    return " " in text and not _REPR.fullmatch(text) and not text.startswith(_FILLER)


def shown(outputs: list[Mapping[str, Any]], describe: Describe, where: str) -> tuple[AnyBlock, ...]:
    """Return the blocks of a cell's outputs; streams are left out, equal outputs are shown once.

    A cell that ends in a matplotlib figure shows it twice: as its value, and when the open figures
    are drawn at the cell's end.

    Parameters
    ----------
    outputs
        As the notebook stores them.
    describe
        Gives pictures their alternative text.
    where
        The notebook and cell, for messages.
    """
    displayed: list[Mapping[str, Any]] = []
    for output in outputs:
        kept = output["output_type"] in ("display_data", "execute_result")
        if kept and all(output["data"] != earlier["data"] for earlier in displayed):
            displayed.append(output)
    return tuple(block for output in displayed for block in _blocks(output, describe, where))


def _blocks(output: Mapping[str, Any], describe: Describe, where: str) -> tuple[AnyBlock, ...]:
    """Return the richest form of an output that leaves something to show."""
    data = {kind: _joined(value) for kind, value in output["data"].items()}
    metadata = output.get("metadata", {})
    if MIME in data:
        try:
            return from_json(output["data"][MIME])  # no text: a result without blocks is an empty list
        except ValidationError as error:
            remedy = "Run the notebook again with this version of segnb"
            raise InputError(f"{where} shows a result that cannot be read. {remedy}") from error
    for kind, read in (("image/svg+xml", _svg), ("image/png", _png)):
        if kind in data and (figure := read(data, metadata.get(kind, {}), describe)):
            return (figure,)
    html = from_html(data["text/html"], describe) if "text/html" in data else ()
    markdown = from_markdown(data["text/markdown"], describe) if "text/markdown" in data else ()
    return html or markdown or tuple(_plain(data.get("text/plain", "")))


def _joined(value: Any) -> Any:
    """Return text that the notebook's file keeps as a list of lines."""
    is_lines = isinstance(value, list) and all(isinstance(line, str) for line in value)
    return "".join(value) if is_lines else value


def _alt(data: Mapping[str, Any], metadata: Mapping[str, Any], describe: Describe) -> str:
    candidates = (str(metadata.get("alt", "")), data.get("text/plain", ""))
    return describe(next(filter(is_sentence, candidates), ""))


def _svg(data: Mapping[str, Any], metadata: Mapping[str, Any], describe: Describe) -> Figure | None:
    try:
        width = Picture(data["image/svg+xml"]).natural_width()
    except ValueError:
        return None
    return Figure(
        picture=data["image/svg+xml"],
        alt=_alt(data, metadata, describe),
        width=min(max(width, 1), WIDEST),
        foreign=True,
    )


def _png(data: Mapping[str, Any], metadata: Mapping[str, Any], describe: Describe) -> Figure | None:
    try:
        raw = base64.b64decode("".join(data["image/png"].split()), validate=True)
        with Image.open(io.BytesIO(raw), formats=["PNG"]) as image:
            width = image.width
            image.load()
    except (ValueError, OSError, SyntaxError, Image.DecompressionBombError):
        return None
    wanted = metadata.get("width")
    return Figure(
        picture=f"data:image/png;base64,{base64.b64encode(raw).decode()}",
        alt=_alt(data, metadata, describe),
        width=min(wanted if isinstance(wanted, int) and wanted > 0 else width, WIDEST),
        foreign=True,
    )


def _plain(text: str) -> Iterator[AnyBlock]:
    text = text.strip("\n")
    if not text.strip() or _REPR.fullmatch(text.strip()):
        return
    if "\n" in text:
        yield Verbatim(text=text)
    else:
        yield Paragraph(content=(Span(text=text),))
