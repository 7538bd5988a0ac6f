// title: On which days were many of a dealer's cars insured at once?
// answers: days on which first compulsory policies of at least min_policies cars of a dealer start, with the insurers and
//     insured parties, how many of the cars are insured for companies, and how many had been invoiced to an end user by then,
//     were so later, or are not yet. A fleet delivery or a demo fleet looks the same
// reads: Vehicle, Party
// param dealer_id: string
// param min_policies: int = 10
// returns: starts_on date, policies int, insurers int, insured int, to_companies int, sold_by_then int, sold_later int, never_sold int
// order: policies desc, starts_on
// bounds: the cars whose last wholesale buyer is this dealer
// cost: proportional to the dealer's cars
// demo: dealer_id=D09, min_policies=10
// empty: dealer_id=NOBODY
MATCH (v:Vehicle {dealer_id: $dealer_id})
WHERE v.first_insured_on IS NOT NULL
OPTIONAL MATCH (p:Party {party_id: coalesce(v.first_insured_id, '')})
WITH v.first_insured_on AS starts_on, count(v) AS policies, count(DISTINCT v.first_insurer_id) AS insurers,
     count(DISTINCT v.first_insured_id) AS insured, sum(CASE WHEN p.kind = 'company' THEN 1 ELSE 0 END) AS to_companies,
     sum(CASE WHEN v.end_sale_on <= v.first_insured_on THEN 1 ELSE 0 END) AS sold_by_then,
     sum(CASE WHEN v.end_sale_on > v.first_insured_on THEN 1 ELSE 0 END) AS sold_later,
     sum(CASE WHEN v.end_sale_on IS NULL THEN 1 ELSE 0 END) AS never_sold
WHERE policies >= $min_policies
RETURN starts_on, policies, insurers, insured, to_companies, sold_by_then, sold_later, never_sold
ORDER BY policies DESC, starts_on
