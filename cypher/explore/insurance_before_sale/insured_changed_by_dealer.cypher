// title: Whose policies were rewritten to another insured?
// answers: dealers by the cars whose first policy was later endorsed to another insured, of all their insured cars, and in
//     whose name it had been: the dealer's, another company's or a person's; a buyer that renames a policy in the family
//     looks like this too
// reads: Vehicle, Policy, Party, COVERS
// param min_cars: int = 1
// param top: int = 100
// returns: dealer_id string, name string?, insured int, changed int, share float, from_dealer int, from_company int, from_person int, first_on date, last_on date
// order: changed desc, dealer_id
// bounds: the endorsed policies; the insured cars of the dealers that have some; a former insured that is only named by a
//     text is in none of the three counts
// cost: proportional to the policies
// demo: min_cars=1
// empty: min_cars=100000000
MATCH (p:Policy)-[:COVERS]->(v:Vehicle)
WHERE p.insured_before IS NOT NULL AND v.first_policy_id = p.policy_id AND v.dealer_id IS NOT NULL
OPTIONAL MATCH (before:Party {party_id: p.insured_before})
WITH v.dealer_id AS dealer_id, count(v) AS changed,
     sum(CASE WHEN before.party_id = v.dealer_id THEN 1 ELSE 0 END) AS from_dealer,
     sum(CASE WHEN before.kind = 'company' AND before.party_id <> v.dealer_id THEN 1 ELSE 0 END) AS from_company,
     sum(CASE WHEN before.kind = 'person' THEN 1 ELSE 0 END) AS from_person,
     min(p.starts_on) AS first_on, max(p.starts_on) AS last_on
WHERE changed >= $min_cars
MATCH (d:Party {party_id: dealer_id})
WITH d, changed, from_dealer, from_company, from_person, first_on, last_on,
     COUNT { MATCH (w:Vehicle {dealer_id: d.party_id}) WHERE w.first_policy_id IS NOT NULL } AS insured
RETURN d.party_id AS dealer_id, d.name AS name, insured, changed, toFloat(changed) / insured AS share, from_dealer, from_company,
       from_person, first_on, last_on
ORDER BY changed DESC, dealer_id
LIMIT $top
