// title: Twin of NAME: flagged cars by dealer and month
// answers: <write how many cars of each dealer the detector flags in each month, and what must be complete for it;
//     a Vehicle has the columns of the ledger, see graphkit/tables/outputs.py>
// reads: Vehicle
// param window_days: int = 30
// param declared_stock_complete_from: date = null
// param declared_stock_complete_to: date = null
// returns: unit_id string, party_id string?, month string, flagged int
// order: unit_id
// bounds: every vehicle once
// cost: proportional to the vehicles
// demo: declared_stock_complete_from=2023-01-01, declared_stock_complete_to=2026-06-30
// empty: declared_stock_complete_to=1900-01-01
MATCH (v:Vehicle)
WHERE v.first_plated_on > v.end_sale_on + duration({days: $window_days})
  AND NOT coalesce(v.declared_from <= v.first_plated_on AND coalesce(v.declared_to >= v.first_plated_on, true), false)
  AND NOT 'declared_stock' IN coalesce(v.shadowed_in, [])
  AND NOT coalesce(v.violations CONTAINS 'before_built', false)
  AND v.first_plated_on >= $declared_stock_complete_from AND v.first_plated_on <= $declared_stock_complete_to
WITH v.dealer_id AS party_id, substring(toString(v.first_plated_on), 0, 7) AS month, count(v) AS flagged
RETURN 'dealer_month/' + replace(replace(coalesce(party_id, '?'), '%', '%25'), '/', '%2F') + '/' + month AS unit_id,
       party_id, month, flagged
ORDER BY unit_id
