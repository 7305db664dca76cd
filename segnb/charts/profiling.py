"""What came in, as charts: the calendar, how customers spread, concentration, and what is missing."""

from __future__ import annotations

import math
from itertools import pairwise

from babel.dates import get_month_names
from matplotlib.axes import Axes

from segnb.document.blocks import Figure, Grid, Paragraph, Table, spans
from segnb.drawing.house import canvas, finish, numbers
from segnb.drawing.ticks import tick_labels
from segnb.profiling.calendar import last_of_month
from segnb.profiling.results import Concentration, Distribution, Month, Profile
from segnb.segmentation import Unit
from segnb.style import LIGHT
from segnb.words import Voice

_HEIGHT = 210
_DASHED = (0, (3, 2))
_WHOLE = 0.005
"""A share below it would read 0% in whole percents."""
_COLOR = LIGHT["link"]
_NAMED_MONTHS = 13
"""Bars up to which each bears its month's name; beyond it only Januaries are labelled, by year."""


def calendar(profile: Profile) -> Figure | Paragraph | None:
    """Draw the revenue of each calendar month; those that the data cover in part are pale.

    Nothing where the tables hold no purchases.
    """
    known = [month for month in profile.months if month.amount is not None]
    if not known:
        return _absent(profile)
    voice = profile.voice
    with canvas(_HEIGHT) as (drawing, axes):
        for place, month in enumerate(profile.months):
            if month.amount is not None:
                color = LIGHT["faint"] if month.partial else _COLOR
                axes.bar(place, float(month.amount), width=0.75, color=color)
        axes.set_xticks(*_month_ticks(voice, profile.months))
        _value_axis(axes, voice, "money")
        return finish(
            drawing,
            title=_calendar_title(profile, known),
            subtitle=voice.say(f"charts.profiling.calendar.{_covered(profile.months)}"),
            alt=voice.say("charts.profiling.calendar.alt", len(known)),
            data=_calendar_data(profile),
        )


def spread(profile: Profile) -> Grid | Figure | Paragraph | None:
    """Draw spend per customer and its concentration side by side, or the one of them that is known."""
    drawn = [spend(profile), concentration(profile)]
    figures = [each for each in drawn if isinstance(each, Figure)]
    if len(figures) < len(drawn):
        return next(iter(figures), drawn[0])
    return Grid(columns=tuple((each,) for each in figures))


def spend(profile: Profile) -> Figure | Paragraph | None:
    """Draw how many customers spent how much, on a log scale."""
    return _histogram(profile, profile.spend, "spend", "money")


def orders(profile: Profile) -> Figure | Paragraph | None:
    """Draw how many customers placed how many orders, on a log scale."""
    return _histogram(profile, profile.orders, "orders", "count")


def concentration(profile: Profile) -> Figure | Paragraph | None:
    """Draw the share of revenue that each top share of customers brings."""
    found, voice = profile.concentration, profile.voice
    if found is None:
        return _absent(profile)
    top, revenue = (voice.percent(share) for share in found.top)
    key = "charts.profiling.concentration"
    with canvas(_HEIGHT) as (drawing, axes):
        axes.plot([0, 1], [0, 1], color=LIGHT["faint"], linewidth=1, linestyle=_DASHED)
        axes.plot(found.customers, found.revenue, color=_COLOR, linewidth=2)
        axes.plot(*found.top, "o", color=_COLOR, markersize=7.5)
        point = voice.say(f"{key}.point", top=top, revenue=revenue)
        _beside(axes, point, found.top, strong=True)
        _beside(axes, voice.say(f"{key}.equal"), (0.7, 0.62))
        ticks = [0.25, 0.5, 0.75, 1.0]
        axes.set_xticks(ticks, tick_labels(voice, ticks, "share"))
        axes.set_yticks([0, *ticks], tick_labels(voice, [0, *ticks], "share"))
        axes.set(xlim=(0, 1.01), ylim=(0, 1.02), xlabel=voice.say(f"{key}.axis"))
        axes.grid(visible=True, axis="y")
        axes.spines["left"].set_visible(False)
        return finish(
            drawing,
            title=voice.say(f"{key}.title", top=top, revenue=revenue),
            subtitle=voice.say(f"{key}.subtitle"),
            alt=voice.say(f"{key}.alt", top=top, revenue=revenue),
            data=_concentration_data(voice, found),
        )


def missing(profile: Profile) -> Figure | Paragraph:
    """Draw the share of missing values of each column that has any; a sentence where none has."""
    voice, limit = profile.voice, profile.warn_missing
    shares = {
        f"{voice.column(each.name)} ({voice.table(each.table)})": each.missing_share or 0.0
        for each in profile.columns
    }
    gaps = sorted(((share, name) for name, share in shares.items() if share > 0), reverse=True)
    if not gaps:
        return Paragraph(content=spans(voice.say("charts.profiling.missing.none")), role="none")
    worst, share = gaps[0][1], _gap(voice, gaps[0][0])
    with canvas(28 * len(gaps) + 12) as (drawing, axes):
        for place, (gap, _) in enumerate(gaps):
            axes.barh(place, gap, height=0.6, color=_COLOR if gap >= limit else LIGHT["faint"])
            _beside(axes, _gap(voice, gap), (gap, place))
        axes.axvline(limit, color=LIGHT["ink"], linewidth=1, linestyle=_DASHED, zorder=0)
        axes.set_yticks(range(len(gaps)), [name for _, name in gaps])
        axes.tick_params(axis="y", labelcolor=LIGHT["ink"])
        axes.set(ylim=(len(gaps) - 0.5, -0.5), xlim=(0, 1.25 * max(limit, gaps[0][0])), xticks=[])
        axes.spines["bottom"].set_visible(False)
        return finish(
            drawing,
            title=voice.say("charts.profiling.missing.title", column=worst, share=share),
            subtitle=voice.say("charts.profiling.missing.subtitle", limit=voice.percent(limit)),
            alt=voice.say("charts.profiling.missing.alt", len(gaps), column=worst, share=share),
            data=numbers(
                _labels(voice, "column", "missing"), [[name, _gap(voice, gap)] for gap, name in gaps]
            ),
        )


def _gap(voice: Voice, share: float) -> str:
    """Return a share of rows as a reader sees it; some are more than the 0% that few of many round to."""
    if share >= _WHOLE:
        return voice.percent(share)
    return voice.say("charts.profiling.missing.under", share=voice.percent(2 * _WHOLE))


def _histogram(
    profile: Profile, found: Distribution | None, what: str, unit: Unit
) -> Figure | Paragraph | None:
    if found is None:
        return _absent(profile)
    voice, key = profile.voice, f"charts.profiling.{what}"
    median = voice.value(found.median, unit)
    with canvas(_HEIGHT) as (drawing, axes):
        _bars(axes, found)
        axes.axvline(found.median, color=LIGHT["ink"], linewidth=1, linestyle=_DASHED)
        # Above the tallest bar, so that the label never lies on one.
        axes.set_ylim(top=1.15 * axes.get_ylim()[1])
        label = voice.say("charts.profiling.median", value=median)
        _beside(axes, label, (found.median, 0.95 * axes.get_ylim()[1]), strong=True)
        ticks = _log_ticks(found.edges[0], found.edges[-1])
        axes.set_xticks(ticks, [voice.value(tick, unit) for tick in ticks])
        axes.set_xticks([], minor=True)
        axes.set(yticks=[], xlabel="", ylabel="")
        axes.spines["left"].set_visible(False)
        return finish(
            drawing,
            title=voice.say(f"{key}.title", value=median),
            subtitle=voice.say(f"{key}.subtitle"),
            alt=voice.say(f"{key}.alt", value=median),
            data=_histogram_data(voice, found, what, unit),
        )


def _bars(axes: Axes, found: Distribution) -> None:
    """Draw bins whose area on the log scale is their number of customers."""
    # Deferred: it alone takes a second to import.
    import seaborn as sns

    axes.set_xscale("log")
    sns.histplot(
        x=[math.sqrt(low * high) for low, high in pairwise(found.edges)],
        weights=found.customers,
        # On a log axis seaborn takes the edges in logarithms.
        bins=[math.log10(edge) for edge in found.edges],
        stat="density",
        ax=axes,
        color=_COLOR,
        alpha=1,
        edgecolor=LIGHT["paper"],
        linewidth=1,
    )


def _beside(axes: Axes, text: str, at: tuple[float, float], *, strong: bool = False) -> None:
    """Write a label to the right of a point, on a ground that keeps lines off it."""
    axes.annotate(
        text,
        at,
        (9, 0),
        textcoords="offset points",
        va="center",
        color=LIGHT["ink"],
        fontweight="semibold" if strong else "normal",
        bbox={"facecolor": LIGHT["paper"], "edgecolor": "none", "pad": 1},
    )


def _labels(voice: Voice, *columns: str) -> list[str]:
    return [voice.say(f"charts.profiling.column.{each}") for each in columns]


def _histogram_data(voice: Voice, found: Distribution, what: str, unit: Unit) -> Table:
    # Bins of counts begin half below a whole number.
    half = 0.5 if unit == "count" else 0.0
    bins = [voice.interval(low + half, high - half, unit) for low, high in pairwise(found.edges)]
    rows = [[each, voice.count(count)] for each, count in zip(bins, found.customers, strict=True)]
    return numbers(_labels(voice, what, "customers"), rows)


def _concentration_data(voice: Voice, found: Concentration) -> Table:
    shares = zip(found.customers[1:], found.revenue[1:], strict=True)
    rows = [[voice.percent(share), voice.percent(revenue)] for share, revenue in shares]
    return numbers(_labels(voice, "top", "revenue_share"), rows)


def _log_ticks(low: float, high: float) -> list[float]:
    """Return round ticks of a log scale: decades, or also their halves where these are few."""
    for leads in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0)):
        ticks = [lead * 10.0**decade for decade in range(-3, 12) for lead in leads]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) >= 3:
            break
    return inside


def _value_axis(axes: Axes, voice: Voice, unit: Unit) -> None:
    """Label round amounts at grid lines instead of an axis."""
    axes.locator_params(axis="y", nbins=4)
    ticks = [float(tick) for tick in axes.get_yticks() if tick <= axes.get_ylim()[1]]
    axes.set_yticks(ticks, tick_labels(voice, ticks, unit))
    axes.grid(visible=True, axis="y")
    axes.spines["left"].set_visible(False)


def _month_ticks(voice: Voice, months: tuple[Month, ...]) -> tuple[list[int], list[str]]:
    """Label each month by its short name; where they are many, each January by its year."""
    if len(months) <= _NAMED_MONTHS:
        names = get_month_names("abbreviated", locale=voice.locale)
        return list(range(len(months))), [names[month.first.month] for month in months]
    places = [place for place, month in enumerate(months) if month.first.month == 1]
    return places, [str(months[place].first.year) for place in places]


def _calendar_title(profile: Profile, known: list[Month]) -> str:
    voice = profile.voice
    full = [float(month.amount or 0) for month in known if not month.partial]
    if len(full) < 2:
        return voice.say("charts.profiling.calendar.plain")
    low, high = voice.money(min(full)), voice.money(max(full))
    return voice.say("charts.profiling.calendar.title", low=low, high=high)


def _covered(months: tuple[Month, ...]) -> str:
    return "partial" if any(month.partial for month in months) else "full"


def _calendar_data(profile: Profile) -> Table:
    voice = profile.voice
    rows = [
        [
            voice.period(month.first, last_of_month(month.first)),
            "–" if month.orders is None else voice.count(month.orders),
            "–" if month.amount is None else voice.money(float(month.amount), exact=True),
        ]
        for month in profile.months
    ]
    return numbers(_labels(voice, "month", "orders", "revenue"), rows)


def _absent(profile: Profile) -> Paragraph | None:
    """Say that there are too few purchases; nothing where there are none, as the report's limits say that."""
    if not profile.months:
        return None
    return Paragraph(content=spans(profile.voice.say("charts.profiling.absent")), role="none")
