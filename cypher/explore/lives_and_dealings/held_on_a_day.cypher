// title: What did a party hold on a day?
// answers: its holdings, offices and control agreements that were valid on the day, the cars plated to it and not yet to
//     somebody else, and the cars declared as its stock; links without dates count
// reads: Party, Vehicle, OWNS, HOLDS_POSITION, CONTROLS_BY_AGREEMENT, PLATED_TO, HELD_AS
// param party_id: string
// param as_of: date = null
// param top: int = 1000
// returns: what string, id string, name string?, detail string?, share_percent float?, valid_from date?, valid_to date?
// order: what, id, valid_from, detail
// bounds: one party's records. Without a day: those still open
// cost: proportional to the party's records
// demo: party_id=C323, as_of=2025-12-15
// empty: party_id=NOBODY
MATCH (p:Party {party_id: $party_id})
CALL (p) {
  MATCH (p)-[r:OWNS|HOLDS_POSITION|CONTROLS_BY_AGREEMENT]->(q:Party)
  RETURN CASE type(r) WHEN 'OWNS' THEN 'holding' WHEN 'HOLDS_POSITION' THEN 'office' ELSE 'control agreement' END AS what,
         q.party_id AS id, q.name AS name, coalesce(r.position, r.basis) AS detail, toFloat(r.share) / 10000 AS share_percent,
         r.valid_from AS valid_from, r.valid_to AS valid_to
  UNION ALL
  MATCH (p)<-[r:PLATED_TO]-(v:Vehicle)
  OPTIONAL MATCH (v)-[t:PLATED_TO]->(:Party)
  WHERE t.plated_on > r.plated_on OR (t.plated_on = r.plated_on AND r.event = 'first' AND t.event <> 'first')
  WITH v, r, min(t.plated_on) AS next_on
  WITH v, r, CASE WHEN r.deregistered_on < next_on THEN r.deregistered_on ELSE coalesce(next_on, r.deregistered_on) END AS until
  RETURN 'plated car' AS what, v.vin AS id, v.model AS name, r.city AS detail, null AS share_percent, r.plated_on AS valid_from,
         until - duration({days: 1}) AS valid_to
  UNION ALL
  MATCH (p)<-[r:HELD_AS]-(v:Vehicle)
  RETURN 'declared ' + r.status AS what, v.vin AS id, v.model AS name, null AS detail, null AS share_percent,
         r.valid_from AS valid_from, r.valid_to AS valid_to
}
WITH what, id, name, detail, share_percent, valid_from, valid_to
WHERE coalesce(valid_from <= $as_of, true)
  AND CASE WHEN $as_of IS NULL THEN valid_to IS NULL ELSE coalesce(valid_to >= $as_of, true) END
RETURN what, id, name, detail, share_percent, valid_from, valid_to
ORDER BY what, id, valid_from, detail, valid_to, share_percent
LIMIT $top
