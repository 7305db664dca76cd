"""What a report is drawn with beside its parameters: fonts, logo, and the program that writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segnb.runs.parameters import Checked

if TYPE_CHECKING:
    from segnb.report.look import Look


def look_of(checked: Checked) -> Look:
    """Read the fonts and the brand that a params file names.

    Raises
    ------
    ParameterError
        All that is wrong with the files.
    """
    from segnb.report.look import read_look

    report, folder = checked.parameters.report, checked.path.absolute().parent
    if report.brand is None:
        return read_look(folder, fonts=report.fonts)
    brand = report.brand
    given = {
        "name": brand.name,
        "logo": brand.logo,
        "light": brand.colours.light.roles(),
        "dark": brand.colours.dark.roles(),
        "fonts": brand.fonts.model_dump(),
    }
    return read_look(folder, fonts=report.fonts, brand=given)


def drawn_with(checked: Checked) -> dict[str, str]:
    """Return the digest of each file that the report is drawn with, and the version of Quarto.

    Raises
    ------
    ParameterError
        A file or the program is not there, or is of no use.
    """
    report = checked.parameters.report
    found: dict[str, str] = {}
    if report.fonts or report.brand:
        found |= look_of(checked).digests
    if report.renderer == "quarto":
        from segnb.report.quarto import require_quarto

        found["quarto"] = require_quarto()
    return found
