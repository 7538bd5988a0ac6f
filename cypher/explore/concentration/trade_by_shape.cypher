// title: Which trade and payments fan out, fan in, or scatter and gather?
// answers: who sold or paid to whom, by kind and currency, where the largest shape of a single sale or payment among them
//     reaches the bounds: fan_out (parties that the source sent to in the month), fan_in (parties that the target received
//     from in it), scatter_gather (middle parties between one origin and one end within 30 days, of which this is a half);
//     with_persons also lists private persons. Makers and dealers fan out by trade, fleets, exporters and lenders fan in
// reads: Party, TRADED
// param min_scatter_gather: int = 2
// param min_fan_out: int = 0
// param min_fan_in: int = 0
// param with_persons: bool = false
// param top: int = 50
// returns: source_id string, source_name string?, target_id string, target_name string?, kind string, currency string?, units int, scatter_gather int, fan_out int, fan_in int, amount float?, first_on date, last_on date
// order: scatter_gather desc, fan_out desc, fan_in desc, source_id, target_id, kind, currency
// bounds: pairs of parties that traded or paid, each kind and currency once
// cost: proportional to those
// demo: min_scatter_gather=2
// empty: min_scatter_gather=100000000
MATCH (a:Party)-[t:TRADED]->(b:Party)
WHERE t.scatter_gather >= $min_scatter_gather AND t.fan_out >= $min_fan_out AND t.fan_in >= $min_fan_in
  AND ($with_persons OR (a.kind <> 'person' AND b.kind <> 'person'))
RETURN a.party_id AS source_id, a.name AS source_name, b.party_id AS target_id, b.name AS target_name, t.kind AS kind,
       t.currency AS currency, t.units AS units, t.scatter_gather AS scatter_gather, t.fan_out AS fan_out, t.fan_in AS fan_in,
       t.amount AS amount, t.first_on AS first_on, t.last_on AS last_on
ORDER BY scatter_gather DESC, fan_out DESC, fan_in DESC, source_id, target_id, kind, coalesce(currency, '')
LIMIT $top
