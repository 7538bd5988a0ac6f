// title: Which clusters does the case have?
// answers: every cluster with its anchor, the number of its members by standing, its units and its reason; standing is core,
//     intermediary, counterparty, context or any
// reads: Cluster, Party, HAS_MEMBER
// param standing: string = any
// returns: cluster_id string, anchor_id string, anchor_name string?, units int?, core int, intermediaries int, counterparties int, context int, reason string?
// order: units desc, cluster_id
// bounds: every cluster that has a member of that standing
// cost: proportional to the clusters' members
// demo: standing=any
// empty: standing=nobody
MATCH (c:Cluster)-[m:HAS_MEMBER]->(:Party)
WITH c, sum(CASE WHEN m.standing = 'core' THEN 1 ELSE 0 END) AS core,
     sum(CASE WHEN m.standing = 'intermediary' THEN 1 ELSE 0 END) AS intermediaries,
     sum(CASE WHEN m.standing = 'counterparty' THEN 1 ELSE 0 END) AS counterparties,
     sum(CASE WHEN m.standing = 'context' THEN 1 ELSE 0 END) AS context,
     sum(CASE WHEN $standing = 'any' OR m.standing = $standing THEN 1 ELSE 0 END) AS asked_for
WHERE asked_for > 0
OPTIONAL MATCH (a:Party {party_id: c.anchor_id})
RETURN c.cluster_id AS cluster_id, c.anchor_id AS anchor_id, a.name AS anchor_name, c.units AS units, core,
       intermediaries, counterparties, context, c.reason AS reason
ORDER BY units DESC, cluster_id
