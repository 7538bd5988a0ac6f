// title: Who holds offices in several companies that trade with a dealer?
// answers: persons with an office in two or more of these companies: the dealer, those that it bought from and those that it
//     sold to; units are the invoices between the dealer and the others on days when the person held the office there.
//     Registration agents and accountants serve many companies and look like this too
// reads: Party, Sale, SOLD, BOUGHT_BY, HOLDS_POSITION
// param dealer_id: string
// returns: person_id string, name string?, companies int, company_ids list<string>, offices list<string>, units int, first_on date, last_on date
// order: units desc, person_id
// bounds: one dealer's trade with companies and the offices held in them
// cost: proportional to the dealer's sales and purchases
// demo: dealer_id=D32
// empty: dealer_id=NOBODY
MATCH (d:Party {party_id: $dealer_id})
CALL (d) {
  MATCH (d)-[:SOLD]->(s:Sale)-[:BOUGHT_BY]->(c:Party)
  RETURN s, c
  UNION ALL
  MATCH (d)<-[:BOUGHT_BY]-(s:Sale)<-[:SOLD]-(c:Party)
  RETURN s, c
}
WITH d, s, c
WHERE c.kind <> 'person' AND c.party_id <> $dealer_id
UNWIND [d, c] AS company
MATCH (p:Party)-[h:HOLDS_POSITION]->(company)
WHERE coalesce(h.valid_from <= s.invoiced_on, true) AND coalesce(h.valid_to >= s.invoiced_on, true)
WITH p, company.party_id AS company_id, coalesce(h.position, 'office') AS position,
     CASE WHEN company.party_id <> $dealer_id THEN s END AS s
ORDER BY company_id, position
WITH p, collect(DISTINCT company_id) AS company_ids, collect(DISTINCT company_id + ': ' + position) AS offices,
     count(DISTINCT s.sale_id) AS units, min(s.invoiced_on) AS first_on, max(s.invoiced_on) AS last_on
WHERE size(company_ids) >= 2
RETURN p.party_id AS person_id, p.name AS name, size(company_ids) AS companies, company_ids, offices, units, first_on, last_on
ORDER BY units DESC, person_id
