// title: Twin of related_party_sales: flagged sales by seller and invoice month
// answers: how many cars each seller first sold at retail to a party that it was provably related to on that day (tier A),
//     leaving out a group's own fleet, as the detector flags them
// reads: Party, Sale, Vehicle, SOLD, BOUGHT_BY, OF, RELATED_TO
// param regime: string = asbe36_current
// param plated_within_days: int = 90
// param registrations_complete_from: date = null
// param registrations_complete_to: date = null
// returns: unit_id string, party_id string, month string, flagged int
// order: unit_id
// bounds: the sales between parties that are related
// cost: proportional to the purchases of related buyers
// demo: registrations_complete_from=2023-01-01, registrations_complete_to=2026-06-30
// empty: regime=none
MATCH (seller:Party)-[r:RELATED_TO {regime: $regime}]-(buyer:Party)
WHERE r.tier = 'A' AND r.verdict = 'proven'
MATCH (buyer)<-[:BOUGHT_BY]-(s:Sale)<-[:SOLD]-(seller)
WHERE s.kind = 'retail' AND coalesce(r.valid_from <= s.invoiced_on, true) AND coalesce(r.valid_to >= s.invoiced_on, true)
WITH DISTINCT s, seller, buyer
MATCH (s)-[:OF]->(v:Vehicle)
WHERE NOT EXISTS {
  MATCH (v)<-[:OF]-(t:Sale)
  WHERE t.kind = 'retail' AND t.seller_id IS NOT NULL AND t.buyer_id IS NOT NULL
    AND (t.invoiced_on < s.invoiced_on
         OR (t.invoiced_on = s.invoiced_on AND coalesce(t.sequence, -1) < coalesce(s.sequence, -1))
         OR (t.invoiced_on = s.invoiced_on AND coalesce(t.sequence, -1) = coalesce(s.sequence, -1) AND t.sale_id < s.sale_id))
}
OPTIONAL MATCH (owner:Party {party_id: coalesce(v.first_owner_id, '')})
WITH v, s, seller, buyer,
     coalesce(v.first_owner_id = buyer.party_id, false) OR coalesce(owner.is_stub, true)
       OR coalesce(owner.is_undecided, true) AS may_own,
     coalesce(v.first_plated_on <= s.invoiced_on + duration({days: $plated_within_days}), false) AS is_plated,
     [day IN [v.resold_on, v.deregistered_on, v.exported_on, v.awaiting_export_on]
      WHERE day <= v.first_plated_on + duration({days: 90})] AS given_up
// an entry that does not say to whom or for which use may be the group's own fleet, as one that does
WHERE NOT (is_plated AND may_own AND size(given_up) = 0
           AND coalesce(v.use IN ['commercial', 'rental', 'ride_hailing', 'leasing'], true))
  AND (is_plated
       OR (coalesce(s.invoiced_on >= $registrations_complete_from, false)
           AND coalesce(s.invoiced_on + duration({days: $plated_within_days}) <= $registrations_complete_to, false)
           AND NOT 'registrations' IN coalesce(v.shadowed_in, [])))
WITH seller.party_id AS party_id, substring(toString(s.invoiced_on), 0, 7) AS month, count(DISTINCT v) AS flagged
RETURN 'dealer_month/' + replace(replace(party_id, '%', '%25'), '/', '%2F') + '/' + month AS unit_id, party_id, month, flagged
ORDER BY unit_id
