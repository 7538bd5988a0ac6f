// title: Which of a dealer's cars were plated long after they were sold?
// answers: cars of a dealer that were first plated more than min_days after the invoice to the end user, the longest first,
//     and whether the buyer of the invoice is the owner of the plate. A plate quota and a buyer who waits for a number look
//     like this too
// reads: Vehicle
// param dealer_id: string
// param min_days: int = 60
// param top: int = 1000
// returns: vin string, end_sale_on date, first_plated_on date, days int, end_buyer_id string?, first_owner_id string?, is_same bool?, plate_city string?, resold_on date?, declared_status string?
// order: days desc, vin
// bounds: the cars whose last wholesale buyer is this dealer
// cost: proportional to the dealer's cars
// demo: dealer_id=D09
// empty: dealer_id=NOBODY
MATCH (v:Vehicle {dealer_id: $dealer_id})
WHERE v.gap_sold_to_plated > $min_days
  // an entry that says it is a later one, or that the car was registered long before, is no first plate
  AND coalesce(v.first_event = 'first', true)
  AND coalesce(v.first_plated_on <= v.first_registered_on + duration({days: 30}), true)
RETURN v.vin AS vin, v.end_sale_on AS end_sale_on, v.first_plated_on AS first_plated_on, v.gap_sold_to_plated AS days,
       v.end_buyer_id AS end_buyer_id, v.first_owner_id AS first_owner_id, v.first_owner_id = v.end_buyer_id AS is_same,
       v.plate_city AS plate_city, v.resold_on AS resold_on, v.declared_status AS declared_status
ORDER BY days DESC, vin
LIMIT $top
