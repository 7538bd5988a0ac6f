// title: Which parties have the highest scores, and why?
// answers: parties by score with band, families of evidence, up to three reasons, whether they are flagged and, if not, the
//     gate that they did not pass; a score alone is no flag
// reads: Party, Cluster, HAS_MEMBER
// param min_score: float = 0.0
// param flagged_only: bool = false
// param top: int = 50
// returns: party_id string, name string?, roles string?, score float, band string?, q float?, families string?, flagged bool, gate_failed string?, reasons list<string>, clusters int
// order: score desc, party_id
// bounds: the parties that a run scored; persons never are
// cost: proportional to the parties
// demo: min_score=0.0
// empty: min_score=1000000.0
MATCH (p:Party)
WHERE p.score >= $min_score AND (NOT $flagged_only OR p.flagged)
RETURN p.party_id AS party_id, p.name AS name, p.roles AS roles, p.score AS score, p.band AS band, p.q AS q, p.families AS families,
       coalesce(p.flagged, false) AS flagged, p.gate_failed AS gate_failed,
       [name IN ['reason_1', 'reason_2', 'reason_3'] WHERE p[name] IS NOT NULL | p[name]] AS reasons,
       COUNT { (p)<-[:HAS_MEMBER]-(:Cluster) } AS clusters
ORDER BY score DESC, party_id
LIMIT $top
