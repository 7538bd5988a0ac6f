// title: Which dealers' insured cars were never plated?
// answers: dealers by the share of their insured cars without a plate anywhere; left out are cars insured less than
//     window_days before the register of plates ends, cars exported as new, and cars in a register of demo, display, loaner
//     or fleet cars. A missing row is no missing plate where that register is not complete
// reads: Vehicle, Party
// param window_days: int = 90
// param min_cars: int = 30
// param as_of: date = null
// param registrations_complete_from: date = null
// param registrations_complete_to: date = null
// param top: int = 50
// returns: dealer_id string, name string?, insured int, never_plated int, share float, not_sold int, sold_to_companies int
// order: share desc, never_plated desc, dealer_id
// bounds: every vehicle once; dealers with at least min_cars that can be judged
// cost: proportional to the vehicles
// demo: as_of=2026-06-30, registrations_complete_from=2023-01-01, registrations_complete_to=2026-06-30
// empty: min_cars=100000000
MATCH (v:Vehicle)
WHERE v.dealer_id IS NOT NULL AND v.first_insured_on IS NOT NULL AND coalesce(v.is_mid_life, false) = false
  AND coalesce(v.declared_as <> 'new', true) AND v.declared_status IS NULL
  AND coalesce(v.first_insured_on >= $registrations_complete_from, true)
  AND coalesce(v.first_insured_on + duration({days: $window_days}) <= coalesce($registrations_complete_to, $as_of), true)
  // read by name in a list: a case without unread rows or contradictions does not have the property, and a server would warn
  AND none(name IN ['shadowed_in'] WHERE 'registrations' IN coalesce(v[name], []))
  AND none(name IN ['violations'] WHERE coalesce(v[name] CONTAINS 'before_built', false))
WITH v.dealer_id AS dealer_id, v.first_plated_on IS NULL AS is_unplated, v.end_sale_on IS NULL AS is_unsold,
     v.end_buyer_id AS buyer_id, count(v) AS cars
OPTIONAL MATCH (b:Party {party_id: coalesce(CASE WHEN is_unplated THEN buyer_id END, '')})
WITH dealer_id, sum(cars) AS insured, sum(CASE WHEN is_unplated THEN cars ELSE 0 END) AS never_plated,
     sum(CASE WHEN is_unplated AND is_unsold THEN cars ELSE 0 END) AS not_sold,
     sum(CASE WHEN is_unplated AND b.kind = 'company' THEN cars ELSE 0 END) AS sold_to_companies
WHERE insured >= $min_cars AND never_plated > 0
MATCH (d:Party {party_id: dealer_id})
RETURN dealer_id, d.name AS name, insured, never_plated, toFloat(never_plated) / insured AS share, not_sold, sold_to_companies
ORDER BY share DESC, never_plated DESC, dealer_id
LIMIT $top
