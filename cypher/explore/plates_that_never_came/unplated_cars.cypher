// title: Which of a dealer's cars were insured and not plated in time?
// answers: cars of a dealer that were first insured in a month and not plated anywhere within the window, one row a car; cars
//     whose window runs past the end of the register of plates are left out. Exports and declared stock look like this too
// reads: Vehicle
// param dealer_id: string
// param month: string
// param window_days: int = 30
// param registrations_complete_to: date = null
// param top: int = 1000
// returns: vin string, first_insured_on date, first_insured_id string?, end_buyer_id string?, end_sale_on date?, first_plated_on date?, exported_on date?, declared_status string?
// order: first_insured_on, vin
// bounds: one dealer's cars
// cost: proportional to the dealer's cars
// demo: dealer_id=D09, month=2025-12
// empty: dealer_id=D09, month=1990-01
MATCH (v:Vehicle {dealer_id: $dealer_id})
WHERE substring(toString(v.first_insured_on), 0, 7) = $month AND coalesce(v.is_mid_life, false) = false
  AND coalesce(v.first_plated_on > v.first_insured_on + duration({days: $window_days}), true)
  AND coalesce(v.first_insured_on + duration({days: $window_days}) <= $registrations_complete_to, true)
  // read by name in a list: a case without unread rows or contradictions does not have the property, and a server would warn
  AND none(name IN ['shadowed_in'] WHERE 'registrations' IN coalesce(v[name], []))
  AND none(name IN ['violations'] WHERE coalesce(v[name] CONTAINS 'before_built', false))
RETURN v.vin AS vin, v.first_insured_on AS first_insured_on, v.first_insured_id AS first_insured_id,
       v.end_buyer_id AS end_buyer_id, v.end_sale_on AS end_sale_on, v.first_plated_on AS first_plated_on,
       v.exported_on AS exported_on, v.declared_status AS declared_status
ORDER BY first_insured_on, vin
LIMIT $top
