// title: Where did an exporter's cars come from?
// answers: the dealers whose cars a party exported: units, how many as used, the exporter's own purchases from them,
//     purchases by other companies and by persons, and the median days from the first registration to the export
// reads: Party, Vehicle, EXPORTED
// param exporter_id: string
// returns: dealer_id string?, name string?, units int, as_used int, bought_by_exporter int, bought_by_companies int, bought_by_persons int, median_days float?, first_on date, last_on date
// order: units desc, dealer_id
// bounds: one exporter's declarations, each car once; as used and the days are by the car's first declaration
// cost: proportional to the cars that it exported
// demo: exporter_id=E01
// empty: exporter_id=NOBODY
MATCH (:Party {party_id: $exporter_id})-[x:EXPORTED]->(v:Vehicle)
WITH v, max(x.cleared_on) AS cleared_on
OPTIONAL MATCH (b:Party {party_id: coalesce(v.end_buyer_id, '')})
WITH v.dealer_id AS dealer_id, count(v) AS units, sum(CASE WHEN v.declared_as = 'used' THEN 1 ELSE 0 END) AS as_used,
     sum(CASE WHEN b.party_id = $exporter_id THEN 1 ELSE 0 END) AS bought_by_exporter,
     sum(CASE WHEN b.kind = 'company' AND b.party_id <> $exporter_id THEN 1 ELSE 0 END) AS bought_by_companies,
     sum(CASE WHEN b.kind = 'person' THEN 1 ELSE 0 END) AS bought_by_persons,
     toFloat(percentileCont(v.gap_registered_to_exported, 0.5)) AS median_days,
     min(cleared_on) AS first_on, max(cleared_on) AS last_on
OPTIONAL MATCH (d:Party {party_id: coalesce(dealer_id, '')})
RETURN dealer_id, d.name AS name, units, as_used, bought_by_exporter, bought_by_companies, bought_by_persons, median_days, first_on,
       last_on
ORDER BY units DESC, dealer_id
