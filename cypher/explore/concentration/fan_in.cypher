// title: Who buys from many sellers (fan-in)?
// answers: companies and other parties that are no private person and that bought from at least min_sellers sellers between two
//     days, with their cars and the part that came from the largest seller; most sellers first. Leasing and rental fleets,
//     exporters, used-car traders and dealers that swap stock buy from many sellers lawfully
// reads: Party, Sale, SOLD, BOUGHT_BY
// param min_sellers: int = 5
// param from: date = 1900-01-01
// param to: date = 2999-12-31
// param top: int = 50
// returns: buyer_id string, name string?, roles string?, sellers int, units int, largest_seller_share float, first_on date, last_on date
// order: sellers desc, units desc, buyer_id
// bounds: purchases of parties that are no persons, in the period
// cost: proportional to those purchases
// demo: min_sellers=5
// empty: min_sellers=100000000
MATCH (b:Party)
WHERE b.kind <> 'person'
MATCH (b)<-[:BOUGHT_BY]-(s:Sale)
WHERE s.seller_id IS NOT NULL AND s.invoiced_on >= $from AND s.invoiced_on <= $to
WITH b, s.seller_id AS seller_id, count(s) AS units, min(s.invoiced_on) AS first_on, max(s.invoiced_on) AS last_on
WITH b, count(seller_id) AS sellers, sum(units) AS units, max(units) AS largest, min(first_on) AS first_on, max(last_on) AS last_on
WHERE sellers >= $min_sellers
RETURN b.party_id AS buyer_id, b.name AS name, b.roles AS roles, sellers, units,
       toFloat(largest) / units AS largest_seller_share, first_on, last_on
ORDER BY sellers DESC, units DESC, buyer_id
LIMIT $top
