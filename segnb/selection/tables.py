"""The further tables of the selection: roles, themes, tails, and what is missing together."""

from __future__ import annotations

from collections.abc import Mapping

from segnb.document.blocks import Block, Cell, Column, Paragraph, Table, spans
from segnb.selection.column_role import ColumnRole
from segnb.selection.findings import subtitle
from segnb.selection.missing import Gap
from segnb.selection.results import Selection
from segnb.selection.roles import Roles
from segnb.transform import LIMIT
from segnb.words import Voice

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


def themes_table(selection: Selection) -> Table | None:
    """Return what the measures are about, and how much of the distance each theme carries."""
    voice, found = selection.voice, selection.themes
    if len(found) < 2:
        return None
    carried = {names: sum(selection[name].share for name in names if selection[name].kept) for names in found}
    number = voice.number_word(len(found))
    return Table(
        columns=(
            Column(label=voice.say("selection.themes.kept"), header=True),
            Column(label=voice.say("selection.table.share"), align="right"),
        ),
        rows=tuple(
            _theme_row(selection, names, carried[names])
            for names in sorted(found, key=lambda names: -carried[names])
        ),
        title=voice.say(
            "selection.themes.title",
            number=number[:1].upper() + number[1:],
            share=voice.percent(max(carried.values())),
        ),
        subtitle=subtitle(selection, "selection.themes.subtitle"),
        note=voice.say("selection.themes.note"),
    )


def _theme_row(selection: Selection, names: tuple[str, ...], share: float) -> tuple[Cell, ...]:
    voice = selection.voice
    # Labels may hold commas.
    kept, dropped = (
        "; ".join(selection[name].feature.label for name in names if selection[name].kept is stays)
        for stays in (True, False)
    )
    small = voice.say("selection.themes.dropped", measures=dropped) if dropped else ""
    return (Cell(text=kept or "–", small=small), Cell(text=voice.percent(share) if kept else "–"))


def tails_table(selection: Selection) -> Table | None:
    """Return each number's scale, and its skewness and far values before and after."""
    voice, found = selection.voice, selection.tails
    if not found:
        return None
    return Table(
        columns=(
            Column(label=voice.say("selection.table.measure"), header=True),
            *(Column(label=voice.say(f"selection.tails.{each}"), align="right") for each in ("skew", "far")),
        ),
        rows=tuple(
            (
                Cell(text=each.feature.label, small=voice.say(f"selection.tails.{each.feature.scale}")),
                Cell(
                    text=_change(voice, voice.number(each.skew_before, 1), voice.number(each.skew_after, 1))
                ),
                Cell(
                    text=_change(voice, voice.percent(each.far_before, 1), voice.percent(each.far_after, 1))
                ),
            )
            for each in found
        ),
        title=voice.say(
            "selection.tails.table_title",
            sum(each.feature.scale == "log" for each in found),
            of=voice.count(len(found)),
        ),
        subtitle=subtitle(selection, "selection.tails.table_subtitle"),
        note=voice.say("selection.tails.note", limit=voice.number_word(round(LIMIT))),
    )


def _change(voice: Voice, before: str, after: str) -> str:
    return before if before == after else voice.say("selection.tails.change", before=before, after=after)


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
    return voice.say(
        f"selection.role.{key}",
        same=voice.percent(role.same),
        missing=voice.percent(role.missing),
        late=voice.percent(role.late),
        outcome=voice.inside(roles[role.partner].feature.label) if role.partner else "",
        strength=voice.number(role.strength or 0.0, 2),
        distinct=voice.count(role.distinct),
    )
