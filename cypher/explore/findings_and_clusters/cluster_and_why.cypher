// title: Who is in the cluster around this dealer, and why?
// answers: the members of a dealer's cluster with their standing, and what was flagged about each: the finding's reason, its
//     weight in the score and its sentence. A member in the context is there because it dealt with the others
// reads: Cluster, Party, Finding, HAS_MEMBER, CONCERNS
// param party_id: string
// returns: cluster_id string, standing string, role string?, member_id string, name string?, score float?, detector string?, unit_id string?, reason string?, weight float?, sentence string?
// order: cluster_id, core first, score desc, member_id, weight desc, detector, unit_id
// bounds: the clusters that one party belongs to
// cost: proportional to their members and findings
// demo: party_id=D09
// empty: party_id=NOBODY
MATCH (:Party {party_id: $party_id})<-[:HAS_MEMBER]-(c:Cluster)
// a MATCH of its own: in one pattern the dealer itself would be left out
MATCH (c)-[m:HAS_MEMBER]->(p:Party)
OPTIONAL MATCH (p)<-[why:CONCERNS]-(f:Finding {verdict: 'flagged'})
RETURN c.cluster_id AS cluster_id, m.standing AS standing, m.role AS role, p.party_id AS member_id, p.name AS name,
       p.score AS score, f.detector AS detector, f.unit_id AS unit_id, f.reason AS reason,
       why.weight AS weight, why.sentence AS sentence
ORDER BY cluster_id, CASE standing WHEN 'core' THEN 1 WHEN 'intermediary' THEN 2 WHEN 'counterparty' THEN 3 ELSE 4 END,
         coalesce(score, -1000.0) DESC, member_id, coalesce(weight, -1000.0) DESC, detector, unit_id
