// title: Which of a dealer's cars were insured before they were sold?
// answers: cars of a dealer whose first policy starts more than slack_days before the invoice to the end user, with the days
//     between, the insurer and the policy, those insured longest before first; is_same where the end user was insured
//     already. Declared demo cars, fleets and policies cancelled before the sale look like this too
// reads: Vehicle, Party
// param dealer_id: string
// param slack_days: int = 7
// param top: int = 1000
// returns: vin string, first_insured_on date, end_sale_on date, days int, insurer_id string?, insurer_name string?, policy_id string?, insured_id string?, is_same bool?, declared_status string?, policy_cancelled_on date?
// order: days desc, vin
// bounds: one dealer's cars that have an invoice to an end user
// cost: proportional to the dealer's cars
// demo: dealer_id=D21
// empty: dealer_id=NOBODY
MATCH (v:Vehicle {dealer_id: $dealer_id})
WHERE v.gap_insured_to_sold > $slack_days
OPTIONAL MATCH (i:Party {party_id: coalesce(v.first_insurer_id, '')})
RETURN v.vin AS vin, v.first_insured_on AS first_insured_on, v.end_sale_on AS end_sale_on, v.gap_insured_to_sold AS days,
       v.first_insurer_id AS insurer_id, i.name AS insurer_name, v.first_policy_id AS policy_id, v.first_insured_id AS insured_id,
       v.first_insured_id = v.end_buyer_id AS is_same, v.declared_status AS declared_status,
       v.first_policy_cancelled_on AS policy_cancelled_on
ORDER BY days DESC, vin
LIMIT $top
