"""Packaged reference data: dated rules, regions, and what is not there."""

from datetime import date

import pytest

from graphkit.tables.reference import cypher_folder, reference_csv, reference_folder, rules_by_date, sample_folder


def test_the_dated_rules_are_in_force_from_their_days() -> None:
    rules = rules_by_date()
    assert rules["used_export_180_days"] == date(2026, 1, 1)
    assert rules["russia_central_asia_full_duty"] == date(2024, 4, 1)
    assert len(rules) == reference_csv("rules").height


def test_every_rule_says_what_it_is_and_where_it_comes_from() -> None:
    rules = reference_csv("rules")
    assert rules.null_count().row(0) == (0,) * rules.width


def test_every_first_character_of_a_vin_has_one_region() -> None:
    wmi = reference_csv("wmi")
    assert sorted(wmi["first"]) == sorted("ABCDEFGHJKLMNPRSTUVWXYZ0123456789")


def test_folders_are_found_and_missing_names_are_one_sentence() -> None:
    assert reference_folder().is_dir() and cypher_folder().is_dir()
    with pytest.raises(FileNotFoundError, match="no reference table named moon"):
        reference_csv("moon")
    with pytest.raises(FileNotFoundError, match="no sample named moon"):
        sample_folder("moon")
