// title: Twin of insured_not_plated: flagged cars by dealer and policy month
// answers: how many new cars of each dealer were insured in each month and not plated anywhere within the window, as the
//     detector flags them: registrations, exports and the demo register complete, no lawful explanation
// reads: Vehicle
// param window_days: int = 30
// param registrations_complete_from: date = null
// param registrations_complete_to: date = null
// param declared_stock_complete_from: date = null
// param declared_stock_complete_to: date = null
// param exports_complete_from: date = null
// param exports_complete_to: date = null
// returns: unit_id string, party_id string?, month string, flagged int
// order: unit_id
// bounds: every vehicle once
// cost: proportional to the vehicles
// demo: registrations_complete_from=2023-01-01, registrations_complete_to=2026-06-30, declared_stock_complete_from=2023-01-01, declared_stock_complete_to=2026-06-30, exports_complete_from=2023-01-01, exports_complete_to=2026-06-30
// empty: registrations_complete_to=1900-01-01
MATCH (v:Vehicle)
WHERE v.first_insured_on IS NOT NULL AND v.is_mid_life = false AND v.first_policy_kind IS NOT NULL
  AND coalesce(v.first_plated_on > v.first_insured_on + duration({days: $window_days}), true)
  AND coalesce(v.declared_as <> 'new', true)
  AND NOT coalesce(v.declared_from <= v.first_insured_on AND coalesce(v.declared_to >= v.first_insured_on, true), false)
  AND none(name IN ['registrations', 'declared_stock', 'exports'] WHERE name IN coalesce(v.shadowed_in, []))
  AND NOT coalesce(v.violations CONTAINS 'before_built', false)
WITH v, CASE WHEN v.wholesaled_on < v.built_on THEN v.wholesaled_on ELSE coalesce(v.built_on, v.wholesaled_on) END AS born_on
WHERE born_on >= $registrations_complete_from AND v.first_insured_on >= $registrations_complete_from
  AND v.first_insured_on + duration({days: $window_days}) <= $registrations_complete_to
  AND v.first_insured_on >= $declared_stock_complete_from AND v.first_insured_on <= $declared_stock_complete_to
  AND v.first_insured_on >= $exports_complete_from
  AND v.first_insured_on + duration({days: $window_days}) <= $exports_complete_to
WITH v.dealer_id AS party_id, substring(toString(v.first_insured_on), 0, 7) AS month, count(v) AS flagged
RETURN 'dealer_month/' + replace(replace(coalesce(party_id, '?'), '%', '%25'), '/', '%2F') + '/' + month AS unit_id,
       party_id, month, flagged
ORDER BY unit_id
