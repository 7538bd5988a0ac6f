// title: In which months were a dealer's policies written before the sale?
// answers: by dealer and month of the policy: cars first insured, those of them insured more than slack_days before the
//     invoice to the end user in another name, their share and the mean days between, most cars first; cars without an
//     invoice yet count as insured only. Gift insurance and cancelled orders look like this too
// reads: Vehicle, Party
// param dealer_id: string = any
// param slack_days: int = 7
// param min_early: int = 1
// param top: int = 100
// returns: dealer_id string?, name string?, month string, insured int, early int, share float, mean_days float, longest_days int
// order: early desc, dealer_id, month
// bounds: every vehicle once, or one dealer's
// cost: proportional to the vehicles
// demo: dealer_id=any
// empty: dealer_id=NOBODY
MATCH (v:Vehicle)
WHERE v.first_insured_on IS NOT NULL AND coalesce(v.is_mid_life, false) = false
  AND ($dealer_id = 'any' OR v.dealer_id = $dealer_id)
WITH v.dealer_id AS dealer_id, substring(toString(v.first_insured_on), 0, 7) AS month,
     CASE WHEN v.gap_insured_to_sold > $slack_days AND v.first_insured_id <> v.end_buyer_id THEN v.gap_insured_to_sold END AS days
WITH dealer_id, month, count(*) AS insured, count(days) AS early, sum(days) AS days_in_all, max(days) AS longest_days
WHERE early >= $min_early AND early > 0
OPTIONAL MATCH (d:Party {party_id: coalesce(dealer_id, '')})
RETURN dealer_id, d.name AS name, month, insured, early, toFloat(early) / insured AS share,
       toFloat(days_in_all) / early AS mean_days, longest_days
ORDER BY early DESC, dealer_id, month
LIMIT $top
