// title: Which cars went from one seller through several hands into one party's (scatter and gather)?
// answers: retail sellers whose cars went to at least min_hands buyers and from these, within window_days, into the hands of one
//     party that bought or exported them, with the hands between, the cars, and how many of the hands that party controls;
//     most cars first. An exporter or trader that buys used cars of one dealer's customers looks the same
// reads: Party, Sale, Vehicle, SOLD, BOUGHT_BY, OF, EXPORTED, CONTROLS
// param min_hands: int = 3
// param window_days: int = 365
// param top: int = 50
// returns: seller_id string, seller_name string?, gatherer_id string, gatherer_name string?, hands int, controlled_hands int, cars int, first_on date, last_on date
// order: cars desc, hands desc, seller_id, gatherer_id
// bounds: two steps of a car: a retail sale, then a resale or an export
// cost: proportional to the resales and exports
// demo: min_hands=3
// empty: min_hands=100000000
CALL () {
  MATCH (g:Party)
  WHERE g.kind <> 'person'
  MATCH (g)<-[:BOUGHT_BY]-(t:Sale)-[:OF]->(v:Vehicle)
  WHERE t.kind <> 'wholesale'
  RETURN v, g, t.invoiced_on AS taken_on, t.seller_id AS giver_id
  UNION ALL
  MATCH (g:Party)-[e:EXPORTED]->(v:Vehicle)
  RETURN v, g, e.cleared_on AS taken_on, null AS giver_id
}
MATCH (v)<-[:OF]-(s:Sale)
WHERE s.kind = 'retail' AND s.buyer_id <> g.party_id AND s.seller_id <> g.party_id AND s.invoiced_on <= taken_on
  AND taken_on <= s.invoiced_on + duration({days: $window_days}) AND coalesce(giver_id = s.buyer_id, true)
WITH s.seller_id AS seller_id, g, count(DISTINCT s.buyer_id) AS hands, collect(DISTINCT s.buyer_id) AS hand_ids,
     count(DISTINCT v) AS cars, min(taken_on) AS first_on, max(taken_on) AS last_on
WHERE hands >= $min_hands
OPTIONAL MATCH (g)-[c:CONTROLS]->(h:Party)
WHERE c.verdict = 'proven' AND h.party_id IN hand_ids
WITH seller_id, g, hands, cars, first_on, last_on, count(DISTINCT h) AS controlled_hands
MATCH (a:Party {party_id: seller_id})
RETURN seller_id, a.name AS seller_name, g.party_id AS gatherer_id, g.name AS gatherer_name, hands, controlled_hands, cars,
       first_on, last_on
ORDER BY cars DESC, hands DESC, seller_id, gatherer_id
LIMIT $top
