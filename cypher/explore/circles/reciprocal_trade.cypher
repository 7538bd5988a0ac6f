// title: Which two parties sell cars to one another?
// answers: pairs of parties, neither a private person, that each sold at least min_units cars to the other, with the cars each
//     way, the kinds of sale and the first and last day; the smaller side's number first. Dealers of one brand that swap
//     stock do this lawfully, and so do returns and leasebacks
// reads: Party, TRADED
// param min_units: int = 1
// param top: int = 50
// returns: party_id string, name string?, other_id string, other_name string?, sold int, bought int, kinds list<string>, first_on date, last_on date
// order: the smaller of sold and bought desc, their sum desc, party_id, other_id
// bounds: pairs that traded both ways, each once
// cost: proportional to the pairs of parties that traded
// demo: min_units=2
// empty: min_units=100000000
MATCH (a:Party)-[t:TRADED]->(b:Party)
WHERE a.kind <> 'person' AND b.kind <> 'person' AND a.party_id <> b.party_id
  AND t.kind IN ['wholesale', 'retail', 'resale', 'return', 'swap', 'trade_in', 'leaseback']
WITH CASE WHEN a.party_id < b.party_id THEN a ELSE b END AS one, CASE WHEN a.party_id < b.party_id THEN b ELSE a END AS other,
     a.party_id < b.party_id AS is_forth, t
ORDER BY t.kind
WITH one, other, sum(CASE WHEN is_forth THEN t.units ELSE 0 END) AS sold, sum(CASE WHEN is_forth THEN 0 ELSE t.units END) AS bought,
     collect(DISTINCT t.kind) AS kinds, min(t.first_on) AS first_on, max(t.last_on) AS last_on
WHERE sold >= $min_units AND bought >= $min_units AND sold > 0 AND bought > 0
RETURN one.party_id AS party_id, one.name AS name, other.party_id AS other_id, other.name AS other_name, sold, bought, kinds,
       first_on, last_on
ORDER BY CASE WHEN sold < bought THEN sold ELSE bought END DESC, sold + bought DESC, party_id, other_id
LIMIT $top
