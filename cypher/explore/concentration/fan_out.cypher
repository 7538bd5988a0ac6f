// title: Who sells to many buyers (fan-out)?
// answers: parties that sold to at least min_buyers buyers between two days, with their cars, how many buyers are companies and
//     the part that the largest buyer took; most buyers first. Makers and dealers do this by trade and are left out unless
//     asked for; a used-car trader or a fleet that renews its cars looks the same
// reads: Party, Sale, SOLD, BOUGHT_BY
// param min_buyers: int = 5
// param with_trade: bool = false
// param from: date = 1900-01-01
// param to: date = 2999-12-31
// param top: int = 50
// returns: seller_id string, name string?, roles string?, buyers int, company_buyers int, units int, largest_buyer_share float, first_on date, last_on date
// order: buyers desc, units desc, seller_id
// bounds: sales of parties that are no persons, in the period
// cost: proportional to those sales
// demo: min_buyers=5
// empty: min_buyers=100000000
MATCH (a:Party)
WHERE a.kind <> 'person' AND ($with_trade OR NOT (a:Dealer OR a:Manufacturer))
MATCH (a)-[:SOLD]->(s:Sale)-[:BOUGHT_BY]->(b:Party)
WHERE s.invoiced_on >= $from AND s.invoiced_on <= $to
WITH a, b, count(s) AS units, min(s.invoiced_on) AS first_on, max(s.invoiced_on) AS last_on
WITH a, count(b) AS buyers, sum(CASE WHEN b.kind = 'company' THEN 1 ELSE 0 END) AS company_buyers, sum(units) AS units,
     max(units) AS largest, min(first_on) AS first_on, max(last_on) AS last_on
WHERE buyers >= $min_buyers
RETURN a.party_id AS seller_id, a.name AS name, a.roles AS roles, buyers, company_buyers, units,
       toFloat(largest) / units AS largest_buyer_share, first_on, last_on
ORDER BY buyers DESC, units DESC, seller_id
LIMIT $top
