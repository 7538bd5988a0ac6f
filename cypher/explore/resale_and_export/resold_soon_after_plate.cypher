// title: Which new cars were resold or advertised soon after their plate?
// answers: cars that were resold or advertised within within_days of their first plate, or before it, the soonest first, with
//     the dealer and the last odometer reading; days below zero: before the plate. A dealer's demo car and a buyer's change
//     of mind look like this too
// reads: Vehicle, Party
// param dealer_id: string = any
// param within_days: int = 30
// param top: int = 500
// returns: vin string, dealer_id string?, dealer_name string?, end_sale_on date?, first_plated_on date, resold_on date?, listed_on date?, days int, km_last int?, exported_on date?, declared_status string?
// order: days, vin
// bounds: every vehicle once, or one dealer's
// cost: proportional to the vehicles
// demo: dealer_id=any
// empty: dealer_id=NOBODY
MATCH (v:Vehicle)
WHERE v.first_plated_on IS NOT NULL AND coalesce(v.is_mid_life, false) = false
  AND ($dealer_id = 'any' OR v.dealer_id = $dealer_id)
  // an entry that says it is a later one, or that the car was registered long before, is no first plate
  AND coalesce(v.first_event = 'first', true)
  AND coalesce(v.first_plated_on <= v.first_registered_on + duration({days: 30}), true)
WITH v, CASE WHEN v.listed_on < v.resold_on THEN v.listed_on ELSE coalesce(v.resold_on, v.listed_on) END AS offered_on
WHERE offered_on <= v.first_plated_on + duration({days: $within_days})
OPTIONAL MATCH (d:Party {party_id: coalesce(v.dealer_id, '')})
RETURN v.vin AS vin, v.dealer_id AS dealer_id, d.name AS dealer_name, v.end_sale_on AS end_sale_on,
       v.first_plated_on AS first_plated_on, v.resold_on AS resold_on, v.listed_on AS listed_on,
       duration.inDays(v.first_plated_on, offered_on).days AS days, v.km_last AS km_last, v.exported_on AS exported_on,
       v.declared_status AS declared_status
ORDER BY days, vin
LIMIT $top
