// title: Which cars prove a finding?
// answers: every flagged car that a finding counted (about a party: in all its months; about a maker: the cars that it
//     built), with the days of its life that matter; vehicle_life tells the rest of each
// reads: Finding, Party, Vehicle, CONCERNS, BUILT
// param finding_id: string
// param top: int = 10000
// returns: vin string, dealer_id string?, wholesaled_on date?, first_insured_on date?, first_insured_id string?, end_sale_on date?, end_buyer_id string?, first_plated_on date?, resold_on date?, exported_on date?, km_last int?
// order: first_insured_on, vin
// bounds: the cars of one finding, or of one party's findings by one detector
// cost: proportional to them
// demo: finding_id=7348122e69c92957
// empty: finding_id=NOTHING
MATCH (f:Finding {finding_id: $finding_id})
CALL (f) {
  MATCH (f)-[:CONCERNS]->(v:Vehicle)
  RETURN v
  UNION
  MATCH (f)-[:CONCERNS]->(:Party)<-[:CONCERNS]-(g:Finding)-[:CONCERNS]->(v:Vehicle)
  WHERE f.unit_kind = 'party' AND g.detector = f.detector
  RETURN v
  UNION
  MATCH (f)-[:CONCERNS]->(:Party)-[:BUILT]->(v:Vehicle)<-[:CONCERNS]-(g:Finding)
  WHERE g.detector = f.detector AND (f.unit_kind = 'party' OR (f.unit_kind = 'maker_city_month'
    AND f.month = substring(toString(v.first_insured_on), 0, 7)
    AND split(f.unit_id, '/')[2] = coalesce(replace(replace(v.first_policy_city, '%', '%25'), '/', '%2F'), '?')))
  RETURN v
}
RETURN v.vin AS vin, v.dealer_id AS dealer_id, v.wholesaled_on AS wholesaled_on, v.first_insured_on AS first_insured_on,
       v.first_insured_id AS first_insured_id, v.end_sale_on AS end_sale_on, v.end_buyer_id AS end_buyer_id,
       v.first_plated_on AS first_plated_on, v.resold_on AS resold_on, v.exported_on AS exported_on, v.km_last AS km_last
ORDER BY first_insured_on, vin
LIMIT $top
