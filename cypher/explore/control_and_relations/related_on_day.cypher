// title: Which trading parties are related on a day, and how strongly?
// answers: pairs of parties that deal with each other and are tied on a day, with rule, tier and verdict; tier A is a rule of
//     the regime, B and C are indicators that prove nothing
// reads: Party, RELATED_TO
// param on: date
// param tier: string = A
// param top: int = 1000
// returns: party_a string, name_a string?, party_b string, name_b string?, rule string, verdict string, valid_from date?, valid_to date?
// order: party_a, party_b, rule, verdict
// bounds: one link a pair
// cost: proportional to the relations of the case
// demo: on=2025-01-10
// empty: on=1990-01-01
MATCH (a:Party)-[r:RELATED_TO {tier: $tier}]->(b:Party)
WHERE coalesce(r.valid_from <= $on, true) AND coalesce(r.valid_to >= $on, true)
RETURN a.party_id AS party_a, a.name AS name_a, b.party_id AS party_b, b.name AS name_b, r.rule AS rule, r.verdict AS verdict,
       r.valid_from AS valid_from, r.valid_to AS valid_to
ORDER BY party_a, party_b, rule, verdict
LIMIT $top
