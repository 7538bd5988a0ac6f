// title: Twin of zero_mileage_export: flagged exports by exporter and clearance month
// answers: how many cars each exporter declared as used within 180 days of their first registration, as the detector flags
//     them: against the rule in force, without the maker's letter and whatever the kilometres, else with nothing on the
//     odometer; cars with the letter are left out
// reads: Vehicle
// param max_days: int = 180
// param max_km: int = 100
// param reading_days: int = 30
// param rule_in_force_on: date = 2026-01-01
// param registrations_complete_from: date = null
// param registrations_complete_to: date = null
// returns: unit_id string, party_id string?, month string, flagged int
// order: unit_id
// bounds: every vehicle once
// cost: proportional to the vehicles
// demo: registrations_complete_from=2023-01-01, registrations_complete_to=2026-06-30
// empty: max_days=-100000
MATCH (v:Vehicle)
WHERE v.declared_as = 'used' AND v.first_registered_on IS NOT NULL AND coalesce(v.maker_letter, false) = false
  AND coalesce(v.violations = 'odometer_ran_back', true)
WITH v, 'registrations' IN coalesce(v.shadowed_in, []) AS is_shadowed,
     coalesce(v.applied_on, v.awaiting_export_on, v.exported_on) AS applied_by, coalesce(v.applied_on, v.exported_on) AS applied_to
WHERE NOT (is_shadowed AND v.first_event IS NULL) AND applied_by <= v.first_registered_on + duration({days: $max_days})
  AND (applied_to < $rule_in_force_on OR v.maker_letter = false)
WITH v, applied_by,
     applied_to >= $rule_in_force_on AND applied_to <= v.first_registered_on + duration({days: $max_days})
       AND coalesce(v.awaiting_export_on >= $rule_in_force_on, true)
       AND (v.first_registered_on >= $rule_in_force_on OR v.awaiting_export_on IS NOT NULL
            OR v.applied_on IS NOT NULL AND NOT is_shadowed
               AND coalesce(v.first_registered_on >= $registrations_complete_from
                            AND $rule_in_force_on <= $registrations_complete_to + duration({days: 1}), false)) AS is_breach
WHERE is_breach OR v.violations IS NULL AND v.built_on IS NOT NULL AND v.km_last <= $max_km
  AND v.exported_on <= v.km_on + duration({days: $reading_days}) AND applied_by <= v.built_on + duration({days: 365})
WITH v.exporter_id AS party_id, substring(toString(v.exported_on), 0, 7) AS month, count(v) AS flagged
RETURN 'exporter_month/' + replace(replace(coalesce(party_id, '?'), '%', '%25'), '/', '%2F') + '/' + month AS unit_id,
       party_id, month, flagged
ORDER BY unit_id
