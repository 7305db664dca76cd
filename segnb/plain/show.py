"""Tables on the columns of a plain table: the role of each, and what is missing together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from segnb.document.blocks import Block, Cell, Column, Paragraph, Table, spans
from segnb.plain.column_role import ColumnRole
from segnb.plain.gaps import Gap
from segnb.words import Voice

if TYPE_CHECKING:
    from segnb.plain.roles import Roles

_MOST_GAPS = 5


def roles_table(roles: Roles) -> Table:
    """Return what each column of a plain table holds, and whether it can form segments."""
    voice = roles.voice
    used = [each for each in roles.columns if each.used]
    unused = [each for each in roles.columns if not each.used]
    groups = {0: voice.say("selection.roles.used")} if used else {}
    if unused:
        groups[len(used)] = voice.say("selection.roles.unused")
    return Table(
        columns=(
            Column(label=voice.say("selection.roles.column"), header=True),
            Column(label=voice.say("selection.roles.missing"), align="right"),
            Column(label=voice.say("selection.roles.holds")),
            Column(label=voice.say("selection.table.why")),
        ),
        rows=tuple(_role_row(roles, each) for each in (*used, *unused)),
        title=voice.say(
            "selection.roles.title",
            len(used),
            number=voice.count(len(used)),
            offered=voice.count(len(roles.columns)),
        ),
        subtitle=voice.say("selection.customers", roles.customers),
        groups=groups,
    )


def gap_blocks(
    gaps: tuple[Gap, ...],
    customers: int,
    min_cell: int,
    voice: Voice,
    *,
    labels: Mapping[str, str],
    formed: bool,
) -> tuple[Block, ...]:
    """Return which values are missing together; gaps of too few customers are told as one.

    ``formed`` says whether segments are formed on these variables, or only could be.
    """
    lost = sum(gap.customers for gap in gaps)
    if not lost:
        return ()
    if lost < min_cell:
        few = voice.say("selection.gaps.few", limit=voice.count(min_cell))
        return (Paragraph(content=spans(few), role="note"),)
    shown = [gap for gap in gaps if gap.customers >= min_cell][:_MOST_GAPS]
    rest = lost - sum(gap.customers for gap in shown)
    if 0 < rest < min_cell and shown:
        # What is left over would tell of too few: it joins the last one shown.
        rest += shown.pop().customers
    rows = [("; ".join(labels[each] for each in gap.columns), gap.customers) for gap in shown]
    if rest:
        rows.append((voice.say("selection.gaps.others"), rest))
    return (
        Table(
            columns=(
                Column(label=voice.say("selection.gaps.together"), header=True),
                Column(label=voice.say("selection.gaps.customers"), align="right"),
                Column(label=voice.say("selection.gaps.share"), align="right"),
            ),
            rows=tuple(
                (Cell(text=what), Cell(text=voice.count(count)), Cell(text=voice.percent(count / customers)))
                for what, count in rows
            ),
            title=voice.say(
                f"selection.gaps.title{'' if formed else '_would'}",
                lost,
                share=voice.percent(lost / customers),
            ),
            subtitle=voice.say("selection.gaps.subtitle"),
        ),
    )


def _role_row(roles: Roles, role: ColumnRole) -> tuple[Cell, ...]:
    voice = roles.voice
    lacking = round(role.missing * roles.customers)
    few = 0 < lacking < roles.min_cell
    shown = voice.say("selection.roles.few", limit=voice.count(roles.min_cell)) if few else ""
    return (
        Cell(text=role.feature.label),
        Cell(text=shown or (voice.percent(role.missing) if lacking else "–")),
        Cell(text=voice.say(f"selection.kind.{_kind(role)}", role.distinct)),
        Cell(text=_why(roles, role)),
    )


def _kind(role: ColumnRole) -> str:
    return f"number_{role.feature.scale}" if role.kind == "number" else role.kind


def _why(roles: Roles, role: ColumnRole) -> str:
    voice = roles.voice
    key = f"asked_{role.rule}" if role.why == "asked" else role.why
    outcomes = {each.name: each.label for each in roles.outcomes}
    return voice.say(
        f"selection.role.{key}",
        same=voice.percent(role.same),
        missing=voice.percent(role.missing),
        late=voice.percent(role.late),
        outcome=voice.inside(outcomes[role.partner]) if role.partner else "",
        strength=voice.number(role.strength or 0.0, 2),
        distinct=voice.count(role.distinct),
    )
