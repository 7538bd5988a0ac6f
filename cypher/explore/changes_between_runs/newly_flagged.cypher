// title: Which parties are flagged now and were not in an earlier run?
// answers: parties with a flagged finding in the later of two runs, given by the days that they looked at, and none in the
//     earlier one, with the findings, their detectors and the largest number observed; whether the earlier run had tested
//     the party at all. Newly flagged is newly seen: new data can bring up an old practice
// reads: Run, Party, FOUND
// param from_day: date
// param to_day: date
// param regime: string
// param top: int = 200
// returns: party_id string, name string?, findings int, detectors list<string>, most_observed int?, first_unit string, tested_before bool
// order: findings desc, party_id
// bounds: the findings of two runs; of several runs of one day the current one, else the first by its id
// cost: proportional to the findings of the two runs
// demo: from_day=2025-06-30, to_day=2026-06-30, regime=asbe36_current
// empty: from_day=2026-06-30, to_day=2025-06-30, regime=none
MATCH (early:Run {as_of: $from_day, regime: $regime})
WITH early
ORDER BY early.is_current DESC, early.run_id
LIMIT 1
MATCH (late:Run {as_of: $to_day, regime: $regime})
WITH early, late
ORDER BY late.is_current DESC, late.run_id
LIMIT 1
MATCH (late)-[f:FOUND]->(p:Party)
WHERE f.verdict = 'flagged'
WITH early, p, f
ORDER BY f.detector, f.unit_id
WITH early, p, count(f) AS findings, collect(DISTINCT f.detector) AS detectors, max(f.observed) AS most_observed,
     min(f.unit_id) AS first_unit
OPTIONAL MATCH (early)-[g:FOUND]->(p)
WITH p, findings, detectors, most_observed, first_unit, count(g) AS before,
     sum(CASE WHEN g.verdict = 'flagged' THEN 1 ELSE 0 END) AS flagged_before
WHERE flagged_before = 0
RETURN p.party_id AS party_id, p.name AS name, findings, detectors, most_observed, first_unit, before > 0 AS tested_before
ORDER BY findings DESC, party_id
LIMIT $top
