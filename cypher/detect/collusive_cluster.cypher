// title: Twin of collusive_cluster: cars kept within companies that deal with one another, by seller and month of the invoice
// answers: how many cars each company first sold at retail to another of its trade set, where nobody had them plated and no invoice
//     took them out of the set within kept_days, as the detector flags them: every register complete, everybody of the set known,
//     no lawful explanation
// reads: Party, Vehicle, Sale, SOLD, OF, HELD_AS
// param kept_days: int = 180
// param sales_complete_from: date = null
// param sales_complete_to: date = null
// param registrations_complete_from: date = null
// param registrations_complete_to: date = null
// param exports_complete_from: date = null
// param exports_complete_to: date = null
// param declared_stock_complete_from: date = null
// param declared_stock_complete_to: date = null
// returns: unit_id string, party_id string, month string, flagged int
// order: unit_id
// bounds: what companies of a trade set sell to one another at retail
// cost: proportional to those sales
// demo: sales_complete_from=2023-01-01, sales_complete_to=2026-06-30, registrations_complete_from=2023-01-01, registrations_complete_to=2026-06-30, exports_complete_from=2023-01-01, exports_complete_to=2026-06-30, declared_stock_complete_from=2023-01-01, declared_stock_complete_to=2026-06-30
// empty: sales_complete_to=1900-01-01
MATCH (m:Party)
WHERE m.trade_set_id IS NOT NULL
WITH m.trade_set_id AS trade_set_id, collect(m.party_id) AS members,
     collect(CASE WHEN NOT 'lessor' IN split(coalesce(m.roles, ''), ';') THEN m.party_id END) AS buyers,
     count(CASE WHEN m.is_stub OR coalesce(m.is_undecided, true) THEN 1 END) AS open
WHERE open = 0
UNWIND members AS member_id
MATCH (:Party {party_id: member_id})-[:SOLD]->(d:Sale)
WHERE d.buyer_id IN members AND d.buyer_id <> d.seller_id AND NOT d.kind IN ['return', 'swap', 'leaseback', 'trade_in']
WITH members, buyers, min(d.invoiced_on) AS first_on, max(d.invoiced_on) AS last_on
WHERE first_on >= $sales_complete_from AND last_on <= $sales_complete_to
UNWIND members AS party_id
MATCH (seller:Party {party_id: party_id})-[:SOLD]->(s:Sale {kind: 'retail'})
WHERE s.buyer_id IN buyers AND s.buyer_id <> s.seller_id
WITH buyers, seller, s, s.invoiced_on + duration({days: $kept_days}) AS kept_until
WHERE kept_until <= $sales_complete_to
  AND s.invoiced_on >= $registrations_complete_from AND kept_until <= $registrations_complete_to
  AND s.invoiced_on >= $exports_complete_from AND kept_until <= $exports_complete_to
  AND s.invoiced_on >= $declared_stock_complete_from AND kept_until <= $declared_stock_complete_to
MATCH (s)-[:OF]->(v:Vehicle)
WHERE none(name IN ['sales', 'registrations', 'exports', 'declared_stock'] WHERE name IN coalesce(v.shadowed_in, []))
  AND NOT coalesce(v.violations CONTAINS 'before_built', false)
  AND v.first_plated_on IS NULL AND v.first_registered_on IS NULL
  // a car that left the country without any plate left as new, or unseen
  AND v.exported_on IS NULL AND v.foreign_registered_on IS NULL AND coalesce(v.declared_as <> 'new', true)
  AND NOT EXISTS {
    MATCH (v)-[h:HELD_AS]->(:Party)
    WHERE h.valid_from <= kept_until AND coalesce(h.valid_to >= s.invoiced_on, true)
  }
  // its first retail invoice between companies that may deal
OPTIONAL MATCH (v)<-[:OF]-(r:Sale)
WHERE r.sale_id <> s.sale_id AND r.invoiced_on >= s.invoiced_on AND r.invoiced_on <= kept_until
WITH seller, s, v, count(CASE WHEN r IS NOT NULL AND (r.kind IN ['return', 'swap', 'leaseback', 'trade_in']
       OR NOT coalesce(r.buyer_id IN buyers, false)) THEN 1 END) AS doubts
WHERE doubts = 0
// its first retail invoice between companies that may deal
OPTIONAL MATCH (v)<-[:OF]-(t:Sale {kind: 'retail'})
WHERE t.seller_id <> t.buyer_id
  AND (t.invoiced_on < s.invoiced_on
       OR (t.invoiced_on = s.invoiced_on AND coalesce(t.sequence, -1) < coalesce(s.sequence, -1))
       OR (t.invoiced_on = s.invoiced_on AND coalesce(t.sequence, -1) = coalesce(s.sequence, -1) AND t.sale_id < s.sale_id))
OPTIONAL MATCH (x:Party {party_id: coalesce(t.seller_id, '')})
OPTIONAL MATCH (y:Party {party_id: coalesce(t.buyer_id, '')})
WITH seller, s, v, count(CASE WHEN x.kind IN ['company', 'unknown'] AND y.kind IN ['company', 'unknown']
       AND none(role IN ['manufacturer', 'insurer'] WHERE role IN split(coalesce(x.roles, ''), ';') OR role IN split(coalesce(y.roles, ''), ';'))
       THEN 1 END) AS earlier
WHERE earlier = 0
WITH seller.party_id AS party_id, substring(toString(s.invoiced_on), 0, 7) AS month, count(DISTINCT v) AS flagged
RETURN 'dealer_month/' + replace(replace(party_id, '%', '%25'), '/', '%2F') + '/' + month AS unit_id, party_id, month, flagged
ORDER BY unit_id
