// title: Which small sets of companies sell cars to one another, in every direction?
// answers: for each trade set (3 to 20 companies that reach one another along their sales, sell at least half of their cars to
//     companies within the set, and are denser than any shuffle of who deals with whom) the deals within it: how many cars each
//     member sold to each other one, and how many of them were never plated. Dealers that share stock are a set as well
// reads: Party, Vehicle, Sale, SOLD, OF
// param trade_set_id: string = null
// param top: int = 200
// returns: trade_set_id string, members int, seller_id string, seller_name string?, buyer_id string, buyer_name string?, cars int, never_plated int, first_on date, last_on date
// order: trade_set_id, seller_id, buyer_id
// bounds: the sales of the members of trade sets
// cost: proportional to those
// demo: top=200
// empty: trade_set_id=NOBODY
MATCH (m:Party)
WHERE m.trade_set_id IS NOT NULL AND coalesce(m.trade_set_id = $trade_set_id, true)
WITH m.trade_set_id AS trade_set_id, collect(m.party_id) AS ids
UNWIND ids AS seller_id
MATCH (a:Party {party_id: seller_id})-[:SOLD]->(s:Sale)-[:OF]->(v:Vehicle)
WHERE s.buyer_id IN ids AND s.buyer_id <> s.seller_id AND NOT s.kind IN ['return', 'swap', 'trade_in', 'leaseback']
MATCH (b:Party {party_id: s.buyer_id})
RETURN trade_set_id, size(ids) AS members, seller_id, a.name AS seller_name, b.party_id AS buyer_id, b.name AS buyer_name,
       count(DISTINCT v) AS cars,
       count(DISTINCT CASE WHEN v.first_plated_on IS NULL AND v.first_registered_on IS NULL THEN v.vin END) AS never_plated,
       min(s.invoiced_on) AS first_on, max(s.invoiced_on) AS last_on
ORDER BY trade_set_id, seller_id, buyer_id
LIMIT $top
