// title: Twin of zero_mileage_export: flagged exports by exporter and clearance month
// answers: how many cars each exporter declared as used within 180 days of their first registration with nothing on the
//     odometer, as the detector flags them; cars with the maker's letter are left out once the letter is required
// reads: Vehicle
// param max_days: int = 180
// param max_km: int = 100
// param reading_days: int = 30
// param rule_in_force_on: date = 2026-01-01
// returns: unit_id string, party_id string?, month string, flagged int
// order: unit_id
// bounds: every vehicle once
// cost: proportional to the vehicles
// demo: max_days=180
// empty: max_days=-100000
MATCH (v:Vehicle)
WHERE v.declared_as = 'used' AND v.first_registered_on IS NOT NULL AND v.built_on IS NOT NULL AND v.km_last <= $max_km
  AND v.violations IS NULL AND NOT ('registrations' IN coalesce(v.shadowed_in, []) AND v.first_event IS NULL)
  AND v.exported_on <= v.km_on + duration({days: $reading_days})
WITH v, coalesce(v.applied_on, v.awaiting_export_on, v.exported_on) AS applied_by
WHERE applied_by <= v.first_registered_on + duration({days: $max_days})
  AND applied_by <= v.built_on + duration({days: 365})
  AND (applied_by < $rule_in_force_on OR coalesce(v.awaiting_export_on < $rule_in_force_on, false) OR v.maker_letter = false)
WITH v.exporter_id AS party_id, substring(toString(v.exported_on), 0, 7) AS month, count(v) AS flagged
RETURN 'exporter_month/' + replace(replace(coalesce(party_id, '?'), '%', '%25'), '/', '%2F') + '/' + month AS unit_id,
       party_id, month, flagged
ORDER BY unit_id
