// title: Who absorbed a dealer's cars?
// answers: the end buyers of a dealer's cars, most units first, how many of the cars were plated within 30 days, exported, or
//     have no plate in the registers, and the tier of a proven relation to the dealer that held when they were sold
// reads: Vehicle, Party, RELATED_TO
// param dealer_id: string
// param top: int = 20
// returns: buyer_id string, name string?, kind string?, units int, plated_in_30_days int, never_plated int, exported int, tier string?
// order: units desc, buyer_id
// bounds: the cars whose last wholesale buyer is this dealer
// cost: proportional to the dealer's cars
// demo: dealer_id=D09
// empty: dealer_id=NOBODY
MATCH (v:Vehicle {dealer_id: $dealer_id})
WHERE v.end_buyer_id IS NOT NULL
WITH v.end_buyer_id AS buyer_id, count(v) AS units,
     sum(CASE WHEN v.first_plated_on <= v.end_sale_on + duration({days: 30}) THEN 1 ELSE 0 END) AS plated_in_30_days,
     sum(CASE WHEN v.first_plated_on IS NULL THEN 1 ELSE 0 END) AS never_plated,
     sum(CASE WHEN v.exported_on IS NOT NULL THEN 1 ELSE 0 END) AS exported, collect(DISTINCT v.end_sale_on) AS sold_on
ORDER BY units DESC, buyer_id
LIMIT $top
OPTIONAL MATCH (b:Party {party_id: buyer_id})
OPTIONAL MATCH (b)-[r:RELATED_TO]-(:Party {party_id: $dealer_id})
WHERE r.verdict = 'proven'
  AND any(day IN sold_on WHERE coalesce(r.valid_from <= day, true) AND coalesce(r.valid_to >= day, true))
RETURN buyer_id, b.name AS name, b.kind AS kind, units, plated_in_30_days, never_plated, exported, min(r.tier) AS tier
ORDER BY units DESC, buyer_id
