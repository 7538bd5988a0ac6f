// title: What does a party share, and with whom?
// answers: the addresses, phones and e-mails of a party that others have too, each other party, how the two are related,
//     whether one party controls or may control both, and how many cars they invoiced to one another; a shared office says
//     where to look, not that the two are one
// reads: Party, Identifier, Sale, HAS, RELATED_TO, CONTROLS, SOLD, BOUGHT_BY
// param party_id: string
// returns: kind string, value string, parties int, other_id string, name string?, other_kind string, rule string?, verdict string?, has_common_controller bool, sold_to_it int, bought_from_it int
// order: kind, value, other_id
// bounds: identifiers shared by more than 10 parties are not in the graph: they say nothing
// cost: proportional to the parties that share with it and their sales
// demo: party_id=C003
// empty: party_id=NOBODY
MATCH (p:Party {party_id: $party_id})-[:HAS]->(i:Identifier)<-[:HAS]-(q:Party)
OPTIONAL MATCH (p)-[r:RELATED_TO|CONTROLS]-(q)
WHERE coalesce(r.tier, 'A') = 'A'
WITH p, i, q, r
ORDER BY r.verdict DESC, coalesce(r.rule, r.basis)
WITH p, i, q, head(collect({rule: coalesce(r.rule, r.basis), verdict: r.verdict})) AS tie
RETURN i.kind AS kind, i.value AS value, i.parties AS parties, q.party_id AS other_id, q.name AS name, q.kind AS other_kind,
       tie.rule AS rule, tie.verdict AS verdict,
       EXISTS {
         MATCH (p)<-[:CONTROLS]-(c:Party)-[:CONTROLS]->(q)
         WHERE c.kind <> 'government' AND coalesce(c.is_state, false) = false
       } AS has_common_controller,
       COUNT { MATCH (q)<-[:BOUGHT_BY]-(s:Sale) WHERE s.seller_id = $party_id } AS sold_to_it,
       COUNT { MATCH (p)<-[:BOUGHT_BY]-(s:Sale) WHERE s.seller_id = q.party_id } AS bought_from_it
ORDER BY kind, value, other_id
