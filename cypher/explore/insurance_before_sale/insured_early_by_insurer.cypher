// title: Which insurers wrote policies before the car was sold?
// answers: cars whose first compulsory policy starts more than slack_days before the invoice to the end user, with somebody
//     else insured, by insurer; declared fleets, renamed gift policies and cancelled orders are counted too
// reads: Vehicle, Party
// param slack_days: int = 7
// returns: insurer_id string, name string?, cars int, dealers int, mean_days float, longest_days int
// order: cars desc, insurer_id
// bounds: every vehicle once
// cost: proportional to the vehicles
// demo: slack_days=7
// empty: slack_days=10000
MATCH (v:Vehicle)
WHERE v.first_insured_on + duration({days: $slack_days}) < v.end_sale_on AND v.first_insured_id <> v.end_buyer_id
  AND v.first_insurer_id IS NOT NULL
WITH v.first_insurer_id AS insurer_id, count(v) AS cars, count(DISTINCT v.dealer_id) AS dealers,
     toFloat(sum(v.gap_insured_to_sold)) / count(v) AS mean_days, max(v.gap_insured_to_sold) AS longest_days
OPTIONAL MATCH (i:Party {party_id: insurer_id})
RETURN insurer_id, i.name AS name, cars, dealers, mean_days, longest_days
ORDER BY cars DESC, insurer_id
