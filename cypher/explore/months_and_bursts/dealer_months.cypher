// title: How did a dealer's months go?
// answers: a dealer's retail invoices month by month: cars, how many went to companies, how many were plated within 30 days,
//     how many are too recent to tell, and the month against the dealer's mean month. Model launches, subsidy deadlines
//     and year ends make lawful peaks
// reads: Party, Sale, Vehicle, SOLD, BOUGHT_BY, OF
// param dealer_id: string
// param as_of: date
// returns: month string, sold int, to_companies int, plated_in_30_days int, too_recent int, mean_month float, times_mean float
// order: month
// bounds: one dealer's retail sales; the mean is over the months in which it sold
// cost: proportional to the dealer's sales
// demo: dealer_id=D09, as_of=2026-06-30
// empty: dealer_id=NOBODY, as_of=2026-06-30
MATCH (d:Party {party_id: $dealer_id})-[:SOLD]->(s:Sale)-[:OF]->(v:Vehicle)
WHERE s.kind = 'retail'
OPTIONAL MATCH (s)-[:BOUGHT_BY]->(b:Party)
WITH substring(toString(s.invoiced_on), 0, 7) AS month, count(s) AS sold,
     sum(CASE WHEN b.kind = 'company' THEN 1 ELSE 0 END) AS to_companies,
     sum(CASE WHEN v.first_plated_on <= s.invoiced_on + duration({days: 30}) THEN 1 ELSE 0 END) AS plated_in_30_days,
     sum(CASE WHEN v.first_plated_on IS NULL AND s.invoiced_on + duration({days: 30}) > $as_of THEN 1 ELSE 0 END) AS too_recent
WITH collect({month: month, sold: sold, to_companies: to_companies, plated: plated_in_30_days, recent: too_recent}) AS months,
     avg(sold) AS mean_month
UNWIND months AS m
RETURN m.month AS month, m.sold AS sold, m.to_companies AS to_companies, m.plated AS plated_in_30_days,
       m.recent AS too_recent, mean_month, m.sold / mean_month AS times_mean
ORDER BY month
