// title: Twin of related_party_sales: flagged sales by seller and invoice month
// answers: how many cars each seller first sold at retail to a party that it was provably related to on that day (tier A),
//     leaving out the group's own cars and those that it sold on within days, as the detector flags them
// reads: Party, Sale, Vehicle, Policy, SOLD, BOUGHT_BY, OF, COVERS, INSURES, PLATED_TO, RELATED_TO
// param regime: string = asbe36_current
// param plated_within_days: int = 90
// param sold_on_days: int = 30
// param sales_complete_from: date = null
// param sales_complete_to: date = null
// param policies_complete_from: date = null
// param policies_complete_to: date = null
// param registrations_complete_from: date = null
// param registrations_complete_to: date = null
// returns: unit_id string, party_id string, month string, flagged int
// order: unit_id
// bounds: the sales between parties that are related
// cost: proportional to the purchases of related buyers
// demo: sales_complete_from=2023-01-01, sales_complete_to=2026-06-30, policies_complete_from=2023-01-01, policies_complete_to=2026-06-30, registrations_complete_from=2023-01-01, registrations_complete_to=2026-06-30
// empty: regime=none
MATCH (seller:Party)-[r:RELATED_TO {regime: $regime}]-(buyer:Party)
WHERE r.tier = 'A' AND r.verdict = 'proven'
MATCH (buyer)<-[:BOUGHT_BY]-(s:Sale)<-[:SOLD]-(seller)
WHERE s.kind = 'retail' AND coalesce(r.valid_from <= s.invoiced_on, true) AND coalesce(r.valid_to >= s.invoiced_on, true)
WITH DISTINCT s, seller, buyer
MATCH (s)-[:OF]->(v:Vehicle)
WITH s, seller, buyer, v,
     coalesce(s.invoiced_on >= $sales_complete_from, false)
       AND coalesce(s.invoiced_on + duration({days: $sold_on_days}) <= $sales_complete_to, false) AS is_read,
     coalesce(s.invoiced_on >= $policies_complete_from, false)
       AND coalesce(s.invoiced_on + duration({days: $sold_on_days}) <= $policies_complete_to, false)
       AND coalesce(s.invoiced_on >= $registrations_complete_from, false)
       AND coalesce(s.invoiced_on + duration({days: $sold_on_days + $plated_within_days})
             <= $registrations_complete_to, false)
       AND NOT 'policies' IN coalesce(v.shadowed_in, []) AND NOT 'registrations' IN coalesce(v.shadowed_in, [])
       AND coalesce(v.first_plated_on > s.invoiced_on + duration({days: $sold_on_days + $plated_within_days}), true)
       AS may_tell
// where invoices do not reach so far, a car with no customer's name on a policy and no plate was not sold on
WHERE is_read OR (may_tell AND NOT EXISTS {
  MATCH (v)<-[:COVERS]-(p:Policy)
  WHERE NOT EXISTS { MATCH (p)-[:INSURES]->(insured) WHERE insured.party_id IN [seller.party_id, buyer.party_id] }
})
WITH s, seller, buyer, v
WHERE NOT 'sales' IN coalesce(v.shadowed_in, []) AND NOT EXISTS {
  MATCH (v)<-[:OF]-(t:Sale)
  WHERE t.kind = 'retail' AND t.seller_id <> t.buyer_id
    AND (t.invoiced_on < s.invoiced_on
         OR (t.invoiced_on = s.invoiced_on AND coalesce(t.sequence, -1) < coalesce(s.sequence, -1))
         OR (t.invoiced_on = s.invoiced_on AND coalesce(t.sequence, -1) = coalesce(s.sequence, -1) AND t.sale_id < s.sale_id))
}
OPTIONAL MATCH (owner:Party {party_id: coalesce(v.first_owner_id, '')})
WITH v, s, seller, buyer,
     coalesce(v.first_owner_id = buyer.party_id, false)
       OR ((coalesce(owner.is_stub, true) OR coalesce(owner.is_undecided, true)) AND NOT coalesce(owner.is_private, false))
       AS may_own,
     coalesce(v.first_plated_on <= s.invoiced_on + duration({days: $plated_within_days}), false) AS is_plated,
     coalesce(v.km_first_owner_on >= v.first_plated_on + duration({days: 90}), false)
       AND coalesce(v.km_first_owner <= 100, false) AS is_idle,
     [day IN [v.resold_on, v.deregistered_on, v.exported_on, v.awaiting_export_on]
      WHERE day <= v.first_plated_on + duration({days: 90})] AS given_up
// a car that its buyer keeps and drives, or may do, is one of the group's own
WHERE NOT (is_plated AND may_own AND size(given_up) = 0 AND NOT is_idle)
  AND (is_plated
       OR (coalesce(s.invoiced_on >= $registrations_complete_from, false)
           AND coalesce(s.invoiced_on + duration({days: $plated_within_days}) <= $registrations_complete_to, false)
           AND NOT 'registrations' IN coalesce(v.shadowed_in, [])))
// the next sale to somebody who is not provably related to the seller
WITH v, s, seller,
     COLLECT {
       MATCH (v)<-[:OF]-(t:Sale)-[:BOUGHT_BY]->(next:Party)
       WHERE t.kind IN ['retail', 'resale'] AND t.sale_id <> s.sale_id AND t.invoiced_on >= s.invoiced_on
         AND next.party_id <> seller.party_id AND next.party_id <> s.buyer_id
         AND NOT EXISTS {
           MATCH (seller)-[q:RELATED_TO]-(next)
           WHERE q.regime = $regime AND q.tier = 'A' AND q.verdict = 'proven'
             AND coalesce(q.valid_from <= t.invoiced_on, true) AND coalesce(q.valid_to >= t.invoiced_on, true)
         }
       RETURN t.sale_id AS id ORDER BY t.invoiced_on, coalesce(t.sequence, -1), id LIMIT 1
     } AS later
OPTIONAL MATCH (l:Sale {sale_id: coalesce(head(later), '')})-[:BOUGHT_BY]->(next:Party)
WITH v, s, seller, l, next,
     EXISTS {
       MATCH (seller)-[q:RELATED_TO]-(next)
       WHERE q.regime = $regime AND q.tier = 'A'
         AND coalesce(q.valid_from <= l.invoiced_on, true) AND coalesce(q.valid_to >= l.invoiced_on, true)
     } AS may_be_related,
     EXISTS { MATCH (v)<-[:COVERS]-(:Policy)-[:INSURES]->(next) } AS is_insured,
     EXISTS { MATCH (v)-[:PLATED_TO]->(next) } AS is_plated_to_next
WHERE NOT coalesce(l.kind = 'retail' AND l.invoiced_on <= s.invoiced_on + duration({days: $sold_on_days}), false)
   OR (NOT may_be_related AND NOT next.is_stub AND NOT next.is_undecided AND NOT is_insured AND NOT is_plated_to_next
       AND NOT 'registrations' IN coalesce(v.shadowed_in, [])
       AND coalesce(l.invoiced_on >= $registrations_complete_from, false)
       AND coalesce(l.invoiced_on + duration({days: $plated_within_days}) <= $registrations_complete_to, false)
       AND coalesce(l.invoiced_on >= $policies_complete_from, false)
       AND coalesce(l.invoiced_on + duration({days: $plated_within_days}) <= $policies_complete_to, false))
WITH seller.party_id AS party_id, substring(toString(s.invoiced_on), 0, 7) AS month, count(DISTINCT v) AS flagged
RETURN 'dealer_month/' + replace(replace(party_id, '%', '%25'), '/', '%2F') + '/' + month AS unit_id, party_id, month, flagged
ORDER BY unit_id
