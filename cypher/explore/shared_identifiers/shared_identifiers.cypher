// title: Which addresses, phones or e-mails do parties share?
// answers: identifiers that 2 to 10 parties share, those that most share first, with the parties; a shared office says where
//     to look, not that they are one
// reads: Identifier, Party, HAS
// param kind: string = any
// param top: int = 50
// returns: kind string, value string, parties int, party_ids list<string>, names list<string>
// order: parties desc, kind, value
// bounds: identifiers shared by more than 10 parties are not in the graph: they say nothing
// cost: proportional to the shared identifiers
// demo: kind=any
// empty: kind=telegraph
MATCH (i:Identifier)
WHERE $kind = 'any' OR i.kind = $kind
WITH i
ORDER BY i.parties DESC, i.kind, i.value
LIMIT $top
MATCH (p:Party)-[:HAS]->(i)
WITH i, p
ORDER BY p.party_id
WITH i, collect(p.party_id) AS party_ids, collect(p.name) AS names
RETURN i.kind AS kind, i.value AS value, i.parties AS parties, party_ids, names
ORDER BY parties DESC, kind, value
