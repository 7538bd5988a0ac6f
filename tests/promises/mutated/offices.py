"""What offices and firms do to a table before they hand it over; each change is one that a person can make by hand."""

from collections.abc import Callable

import numpy as np

from tests.promises.mutated.sheet import Sheet

Change = Callable[[Sheet, np.random.Generator], None]

NOTHINGS = (
    "NULL",
    "N/A",
    "-",
    "--",
    "/",
    "无",
    "暂无",
    "未公开",
    "0000-00-00",
    "1900-01-01",
    "\u3000",
    "#N/A",
    "#REF!",
)
ODD = (
    "'0012",
    '19" x',
    "a\nb",
    "１２３",
    "6.02214E+23",
    "=1+1",
    "\u200b",
    "x" * 3000,
    '"',
    "a;b,c|d\te",
    "\ufffd",
    "０",
)
DATES = (
    "2024/1/5",
    "20240105",
    "05.01.2024",
    "1/5/2024",
    "2024年1月5日",
    "45296",
    "2024-13-40",
    "5-Jan-24",
    "113/01/05",
)
UNITS = ("(万元)", "（元）", "(%)", "(CNY 10k)", "(km)", " [USD]")
RENAMED = ("备注", "列1", "", "Unnamed: 3", "车架号", "日期", "金额", "名称", "VIN", "Amount", "Date")
TITLES = ("导出结果", "单位：万元", "Report 2024-01-01 to 2024-06-30", "制表人：示例", "统计期间：2024年1-6月", "-----")
TOTALS = ("合计", "小计", "总计", "Total", "Subtotal", "以下空白", "共 12 条记录", "Итого", "Summe")


def _place(sheet: Sheet, draw: np.random.Generator) -> int:
    """A place among the rows below the header."""
    return int(draw.integers(sheet.head + 1, len(sheet.rows) + 1))


def _column(sheet: Sheet, draw: np.random.Generator) -> int:
    return int(draw.integers(0, len(sheet.rows[sheet.head])))


def _one(of: tuple[str, ...], draw: np.random.Generator) -> str:
    return of[int(draw.integers(0, len(of)))]


def cut_rows(sheet: Sheet, draw: np.random.Generator) -> None:
    """Some rows have lost their end."""
    for row in sheet.rows[sheet.head + 1 :]:
        if row and draw.random() < 0.2:
            del row[int(draw.integers(1, len(row) + 1)) :]


def no_rows(sheet: Sheet, draw: np.random.Generator) -> None:
    del sheet.rows[sheet.head + 1 + int(draw.integers(0, 3)) :]


def column_dropped(sheet: Sheet, draw: np.random.Generator) -> None:
    at = _column(sheet, draw)
    for row in sheet.rows[sheet.head :]:
        del row[at : at + 1]


def column_twice(sheet: Sheet, draw: np.random.Generator) -> None:
    at = _column(sheet, draw)
    for row in sheet.rows[sheet.head :]:
        row[at:at] = row[at : at + 1]


def column_renamed(sheet: Sheet, draw: np.random.Generator) -> None:
    sheet.rows[sheet.head][_column(sheet, draw)] = _one(RENAMED, draw)


def columns_reordered(sheet: Sheet, draw: np.random.Generator) -> None:
    rows = sheet.evened()
    order = draw.permutation(sheet.width)
    sheet.rows[sheet.head :] = [[row[at] for at in order] for row in rows[sheet.head :]]


def column_blank(sheet: Sheet, draw: np.random.Generator) -> None:
    at = _column(sheet, draw)
    for row in sheet.rows[sheet.head :]:
        row.insert(at, "")


def title_inserted(sheet: Sheet, draw: np.random.Generator) -> None:
    sheet.rows.insert(0, [_one(TITLES, draw)])
    sheet.head += 1


def title_removed(sheet: Sheet, draw: np.random.Generator) -> None:
    del sheet.rows[: sheet.head]
    sheet.head = 0


def header_repeated(sheet: Sheet, draw: np.random.Generator) -> None:
    sheet.rows.insert(_place(sheet, draw), list(sheet.rows[sheet.head]))


def header_gone(sheet: Sheet, draw: np.random.Generator) -> None:
    if len(sheet.rows) > sheet.head + 2:
        del sheet.rows[sheet.head]


def header_in_two_rows(sheet: Sheet, draw: np.random.Generator) -> None:
    width = len(sheet.rows[sheet.head])
    at = int(draw.integers(0, width))
    sheet.rows.insert(sheet.head, [""] * at + ["基本信息"] + [""] * (width - at - 1))
    sheet.merged.append((sheet.head, at, sheet.head, min(at + 2, width - 1)))
    sheet.head += 1


def total_inserted(sheet: Sheet, draw: np.random.Generator) -> None:
    row = [""] * len(sheet.rows[sheet.head])
    row[int(draw.integers(0, min(3, len(row))))] = _one(TOTALS, draw)
    row[-1] = "1234.5"
    sheet.rows.insert(_place(sheet, draw), row)


def footnote(sheet: Sheet, draw: np.random.Generator) -> None:
    sheet.rows += [[], ["注：本表仅供内部使用"], ["", "打印时间", "2024-07-01"]]


def blank_rows(sheet: Sheet, draw: np.random.Generator) -> None:
    for _ in range(int(draw.integers(1, 5))):
        sheet.rows.insert(_place(sheet, draw), [])


def rows_twice(sheet: Sheet, draw: np.random.Generator) -> None:
    held = sheet.rows[sheet.head + 1 :]
    for row in held[: int(draw.integers(0, 4))]:
        sheet.rows.insert(_place(sheet, draw), list(row))


def _cells(of: tuple[str, ...], share: float) -> Change:
    def change(sheet: Sheet, draw: np.random.Generator) -> None:
        for row in sheet.rows[sheet.head + 1 :]:
            for at in range(len(row)):
                if draw.random() < share:
                    row[at] = _one(of, draw)

    return change


def column_of_other_dates(sheet: Sheet, draw: np.random.Generator) -> None:
    at, form = _column(sheet, draw), _one(DATES, draw)
    mixed = draw.random() < 0.5
    for row in sheet.rows[sheet.head + 1 :]:
        if at < len(row):
            row[at] = _one(DATES, draw) if mixed else form


def unit_in_header(sheet: Sheet, draw: np.random.Generator) -> None:
    head, at = sheet.rows[sheet.head], _column(sheet, draw)
    head[at] = head[at].split("(")[0].split("（")[0] + _one(UNITS, draw)


def unit_in_title(sheet: Sheet, draw: np.random.Generator) -> None:
    head = sheet.rows[sheet.head]
    head[:] = [cell.split("(")[0].split("（")[0] for cell in head]
    sheet.rows.insert(0, ["", "单位" + _one(UNITS, draw)])
    sheet.head += 1


def row_wider(sheet: Sheet, draw: np.random.Generator) -> None:
    for row in sheet.rows[sheet.head + 1 :]:
        if draw.random() < 0.1:
            row += ["", "x"][: int(draw.integers(1, 3))]


def merged_down(sheet: Sheet, draw: np.random.Generator) -> None:
    if len(sheet.rows) > sheet.head + 4:
        at = int(draw.integers(sheet.head + 1, len(sheet.rows) - 2))
        column = _column(sheet, draw)
        sheet.merged.append((at, column, at + 2, column))


def rows_hidden(sheet: Sheet, draw: np.random.Generator) -> None:
    sheet.hidden |= {_place(sheet, draw) for _ in range(3)}


def sheet_added(sheet: Sheet, draw: np.random.Generator) -> None:
    sheet.beside["说明"] = [["字段", "含义"], ["车架号", "十七位"]]
    sheet.beside["空"] = []


CHANGES: dict[str, Change] = {
    change.__name__: change
    for change in (
        cut_rows, no_rows, column_dropped, column_twice, column_renamed, columns_reordered, column_blank,
        title_inserted, title_removed, header_repeated, header_gone, header_in_two_rows, total_inserted, footnote,
        blank_rows, rows_twice, column_of_other_dates, unit_in_header, unit_in_title, row_wider, merged_down,
        rows_hidden, sheet_added,
    )
} | {
    "cells_of_nothing": _cells(NOTHINGS, 0.05),
    "odd_cells": _cells(ODD, 0.03),
    "other_dates": _cells(DATES, 0.05),
}  # fmt: skip


def changed(sheet: Sheet, draw: np.random.Generator, times: int) -> None:
    """``times`` changes, each written down in ``sheet.done``."""
    names = list(CHANGES)
    for _ in range(times):
        name = names[int(draw.integers(0, len(names)))]
        if any(sheet.rows[sheet.head]):
            CHANGES[name](sheet, draw)
            sheet.done.append(name)
