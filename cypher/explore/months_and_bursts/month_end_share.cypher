// title: Which dealers invoice in the last three days of a month?
// answers: months of a dealer by the share of its retail invoices dated in the last three days of the month, beside the share
//     of all other dealers in the same month. Targets and bonuses that close with the month make lawful month ends
// reads: Party, Sale, SOLD
// param min_units: int = 30
// param min_share: float = 0.3
// param top: int = 50
// returns: dealer_id string, name string?, month string, sold int, last_days int, share float, share_of_others float?
// order: share desc, sold desc, dealer_id, month
// bounds: retail sales of dealers, once
// cost: proportional to the retail sales
// demo: min_units=30, min_share=0.2
// empty: min_share=1.1
MATCH (d:Dealer)-[:SOLD]->(s:Sale)
WHERE s.kind = 'retail'
WITH d, substring(toString(s.invoiced_on), 0, 7) AS month, count(s) AS sold,
     sum(CASE WHEN (s.invoiced_on + duration({days: 3})).month <> s.invoiced_on.month THEN 1 ELSE 0 END) AS last_days
WITH month, collect({d: d, sold: sold, last_days: last_days}) AS dealers, sum(sold) AS all_sold, sum(last_days) AS all_last
UNWIND dealers AS one
WITH one.d AS d, month, one.sold AS sold, one.last_days AS last_days, all_sold - one.sold AS others, all_last - one.last_days AS others_last
WHERE sold >= $min_units AND last_days >= $min_share * sold
RETURN d.party_id AS dealer_id, d.name AS name, month, sold, last_days, toFloat(last_days) / sold AS share,
       CASE WHEN others > 0 THEN toFloat(others_last) / others ELSE null END AS share_of_others
ORDER BY share DESC, sold DESC, dealer_id, month
LIMIT $top
