// title: Twin of circular_sales: cars that came back to their seller, by who sold or passed them on and month of its invoice
// answers: how many cars each company sold that came back to it or its control group within window_days, in up to 6 invoices
//     that follow one another, or passed on on such a way, as the detector flags them: at least one is retail, or by a retail
//     invoice the seller had the car from its own group, none is a return, swap, leaseback or trade-in, no private owner plated
//     the car in between, no fleet used it, no person may have undone the sale, no company of the group that bought it at the end
//     keeps it as its own, and it is known who everybody is
// reads: Party, Vehicle, Sale, SOLD, BOUGHT_BY, OF, PLATED_TO, IN_GROUP_OF
// param window_days: int = 180
// param max_invoices: int = 20
// param undone_days: int = 30
// param registrations_complete_from: date = null
// param registrations_complete_to: date = null
// returns: unit_id string, party_id string, month string, flagged int
// order: unit_id
// bounds: the invoices of one car
// cost: proportional to what companies bought
// demo: window_days=180, registrations_complete_from=2023-01-01, registrations_complete_to=2026-06-30
// empty: window_days=-1
CALL () {
  MATCH (seller:Party)<-[:BOUGHT_BY]-(z:Sale)-[:OF]->(v:Vehicle)<-[:OF]-(a:Sale)
  WHERE seller.kind <> 'person' AND a.seller_id = seller.party_id AND a.invoiced_on <= z.invoiced_on
  RETURN v, a, z, seller
  UNION
  MATCH (seller:Party)-[g:IN_GROUP_OF]->(:Party)<-[h:IN_GROUP_OF]-(back:Party)
  WHERE seller <> back AND seller.kind <> 'person'
  MATCH (back)<-[:BOUGHT_BY]-(z:Sale)-[:OF]->(v:Vehicle)<-[:OF]-(a:Sale)
  WHERE a.seller_id = seller.party_id AND a.invoiced_on <= z.invoiced_on
    AND coalesce(g.valid_from <= a.invoiced_on, true) AND coalesce(g.valid_to >= a.invoiced_on, true)
    AND coalesce(h.valid_from <= a.invoiced_on, true) AND coalesce(h.valid_to >= a.invoiced_on, true)
  RETURN v, a, z, seller
}
WITH v, a, z, seller
WHERE a.sale_id <> z.sale_id AND z.invoiced_on <= a.invoiced_on + duration({days: $window_days})
  AND a.seller_id <> a.buyer_id AND z.seller_id <> z.buyer_id
  AND NOT seller.is_stub AND NOT coalesce(seller.is_undecided, true)
MATCH (back:Party {party_id: z.buyer_id})
WHERE NOT back.is_stub AND NOT coalesce(back.is_undecided, true)
MATCH (v)<-[:OF]-(s:Sale)
WHERE s.seller_id <> s.buyer_id
// the order within a day is known where each of its invoices has a sequence
WITH v, a, z, collect(s) AS invoices, collect(CASE WHEN s.sequence IS NULL THEN toString(s.invoiced_on) END) AS open_days
// a number under which very many cars were invoiced is no car
WHERE COUNT { (v)<-[:OF]-(t:Sale) WHERE t.seller_id IS NOT NULL AND t.buyer_id IS NOT NULL } <= $max_invoices
CALL (a, z, invoices, open_days) {
  WITH a, z, open_days
  WHERE z.seller_id = a.buyer_id AND (z.invoiced_on > a.invoiced_on OR (z.invoiced_on = a.invoiced_on
    AND NOT toString(a.invoiced_on) IN open_days AND z.sequence > a.sequence))
  RETURN [a, z] AS steps
  UNION ALL
  UNWIND invoices AS b
  WITH a, z, invoices, open_days, b
  WHERE b.seller_id = a.buyer_id AND (b.invoiced_on > a.invoiced_on OR (b.invoiced_on = a.invoiced_on
    AND NOT toString(a.invoiced_on) IN open_days AND b.sequence > a.sequence))
    AND NOT b.buyer_id IN [a.buyer_id]
  WITH a, z, invoices, open_days, b
  WHERE z.seller_id = b.buyer_id AND (z.invoiced_on > b.invoiced_on OR (z.invoiced_on = b.invoiced_on
    AND NOT toString(b.invoiced_on) IN open_days AND z.sequence > b.sequence))
  RETURN [a, b, z] AS steps
  UNION ALL
  UNWIND invoices AS b
  WITH a, z, invoices, open_days, b
  WHERE b.seller_id = a.buyer_id AND (b.invoiced_on > a.invoiced_on OR (b.invoiced_on = a.invoiced_on
    AND NOT toString(a.invoiced_on) IN open_days AND b.sequence > a.sequence))
    AND NOT b.buyer_id IN [a.buyer_id]
  UNWIND invoices AS c
  WITH a, z, invoices, open_days, b, c
  WHERE c.seller_id = b.buyer_id AND (c.invoiced_on > b.invoiced_on OR (c.invoiced_on = b.invoiced_on
    AND NOT toString(b.invoiced_on) IN open_days AND c.sequence > b.sequence))
    AND NOT c.buyer_id IN [a.buyer_id, b.buyer_id]
  WITH a, z, invoices, open_days, b, c
  WHERE z.seller_id = c.buyer_id AND (z.invoiced_on > c.invoiced_on OR (z.invoiced_on = c.invoiced_on
    AND NOT toString(c.invoiced_on) IN open_days AND z.sequence > c.sequence))
  RETURN [a, b, c, z] AS steps
  UNION ALL
  UNWIND invoices AS b
  WITH a, z, invoices, open_days, b
  WHERE b.seller_id = a.buyer_id AND (b.invoiced_on > a.invoiced_on OR (b.invoiced_on = a.invoiced_on
    AND NOT toString(a.invoiced_on) IN open_days AND b.sequence > a.sequence))
    AND NOT b.buyer_id IN [a.buyer_id]
  UNWIND invoices AS c
  WITH a, z, invoices, open_days, b, c
  WHERE c.seller_id = b.buyer_id AND (c.invoiced_on > b.invoiced_on OR (c.invoiced_on = b.invoiced_on
    AND NOT toString(b.invoiced_on) IN open_days AND c.sequence > b.sequence))
    AND NOT c.buyer_id IN [a.buyer_id, b.buyer_id]
  UNWIND invoices AS d
  WITH a, z, invoices, open_days, b, c, d
  WHERE d.seller_id = c.buyer_id AND (d.invoiced_on > c.invoiced_on OR (d.invoiced_on = c.invoiced_on
    AND NOT toString(c.invoiced_on) IN open_days AND d.sequence > c.sequence))
    AND NOT d.buyer_id IN [a.buyer_id, b.buyer_id, c.buyer_id]
  WITH a, z, invoices, open_days, b, c, d
  WHERE z.seller_id = d.buyer_id AND (z.invoiced_on > d.invoiced_on OR (z.invoiced_on = d.invoiced_on
    AND NOT toString(d.invoiced_on) IN open_days AND z.sequence > d.sequence))
  RETURN [a, b, c, d, z] AS steps
  UNION ALL
  UNWIND invoices AS b
  WITH a, z, invoices, open_days, b
  WHERE b.seller_id = a.buyer_id AND (b.invoiced_on > a.invoiced_on OR (b.invoiced_on = a.invoiced_on
    AND NOT toString(a.invoiced_on) IN open_days AND b.sequence > a.sequence))
    AND NOT b.buyer_id IN [a.buyer_id]
  UNWIND invoices AS c
  WITH a, z, invoices, open_days, b, c
  WHERE c.seller_id = b.buyer_id AND (c.invoiced_on > b.invoiced_on OR (c.invoiced_on = b.invoiced_on
    AND NOT toString(b.invoiced_on) IN open_days AND c.sequence > b.sequence))
    AND NOT c.buyer_id IN [a.buyer_id, b.buyer_id]
  UNWIND invoices AS d
  WITH a, z, invoices, open_days, b, c, d
  WHERE d.seller_id = c.buyer_id AND (d.invoiced_on > c.invoiced_on OR (d.invoiced_on = c.invoiced_on
    AND NOT toString(c.invoiced_on) IN open_days AND d.sequence > c.sequence))
    AND NOT d.buyer_id IN [a.buyer_id, b.buyer_id, c.buyer_id]
  UNWIND invoices AS e
  WITH a, z, invoices, open_days, b, c, d, e
  WHERE e.seller_id = d.buyer_id AND (e.invoiced_on > d.invoiced_on OR (e.invoiced_on = d.invoiced_on
    AND NOT toString(d.invoiced_on) IN open_days AND e.sequence > d.sequence))
    AND NOT e.buyer_id IN [a.buyer_id, b.buyer_id, c.buyer_id, d.buyer_id]
  WITH a, z, invoices, open_days, b, c, d, e
  WHERE z.seller_id = e.buyer_id AND (z.invoiced_on > e.invoiced_on OR (z.invoiced_on = e.invoiced_on
    AND NOT toString(e.invoiced_on) IN open_days AND z.sequence > e.sequence))
  RETURN [a, b, c, d, e, z] AS steps
}
WITH v, a, steps, steps[size(steps) - 1] AS z, a.seller_id = steps[size(steps) - 1].buyer_id AS to_itself, [s IN steps | s.sale_id] AS circle
// the circle sold the car at retail, or its group had booked it so before, and the seller had not plated it in between
WHERE (any(s IN steps WHERE s.kind = 'retail') OR EXISTS {
    MATCH (v)<-[:OF]-(b:Sale)
    WHERE b.kind = 'retail' AND b.buyer_id = a.seller_id AND b.seller_id <> b.buyer_id AND b.invoiced_on <= a.invoiced_on
      AND z.invoiced_on <= b.invoiced_on + duration({days: $window_days})
      AND coalesce(b.invoiced_on >= $registrations_complete_from, false)
      AND coalesce(a.invoiced_on <= $registrations_complete_to, false)
      AND NOT 'registrations' IN coalesce(v.shadowed_in, [])
      AND NOT EXISTS {
        MATCH (v)-[used:PLATED_TO]->(x:Party)
        WHERE x.party_id = a.seller_id AND used.plated_on >= b.invoiced_on AND used.plated_on <= a.invoiced_on
      }
      AND EXISTS {
        MATCH (booker:Party)-[g:IN_GROUP_OF]->(:Party)<-[h:IN_GROUP_OF]-(seller:Party)
        WHERE booker.party_id = b.seller_id AND seller.party_id = a.seller_id
          AND coalesce(g.valid_from <= a.invoiced_on, true) AND coalesce(g.valid_to >= a.invoiced_on, true)
          AND coalesce(h.valid_from <= a.invoiced_on, true) AND coalesce(h.valid_to >= a.invoiced_on, true)
      }
  })
  AND none(s IN steps WHERE s.kind IN ['return', 'swap', 'leaseback', 'trade_in'])
UNWIND range(0, size(steps) - 2) AS at
WITH v, a, z, to_itself, circle, size(steps) AS length, steps[at] AS bought, steps[at + 1] AS sold
MATCH (owner:Party {party_id: bought.buyer_id})
// a person who gives the car back at once, at the same price or at one not known, may have undone the sale
WITH v, a, z, to_itself, circle, bought, sold, owner, length = 2 AND owner.kind = 'person'
       AND sold.invoiced_on <= bought.invoiced_on + duration({days: $undone_days})
       AND NOT coalesce(bought.price <> sold.price, false) AND NOT coalesce(bought.currency <> sold.currency, false)
     AS is_undone
WITH v, a, z, to_itself, circle, bought, sold, owner, is_undone AND coalesce(bought.is_often_undone, false) AS is_as_company,
     is_undone AND NOT coalesce(bought.is_often_undone, false) AS may_be_undone
OPTIONAL MATCH (v)-[plate:PLATED_TO]->(owner)
WHERE plate.plated_on >= bought.invoiced_on AND plate.plated_on <= sold.invoiced_on
WITH v, a, z, to_itself, circle, bought, sold, owner, may_be_undone, NOT is_as_company AND owner.kind = 'person' AS is_person,
     count(plate) AS plates,
     count(CASE WHEN plate.use IN ['commercial', 'rental', 'ride_hailing', 'leasing']
                 AND plate.plated_on + duration({days: 90}) <= sold.invoiced_on THEN 1 END) AS rented
// a car that comes back on the way is back: such a circle ends there, unless it goes on to the seller itself
WITH v, a, z, to_itself, circle, bought, sold, owner, may_be_undone, is_person, plates, rented, owner.party_id = a.seller_id OR NOT to_itself AND EXISTS {
  MATCH (owner)-[g:IN_GROUP_OF]->(:Party)<-[h:IN_GROUP_OF]-(seller:Party)
  WHERE seller.party_id = a.seller_id
    AND coalesce(g.valid_from <= a.invoiced_on, true) AND coalesce(g.valid_to >= a.invoiced_on, true)
    AND coalesce(h.valid_from <= a.invoiced_on, true) AND coalesce(h.valid_to >= a.invoiced_on, true)
} AS is_back
WITH v, a, z, to_itself, circle, count(CASE
  WHEN is_back OR owner.is_stub OR coalesce(owner.is_undecided, true) THEN 1
  WHEN 'lessor' IN split(coalesce(owner.roles, ''), ';') THEN 1
  WHEN may_be_undone THEN 1
  WHEN is_person AND (plates > 0 OR 'registrations' IN coalesce(v.shadowed_in, [])
       OR NOT (coalesce(bought.invoiced_on >= $registrations_complete_from, false)
               AND coalesce(sold.invoiced_on <= $registrations_complete_to, false))) THEN 1
  // a fleet that rented the car out or drove it, and what may be one
  WHEN coalesce(NOT is_person, true) AND (rented > 0
       OR coalesce(v.first_owner_id = owner.party_id AND v.first_plated_on >= bought.invoiced_on
                   AND v.km_first_owner > 100 AND v.km_first_owner_on <= sold.invoiced_on, false)) THEN 1
  WHEN coalesce(NOT is_person, true) AND bought.invoiced_on + duration({days: 90}) <= sold.invoiced_on
       AND ('registrations' IN coalesce(v.shadowed_in, [])
            OR NOT (coalesce(bought.invoiced_on >= $registrations_complete_from, false)
                    AND coalesce(sold.invoiced_on <= $registrations_complete_to, false))) THEN 1
  END) AS doubts
WHERE doubts = 0
// a company of the group that bought the car at the end, had it plated, kept it and did not let it stand was its end user
MATCH (back:Party {party_id: z.buyer_id})
OPTIONAL MATCH (v)-[own:PLATED_TO]->(back)
WHERE own.plated_on >= a.invoiced_on AND own.plated_on <= z.invoiced_on + duration({days: 90})
WITH v, a, z, to_itself, back, circle, min(own.plated_on) AS own_on
OPTIONAL MATCH (holder:Party {party_id: coalesce(v.first_owner_id, '')})
WITH v, a, z, to_itself, back, circle, own_on, coalesce(holder.is_stub, true) OR coalesce(holder.is_undecided, true) AS is_open,
     coalesce(v.first_plated_on <= z.invoiced_on + duration({days: 90}), false) AS is_plated,
     'registrations' IN coalesce(v.shadowed_in, [])
       OR NOT (coalesce(z.invoiced_on >= $registrations_complete_from, false)
               AND coalesce(z.invoiced_on + duration({days: 90}) <= $registrations_complete_to, false)) AS is_unread,
     coalesce(v.first_owner_id = back.party_id AND v.km_first_owner <= 100
              AND v.km_first_owner_on >= own_on + duration({days: 90}), false)
       OR any(day IN [v.deregistered_on, v.exported_on, v.awaiting_export_on]
              WHERE coalesce(day >= own_on AND day <= own_on + duration({days: 90}), false))
       OR EXISTS {
         MATCH (back)-[:SOLD]->(t:Sale)-[:OF]->(v)
         WHERE t.invoiced_on >= z.invoiced_on AND t.invoiced_on <= own_on + duration({days: 90})
           AND coalesce(t.buyer_id <> back.party_id, true)
       }
       OR EXISTS {
         MATCH (v)-[next:PLATED_TO]->(o:Party)
         WHERE o.party_id <> back.party_id AND next.plated_on >= own_on
           AND next.plated_on <= own_on + duration({days: 90})
       } AS is_given_up
WHERE to_itself OR (own_on IS NOT NULL AND is_given_up)
   OR (own_on IS NULL AND NOT (is_plated AND coalesce(v.first_plated_on >= a.invoiced_on, false) AND is_open)
       AND NOT (is_unread AND NOT (is_plated AND coalesce(v.first_plated_on >= z.invoiced_on, false))))
WITH v, a, circle ORDER BY a.invoiced_on, a.sale_id, size(circle), reduce(ids = '', id IN circle | ids + '|' + id)
WITH v, head(collect(circle)) AS circle
UNWIND range(0, size(circle) - 1) AS at
MATCH (v)<-[:OF]-(s:Sale {sale_id: circle[at]})
MATCH (v)<-[:OF]-(came:Sale {sale_id: circle[CASE WHEN at = 0 THEN 0 ELSE at - 1 END]})
MATCH (v)<-[:OF]-(a:Sale {sale_id: circle[0]})
MATCH (company:Party {party_id: s.seller_id})
// to whom a car came by wholesale it sold it as a dealer does, and passed nothing on; for its own group the seller answers
WITH company, s, at, came, EXISTS {
  MATCH (company)-[g:IN_GROUP_OF]->(:Party)<-[h:IN_GROUP_OF]-(seller:Party)
  WHERE seller.party_id = a.seller_id
    AND coalesce(g.valid_from <= a.invoiced_on, true) AND coalesce(g.valid_to >= a.invoiced_on, true)
    AND coalesce(h.valid_from <= a.invoiced_on, true) AND coalesce(h.valid_to >= a.invoiced_on, true)
} AS is_at_home
WITH * WHERE coalesce(company.kind <> 'person', true)
         AND (at = 0 OR coalesce(came.kind <> 'wholesale', true) AND NOT is_at_home)
WITH company, substring(toString(s.invoiced_on), 0, 7) AS month, count(s) AS flagged
WITH company, coalesce(company.roles CONTAINS 'dealer', false) AS is_dealer, collect([month, flagged]) AS months
// those that bought every car they sold of somebody else are counted apart
OPTIONAL MATCH (company)-[:SOLD]->(x:Sale)
WHERE NOT is_dealer AND x.buyer_id IS NOT NULL
OPTIONAL MATCH (company)<-[:BOUGHT_BY]-(b:Sale {vin: x.vin})
WHERE b.invoiced_on < x.invoiced_on AND coalesce(b.kind <> 'wholesale', true)
WITH company, is_dealer, months, x, count(b) AS bought
WITH company, is_dealer, months, count(CASE WHEN bought = 0 THEN x END) AS first_hand
UNWIND months AS counted
WITH company.party_id AS party_id, counted[0] AS month, counted[1] AS flagged,
     CASE WHEN is_dealer OR first_hand > 0 THEN 'dealer_month/' ELSE 'reseller_month/' END AS kind
RETURN kind + replace(replace(party_id, '%', '%25'), '/', '%2F') + '/' + month AS unit_id, party_id, month, flagged
ORDER BY unit_id
