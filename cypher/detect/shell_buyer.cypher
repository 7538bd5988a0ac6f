// title: Twin of shell_buyer: cars taken in by young companies without another life, by buyer and invoice month
// answers: how many cars each company without a role first bought at retail that it neither had plated nor sold on outside the
//     seller's group, where it was young when it began to buy and bought from one control group only, as the detector flags
//     them: every register complete, everybody known, no lawful explanation
// reads: Party, Vehicle, Sale, SOLD, BOUGHT_BY, OF, HELD_AS, IN_GROUP_OF
// param young_days: int = 365
// param plated_within_days: int = 90
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
// bounds: what companies without a role bought
// cost: proportional to those purchases
// demo: sales_complete_from=2023-01-01, sales_complete_to=2026-06-30, registrations_complete_from=2023-01-01, registrations_complete_to=2026-06-30, exports_complete_from=2023-01-01, exports_complete_to=2026-06-30, declared_stock_complete_from=2023-01-01, declared_stock_complete_to=2026-06-30
// empty: young_days=-1
MATCH (buyer:Party)<-[:BOUGHT_BY]-(t:Sale)
WHERE buyer.kind = 'company' AND coalesce(buyer.roles, '') = '' AND NOT coalesce(buyer.is_state, false)
  AND NOT buyer.is_stub AND NOT coalesce(buyer.is_undecided, true) AND buyer.registered_on >= $sales_complete_from
  AND coalesce(t.seller_id <> t.buyer_id, true)
OPTIONAL MATCH (seller:Party)-[:SOLD]->(t)
OPTIONAL MATCH (seller)-[g:IN_GROUP_OF]->(head:Party)
WHERE coalesce(g.valid_from <= t.invoiced_on, true) AND coalesce(g.valid_to >= t.invoiced_on, true)
WITH buyer, min(t.invoiced_on) AS first_on, count(DISTINCT seller.party_id) AS sellers,
     count(DISTINCT coalesce(head.party_id, seller.party_id)) AS groups,
     count(CASE WHEN seller IS NULL OR seller.is_stub OR coalesce(seller.is_undecided, true) THEN 1 END) AS open
WHERE open = 0 AND (sellers = 1 OR groups = 1) AND first_on >= buyer.registered_on
  AND first_on <= buyer.registered_on + duration({days: $young_days})
MATCH (buyer)<-[:BOUGHT_BY]-(s:Sale {kind: 'retail'})-[:OF]->(v:Vehicle)
WHERE s.seller_id <> s.buyer_id
WITH buyer, s, v, s.invoiced_on + duration({days: $plated_within_days}) AS plated_by,
     s.invoiced_on + duration({days: $kept_days}) AS kept_until
WHERE kept_until <= $sales_complete_to
  AND s.invoiced_on >= $registrations_complete_from AND kept_until <= $registrations_complete_to
  AND s.invoiced_on >= $exports_complete_from AND kept_until <= $exports_complete_to
  AND s.invoiced_on >= $declared_stock_complete_from AND kept_until <= $declared_stock_complete_to
  AND none(name IN ['sales', 'registrations', 'exports', 'declared_stock'] WHERE name IN coalesce(v.shadowed_in, []))
  AND NOT coalesce(v.violations CONTAINS 'before_built', false)
  AND coalesce(v.declared_as <> 'new', true)
  AND coalesce(v.first_plated_on > plated_by, true) AND coalesce(v.first_registered_on > plated_by, true)
  // a car that left the country without any plate left unseen
  AND (v.first_plated_on IS NOT NULL OR v.first_registered_on IS NOT NULL
       OR (v.exported_on IS NULL AND v.foreign_registered_on IS NULL))
  AND NOT EXISTS {
    MATCH (v)-[h:HELD_AS]->(:Party)
    WHERE h.valid_from <= kept_until AND coalesce(h.valid_to >= s.invoiced_on, true)
  }
  AND NOT EXISTS {
    MATCH (v)<-[:OF]-(t:Sale)
    WHERE t.kind = 'retail' AND t.seller_id <> t.buyer_id
      AND (t.invoiced_on < s.invoiced_on
           OR (t.invoiced_on = s.invoiced_on AND coalesce(t.sequence, -1) < coalesce(s.sequence, -1))
           OR (t.invoiced_on = s.invoiced_on AND coalesce(t.sequence, -1) = coalesce(s.sequence, -1) AND t.sale_id < s.sale_id))
  }
// what the buyer did with the car: where it went, and whether that was the seller or its group on the day
OPTIONAL MATCH (v)<-[:OF]-(r:Sale {seller_id: buyer.party_id})
WHERE coalesce(r.buyer_id <> r.seller_id, true)
WITH buyer, s, v, plated_by, kept_until, r, coalesce(r.buyer_id = s.seller_id, false) OR EXISTS {
  MATCH (to:Party {party_id: r.buyer_id})-[g:IN_GROUP_OF]->(:Party)<-[h:IN_GROUP_OF]-(seller:Party {party_id: s.seller_id})
  WHERE coalesce(g.valid_from <= r.invoiced_on, true) AND coalesce(g.valid_to >= r.invoiced_on, true)
    AND coalesce(h.valid_from <= r.invoiced_on, true) AND coalesce(h.valid_to >= r.invoiced_on, true)
} AS is_back
WITH buyer, s, v, kept_until, CASE WHEN v.first_registered_on < v.first_plated_on THEN v.first_registered_on
     ELSE coalesce(v.first_plated_on, v.first_registered_on) END AS plated_on,
     min(CASE WHEN is_back AND r.invoiced_on >= s.invoiced_on THEN r.invoiced_on END) AS back_on,
     count(CASE WHEN r.invoiced_on < s.invoiced_on OR r.kind IN ['return', 'swap', 'leaseback']
                  OR (NOT is_back AND r.invoiced_on <= kept_until) THEN 1 END) AS doubts
WHERE doubts = 0
OPTIONAL MATCH (owner:Party {party_id: coalesce(v.first_owner_id, '')})
WITH buyer, s, v, kept_until, plated_on, coalesce(back_on <= plated_on, false) AS is_next, coalesce(owner.is_stub, true)
       OR coalesce(owner.is_undecided, true) AS is_open, coalesce(v.first_owner_id = buyer.party_id, false) AS is_own
WHERE plated_on IS NULL OR NOT (is_own OR (NOT is_next AND (is_open OR plated_on <= kept_until)))
WITH buyer.party_id AS party_id, substring(toString(s.invoiced_on), 0, 7) AS month, count(DISTINCT v) AS flagged
RETURN 'buyer_month/' + replace(replace(party_id, '%', '%25'), '/', '%2F') + '/' + month AS unit_id, party_id, month, flagged
ORDER BY unit_id
