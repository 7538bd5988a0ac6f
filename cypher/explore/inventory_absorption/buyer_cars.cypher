// title: What became of a buyer's cars?
// answers: every car that a party bought, from whom and when, and whether it was plated, to whom, resold or exported
// reads: Party, Sale, Vehicle, BOUGHT_BY, OF
// param buyer_id: string
// param top: int = 1000
// returns: invoiced_on date, vin string, seller_id string?, kind string, price float?, first_plated_on date?, first_owner_id string?, resold_on date?, exported_on date?, destination string?, km_last int?
// order: invoiced_on, vin, sale_id
// bounds: one buyer's purchases
// cost: proportional to the buyer's purchases
// demo: buyer_id=C003
// empty: buyer_id=NOBODY
MATCH (b:Party {party_id: $buyer_id})<-[:BOUGHT_BY]-(s:Sale)-[:OF]->(v:Vehicle)
RETURN s.invoiced_on AS invoiced_on, v.vin AS vin, s.seller_id AS seller_id, s.kind AS kind, s.price AS price,
       v.first_plated_on AS first_plated_on, v.first_owner_id AS first_owner_id, v.resold_on AS resold_on,
       v.exported_on AS exported_on, v.destination AS destination, v.km_last AS km_last
ORDER BY s.invoiced_on, v.vin, s.sale_id
LIMIT $top
