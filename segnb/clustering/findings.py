"""What the clustering says to a reader: its headline, the choice of the number, how certain the fit is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segnb.clustering.fit import FEWEST
from segnb.clustering.number import CLEAR_GAPS, FOUND_AGAIN, SMALLEST, TOLERANCE, Candidate, NumberChoice
from segnb.clustering.separation import named, separation
from segnb.clustering.stability import CERTAIN, REPRODUCIBLE
from segnb.document.blocks import Block, Cell, Column, Headline, Paragraph, Table, Together, spans
from segnb.segmentation import GRADES, Segmentation

GOOD = ("A", "B")
"""Grades of segments that come back well enough to act on one alone."""
_SENTENCES = {
    "natural": "back",
    "reproducible": "back",
    "unstable": "not_back",
    "none": "unrelated",
    "identical": "identical",
    "by_rule": "rule",
    "too_few": "too_few_rows",
}


def headline(segmentation: Segmentation) -> Headline:
    """Say the verdict in one sentence, and below it the figures that decided."""
    voice, found = segmentation.voice, segmentation.verdict.evidence
    kind = _key(segmentation)
    largest = max(segmentation.segments, key=lambda each: segmentation.passports[each].size)
    share = segmentation.passports[largest].size / len(segmentation.labels)
    number = voice.number_word(segmentation.n_segments)
    values: dict[str, Any] = {
        "number": number,
        "Number": capital(number),
        "largest": segmentation.called(largest),
        "share": voice.percent(share),
        "customers": voice.count(found.get("customers", len(segmentation.labels))),
        "variables": voice.ordered([named(voice, name) for name in segmentation.variables]),
        "needed": voice.number(REPRODUCIBLE, 2),
        "fewest": voice.count(FEWEST),
    } | {name: voice.number(value, 2) for name, value in found.items() if name != "customers"}
    told = [
        voice.say(f"clustering.verdict.{_SENTENCES[kind]}", **values),
        *separation(segmentation.verdict, segmentation.n_segments, voice),
    ]
    return Headline(text=voice.say(f"clustering.headline.{kind}", **values), lede=spans(" ".join(told)))


def trust(segmentation: Segmentation) -> Together:
    """Answer whether the segments can be trusted, and say whether the best fit depends on its start."""
    voice, evidence = segmentation.voice, segmentation.verdict.evidence
    number = voice.number_word(segmentation.n_segments)
    customers = voice.count(evidence.get("customers", len(segmentation.labels)))
    text = voice.say(f"clustering.trust.{_key(segmentation)}", number=number, customers=customers)
    grades = [each.grade for each in segmentation.passports.values()]
    firm = sum(grade in GOOD for grade in grades)
    graded = all(grade in GRADES for grade in grades) and segmentation.n_segments > 1
    kind = "all" if firm == segmentation.n_segments else "some" if firm else "not_one"
    lede = spans(voice.say(f"clustering.trust.{kind}", firm, number=number)) if graded else ()
    return Together(Headline(text=text, lede=lede), *_certainty(segmentation))


def _certainty(segmentation: Segmentation) -> Iterator[Paragraph]:
    """Say how many starts agree with the best, and how faithful a distilled rule is.

    Nothing for segments by rule.
    """
    voice, evidence = segmentation.voice, segmentation.verdict.evidence
    said = []
    if "starts_certain" in evidence:
        share = evidence["starts_certain"]
        key = "certain" if share >= CERTAIN else "uncertain"
        key = "no_starts" if evidence.get("starts") == 1 else key
        said.append(
            voice.say(
                f"clustering.certainty.{key}",
                certain=voice.percent(share),
                starts=voice.count(evidence.get("starts", 0)),
                agreement=voice.number(evidence["starts_agreement"], 2),
            )
        )
    if segmentation.verdict.kind == "unstable" and "agreement" in evidence:
        limit, agreement = voice.number(REPRODUCIBLE, 2), voice.number(evidence["agreement"], 2)
        said.append(voice.say("clustering.certainty.whole", agreement=agreement, limit=limit))
    if "fidelity" in evidence:
        said.append(voice.say("clustering.certainty.fidelity", share=voice.percent(evidence["fidelity"], 1)))
    if "noise" in evidence:
        said.append(voice.say("clustering.certainty.noise", share=voice.percent(evidence["noise"], 1)))
    for text in said:
        yield Paragraph(content=spans(text), role="note")


def number_blocks(choice: NumberChoice) -> tuple[Block, ...]:
    """Return the recommendation, with the table of all numbers tried where there are any."""
    voice = choice.voice
    reason = voice.say(
        f"clustering.number.{choice.reason}", Number=capital(voice.number_word(choice.chosen or 0))
    )
    if not choice.candidates:
        return (Paragraph(content=spans(reason)),)
    labels = ["number", "agreement", "smallest", "explained", "silhouette", "gap", "bic", "certain", "starts"]
    if all(each.bic is None for each in choice.candidates):
        labels.remove("bic")
    columns = tuple(
        Column(
            label=voice.say(f"clustering.number.table.{each}"),
            align="left" if each == "number" else "right",
            header=each == "number",
        )
        for each in labels
    )
    table = Table(
        columns=columns,
        rows=tuple(
            tuple(_candidate_cell(choice, each, label) for label in labels) for each in choice.candidates
        ),
        title=reason,
        subtitle=voice.say(
            "clustering.number.table.subtitle",
            bootstraps=voice.count(choice.bootstraps),
            starts=voice.count(choice.starts),
        ),
        note=voice.say(
            "clustering.number.table.note",
            tolerance=voice.number(TOLERANCE),
            smallest=voice.percent(SMALLEST),
            again=voice.percent(FOUND_AGAIN),
            clear=voice.number(CLEAR_GAPS),
            by_gap=voice.say(
                "clustering.number.table.by_gap", choice.by_gap, number=voice.number_word(choice.by_gap)
            ),
        ),
    )
    return (table,)


def capital(text: str) -> str:
    """Return a text that starts a sentence."""
    return text[:1].upper() + text[1:]


def _candidate_cell(choice: NumberChoice, each: Candidate, label: str) -> Cell:
    voice = choice.voice
    match label:
        case "number":
            return Cell(text=voice.count(each.n_segments))
        case "agreement":
            quartiles = voice.span(voice.number(each.agreement_low, 2), voice.number(each.agreement_high, 2))
            return Cell(text=voice.number(each.agreement, 2), small=quartiles)
        case "smallest":
            return Cell(text=voice.percent(each.smallest / choice.customers))
        case "gap":
            return Cell(text=voice.number(each.gap, 2), small=f"± {voice.number(each.gap_error, 2)}")
        case "bic":
            return Cell(text="–" if each.bic is None else voice.count(each.bic))
        case "starts":
            return Cell(text=voice.number(each.restart_ari, 2))
        case "silhouette":
            return Cell(text=voice.number(each.silhouette, 2))
        case _:
            return Cell(text=voice.percent(getattr(each, label)))


def _key(segmentation: Segmentation) -> str:
    kind = segmentation.verdict.kind
    if kind == "none" and "different_customers" in segmentation.verdict.evidence:
        return "identical"
    return {"by rule": "by_rule", "too few rows": "too_few"}.get(kind, kind)
