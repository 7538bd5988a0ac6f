// title: Which sales stayed inside one group?
// answers: sellers and buyers that were under the same controller, or one under the other, on the day of the invoice: units
//     by pair, how many of them under proven control, and the controllers; a group's own fleet and its sales companies look
//     like this too
// reads: Party, Sale, CONTROLS, TRADED, BOUGHT_BY
// param kind: string = retail
// param top: int = 100
// returns: seller_id string, seller_name string?, buyer_id string, buyer_name string?, units int, proven_units int, first_on date, last_on date, controller_ids list<string>
// order: units desc, seller_id, buyer_id
// bounds: the purchases of parties that are in a group; a state body above both does not make one group
// cost: proportional to those purchases
// demo: kind=retail
// empty: kind=none
CALL () {
  MATCH (seller:Party)<-[k:CONTROLS]-(c:Party)-[l:CONTROLS]->(buyer:Party)
  WHERE c.kind <> 'government' AND coalesce(c.is_state, false) = false
  RETURN seller, buyer, c, [k, l] AS links
  UNION ALL
  MATCH (seller:Party)-[k:CONTROLS]->(buyer:Party)
  RETURN seller, buyer, seller AS c, [k] AS links
  UNION ALL
  MATCH (buyer:Party)-[k:CONTROLS]->(seller:Party)
  RETURN seller, buyer, buyer AS c, [k] AS links
}
WITH seller, buyer, c, links
// a party under one controller in two ways would else be its own group
WHERE seller.party_id <> buyer.party_id AND EXISTS { (seller)-[:TRADED {kind: $kind}]->(buyer) }
MATCH (buyer)<-[:BOUGHT_BY]-(s:Sale)
WHERE s.seller_id = seller.party_id AND s.kind = $kind
  AND all(link IN links WHERE coalesce(link.valid_from <= s.invoiced_on, true) AND coalesce(link.valid_to >= s.invoiced_on, true))
WITH seller, buyer, c, s, all(link IN links WHERE link.verdict = 'proven') AS is_proven
ORDER BY c.party_id
WITH seller, buyer, count(DISTINCT s.sale_id) AS units, count(DISTINCT CASE WHEN is_proven THEN s.sale_id END) AS proven_units,
     min(s.invoiced_on) AS first_on, max(s.invoiced_on) AS last_on, collect(DISTINCT c.party_id) AS controller_ids
RETURN seller.party_id AS seller_id, seller.name AS seller_name, buyer.party_id AS buyer_id, buyer.name AS buyer_name,
       units, proven_units, first_on, last_on, controller_ids
ORDER BY units DESC, seller_id, buyer_id
LIMIT $top
