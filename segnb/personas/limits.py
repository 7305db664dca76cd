"""What the report cannot say, because the tables do not hold it."""

from __future__ import annotations

from collections.abc import Iterator

from segnb.columns import AMOUNT, COST, CUSTOMER
from segnb.document.blocks import Bullets, Heading, Together, spans
from segnb.segmentation import Segmentation
from segnb.tables.opened import Tables

_KNOWN = 0.9
"""Share of the customers with a profile from which on it speaks for all of them."""


def limits(segmentation: Segmentation, tables: Tables) -> Together:
    """Return what a report leaves open: causes, profit, profiles, satisfaction, and other reports."""
    voice = segmentation.voice
    items = tuple(spans(each) for each in _open(segmentation, tables))
    heading = Heading(text=voice.say("personas.limits.title"))
    return Together(heading, Bullets(items=items)) if items else Together()


def _open(segmentation: Segmentation, tables: Tables) -> Iterator[str]:
    say = segmentation.voice.say
    if "campaigns" not in tables:
        yield say("personas.limits.no_campaign")
    elif "arm" not in tables.campaigns.columns:
        yield say("personas.limits.not_random")
    if "transactions" not in tables:
        yield say("personas.limits.no_purchase")
    elif COST not in tables.transactions.columns and AMOUNT in tables.transactions.columns:
        yield say("personas.limits.no_cost")
    known = _profiled(segmentation, tables)
    if known == 0:
        yield say("personas.limits.no_profile")
    elif known < _KNOWN:
        yield say("personas.limits.few_profiles", share=segmentation.voice.percent(known))
    if "feedback" not in tables:
        yield say("personas.limits.no_feedback")
    yield say("personas.limits.stay")
    yield say("personas.limits.another")
    yield say("personas.limits.why")


def _profiled(segmentation: Segmentation, tables: Tables) -> float:
    """Return the share of the customers of all segments with any attribute on record."""
    inside = segmentation.labels.index[segmentation.labels.isin(segmentation.segments)]
    if "customers" not in tables or inside.empty:
        return 0.0
    customers = tables.customers
    attributes = [name for name in customers.columns if name != CUSTOMER]
    if not attributes:
        return 0.0
    recorded = customers.drop_null(attributes, how="all")[CUSTOMER].to_pyarrow().to_pylist()
    return float(inside.isin(recorded).mean())
