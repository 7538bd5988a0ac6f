// title: With whom did a party trade in a period?
// answers: with whom a party traded between two days, on which side it stood, how many cars and for how much
// reads: Party, Sale, SOLD, BOUGHT_BY
// param party_id: string
// param from: date = 1900-01-01
// param to: date = 2999-12-31
// param top: int = 50
// returns: side string, kind string, other_id string, name string?, units int, amount float?, currency string?, first_on date, last_on date
// order: units desc, side, kind, other_id, currency
// bounds: one party's sales and purchases in the period
// cost: proportional to the party's sales and purchases
// demo: party_id=D09
// empty: party_id=NOBODY
MATCH (p:Party {party_id: $party_id})
CALL (p) {
  MATCH (p)-[:SOLD]->(s:Sale)-[:BOUGHT_BY]->(other:Party)
  RETURN 'sold' AS side, s, other
  UNION ALL
  MATCH (p)<-[:BOUGHT_BY]-(s:Sale)<-[:SOLD]-(other:Party)
  RETURN 'bought' AS side, s, other
}
WITH side, s, other
WHERE s.invoiced_on >= $from AND s.invoiced_on <= $to
WITH side, s.kind AS kind, other, s.currency AS currency, count(s) AS units, count(s.price) AS priced, sum(s.price) AS total,
     min(s.invoiced_on) AS first_on, max(s.invoiced_on) AS last_on
RETURN side, kind, other.party_id AS other_id, other.name AS name, units,
       CASE WHEN priced > 0 THEN toFloat(total) ELSE null END AS amount, currency, first_on, last_on
ORDER BY units DESC, side, kind, other_id, currency
LIMIT $top
