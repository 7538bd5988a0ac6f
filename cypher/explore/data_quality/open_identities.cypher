// title: Which parties are only referred to or undecided, and what rests on them?
// answers: companies and bodies that rows refer to and nothing defines (stub), or whose identity is undecided, with the
//     records that name them, most first; state=any lists those that are settled too. What rests on an open identity is
//     indeterminate
// reads: Party, Sale, Policy, Vehicle, SOLD, BOUGHT_BY, ISSUED, INSURES, PLATED_TO, EXPORTED, OWNS
// param state: string = open
// param top: int = 50
// returns: party_id string, name string?, kind string, state string, records int, sold int, bought int, policies int, plates int, exports int, holdings int
// order: records desc, party_id
// bounds: every party but persons; state is open, stub, undecided, settled or any
// cost: proportional to the parties and the records of those asked for
// demo: state=any, top=20
// empty: state=none
MATCH (p:Party)
WHERE p.kind <> 'person'
WITH p, CASE WHEN p.is_stub THEN 'stub' WHEN p.is_undecided THEN 'undecided' ELSE 'settled' END AS state
WHERE $state IN ['any', state] OR ($state = 'open' AND state <> 'settled')
WITH p, state, COUNT { (p)-[:SOLD]->(:Sale) } AS sold, COUNT { (p)<-[:BOUGHT_BY]-(:Sale) } AS bought,
     COUNT { (p)-[:ISSUED]->(:Policy) } + COUNT { (p)<-[:INSURES]-(:Policy) } AS policies,
     COUNT { (p)<-[:PLATED_TO]-(:Vehicle) } AS plates, COUNT { (p)-[:EXPORTED]->(:Vehicle) } AS exports,
     COUNT { (p)-[:OWNS]-(:Party) } AS holdings
RETURN p.party_id AS party_id, p.name AS name, p.kind AS kind, state,
       sold + bought + policies + plates + exports + holdings AS records, sold, bought, policies, plates, exports, holdings
ORDER BY records DESC, party_id
LIMIT $top
