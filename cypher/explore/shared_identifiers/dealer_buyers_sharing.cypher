// title: Which dealers' buyers share an address, phone or e-mail?
// answers: identifiers that a dealer shares with a buyer of its cars, or that two or more of its buyers share: the buyers,
//     and the cars that the dealer invoiced to them at retail; companies of one office building look like this too
// reads: Identifier, Party, Sale, HAS, BOUGHT_BY
// param dealer_id: string = any
// param top: int = 100
// returns: dealer_id string, dealer_name string?, kind string, value string, is_dealers_own bool, buyers int, buyer_ids list<string>, units int, first_on date, last_on date
// order: units desc, dealer_id, kind, value
// bounds: the purchases of parties that share an identifier; those shared by more than 10 parties are not in the graph
// cost: proportional to those purchases
// demo: dealer_id=any
// empty: dealer_id=NOBODY
MATCH (i:Identifier)<-[:HAS]-(b:Party)<-[:BOUGHT_BY]-(s:Sale)
WHERE s.kind = 'retail' AND b.party_id <> s.seller_id AND ($dealer_id = 'any' OR s.seller_id = $dealer_id)
WITH i, b, s
ORDER BY b.party_id
WITH i, s.seller_id AS dealer_id, collect(DISTINCT b.party_id) AS buyer_ids, count(DISTINCT s.sale_id) AS units,
     min(s.invoiced_on) AS first_on, max(s.invoiced_on) AS last_on
MATCH (d:Party {party_id: dealer_id})
WITH i, d, buyer_ids, units, first_on, last_on, EXISTS { (d)-[:HAS]->(i) } AS is_dealers_own
WHERE is_dealers_own OR size(buyer_ids) > 1
RETURN d.party_id AS dealer_id, d.name AS dealer_name, i.kind AS kind, i.value AS value, is_dealers_own, size(buyer_ids) AS buyers,
       buyer_ids, units, first_on, last_on
ORDER BY units DESC, dealer_id, kind, value
LIMIT $top
