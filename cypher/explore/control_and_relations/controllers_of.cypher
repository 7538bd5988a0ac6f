// title: Who controls a party on a day?
// answers: every party that controls it on the day, through whatever chain, on which basis, whether that is proven or only
//     possible, and each step of the proof with the register row behind it
// reads: Party, CONTROLS
// param party_id: string
// param as_of: date = null
// returns: controller_id string, name string?, kind string, basis string, verdict string, valid_from date?, valid_to date?, proof list<string>, proof_rows list<string>
// order: verdict desc, controller_id, basis, valid_from, valid_to
// bounds: one link; it is already the whole chain. Without a day: on any day
// cost: proportional to the party's controllers
// demo: party_id=D09, as_of=2025-12-15
// empty: party_id=NOBODY
MATCH (c:Party)-[r:CONTROLS]->(:Party {party_id: $party_id})
WHERE coalesce(r.valid_from <= $as_of, true) AND coalesce(r.valid_to >= $as_of, true)
RETURN c.party_id AS controller_id, c.name AS name, c.kind AS kind, r.basis AS basis, r.verdict AS verdict,
       r.valid_from AS valid_from, r.valid_to AS valid_to, coalesce(r.proof, []) AS proof, coalesce(r.proof_rows, []) AS proof_rows
ORDER BY verdict DESC, controller_id, basis, valid_from, valid_to
