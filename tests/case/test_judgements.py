import csv

import polars as pl
import pytest

from graphkit.case.judgements import Judgement, in_force, read, record, with_judgements
from graphkit.errors import CaseError, GraphkitError


def made(verdict, why="seen on site", version="1+a"):
    return Judgement("f1", verdict, why, "pre_insured", version)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "judgements.csv"


def test_a_judgement_can_be_taken_back_and_the_one_before_stands_again(path):
    for verdict in ("confirm", "reject"):
        record(path, made(verdict))
    assert in_force(path)["judgement"].to_list() == ["reject"]
    record(path, made("undo"))
    assert in_force(path)["judgement"].to_list() == ["confirm"]
    record(path, made("undo"))
    assert in_force(path).is_empty()
    assert read(path)["verdict"].to_list() == ["confirm", "reject", "undo", "undo"]


def test_nothing_to_undo_is_said(path):
    with pytest.raises(GraphkitError, match="nothing to undo"):
        record(path, made("undo"))
    assert not path.exists()


def test_rows_are_only_added(path):
    record(path, made("confirm"))
    before = path.read_bytes()
    record(path, made("reject"))
    assert path.read_bytes().startswith(before)


def test_a_reason_is_text_whatever_it_starts_with(path):
    for why in ('=HYPERLINK("x")', 'she said "no",\nthen left', "'quoted'"):
        record(path, made("confirm", why))
    assert read(path)["why"].to_list() == ['=HYPERLINK("x")', 'she said "no",\nthen left', "'quoted'"]
    with path.open(encoding="utf-8", newline="") as stream:
        assert not any(cell.startswith("=") for row in csv.reader(stream) for cell in row)


def test_a_judgement_needs_a_reason_and_a_known_word(path):
    with pytest.raises(GraphkitError, match="--why"):
        made("confirm", "  ")
    with pytest.raises(GraphkitError, match="choose from"):
        made("agree")


def test_a_judgement_under_another_version_is_stale_and_changes_no_finding(path):
    findings = pl.DataFrame({"finding_id": ["f1", "f2"], "detector": ["pre_insured"] * 2, "verdict": ["flagged"] * 2})
    record(path, made("reject"))
    same = with_judgements(findings, path, {"pre_insured": "1+a"})
    other = with_judgements(findings, path, {"pre_insured": "2+a"})
    assert same["is_stale"].to_list() == [False, None]
    assert other["is_stale"].to_list() == [True, None]
    assert other.select(findings.columns).equals(findings)


def test_a_damaged_file_is_said(path):
    path.write_bytes(b"when,who\nx\n")
    with pytest.raises(CaseError, match="is damaged"):
        read(path)
