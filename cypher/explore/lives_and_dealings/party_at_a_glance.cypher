// title: What does the case know of one party?
// answers: what a party is, how many invoices, policies, plates and exports name it, how many parties are proven to
//     control it and to be controlled by it on any day, its cars as the dealer that held them, its score and whether it is
//     flagged
// reads: Party, Sale, Policy, Vehicle, Cluster, SOLD, BOUGHT_BY, ISSUED, INSURES, BUILT, PLATED_TO, EXPORTED, CONTROLS, HAS_MEMBER
// param party_id: string
// returns: party_id string, name string?, kind string, roles string?, city string?, registered_on date?, is_stub bool, is_undecided bool, built int, held int, sold int, bought int, insured int, issued int, plated int, exported int, controllers int, controls int, clusters int, score float?, band string?, flagged bool, reason_1 string?
// order: party_id
// bounds: one party
// cost: proportional to the party's records
// demo: party_id=D09
// empty: party_id=NOBODY
MATCH (p:Party {party_id: $party_id})
RETURN p.party_id AS party_id, p.name AS name, p.kind AS kind, p.roles AS roles, p.city AS city, p.registered_on AS registered_on,
       coalesce(p.is_stub, false) AS is_stub, coalesce(p.is_undecided, false) AS is_undecided,
       COUNT { (p)-[:BUILT]->(:Vehicle) } AS built,
       COUNT { MATCH (v:Vehicle {dealer_id: $party_id}) } AS held, COUNT { (p)-[:SOLD]->(:Sale) } AS sold,
       COUNT { (p)<-[:BOUGHT_BY]-(:Sale) } AS bought, COUNT { (p)<-[:INSURES]-(:Policy) } AS insured,
       COUNT { (p)-[:ISSUED]->(:Policy) } AS issued, COUNT { (p)<-[:PLATED_TO]-(:Vehicle) } AS plated,
       COUNT { (p)-[:EXPORTED]->(:Vehicle) } AS exported,
       COUNT { MATCH (p)<-[r:CONTROLS]-(c:Party) WHERE r.verdict = 'proven' RETURN DISTINCT c } AS controllers,
       COUNT { MATCH (p)-[r:CONTROLS]->(c:Party) WHERE r.verdict = 'proven' RETURN DISTINCT c } AS controls,
       COUNT { (p)<-[:HAS_MEMBER]-(:Cluster) } AS clusters,
       p.score AS score, p.band AS band, coalesce(p.flagged, false) AS flagged, p.reason_1 AS reason_1
ORDER BY party_id
