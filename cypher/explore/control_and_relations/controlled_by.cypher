// title: What does a party control on a day?
// answers: every party that it controls on the day, through whatever chain, whether that is proven or only possible, the
//     steps of the proof, how many cars that party sold and bought, and whether it is flagged
// reads: Party, Sale, CONTROLS, SOLD, BOUGHT_BY
// param party_id: string
// param as_of: date = null
// param top: int = 200
// returns: controlled_id string, name string?, kind string, roles string?, basis string, verdict string, valid_from date?, valid_to date?, proof list<string>, sold int, bought int, flagged bool
// order: verdict desc, controlled_id, basis, valid_from, valid_to
// bounds: one link; it is already the whole chain. Without a day: on any day
// cost: proportional to the parties controlled and their sales and purchases
// demo: party_id=C001, as_of=2025-12-15
// empty: party_id=NOBODY
MATCH (:Party {party_id: $party_id})-[r:CONTROLS]->(c:Party)
WHERE coalesce(r.valid_from <= $as_of, true) AND coalesce(r.valid_to >= $as_of, true)
RETURN c.party_id AS controlled_id, c.name AS name, c.kind AS kind, c.roles AS roles, r.basis AS basis, r.verdict AS verdict,
       r.valid_from AS valid_from, r.valid_to AS valid_to, coalesce(r.proof, []) AS proof,
       COUNT { (c)-[:SOLD]->(:Sale) } AS sold, COUNT { (c)<-[:BOUGHT_BY]-(:Sale) } AS bought, coalesce(c.flagged, false) AS flagged
ORDER BY verdict DESC, controlled_id, basis, valid_from, valid_to
LIMIT $top
