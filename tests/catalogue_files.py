"""Catalogues in the formats that museums export."""

import io

import openpyxl


def workbook(**sheets: list[list[object]]) -> bytes:
    """Return an Excel workbook with the rows of each sheet."""
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(buffer)
    return buffer.getvalue()
