// title: What is the shortest explanation that ties two parties?
// answers: the shortest way between two parties over holdings, control agreements, offices, family and shared identifiers, and
//     over trade if asked for, step by step; a node between with more than hub such links is not walked through (a maker, a large
//     lessor or a state owner ties everybody to everybody), and trade does not lead through a private person. A link counts whenever
//     it held, so a way explains where to look and proves no relation
// reads: Party, Identifier, OWNS, CONTROLS_BY_AGREEMENT, HOLDS_POSITION, FAMILY_OF, HAS, TRADED
// param from_id: string
// param to_id: string
// param with_trade: bool = false
// param hub: int = 30
// returns: step int, from_key string, from_name string?, link string, is_forward bool, to_key string, to_name string?, detail string?
// order: step
// bounds: ways of at most 5 links; the bound is written in the text
// cost: grows with the links around the first party, at most hub a node
// demo: from_id=D17, to_id=E01, with_trade=true
// empty: from_id=D17, to_id=NOBODY
MATCH p = (:Party {party_id: $from_id})
  ((x)-[r:OWNS|CONTROLS_BY_AGREEMENT|HOLDS_POSITION|FAMILY_OF|HAS|TRADED]-(y)
   WHERE coalesce(x.party_id <> $to_id, true) AND coalesce(y.party_id <> $from_id, true) AND ($with_trade OR type(r) <> 'TRADED')
     AND (NOT (x:Person AND type(r) = 'TRADED') OR x.party_id = $from_id)
     AND (coalesce(y.party_id = $to_id, false)
          OR (NOT (y:Person AND type(r) = 'TRADED')
              AND COUNT {
                (y)-[l:OWNS|CONTROLS_BY_AGREEMENT|HOLDS_POSITION|FAMILY_OF|HAS|TRADED]-()
                WHERE $with_trade OR type(l) <> 'TRADED'
              } <= $hub))){1,5}
  (b)
// walked from the first party only
WHERE coalesce(b.party_id = $to_id, false)
WITH p, reduce(text = '', n IN nodes(p) | text + coalesce(n.party_id, n.identifier_id) + '/') AS way,
     reduce(text = '', r IN relationships(p)
       | text + type(r) + ' ' + startNode(r).party_id + ' ' + coalesce(r.row_key, '') + '/') AS links
ORDER BY length(p), way, links
LIMIT 1
UNWIND range(0, length(p) - 1) AS at
WITH at + 1 AS step, nodes(p)[at] AS x, relationships(p)[at] AS r, nodes(p)[at + 1] AS y
RETURN step, coalesce(x.party_id, x.identifier_id) AS from_key, coalesce(x.name, x.value) AS from_name, type(r) AS link,
       startNode(r) = x AS is_forward, coalesce(y.party_id, y.identifier_id) AS to_key, coalesce(y.name, y.value) AS to_name,
       coalesce(r.position, r.relation, r.basis, toString(r.units) + ' ' + r.kind, toString(toFloat(r.share) / 10000) + ' %') AS detail
ORDER BY step
