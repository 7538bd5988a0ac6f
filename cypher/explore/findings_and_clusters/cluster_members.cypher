// title: Who belongs to a cluster, and why?
// answers: the members of the cluster that a party anchors or belongs to, with standing, role, units and score, and the
//     reason in one sentence
// reads: Cluster, Party, HAS_MEMBER
// param party_id: string
// returns: cluster_id string, reason string?, standing string, role string?, member_id string, name string?, units int?, first_on date?, last_on date?, score float?
// order: cluster_id, standing, units desc, member_id
// bounds: the clusters that one party belongs to
// cost: proportional to their members
// demo: party_id=D09
// empty: party_id=NOBODY
MATCH (:Party {party_id: $party_id})<-[:HAS_MEMBER]-(c:Cluster)
MATCH (c)-[m:HAS_MEMBER]->(p:Party)
RETURN c.cluster_id AS cluster_id, c.reason AS reason, m.standing AS standing, m.role AS role, p.party_id AS member_id,
       p.name AS name, m.units AS units, m.first_on AS first_on, m.last_on AS last_on, p.score AS score
ORDER BY cluster_id, standing, units DESC, member_id
