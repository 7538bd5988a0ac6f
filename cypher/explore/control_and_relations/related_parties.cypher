// title: Who is related to a party, and by which rule?
// answers: parties that a party controls, is controlled by, or is related to under a regime, on any day, with rule (or basis
//     of control), tier, verdict and dates
// reads: Party, CONTROLS, RELATED_TO
// param party_id: string
// param top: int = 200
// returns: other_id string, name string?, kind string, tie string, rule string?, tier string?, verdict string?, valid_from date?, valid_to date?
// order: tie, other_id, rule, valid_from, valid_to, verdict
// bounds: one link around the party; control is already the whole chain
// cost: proportional to the party's ties
// demo: party_id=D09
// empty: party_id=NOBODY
MATCH (p:Party {party_id: $party_id})
CALL (p) {
  MATCH (p)-[r:CONTROLS]->(q:Party)
  RETURN q, 'controls' AS tie, r.basis AS rule, null AS tier, r.verdict AS verdict, r.valid_from AS valid_from,
         r.valid_to AS valid_to
  UNION ALL
  MATCH (q:Party)-[r:CONTROLS]->(p)
  RETURN q, 'controlled by' AS tie, r.basis AS rule, null AS tier, r.verdict AS verdict, r.valid_from AS valid_from,
         r.valid_to AS valid_to
  UNION ALL
  MATCH (p)-[r:RELATED_TO]-(q:Party)
  RETURN q, 'related, ' + r.regime AS tie, r.rule AS rule, r.tier AS tier, r.verdict AS verdict, r.valid_from AS valid_from,
         r.valid_to AS valid_to
}
RETURN q.party_id AS other_id, q.name AS name, q.kind AS kind, tie, rule, tier, verdict, valid_from, valid_to
ORDER BY tie, other_id, rule, valid_from, valid_to, verdict
LIMIT $top
