// title: Twin of pre_insured: flagged cars by dealer and policy month
// answers: how many cars of each dealer were insured in each month before anyone bought them, as the detector flags them:
//     sales, plates and the demo register complete, identities decided, no lawful explanation
// reads: Vehicle, Party, Policy, CONTROLS
// param as_of: date
// param slack_days: int = 7
// param sales_complete_from: date = null
// param sales_complete_to: date = null
// param registrations_complete_from: date = null
// param registrations_complete_to: date = null
// param declared_stock_complete_from: date = null
// param declared_stock_complete_to: date = null
// returns: unit_id string, party_id string?, month string, flagged int
// order: unit_id
// bounds: every vehicle once; the parties of those that were insured early
// cost: proportional to the vehicles
// demo: as_of=2026-06-30, sales_complete_from=2023-01-01, sales_complete_to=2026-06-30, registrations_complete_from=2023-01-01, registrations_complete_to=2026-06-30, declared_stock_complete_from=2023-01-01, declared_stock_complete_to=2026-06-30
// empty: as_of=2026-06-30, sales_complete_to=1900-01-01
MATCH (v:Vehicle)
WHERE v.first_insured_on IS NOT NULL AND v.first_policy_kind IS NOT NULL
  AND v.first_insured_on >= $declared_stock_complete_from AND v.first_insured_on <= $declared_stock_complete_to
  AND NOT coalesce(v.declared_from <= v.first_insured_on AND coalesce(v.declared_to >= v.first_insured_on, true), false)
  AND none(name IN ['sales', 'declared_stock'] WHERE name IN coalesce(v.shadowed_in, []))
  AND NOT coalesce(v.violations CONTAINS 'before_built', false)
WITH v, CASE WHEN v.wholesaled_on < v.built_on THEN v.wholesaled_on ELSE coalesce(v.built_on, v.wholesaled_on) END AS born_on,
     CASE WHEN v.end_sale_on IS NULL THEN $as_of WHEN v.handed_over_on < v.end_sale_on THEN v.handed_over_on
          ELSE v.end_sale_on END AS until
WHERE v.first_insured_on + duration({days: $slack_days}) < until
  AND born_on >= $sales_complete_from AND v.first_insured_on >= $sales_complete_from AND until <= $sales_complete_to
  AND NOT coalesce(v.first_plated_on <= v.first_insured_on + duration({days: 90}) AND v.first_owner_id = v.first_insured_id
                   AND v.use IN ['commercial', 'rental', 'ride_hailing', 'leasing'], false)
  AND (coalesce(v.first_plated_on <= v.first_insured_on + duration({days: 90}), false)
       OR NOT coalesce(v.first_policy_use IN ['commercial', 'rental', 'ride_hailing', 'leasing'], true)
       OR (NOT 'registrations' IN coalesce(v.shadowed_in, [])
           AND coalesce(v.first_insured_on >= $registrations_complete_from, false)
           AND coalesce(v.first_insured_on + duration({days: 90}) <= $registrations_complete_to, false)))
MATCH (insured:Party {party_id: v.first_insured_id})
WHERE coalesce(insured.is_stub, false) = false AND coalesce(insured.is_undecided, false) = false
  AND NOT coalesce(insured.kind = 'person' AND v.first_policy_cancelled_on <= v.end_sale_on, false)
WITH v, insured, until, coalesce(v.first_owner_id = v.dealer_id, false) AS is_of_dealer,
     coalesce(v.first_policy_use = 'demo', false) OR coalesce(v.use = 'demo', false) AS is_called_demo,
     coalesce(v.km_unsold > 100, false) AS is_driven,
     coalesce(v.km_unsold_on >= v.first_insured_on + duration({days: 90}), false) AS is_read_late
// a demo car that its dealer drove, or that may be one
WHERE NOT ((coalesce(v.first_insured_id = v.dealer_id, false) OR is_of_dealer)
           AND v.first_insured_on + duration({days: 90}) <= until
           AND (is_driven OR ((is_called_demo OR is_of_dealer) AND NOT is_read_late)))
OPTIONAL MATCH (policy:Policy {policy_id: v.first_policy_id})
// an empty key instead of an unknown one: a search for null reads every party
OPTIONAL MATCH (buyer:Party {party_id: coalesce(v.end_buyer_id, '')})
OPTIONAL MATCH (dealer:Party {party_id: coalesce(v.dealer_id, '')})
OPTIONAL MATCH (owner:Party {party_id: coalesce(v.first_owner_id, '')})
OPTIONAL MATCH (before:Party {party_id: coalesce(policy.insured_before, '')})
WITH v, insured, buyer, dealer, owner,
     coalesce(policy.insured_before <> v.end_buyer_id AND before.is_stub = false AND before.is_undecided = false
              AND before.name_key <> buyer.name_key, false) AS was_renamed
// a plate in time that does not say to whom or for which use may be a fleet's
WHERE NOT (coalesce(v.first_plated_on <= v.first_insured_on + duration({days: 90}), false)
           AND (coalesce(v.first_owner_id = v.first_insured_id, false) OR coalesce(owner.is_stub, true)
                OR coalesce(owner.is_undecided, true))
           AND coalesce(coalesce(v.use, v.first_policy_use) IN ['commercial', 'rental', 'ride_hailing', 'leasing'], true))
// the control groups on that day: of the ultimate controllers the smallest id stands for the group
WITH v, insured, buyer, was_renamed,
     COLLECT {
       MATCH (dealer)<-[held1:CONTROLS*0..1]-(top1:Party)
       WHERE v.end_sale_on IS NULL
         AND all(c IN held1 WHERE c.verdict = 'proven' AND coalesce(c.valid_from <= v.first_insured_on, true)
                              AND coalesce(c.valid_to >= v.first_insured_on, true) AND coalesce(top1.is_state, false) = false)
         AND NOT EXISTS {
           MATCH (top1)<-[d:CONTROLS]-(above:Party)
           WHERE d.verdict = 'proven' AND coalesce(d.valid_from <= v.first_insured_on, true)
             AND coalesce(d.valid_to >= v.first_insured_on, true) AND coalesce(above.is_state, false) = false
             AND NOT EXISTS {
               MATCH (top1)-[e:CONTROLS]->(above)
               WHERE e.verdict = 'proven' AND coalesce(e.valid_from <= v.first_insured_on, true)
                 AND coalesce(e.valid_to >= v.first_insured_on, true) AND coalesce(top1.is_state, false) = false
             }
         }
       RETURN top1.party_id AS id ORDER BY id LIMIT 1
     } AS dealer_group,
     COLLECT {
       MATCH (insured)<-[held2:CONTROLS*0..1]-(top2:Party)
       WHERE v.end_sale_on IS NULL
         AND all(c IN held2 WHERE c.verdict = 'proven' AND coalesce(c.valid_from <= v.first_insured_on, true)
                              AND coalesce(c.valid_to >= v.first_insured_on, true) AND coalesce(top2.is_state, false) = false)
         AND NOT EXISTS {
           MATCH (top2)<-[d:CONTROLS]-(above:Party)
           WHERE d.verdict = 'proven' AND coalesce(d.valid_from <= v.first_insured_on, true)
             AND coalesce(d.valid_to >= v.first_insured_on, true) AND coalesce(above.is_state, false) = false
             AND NOT EXISTS {
               MATCH (top2)-[e:CONTROLS]->(above)
               WHERE e.verdict = 'proven' AND coalesce(e.valid_from <= v.first_insured_on, true)
                 AND coalesce(e.valid_to >= v.first_insured_on, true) AND coalesce(top2.is_state, false) = false
             }
         }
       RETURN top2.party_id AS id ORDER BY id LIMIT 1
     } AS insured_group
WHERE (v.end_sale_on IS NOT NULL AND coalesce(buyer.is_stub, true) = false AND coalesce(buyer.is_undecided, true) = false
       AND (was_renamed OR (v.first_insured_id <> v.end_buyer_id AND coalesce(insured.name_key <> buyer.name_key, true))))
   OR (v.end_sale_on IS NULL
       AND (coalesce(v.first_insured_id IN [v.dealer_id, v.manufacturer_id, v.wholesaler_id], false)
            OR (size(dealer_group) > 0 AND dealer_group = insured_group)))
WITH v.dealer_id AS party_id, substring(toString(v.first_insured_on), 0, 7) AS month, count(DISTINCT v) AS flagged
RETURN 'dealer_month/' + replace(replace(coalesce(party_id, '?'), '%', '%25'), '/', '%2F') + '/' + month AS unit_id,
       party_id, month, flagged
ORDER BY unit_id
