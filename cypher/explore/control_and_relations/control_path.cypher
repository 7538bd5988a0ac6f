// title: How are two parties tied by ownership or agreement on a day?
// answers: the shortest chain of holdings and control agreements between two parties, step by step, up to a common owner and
//     down again where there is one; links count that were valid on the day or have no dates
// reads: Party, OWNS, CONTROLS_BY_AGREEMENT
// param from_id: string
// param to_id: string
// param on: date
// returns: step int, owner_id string, owner_name string?, link string, owned_id string, owned_name string?, share_percent float?, valid_from date?, valid_to date?
// order: step
// bounds: chains of at most 6 links; the bound is written in the text
// cost: grows with the holdings around both parties
// demo: from_id=C003, to_id=D09, on=2025-12-15
// empty: from_id=D09, to_id=NOBODY, on=2025-12-15
MATCH p = (a:Party {party_id: $from_id})-[:OWNS|CONTROLS_BY_AGREEMENT*1..6]-(b:Party {party_id: $to_id})
WHERE all(r IN relationships(p) WHERE coalesce(r.valid_from <= $on, true) AND coalesce(r.valid_to >= $on, true))
WITH p, reduce(text = '', n IN nodes(p) | text + n.party_id + '/') AS way,
     reduce(text = '', r IN relationships(p) | text + type(r) + r.row_key + '/') AS rows
ORDER BY length(p), way, rows
LIMIT 1
UNWIND range(0, length(p) - 1) AS at
WITH at, relationships(p)[at] AS r
WITH at + 1 AS step, r, startNode(r) AS owner, endNode(r) AS owned
RETURN step, owner.party_id AS owner_id, owner.name AS owner_name, type(r) AS link, owned.party_id AS owned_id,
       owned.name AS owned_name, toFloat(r.share) / 10000 AS share_percent, r.valid_from AS valid_from, r.valid_to AS valid_to
ORDER BY step
