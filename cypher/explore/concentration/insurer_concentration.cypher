// title: How much of a dealer's cars does one insurer insure?
// answers: insurers that wrote at least min_share of the first compulsory policies of a dealer's cars, beside the insurer's part
//     of all dealers' cars; the largest share above that first. A house agency, a maker's insurance programme or the only
//     insurer in town looks the same
// reads: Vehicle, Party
// param min_share: float = 0.2
// param min_policies: int = 50
// param top: int = 50
// returns: dealer_id string, name string?, insurer_id string, insurer_name string?, policies int, of_policies int, share float, share_everywhere float
// order: times the share everywhere desc, policies desc, dealer_id, insurer_id
// bounds: every vehicle with a first insurer and a dealer, once
// cost: proportional to the vehicles
// demo: min_share=0.2
// empty: min_share=1.1
MATCH (v:Vehicle)
WHERE v.first_insurer_id IS NOT NULL AND v.dealer_id IS NOT NULL
WITH v.dealer_id AS dealer_id, v.first_insurer_id AS insurer_id, count(v) AS policies
WITH collect({dealer_id: dealer_id, insurer_id: insurer_id, policies: policies}) AS pairs, sum(policies) AS everything
UNWIND pairs AS pair
WITH pairs, everything, pair.insurer_id AS insurer_id, sum(pair.policies) AS insurer_policies
UNWIND [pair IN pairs WHERE pair.insurer_id = insurer_id] AS pair
WITH everything, insurer_id, insurer_policies, pair.dealer_id AS dealer_id, pair.policies AS policies
WITH dealer_id, collect({insurer_id: insurer_id, policies: policies, everywhere: toFloat(insurer_policies) / everything}) AS insurers,
     sum(policies) AS of_policies
WHERE of_policies >= $min_policies
UNWIND insurers AS i
WITH dealer_id, i, of_policies, toFloat(i.policies) / of_policies AS share
WHERE share >= $min_share
OPTIONAL MATCH (d:Party {party_id: dealer_id})
OPTIONAL MATCH (p:Party {party_id: i.insurer_id})
RETURN dealer_id, d.name AS name, i.insurer_id AS insurer_id, p.name AS insurer_name, i.policies AS policies, of_policies,
       share, i.everywhere AS share_everywhere
ORDER BY share / share_everywhere DESC, policies DESC, dealer_id, insurer_id
LIMIT $top
