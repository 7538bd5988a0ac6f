// title: Which sold cars did the seller or its group deal in again?
// answers: cars that a party sold and that it, or a party under common control with it on that day, bought again, advertised or
//     exported within window_days, on a later day; those sold out of the group first: inside_group says that seller and
//     buyer were both of it when it was sold. Trade-ins, withdrawn orders, leasebacks and adverts nobody took down look the same
// reads: Party, Sale, Vehicle, SOLD, BOUGHT_BY, OF, LISTED, EXPORTED, CONTROLS
// param window_days: int = 180
// param top: int = 500
// returns: vin string, seller_id string, sold_on date, buyer_id string?, again_id string, again_as string, again_on date, days int, inside_group bool
// order: inside_group, days, vin, sale_id, again_as, again_id
// bounds: sales within a group or by one party that is no private buyer, and one later event of the same car
// cost: proportional to the purchases that are not from the maker, the adverts and the exports of companies
// demo: window_days=180
// empty: window_days=-1
MATCH (y:Party)
WHERE y.kind <> 'person' OR EXISTS { (y)-[:CONTROLS]->(:Party) }
CALL (y) {
  MATCH (y)-[c:CONTROLS]-(x:Party)
  WHERE c.verdict = 'proven'
  RETURN x, c.valid_from AS since, c.valid_to AS until, null AS since_too, null AS until_too
  UNION
  MATCH (y)<-[c:CONTROLS]-(above:Party)-[d:CONTROLS]->(x:Party)
  WHERE c.verdict = 'proven' AND d.verdict = 'proven' AND above.kind <> 'government' AND coalesce(above.is_state, false) = false
  RETURN x, c.valid_from AS since, c.valid_to AS until, d.valid_from AS since_too, d.valid_to AS until_too
  UNION
  RETURN y AS x, null AS since, null AS until, null AS since_too, null AS until_too
}
WITH y, collect({id: x.party_id, since: since, until: until, since_too: since_too, until_too: until_too}) AS group
CALL (y) {
  MATCH (y)<-[:BOUGHT_BY]-(t:Sale)-[:OF]->(v:Vehicle)
  // what the maker sells is no car that comes back
  WHERE coalesce(t.seller_id <> v.manufacturer_id, true)
  RETURN v, 'bought' AS again_as, t.invoiced_on AS again_on
  UNION ALL
  MATCH (y)-[l:LISTED]->(v:Vehicle)
  RETURN v, 'advertised' AS again_as, l.listed_on AS again_on
  UNION ALL
  MATCH (y)-[e:EXPORTED]->(v:Vehicle)
  RETURN v, 'exported' AS again_as, e.cleared_on AS again_on
}
MATCH (v)<-[:OF]-(s:Sale)
WHERE s.invoiced_on < again_on AND again_on <= s.invoiced_on + duration({days: $window_days})
  AND any(g IN group WHERE g.id = s.seller_id
          AND coalesce(g.since <= again_on, true) AND coalesce(g.until >= again_on, true)
          AND coalesce(g.since_too <= again_on, true) AND coalesce(g.until_too >= again_on, true))
WITH DISTINCT v, s, y, again_as, again_on, duration.inDays(s.invoiced_on, again_on).days AS days,
     [g IN group WHERE coalesce(g.since <= s.invoiced_on, true) AND coalesce(g.until >= s.invoiced_on, true)
      AND coalesce(g.since_too <= s.invoiced_on, true) AND coalesce(g.until_too >= s.invoiced_on, true) | g.id] AS members
WITH v, s, y, again_as, again_on, days, coalesce(s.seller_id IN members, false) AS had_seller,
     coalesce(s.buyer_id IN members, false) AS had_buyer
WITH v, s, y, again_as, again_on, days, had_seller AND had_buyer AS inside_group
ORDER BY inside_group, days, v.vin, s.sale_id, again_as, y.party_id
LIMIT $top
RETURN v.vin AS vin, s.seller_id AS seller_id, s.invoiced_on AS sold_on, s.buyer_id AS buyer_id, y.party_id AS again_id,
       again_as, again_on, days, inside_group
ORDER BY inside_group, days, vin, s.sale_id, again_as, again_id
