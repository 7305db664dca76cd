"""The tournament in words: which basis to tell, and what each of the others is good for."""

from __future__ import annotations

from segnb.bases import BASES
from segnb.document.blocks import Block, Cell, Column, Paragraph, Span, Spans, Table, spans
from segnb.tournaments.results import Contestant, Explained, Tournament
from segnb.words import Voice

_COLUMNS = ("basis", "segments", "reach", "agreement", "explains", "adds", "judgement")


def tournament_blocks(tournament: Tournament) -> tuple[Block, ...]:
    """Return the recommendation, and the table of all bases, best first."""
    return (Paragraph(content=_recommendation(tournament), role="lede"), _table(tournament))


def called(tournament: Tournament, basis: str) -> str:
    """Return a basis's name in the reader's language."""
    return BASES[basis].called(tournament.voice)


def outcome_labels(tournament: Tournament) -> list[str]:
    """Return what was predicted, in the reader's words."""
    return [tournament.voice.say(f"tournament.outcome.{each}") for each in tournament.outcomes]


def judged_on(tournament: Tournament) -> str:
    """Return on how many customers, and on which days, the bases were judged."""
    voice, days = tournament.voice, tournament.windows.measure
    customers = voice.say("tournament.customers", tournament.customers)
    return customers if days is None else f"{customers}, {voice.period(days.start, days.end)}"


def whole(value: float, voice: Voice) -> str:
    """Return a share of the variance; what is below 0 stays so, as the mean alone would predict better."""
    return voice.percent(value, 0 if abs(value) >= 0.1 else 1)


def share(found: Explained | None, voice: Voice) -> str:
    """Return a share of the variance with its interval."""
    if found is None:
        return "–"
    return f"{whole(found.value, voice)} ({voice.span(whole(found.low, voice), whole(found.high, voice))})"


def _recommendation(tournament: Tournament) -> Spans:
    voice, first = tournament.voice, tournament.contestants[0]
    said: list[str | Span] = [
        Span(text=voice.say("tournament.first.lead", basis=called(tournament, first.basis)), strong=True),
        _reason(tournament, first),
    ]
    if first.quantiles is not None and first.explained is not None:
        more = "more" if first.quantiles > first.explained.value else "less"
        said.append(voice.say(f"tournament.first.quantiles_{more}", share=whole(first.quantiles, voice)))
    for each in tournament.contestants[1:]:
        if each.judgement == "second":
            basis = voice.inside(called(tournament, each.basis))
            said.append(voice.say("tournament.second", basis=basis, adds=share(each.adds, voice)))
    idle = [each for each in tournament.contestants if each.judgement in ("same", "repeats", "nothing")]
    if idle:
        names = voice.ordered([called(tournament, each.basis) for each in idle])
        said.append(voice.say("tournament.idle", len(idle), bases=names))
    if tournament.passed_over:
        number = voice.number_word(len(tournament.passed_over))
        said.append(voice.say("tournament.passed_over", len(tournament.passed_over), number=number))
    return spans(*(part for each in said for part in (each, " ")))


def _reason(tournament: Tournament, first: Contestant) -> str:
    voice = tournament.voice
    told = {"reach": voice.percent(first.reach), "segments": voice.number_word(first.n_segments)}
    if first.explained is None:
        return voice.say("tournament.first.reach", first.n_segments, **told)
    key = "explains" if first.explained.low > 0 else "explains_nothing"
    return voice.say(
        f"tournament.first.{key}",
        first.n_segments,
        share=share(first.explained, voice),
        outcomes=voice.ordered([voice.inside(each) for each in outcome_labels(tournament)]),
        **told,
    )


def _table(tournament: Tournament) -> Table:
    voice = tournament.voice
    columns = tuple(
        Column(
            label=voice.say(f"tournament.table.{each}"),
            header=each == "basis",
            align="left" if each in ("basis", "judgement") else "right",
        )
        for each in _COLUMNS
    )
    number = voice.number_word(len(tournament.contestants))
    number = f"{number[:1].upper()}{number[1:]}"
    idle = [voice.inside(voice.say(f"tournament.outcome.{each}")) for each in tournament.idle]
    left_out = voice.say("tournament.left_out", outcomes=voice.ordered(idle)) if idle else ""
    return Table(
        columns=columns,
        rows=tuple(_row(tournament, each) for each in tournament.contestants),
        title=voice.say("tournament.table.title", len(tournament.contestants), number=number),
        subtitle=judged_on(tournament),
        note=" ".join(filter(None, (voice.say("tournament.note"), left_out))),
    )


def _row(tournament: Tournament, each: Contestant) -> tuple[Cell, ...]:
    voice = tournament.voice
    agreement = (
        voice.say("tournament.table.by_rule") if each.agreement is None else voice.number(each.agreement, 2)
    )
    alike = voice.number(each.alike, 2) if each.alike is not None else "–"
    return (
        Cell(text=called(tournament, each.basis)),
        Cell(text=voice.count(each.n_segments)),
        Cell(text=voice.percent(each.reach)),
        Cell(text=agreement),
        _shared(each.explained, voice),
        _shared(each.adds, voice),
        Cell(text=voice.say(f"tournament.judgement.{each.judgement}", alike=alike)),
    )


def _shared(found: Explained | None, voice: Voice) -> Cell:
    if found is None:
        return Cell(text="–")
    return Cell(
        text=whole(found.value, voice),
        small=voice.span(whole(found.low, voice), whole(found.high, voice)),
    )
