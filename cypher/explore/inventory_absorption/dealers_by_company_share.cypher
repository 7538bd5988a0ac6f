// title: Which dealers sell to companies?
// answers: dealers by the share of their retail sales that went to companies, and how many companies that were; a dealer with
//     fleet customers looks like this too
// reads: Vehicle, Party
// param min_units: int = 30
// param top: int = 30
// returns: dealer_id string, name string?, units int, to_companies int, share float, buyers int
// order: share desc, units desc, dealer_id
// bounds: every vehicle with an end sale once
// cost: proportional to the vehicles
// demo: min_units=30
// empty: min_units=100000000
MATCH (v:Vehicle)
WHERE v.end_seller_id IS NOT NULL
WITH v.end_seller_id AS dealer_id, v.end_buyer_id AS buyer_id, count(v) AS units
OPTIONAL MATCH (b:Party {party_id: coalesce(buyer_id, '')})
WITH dealer_id, sum(units) AS units, sum(CASE WHEN b.kind = 'company' THEN units ELSE 0 END) AS to_companies,
     sum(CASE WHEN b.kind = 'company' THEN 1 ELSE 0 END) AS buyers
WHERE units >= $min_units
OPTIONAL MATCH (d:Party {party_id: dealer_id})
RETURN dealer_id, d.name AS name, units, to_companies, toFloat(to_companies) / units AS share, buyers
ORDER BY share DESC, units DESC, dealer_id
LIMIT $top
