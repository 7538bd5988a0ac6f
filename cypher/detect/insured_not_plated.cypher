// title: Twin of insured_not_plated: flagged cars by dealer and policy month
// answers: how many new cars of each dealer were insured in each month and not plated anywhere up to day 90, as the
//     detector flags them: registrations, exports and the demo register complete, no lawful explanation
// reads: Vehicle, Party, Policy
// param late_days: int = 90
// param as_of: date
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
// demo: as_of=2026-06-30, registrations_complete_from=2023-01-01, registrations_complete_to=2026-06-30, declared_stock_complete_from=2023-01-01, declared_stock_complete_to=2026-06-30, exports_complete_from=2023-01-01, exports_complete_to=2026-06-30
// empty: as_of=2026-06-30, registrations_complete_to=1900-01-01
MATCH (v:Vehicle)
WHERE v.first_insured_on IS NOT NULL AND v.is_mid_life = false AND v.first_policy_kind IS NOT NULL
  AND coalesce(v.first_plated_on > v.first_insured_on + duration({days: $late_days}), true)
  AND coalesce(v.declared_as <> 'new', true)
  AND NOT coalesce(v.declared_from <= v.first_insured_on AND coalesce(v.declared_to >= v.first_insured_on, true), false)
  AND none(name IN ['registrations', 'declared_stock', 'exports'] WHERE name IN coalesce(v.shadowed_in, []))
  AND NOT coalesce(v.violations CONTAINS 'before_built', false)
OPTIONAL MATCH (policy:Policy {policy_id: v.first_policy_id})
// an empty key instead of an unknown one: a search for null reads every party
OPTIONAL MATCH (insured:Party {party_id: coalesce(v.first_insured_id, '')})
OPTIONAL MATCH (buyer:Party {party_id: coalesce(v.end_buyer_id, '')})
OPTIONAL MATCH (before:Party {party_id: coalesce(policy.insured_before, '')})
WITH v, insured,
     CASE WHEN v.wholesaled_on < v.built_on THEN v.wholesaled_on ELSE coalesce(v.built_on, v.wholesaled_on) END AS born_on,
     coalesce(v.first_insured_id = v.end_buyer_id, false)
       AND NOT coalesce(policy.insured_before <> v.end_buyer_id AND before.is_stub = false AND before.is_undecided = false
                        AND before.name_key <> buyer.name_key, false) AS is_ahead,
     CASE WHEN v.handed_over_on > v.end_sale_on THEN v.handed_over_on ELSE v.end_sale_on END AS delivered_on
WITH v, insured, born_on,
     CASE WHEN is_ahead AND delivered_on > v.first_insured_on THEN delivered_on ELSE v.first_insured_on END AS since,
     CASE WHEN v.end_sale_on IS NULL THEN $as_of WHEN v.handed_over_on < v.end_sale_on THEN v.handed_over_on
          ELSE v.end_sale_on END AS until,
     coalesce(v.first_owner_id = v.dealer_id, false) AS is_of_dealer,
     coalesce(v.first_policy_use = 'demo', false) OR coalesce(v.use = 'demo', false) AS is_called_demo,
     coalesce(v.km_unsold > 100, false) AS is_driven,
     coalesce(v.km_unsold_on >= v.first_insured_on + duration({days: 90}), false) AS is_read_late
// a demo car that its dealer drove, or that may be one
WHERE NOT ((coalesce(v.first_insured_id = v.dealer_id, false) OR is_of_dealer)
           AND v.first_insured_on + duration({days: 90}) <= until
           AND (is_driven OR ((is_called_demo OR is_of_dealer) AND NOT is_read_late)))
  AND coalesce(v.first_plated_on > since + duration({days: $late_days}), true)
  AND NOT coalesce(insured.kind = 'person' AND v.first_policy_cancelled_on <= v.end_sale_on, false)
  AND born_on >= $registrations_complete_from AND v.first_insured_on >= $registrations_complete_from
  AND since + duration({days: $late_days}) <= $registrations_complete_to
  AND v.first_insured_on >= $declared_stock_complete_from AND v.first_insured_on <= $declared_stock_complete_to
  AND v.first_insured_on >= $exports_complete_from
  AND since + duration({days: $late_days}) <= $exports_complete_to
WITH v.dealer_id AS party_id, substring(toString(v.first_insured_on), 0, 7) AS month, count(v) AS flagged
RETURN 'dealer_month/' + replace(replace(coalesce(party_id, '?'), '%', '%25'), '/', '%2F') + '/' + month AS unit_id,
       party_id, month, flagged
ORDER BY unit_id
