// title: What was found about a party and those related to it?
// answers: findings that concern a party, or a party that it controls, is controlled by or is related to; unremarkable,
//     explained and indeterminate ones are listed with that verdict
// reads: Party, Finding, CONCERNS, CONTROLS, RELATED_TO
// param party_id: string
// param top: int = 100
// returns: about_id string, name string?, tie string, detector string, unit_id string, observed int, n int, verdict string?, reason string?, finding_id string
// order: tie, observed desc, finding_id
// bounds: the party and what lies one link away
// cost: proportional to the party's ties and their findings
// demo: party_id=D09
// empty: party_id=NOBODY
MATCH (p:Party {party_id: $party_id})
CALL (p) {
  RETURN p AS about, '1 itself' AS tie
  UNION
  MATCH (p)-[:CONTROLS]->(q:Party)
  RETURN q AS about, '2 controlled by it' AS tie
  UNION
  MATCH (q:Party)-[:CONTROLS]->(p)
  RETURN q AS about, '3 controls it' AS tie
  UNION
  MATCH (p)-[:RELATED_TO {tier: 'A'}]-(q:Party)
  RETURN q AS about, '4 related to it' AS tie
}
WITH about, min(tie) AS tie
MATCH (f:Finding)-[:CONCERNS]->(about)
RETURN about.party_id AS about_id, about.name AS name, substring(tie, 2) AS tie, f.detector AS detector, f.unit_id AS unit_id,
       f.observed AS observed, f.n AS n, f.verdict AS verdict, f.reason AS reason, f.finding_id AS finding_id
ORDER BY tie, observed DESC, finding_id
LIMIT $top
