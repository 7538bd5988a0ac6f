// title: What ties a dealer's buyers to one another?
// answers: owners, office holders and shared addresses, phones or e-mails that two or more buyers of a dealer have in common, with
//     those buyers and the cars that they bought; links count that held between a buyer's first and last purchase or have no dates.
//     Companies of one lawful group, a shared accountant or a business centre tie buyers too
// reads: Party, Sale, Identifier, SOLD, BOUGHT_BY, OWNS, HOLDS_POSITION, HAS
// param dealer_id: string
// param min_buyers: int = 2
// param top: int = 100
// returns: tie string, tied_by string, name string?, buyers int, units int, buyer_ids list<string>
// order: buyers desc, units desc, tie, tied_by
// bounds: one dealer's retail buyers and one link from each; an identifier of more than 10 parties is not in the graph
// cost: proportional to the dealer's buyers
// demo: dealer_id=D09
// empty: dealer_id=NOBODY
MATCH (d:Party {party_id: $dealer_id})-[:SOLD]->(s:Sale)-[:BOUGHT_BY]->(b:Party)
WHERE s.kind = 'retail' AND b.party_id <> $dealer_id
WITH b, count(s) AS units, min(s.invoiced_on) AS first_on, max(s.invoiced_on) AS last_on
CALL (b, first_on, last_on) {
  MATCH (b)<-[o:OWNS]-(q:Party)
  WHERE coalesce(o.valid_from <= last_on, true) AND coalesce(o.valid_to >= first_on, true)
  RETURN 'owner' AS tie, q.party_id AS tied_by, q.name AS name
  UNION
  MATCH (b)<-[h:HOLDS_POSITION]-(q:Party)
  WHERE coalesce(h.valid_from <= last_on, true) AND coalesce(h.valid_to >= first_on, true)
  RETURN 'office holder' AS tie, q.party_id AS tied_by, q.name AS name
  UNION
  MATCH (b)-[:HAS]->(i:Identifier)
  RETURN 'shared ' + i.kind AS tie, i.value AS tied_by, null AS name
}
WITH tie, tied_by, name, b, units
ORDER BY b.party_id
WITH tie, tied_by, name, collect(b.party_id) AS buyer_ids, sum(units) AS units
WHERE size(buyer_ids) >= $min_buyers
RETURN tie, tied_by, name, size(buyer_ids) AS buyers, units, buyer_ids
ORDER BY buyers DESC, units DESC, tie, tied_by
LIMIT $top
