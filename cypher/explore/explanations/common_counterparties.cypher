// title: With whom do both of two parties trade?
// answers: parties that both of two given parties sold to, bought from or exchanged payments with, with the cars and payments
//     between each pair; those that both traded most with first. A maker, a large lessor or an
//     exporter is a counterparty of nearly everybody: other_sides counts with how many parties it trades
// reads: Party, TRADED
// param first_id: string
// param second_id: string
// param top: int = 100
// returns: party_id string, name string?, party_kind string, with_first int, with_second int, kinds list<string>, other_sides int
// order: the smaller of with_first and with_second desc, other_sides, party_id
// bounds: the parties that traded with the first, and of these those that traded with the second
// cost: proportional to the counterparties of the first party
// demo: first_id=D17, second_id=D30
// empty: first_id=D17, second_id=NOBODY
MATCH (a:Party {party_id: $first_id})-[t:TRADED]-(m:Party)
WITH m, sum(t.units) AS with_first
MATCH (m)-[u:TRADED]-(b:Party {party_id: $second_id})
WHERE m.party_id <> $first_id AND m.party_id <> $second_id
WITH m, with_first, sum(u.units) AS with_second
MATCH (m)-[t:TRADED]-(side:Party)
WHERE side.party_id IN [$first_id, $second_id]
WITH m, with_first, with_second, t
ORDER BY t.kind
WITH m, with_first, with_second, collect(DISTINCT t.kind) AS kinds
RETURN m.party_id AS party_id, m.name AS name, m.kind AS party_kind, with_first, with_second, kinds,
       COUNT { MATCH (m)-[:TRADED]-(o:Party) WHERE o.party_id <> m.party_id RETURN DISTINCT o } AS other_sides
ORDER BY CASE WHEN with_first < with_second THEN with_first ELSE with_second END DESC, other_sides, party_id
LIMIT $top
