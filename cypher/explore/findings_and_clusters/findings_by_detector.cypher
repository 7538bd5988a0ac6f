// title: What did a detector find, strongest first?
// answers: the findings of a detector with the party, what was observed out of how many, how many times what peers explain,
//     and the reason; the strongest is the one whose lower bound of the effect is highest. unremarkable, explained and
//     indeterminate ones are listed with that verdict
// reads: Finding, Party, CONCERNS
// param detector: string
// param verdict: string = flagged
// param top: int = 50
// returns: finding_id string, party_id string?, name string?, unit_id string, verdict string, observed int, n int, effect float?, effect_low float?, q float?, reason string?
// order: effect_low desc, observed desc, finding_id
// bounds: one detector's findings; verdict is flagged, explained, indeterminate, unremarkable or any
// cost: proportional to them
// demo: detector=insured_not_plated
// empty: detector=nothing
MATCH (f:Finding {detector: $detector})
WHERE $verdict IN ['any', f.verdict]
OPTIONAL MATCH (f)-[:CONCERNS]->(p:Party)
RETURN f.finding_id AS finding_id, p.party_id AS party_id, p.name AS name, f.unit_id AS unit_id, f.verdict AS verdict,
       f.observed AS observed, f.n AS n, f.effect AS effect, f.effect_low AS effect_low, f.q AS q, f.reason AS reason
ORDER BY coalesce(effect_low, -1.0) DESC, observed DESC, finding_id
LIMIT $top
