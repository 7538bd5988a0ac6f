// title: Which findings kept their verdict though their numbers moved?
// answers: findings of two runs, given by the days that they looked at, with one verdict in both, whose cars observed or cars
//     tested differ, with both and the effect before and after; those of a flagged verdict first, then the largest move. Late
//     reports and windows that have closed since move numbers too
// reads: Run, Party, FOUND
// param from_day: date
// param to_day: date
// param regime: string
// param top: int = 500
// returns: party_id string, name string?, detector string, unit_id string, verdict string, observed_before int?, observed_after int?, n_before int?, n_after int?, effect_before float?, effect_after float?, finding_id string
// order: flagged first, then the largest move of observed, then of n, then finding_id
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
     min(CASE WHEN is_late THEN f.verdict ELSE null END) AS verdict,
     min(CASE WHEN is_late THEN null ELSE f.observed END) AS observed_before,
     min(CASE WHEN is_late THEN f.observed ELSE null END) AS observed_after,
     min(CASE WHEN is_late THEN null ELSE f.n END) AS n_before, min(CASE WHEN is_late THEN f.n ELSE null END) AS n_after,
     min(CASE WHEN is_late THEN null ELSE f.effect END) AS effect_before,
     min(CASE WHEN is_late THEN f.effect ELSE null END) AS effect_after
WHERE verdict = verdict_before
WITH finding_id, detector, unit_id, p, verdict, observed_before, observed_after, n_before, n_after, effect_before,
     effect_after, abs(coalesce(observed_after, 0) - coalesce(observed_before, 0)) AS moved,
     abs(coalesce(n_after, 0) - coalesce(n_before, 0)) AS grown, CASE WHEN verdict = 'flagged' THEN 0 ELSE 1 END AS quiet
WHERE moved > 0 OR grown > 0
WITH finding_id, detector, unit_id, p, verdict, observed_before, observed_after, n_before, n_after, effect_before,
     effect_after, moved, grown, quiet
ORDER BY quiet, moved DESC, grown DESC, finding_id
LIMIT $top
RETURN p.party_id AS party_id, p.name AS name, detector, unit_id, verdict, observed_before, observed_after, n_before,
       n_after, effect_before, effect_after, finding_id
ORDER BY quiet, moved DESC, grown DESC, finding_id
