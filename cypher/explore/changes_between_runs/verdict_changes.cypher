// title: Which findings have another verdict than in an earlier run?
// answers: findings of two runs, given by the days that they looked at, that changed their verdict, appeared or went, with
//     the verdict before and after; flagged ones first. A finding appears with every new month of trade: that is no
//     news about the party unless it is flagged
// reads: Run, Party, FOUND
// param from_day: date
// param to_day: date
// param regime: string
// param top: int = 500
// returns: change string, party_id string, name string?, detector string, unit_id string, verdict_before string?, verdict_after string?, observed_before int?, observed_after int?, finding_id string
// order: flagged in one of the runs first, then changed, appeared, gone, then party_id, detector, unit_id, finding_id
// bounds: the findings of two runs; of several runs of one day the current one, else the first by its id
// cost: proportional to the findings of the two runs
// demo: from_day=2025-06-30, to_day=2026-06-30, regime=asbe36_current
// empty: from_day=1900-01-01, to_day=2026-06-30, regime=asbe36_current
MATCH (early:Run {as_of: $from_day, regime: $regime})
WITH early
ORDER BY early.is_current DESC, early.run_id
LIMIT 1
MATCH (late:Run {as_of: $to_day, regime: $regime})
WITH early, late
ORDER BY late.is_current DESC, late.run_id
LIMIT 1
UNWIND [{run: early, is_late: false}, {run: late, is_late: true}] AS side
WITH side.run AS run, side.is_late AS is_late
MATCH (run)-[f:FOUND]->(p:Party)
WITH f.finding_id AS finding_id, f.detector AS detector, f.unit_id AS unit_id, p,
     min(CASE WHEN is_late THEN null ELSE f.verdict END) AS verdict_before,
     min(CASE WHEN is_late THEN f.verdict ELSE null END) AS verdict_after,
     min(CASE WHEN is_late THEN null ELSE f.observed END) AS observed_before,
     min(CASE WHEN is_late THEN f.observed ELSE null END) AS observed_after
WHERE coalesce(verdict_before, 'absent') <> coalesce(verdict_after, 'absent')
WITH finding_id, detector, unit_id, p, verdict_before, verdict_after, observed_before, observed_after,
     CASE WHEN verdict_before IS NULL THEN 'appeared' WHEN verdict_after IS NULL THEN 'gone' ELSE 'changed' END AS change,
     CASE WHEN verdict_before = 'flagged' OR verdict_after = 'flagged' THEN 0 ELSE 1 END AS quiet
WITH finding_id, detector, unit_id, p, verdict_before, verdict_after, observed_before, observed_after, change, quiet,
     CASE change WHEN 'changed' THEN 0 WHEN 'appeared' THEN 1 ELSE 2 END AS place
ORDER BY quiet, place, p.party_id, detector, unit_id, finding_id
LIMIT $top
RETURN change, p.party_id AS party_id, p.name AS name, detector, unit_id, verdict_before, verdict_after, observed_before,
       observed_after, finding_id
ORDER BY quiet, place, party_id, detector, unit_id, finding_id
