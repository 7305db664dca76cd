"""What a segment's money and visits are made of: one KPI for each channel, category or device."""

from __future__ import annotations

import pandas as pd

from segnb.columns import AMOUNT
from segnb.kpis.definition import Ratio, kpi


@kpi(
    "channel_mix",
    unit="share",
    label="Channel: {level}",
    needs=("channel_amount", AMOUNT),
    more="spend more of their money through {level} than {others}",
    less="spend less of their money through {level} than {others}",
    topic="spend through {level}",
    empty="no revenue",
    theme="mix",
    by="channel",
    add_up=True,
    chart=False,
    place=610,
)
def channel_mix(customers: pd.DataFrame) -> Ratio:
    """Share of the segment's spend through each sales channel."""
    return Ratio(customers["channel_amount"], customers[AMOUNT])


@kpi(
    "category_mix",
    unit="share",
    label="Category: {level}",
    needs=("category_amount", AMOUNT),
    more="spend more of their money on {level} than {others}",
    less="spend less of their money on {level} than {others}",
    topic="spend on {level}",
    empty="no revenue",
    theme="mix",
    by="category",
    add_up=True,
    chart=False,
    place=620,
)
def category_mix(customers: pd.DataFrame) -> Ratio:
    """Share of the segment's spend in each product category."""
    return Ratio(customers["category_amount"], customers[AMOUNT])


@kpi(
    "device_mix",
    unit="share",
    label="Device: {level}",
    source="interactions",
    needs=("device_interactions", "interactions"),
    more="use {level} for more of their visits than {others}",
    less="use {level} for fewer of their visits than {others}",
    topic="visits by {level}",
    empty="no interactions",
    theme="mix",
    by="device",
    add_up=True,
    chart=False,
    place=630,
)
def device_mix(customers: pd.DataFrame) -> Ratio:
    """Share of the segment's interactions on each device."""
    return Ratio(customers["device_interactions"], customers["interactions"])
