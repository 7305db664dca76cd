"""The headline and the table of chapter 04."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segnb.document.blocks import Cell, Column, Headline, Swatch, Table, spans

if TYPE_CHECKING:
    from segnb.personas.personas import Persona, Personas


def headline(personas: Personas) -> Headline:
    """Say what sets the segments apart most often, or that there are no personas to draw."""
    voice = personas.voice
    if not personas.described:
        key = "none" if personas.kind == "none" else _withheld(personas)
        return Headline(
            text=voice.say(f"personas.headline.{key}"), lede=spans(voice.say(f"personas.lede.{key}"))
        )
    count = len(personas.described)
    if count == 1 and len(personas.segments) == 1:
        return Headline(text=voice.say("personas.headline.one"))
    leading = _leading_measures(personas)
    key = "differ" if leading else "alike"
    text = voice.say(f"personas.headline.{key}", measures=voice.ordered(leading))
    number = voice.number_word(count).capitalize()
    lede = voice.say("personas.lede.how", count=count, number=number, period=personas.period)
    if personas.n_comparisons:
        lede = f"{lede} {voice.say('personas.lede.compared', personas.n_comparisons)}"
    return Headline(text=text, lede=spans(lede))


def _withheld(personas: Personas) -> str:
    """Return why nobody is described: all segments are too small, or those that are not do not come back."""
    reasons = {persona.withheld for persona in personas.by_segment.values()}
    return "unstable" if "unstable" in reasons else "small"


def overview(personas: Personas) -> Table:
    """Return each segment's name, size and portrait, largest first."""
    voice = personas.voice
    total = sum(persona.size for persona in personas.by_segment.values())
    order = sorted(personas.segments, key=lambda key: (-personas[key].size, personas.segments.index(key)))
    count = len(personas.segments)
    columns = (
        Column(label=voice.say("personas.column.segment"), header=True),
        Column(label=voice.say("personas.column.customers"), align="right"),
        Column(label=voice.say("personas.column.portrait")),
    )
    return Table(
        columns=columns,
        rows=tuple(_row(personas[key], personas.segments.index(key), total, personas) for key in order),
        title=voice.say("personas.overview.title", count, number=voice.number_word(count)),
        subtitle=voice.say(
            "personas.overview.subtitle", customers=voice.count(total), period=personas.period
        ),
    )


def _row(persona: Persona, place: int, total: int, personas: Personas) -> tuple[Cell, ...]:
    voice = personas.voice
    if persona.withheld:
        portrait = voice.say(f"personas.withheld.{persona.withheld}", limit=voice.count(persona.size))
    else:
        portrait = persona.portrait or voice.say("personas.portrait.none")
    return (
        Cell(text=persona.name, mark=Swatch(segment=place)),
        Cell(text=voice.count(persona.size), small=voice.percent(persona.size / total) if total else ""),
        Cell(text=portrait),
    )


def _leading_measures(personas: Personas) -> list[str]:
    """Return the labels of the two measures in which the segments differ most, on average."""
    strengths: dict[str, list[float]] = {}
    labels: dict[str, str] = {}
    for key in personas.described:
        strongest: dict[str, float] = {}
        for contrast in personas[key].contrasts:
            labels[contrast.key] = contrast.category or contrast.label
            clear = abs(contrast.effect) * abs(contrast.direction)
            strongest[contrast.key] = max(strongest.get(contrast.key, 0.0), clear)
        for name, clear in strongest.items():
            strengths.setdefault(name, []).append(clear)
    means = {name: sum(values) / len(values) for name, values in strengths.items()}
    ranked = sorted((name for name in means if means[name] > 0), key=lambda name: (-means[name], name))
    return [personas.voice.inside(labels[name].partition(",")[0]) for name in ranked[:2]]
