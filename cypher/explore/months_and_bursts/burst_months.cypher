// title: Which dealers had a month far above their other months?
// answers: months of a dealer with at least min_units retail invoices and at least factor times the mean of its other months,
//     with how many cars went to companies; the highest above first. A launch, a subsidy that ends or a fleet order
//     makes such a month too
// reads: Party, Sale, SOLD, BOUGHT_BY
// param factor: float = 2.0
// param min_units: int = 20
// param min_months: int = 6
// param top: int = 50
// returns: dealer_id string, name string?, month string, sold int, other_months float, times_other float, to_companies int
// order: times_other desc, sold desc, dealer_id, month
// bounds: retail sales of dealers that sold in at least min_months months; months without a sale do not count
// cost: proportional to the retail sales
// demo: factor=2.0, min_units=20
// empty: factor=100000.0
MATCH (d:Dealer)-[:SOLD]->(s:Sale)
WHERE s.kind = 'retail'
OPTIONAL MATCH (s)-[:BOUGHT_BY]->(b:Party)
WITH d, substring(toString(s.invoiced_on), 0, 7) AS month, count(s) AS sold,
     sum(CASE WHEN b.kind = 'company' THEN 1 ELSE 0 END) AS to_companies
WITH d, collect({month: month, sold: sold, to_companies: to_companies}) AS months, sum(sold) AS total, count(month) AS n
WHERE n >= $min_months AND n > 1
UNWIND months AS m
WITH d, m, toFloat(total - m.sold) / (n - 1) AS other_months
WHERE m.sold >= $min_units AND m.sold >= $factor * other_months
RETURN d.party_id AS dealer_id, d.name AS name, m.month AS month, m.sold AS sold, other_months,
       m.sold / other_months AS times_other, m.to_companies AS to_companies
ORDER BY times_other DESC, sold DESC, dealer_id, month
LIMIT $top
