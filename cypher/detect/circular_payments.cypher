// title: Twin of circular_payments: cars paid with money that went round, by seller and month of the invoice
// answers: how many cars of each seller had their price paid on a circle of 2 to 6 payments within window_days, each amount within
//     the tolerance of the one before and the last of the first, as the detector flags them: the price is paid by name or to the
//     cent, no payment is lawful by its purpose or invoice, each says what it is for, it is known who everybody is, no lessor
//     pays, and no payment is in two circles
// reads: Party, Vehicle, Sale, PAID, OF, IN_GROUP_OF
// param window_days: int = 180
// param tolerance: float = 0.1
// returns: unit_id string, party_id string, month string, flagged int
// order: unit_id
// bounds: ways of at most 6 payments of like amount, each later than the one before
// cost: grows with the payments whose payees pay on within the window and the tolerance
// demo: window_days=180, tolerance=0.1
// empty: window_days=-1
CALL () {
  MATCH (s:Sale)
  WHERE s.kind IN ['return', 'swap', 'leaseback', 'trade_in']
  RETURN collect(s.sale_id) AS lawful
}
CALL () {
  MATCH (s:Sale)-[:OF]->(:Vehicle)<-[:OF]-(r:Sale)
  WHERE r.kind = 'return'
  RETURN collect(s.sale_id) AS given_back
}
MATCH (payer:Party)-[a:PAID]->(n1:Party)
WHERE a.amount > 0 AND payer.party_id <> n1.party_id
  // most payers are customers, to whom nothing comes back
  AND (EXISTS { MATCH (payer)<-[:PAID]-(:Party) } OR EXISTS { MATCH (payer)-[:IN_GROUP_OF]->(:Party) })
CALL (payer, a) {
  OPTIONAL MATCH (payer)-[g:IN_GROUP_OF]->(:Party)<-[h:IN_GROUP_OF]-(member:Party)
  WHERE coalesce(g.valid_from <= a.paid_on, true) AND coalesce(g.valid_to >= a.paid_on, true)
    AND coalesce(h.valid_from <= a.paid_on, true) AND coalesce(h.valid_to >= a.paid_on, true)
  RETURN collect(DISTINCT member) AS members
}
// amounts exactly one tolerance apart are within it, however they are rounded; written as quotients they are compared at once
WITH lawful, given_back, payer, a, n1, members + [payer] AS ends, [m IN members | m.party_id] + [payer.party_id] AS home, (1 + $tolerance) * (1 + 1e-12) AS most, a.paid_on + duration({days: $window_days}) AS until
WHERE NOT n1.party_id IN home
CALL (home, most, until, a, n1) {
  RETURN [] AS way1, [] AS via1
  UNION ALL
  WITH home, most, until, a, n1
  MATCH (n1)-[b:PAID]->(n2:Party)
  WHERE b.amount / a.amount <= most AND b.amount / a.amount >= 1 / most
    AND (b.paid_on > a.paid_on OR (b.paid_on = a.paid_on AND b.order_on_day > a.order_on_day))
    AND b.paid_on <= until AND coalesce(b.currency, '') = coalesce(a.currency, '')
    AND NOT n2.party_id IN home AND NOT n2.party_id IN [n1.party_id]
  CALL (home, most, until, a, b, n1, n2) {
    RETURN [] AS way2, [] AS via2
    UNION ALL
    WITH home, most, until, a, b, n1, n2
    MATCH (n2)-[c:PAID]->(n3:Party)
    WHERE c.amount / b.amount <= most AND c.amount / b.amount >= 1 / most
      AND (c.paid_on > b.paid_on OR (c.paid_on = b.paid_on AND c.order_on_day > b.order_on_day))
      AND c.paid_on <= until AND coalesce(c.currency, '') = coalesce(a.currency, '')
      AND NOT n3.party_id IN home AND NOT n3.party_id IN [n1.party_id, n2.party_id]
    CALL (home, most, until, a, c, n1, n2, n3) {
      RETURN [] AS way3, [] AS via3
      UNION ALL
      WITH home, most, until, a, c, n1, n2, n3
      MATCH (n3)-[d:PAID]->(n4:Party)
      WHERE d.amount / c.amount <= most AND d.amount / c.amount >= 1 / most
        AND (d.paid_on > c.paid_on OR (d.paid_on = c.paid_on AND d.order_on_day > c.order_on_day))
        AND d.paid_on <= until AND coalesce(d.currency, '') = coalesce(a.currency, '')
        AND NOT n4.party_id IN home AND NOT n4.party_id IN [n1.party_id, n2.party_id, n3.party_id]
      CALL (home, most, until, a, d, n1, n2, n3, n4) {
        RETURN [] AS way4, [] AS via4
        UNION ALL
        WITH home, most, until, a, d, n1, n2, n3, n4
        MATCH (n4)-[e:PAID]->(n5:Party)
        WHERE e.amount / d.amount <= most AND e.amount / d.amount >= 1 / most
          AND (e.paid_on > d.paid_on OR (e.paid_on = d.paid_on AND e.order_on_day > d.order_on_day))
          AND e.paid_on <= until AND coalesce(e.currency, '') = coalesce(a.currency, '')
          AND NOT n5.party_id IN home AND NOT n5.party_id IN [n1.party_id, n2.party_id, n3.party_id, n4.party_id]
        RETURN [e] AS way4, [n5] AS via4
      }
      RETURN [d] + way4 AS way3, [n4] + via4 AS via3
    }
    RETURN [c] + way3 AS way2, [n3] + via3 AS via2
  }
  RETURN [b] + way2 AS way1, [n2] + via2 AS via1
}
WITH lawful, given_back, payer, ends, most, until, a, [a] + way1 AS way, [n1] + via1 AS via
WITH lawful, given_back, ends, most, until, a, way, [payer] + via AS payers, last(way) AS y, last(via) AS from
UNWIND ends AS last
MATCH (from)-[z:PAID]->(last)
WHERE z.amount / y.amount <= most AND z.amount / y.amount >= 1 / most
  AND (z.paid_on > y.paid_on OR (z.paid_on = y.paid_on AND z.order_on_day > y.order_on_day))
  AND z.paid_on <= until AND coalesce(z.currency, '') = coalesce(a.currency, '')
  AND z.amount / a.amount <= most AND z.amount / a.amount >= 1 / most
WITH lawful, given_back, way + [z] AS steps, payers, last
WHERE any(p IN steps WHERE coalesce(p.matched_by IN ['invoice', 'vin', 'amount'], false))
  AND none(p IN steps WHERE coalesce(p.purpose_says IN ['floor_plan', 'refund', 'cash_pooling'], false))
  AND none(p IN steps WHERE coalesce(p.matched_by, 'near_amount') = 'near_amount' AND coalesce(p.purpose_says = 'nothing', false))
  AND none(x IN payers WHERE x.is_stub OR coalesce(x.is_undecided, true) OR 'lessor' IN split(coalesce(x.roles, ''), ';'))
  AND NOT last.is_stub AND NOT coalesce(last.is_undecided, true)
  AND none(p IN steps WHERE coalesce(p.sale_id IN lawful, false) OR coalesce(p.pays_for IN given_back, false))
WITH steps, reduce(ids = '', p IN steps | ids + CASE WHEN ids = '' THEN '' ELSE '|' END + p.payment_id) AS circle
WITH steps, circle ORDER BY head(steps).paid_on, last(steps).paid_on, circle
// the same money pays once: a circle is taken unless it shares a payment with one taken before
WITH collect('|' + circle + '|') AS circles
WITH circles, reduce(taken = '', c IN circles |
  CASE WHEN any(id IN split(c, '|') WHERE id <> '' AND taken CONTAINS '|' + id + '|') THEN taken ELSE taken + '#' + c + '#' END) AS taken
UNWIND circles AS c
WITH c, taken
WHERE taken CONTAINS '#' + c + '#'
UNWIND [id IN split(c, '|') WHERE id <> ''] AS payment_id
WITH collect(DISTINCT payment_id) AS payments
MATCH (:Party)-[p:PAID]->(:Party)
WHERE coalesce(p.matched_by IN ['invoice', 'vin', 'amount'], false) AND p.payment_id IN payments
MATCH (s:Sale {sale_id: p.pays_for})-[:OF]->(v:Vehicle)
MATCH (seller:Party {party_id: s.seller_id})
WHERE seller.kind <> 'person'
WITH s.seller_id AS party_id, substring(toString(s.invoiced_on), 0, 7) AS month, count(DISTINCT v) AS flagged
RETURN 'dealer_month/' + replace(replace(party_id, '%', '%25'), '/', '%2F') + '/' + month AS unit_id, party_id, month, flagged
ORDER BY unit_id
