// title: Which exported cars were also counted as sold at home?
// answers: dealers by their exported cars that left within within_days of an invoice to an end user at home, of a rebate
//     claim, or of both, and how those invoiced were declared; a car that was sold and used for years is not counted. What
//     was counted where, not whether it was allowed
// reads: Vehicle, Party
// param within_days: int = 180
// param min_cars: int = 1
// param top: int = 50
// returns: dealer_id string, name string?, exported int, sold_at_home int, claimed int, sold_and_claimed int, as_new int, as_used int, exporters int
// order: sold_at_home desc, claimed desc, dealer_id
// bounds: every exported vehicle once
// cost: proportional to the vehicles
// demo: min_cars=1
// empty: min_cars=100000000
MATCH (v:Vehicle)
WHERE v.exported_on IS NOT NULL AND v.dealer_id IS NOT NULL
WITH v, v.exported_on <= v.end_sale_on + duration({days: $within_days}) AS is_sold,
     v.exported_on <= v.claimed_on + duration({days: $within_days}) AS is_claimed
WITH v.dealer_id AS dealer_id, count(v) AS exported, sum(CASE WHEN is_sold THEN 1 ELSE 0 END) AS sold_at_home,
     sum(CASE WHEN is_claimed THEN 1 ELSE 0 END) AS claimed,
     sum(CASE WHEN is_sold AND is_claimed THEN 1 ELSE 0 END) AS sold_and_claimed,
     sum(CASE WHEN is_sold AND v.declared_as = 'new' THEN 1 ELSE 0 END) AS as_new,
     sum(CASE WHEN is_sold AND v.declared_as = 'used' THEN 1 ELSE 0 END) AS as_used, count(DISTINCT v.exporter_id) AS exporters
WHERE sold_at_home + claimed - sold_and_claimed >= $min_cars
MATCH (d:Party {party_id: dealer_id})
RETURN dealer_id, d.name AS name, exported, sold_at_home, claimed, sold_and_claimed, as_new, as_used, exporters
ORDER BY sold_at_home DESC, claimed DESC, dealer_id
LIMIT $top
