// title: Which money comes back to its payer or stays in the payer's group?
// answers: payments that follow one another within window_days, amounts within the tolerance of the first, and end with the first
//     payer (2 to 4 payments; each circle once, from its earliest payment) or with a party under common control with it on
//     that day (1 to 4 payments; of one payment the money never left the group). Loans, refunds and cash pooling of a group,
//     and a group's own purchases, look the same
// reads: Party, PAID, CONTROLS
// param window_days: int = 30
// param tolerance: float = 0.1
// param min_amount: float = 0.0
// param top: int = 200
// returns: payments int, comes_back_to string, payer_id string, payer_name string?, last_id string, last_name string?, party_ids list<string>, payment_ids list<string>, first_amount float, last_amount float, currency string?, first_on date, last_on date
// order: the payer itself before its group, payments desc, first_amount desc, payment_ids
// bounds: ways of at most 4 payments over different parties; a payment of the same day counts as following
// cost: grows with the payments whose payees pay on within the window and the tolerance
// demo: window_days=30
// empty: min_amount=1.0e15
MATCH (a:Party)-[:PAID]->(:Party)
WITH DISTINCT a
CALL (a) {
  MATCH (a)-[c:CONTROLS]-(z:Party)
  WHERE c.verdict = 'proven'
  RETURN z
  UNION
  MATCH (a)<-[c:CONTROLS]-(above:Party)-[d:CONTROLS]->(z:Party)
  WHERE c.verdict = 'proven' AND d.verdict = 'proven' AND above.kind <> 'government' AND coalesce(above.is_state, false) = false
  RETURN z
  UNION
  MATCH (a)<-[:PAID]-(:Party)
  RETURN a AS z
}
WITH a, z
WHERE EXISTS { (z)<-[:PAID]-(:Party) }
WITH a, collect(DISTINCT z.party_id) AS home
CALL (a, home) {
  MATCH (a)-[p:PAID]->(z:Party)
  WHERE p.amount >= $min_amount AND z <> a AND z.party_id IN home
  RETURN [p] AS ps, [a, z] AS ns, z
  UNION ALL
  MATCH (a)-[p:PAID]->(b:Party)
  WHERE p.amount >= $min_amount AND b <> a
  WITH a, home, p, b
  MATCH (b)-[q:PAID]->(z:Party)
  WHERE z <> b AND z.party_id IN home
    AND q.paid_on >= p.paid_on AND q.paid_on <= p.paid_on + duration({days: $window_days})
    AND q.amount / p.amount >= 1 - $tolerance AND q.amount / p.amount <= 1 + $tolerance
  RETURN [p, q] AS ps, [a, b, z] AS ns, z
  UNION ALL
  MATCH (a)-[p:PAID]->(b:Party)
  WHERE p.amount >= $min_amount AND b <> a
  WITH a, home, p, b
  MATCH (b)-[q:PAID]->(c:Party)
  WHERE c <> a AND c <> b
    AND q.paid_on >= p.paid_on AND q.paid_on <= p.paid_on + duration({days: $window_days})
    AND q.amount / p.amount >= 1 - $tolerance AND q.amount / p.amount <= 1 + $tolerance
  WITH a, home, p, b, q, c
  MATCH (c)-[r:PAID]->(z:Party)
  WHERE z <> b AND z <> c AND z.party_id IN home
    AND r.paid_on >= q.paid_on AND r.paid_on <= p.paid_on + duration({days: $window_days})
    AND r.amount / p.amount >= 1 - $tolerance AND r.amount / p.amount <= 1 + $tolerance
  RETURN [p, q, r] AS ps, [a, b, c, z] AS ns, z
  UNION ALL
  MATCH (a)-[p:PAID]->(b:Party)
  WHERE p.amount >= $min_amount AND b <> a
  WITH a, home, p, b
  MATCH (b)-[q:PAID]->(c:Party)
  WHERE c <> a AND c <> b
    AND q.paid_on >= p.paid_on AND q.paid_on <= p.paid_on + duration({days: $window_days})
    AND q.amount / p.amount >= 1 - $tolerance AND q.amount / p.amount <= 1 + $tolerance
  WITH a, home, p, b, q, c
  MATCH (c)-[r:PAID]->(d:Party)
  WHERE d <> a AND d <> b AND d <> c
    AND r.paid_on >= q.paid_on AND r.paid_on <= p.paid_on + duration({days: $window_days})
    AND r.amount / p.amount >= 1 - $tolerance AND r.amount / p.amount <= 1 + $tolerance
  WITH a, home, p, b, q, c, r, d
  MATCH (d)-[s:PAID]->(z:Party)
  WHERE z <> b AND z <> c AND z <> d AND z.party_id IN home
    AND s.paid_on >= r.paid_on AND s.paid_on <= p.paid_on + duration({days: $window_days})
    AND s.amount / p.amount >= 1 - $tolerance AND s.amount / p.amount <= 1 + $tolerance
  RETURN [p, q, r, s] AS ps, [a, b, c, d, z] AS ns, z
}
WITH a, z, ps, ns, head(ps) AS first, last(ps) AS last
WHERE all(p IN ps WHERE coalesce(p.currency = first.currency, true))
  // a circle within one day could be read from any of its payments on: it is read from the first by its number
  AND (z <> a OR all(p IN tail(ps) WHERE p.paid_on > first.paid_on OR p.payment_id > first.payment_id))
  AND (z = a OR EXISTS {
    MATCH (a)-[c:CONTROLS]-(z)
    WHERE c.verdict = 'proven' AND coalesce(c.valid_from <= last.paid_on, true) AND coalesce(c.valid_to >= last.paid_on, true)
  } OR EXISTS {
    MATCH (a)<-[c:CONTROLS]-(above:Party)-[d:CONTROLS]->(z)
    WHERE c.verdict = 'proven' AND d.verdict = 'proven' AND above.kind <> 'government' AND coalesce(above.is_state, false) = false
      AND coalesce(c.valid_from <= last.paid_on, true) AND coalesce(c.valid_to >= last.paid_on, true)
      AND coalesce(d.valid_from <= last.paid_on, true) AND coalesce(d.valid_to >= last.paid_on, true)
  })
RETURN DISTINCT size(ps) AS payments, CASE WHEN z = a THEN 'the payer' ELSE 'its group' END AS comes_back_to,
       a.party_id AS payer_id, a.name AS payer_name, z.party_id AS last_id, z.name AS last_name,
       [n IN ns | n.party_id] AS party_ids, [p IN ps | p.payment_id] AS payment_ids, first.amount AS first_amount,
       last.amount AS last_amount, first.currency AS currency, first.paid_on AS first_on, last.paid_on AS last_on
ORDER BY comes_back_to DESC, payments DESC, first_amount DESC, payment_ids
LIMIT $top
