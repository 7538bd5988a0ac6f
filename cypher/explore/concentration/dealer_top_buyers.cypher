// title: Who were a dealer's largest buyers in a period?
// answers: who bought most from a dealer between two days, with their share of its retail sales and their first and last
//     invoice
// reads: Party, Sale, SOLD, BOUGHT_BY
// param dealer_id: string
// param from: date = 1900-01-01
// param to: date = 2999-12-31
// param top: int = 20
// returns: buyer_id string, name string?, kind string, units int, share float, first_on date, last_on date
// order: units desc, buyer_id
// bounds: one dealer's retail sales in the period
// cost: proportional to the dealer's sales
// demo: dealer_id=D09, from=2025-12-01, to=2025-12-31
// empty: dealer_id=D09, from=1990-01-01, to=1990-12-31
MATCH (d:Party {party_id: $dealer_id})-[:SOLD]->(s:Sale)-[:BOUGHT_BY]->(b:Party)
WHERE s.kind = 'retail' AND s.invoiced_on >= $from AND s.invoiced_on <= $to
WITH b, count(s) AS units, min(s.invoiced_on) AS first_on, max(s.invoiced_on) AS last_on
WITH collect({b: b, units: units, first_on: first_on, last_on: last_on}) AS buyers, sum(units) AS sold
UNWIND buyers AS buyer
RETURN buyer.b.party_id AS buyer_id, buyer.b.name AS name, buyer.b.kind AS kind, buyer.units AS units,
       toFloat(buyer.units) / sold AS share, buyer.first_on AS first_on, buyer.last_on AS last_on
ORDER BY units DESC, buyer_id
LIMIT $top
