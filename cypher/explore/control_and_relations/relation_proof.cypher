// title: Why are two parties related?
// answers: each control or relation between two parties with its rule, tier, verdict and dates, step by step, each step with
//     the table and the row of the register that proves it
// reads: Party, CONTROLS, RELATED_TO
// param one_id: string
// param other_id: string
// returns: tie string, rule string?, tier string?, verdict string, valid_from date?, valid_to date?, step int, proof string?, proof_table string?, proof_row string?
// order: tie, rule, valid_from, valid_to, verdict, step
// bounds: the links between two parties; a relation of two companies under one controller goes up from one and down to the
//     other
// cost: proportional to those links
// demo: one_id=C003, other_id=D09
// empty: one_id=C003, other_id=NOBODY
MATCH (a:Party {party_id: $one_id})-[r:CONTROLS|RELATED_TO]-(b:Party {party_id: $other_id})
WITH r, CASE type(r) WHEN 'CONTROLS' THEN ' controls ' ELSE ' is related to ' END AS how,
     coalesce(r.proof, ['']) AS steps, coalesce(r.proof_rows, ['']) AS cited
UNWIND range(0, size(steps) - 1) AS at
WITH r, startNode(r).party_id + how + endNode(r).party_id AS tie, at + 1 AS step, nullif(steps[at], '') AS proof,
     nullif(cited[at], '') AS row
RETURN tie, coalesce(r.rule, r.basis) AS rule, r.tier AS tier, r.verdict AS verdict, r.valid_from AS valid_from,
       r.valid_to AS valid_to, step, proof, split(row, '/')[0] AS proof_table,
       substring(row, size(split(row, '/')[0]) + 1) AS proof_row
ORDER BY tie, rule, valid_from, valid_to, verdict, step
