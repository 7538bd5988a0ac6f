// title: Which runs does the case hold?
// answers: the runs of the case by the day that each looked at, with how many findings each made, how many of them are
//     flagged and how many parties those concern
// reads: Run, Party, FOUND
// param since: date = 1900-01-01
// returns: as_of date, regime string, run_id string, is_current bool, findings int, flagged int, flagged_parties int
// order: as_of, regime, run_id
// bounds: the runs of the case
// cost: proportional to the findings of all runs
// demo: since=1900-01-01
// empty: since=2999-01-01
MATCH (r:Run)
WHERE r.as_of >= $since
OPTIONAL MATCH (r)-[f:FOUND]->(p:Party)
WITH r, count(f) AS findings, sum(CASE WHEN f.verdict = 'flagged' THEN 1 ELSE 0 END) AS flagged,
     count(DISTINCT CASE WHEN f.verdict = 'flagged' THEN p.party_id ELSE null END) AS flagged_parties
RETURN r.as_of AS as_of, r.regime AS regime, r.run_id AS run_id, r.is_current AS is_current, findings, flagged,
       flagged_parties
ORDER BY as_of, regime, run_id
