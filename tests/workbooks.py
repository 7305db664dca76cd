"""Excel workbooks written by hand: just as much of the format as a test needs, and nothing tidied up."""

import datetime
import zipfile
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_DAY, _CLOCK = 1, 2
_STYLES = f"""<styleSheet xmlns="{_MAIN}"><numFmts count="1">
<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>
<cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="46"/>
</cellXfs></styleSheet>"""
_EPOCH = datetime.datetime(1899, 12, 30)


class Raw(str):
    """XML of a cell's inside and its attributes, as `Raw('t="e"><v>#N/A</v>')`."""


def write_workbook(path, sheets, *, merged=(), since_1904=False, states=None):
    """Write sheets, given as rows of Python values; `states` hides some, as `{"Notes": "hidden"}`."""
    names = list(sheets)
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{place}.xml" ContentType="{_SPREADSHEET}.worksheet+xml"/>'
        for place, _ in enumerate(names, 1)
    )
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{place}" state="{(states or {}).get(name, "visible")}" '
        f'r:id="rId{place}"/>'
        for place, name in enumerate(names, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{place}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{place}.xml"/>'
        for place, _ in enumerate(names, 1)
    )
    epoch = '<workbookPr date1904="1"/>' if since_1904 else ""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SPREADSHEET}.sheet.main+xml"/>{types}'
        f'<Override PartName="/xl/styles.xml" ContentType="{_SPREADSHEET}.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">{epoch}'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}'
        f'<Relationship Id="rId0" Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": _STYLES,
    }
    for place, name in enumerate(names, 1):
        parts[f"xl/worksheets/sheet{place}.xml"] = _sheet(sheets[name], merged)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            # Without the time of day: equal sheets are equal bytes.
            archive.writestr(zipfile.ZipInfo(name), f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return path


def _sheet(rows, merged):
    lines = "".join(
        f'<row r="{number}">{"".join(_cell(number, column, value) for column, value in enumerate(row))}</row>'
        for number, row in enumerate(rows, 1)
    )
    ranges = "".join(f'<mergeCell ref="{each}"/>' for each in merged)
    after = f"<mergeCells>{ranges}</mergeCells>" if merged else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData>{after}</worksheet>'


def _cell(number, column, value):
    where = f'r="{chr(ord("A") + column)}{number}"'
    if value is None or value == "":
        return f"<c {where}/>"
    if isinstance(value, Raw):
        return f"<c {where} {value}</c>"
    if isinstance(value, bool):
        return f'<c {where} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float | Decimal):
        return f"<c {where}><v>{value}</v></c>"
    if isinstance(value, datetime.datetime):
        return f'<c {where} s="{_CLOCK}"><v>{(value - _EPOCH) / datetime.timedelta(days=1)!r}</v></c>'
    if isinstance(value, datetime.date):
        days = (datetime.datetime.combine(value, datetime.time()) - _EPOCH).days
        return f'<c {where} s="{_DAY}"><v>{days}</v></c>'
    return f'<c {where} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
