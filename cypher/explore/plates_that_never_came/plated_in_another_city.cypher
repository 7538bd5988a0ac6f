// title: Whose cars were plated in another city than they were insured in?
// answers: dealers by the share of their plated cars whose first plate is of another city than the first policy, with the
//     city that most of those went to; a city with a plate quota, and buyers from out of town, look like this too
// reads: Vehicle, Party
// param min_cars: int = 30
// param top: int = 50
// returns: dealer_id string, name string?, plated int, elsewhere int, share float, cities int, top_city string, top_city_cars int
// order: share desc, elsewhere desc, dealer_id
// bounds: every vehicle once whose two cities are known
// cost: proportional to the vehicles
// demo: min_cars=30
// empty: min_cars=100000000
MATCH (v:Vehicle)
WHERE v.dealer_id IS NOT NULL AND v.plate_city IS NOT NULL AND v.first_policy_city IS NOT NULL
  // an entry that says it is a later one, or that the car was registered long before, is no first plate
  AND coalesce(v.first_event = 'first', true)
  AND coalesce(v.first_plated_on <= v.first_registered_on + duration({days: 30}), true)
WITH v.dealer_id AS dealer_id, v.plate_city AS city, count(v) AS plated,
     sum(CASE WHEN v.plate_city <> v.first_policy_city THEN 1 ELSE 0 END) AS elsewhere
ORDER BY elsewhere DESC, city
WITH dealer_id, sum(plated) AS plated, sum(elsewhere) AS elsewhere, sum(CASE WHEN elsewhere > 0 THEN 1 ELSE 0 END) AS cities,
     head(collect(city)) AS top_city, max(elsewhere) AS top_city_cars
WHERE plated >= $min_cars AND elsewhere > 0
MATCH (d:Party {party_id: dealer_id})
RETURN dealer_id, d.name AS name, plated, elsewhere, toFloat(elsewhere) / plated AS share, cities, top_city, top_city_cars
ORDER BY share DESC, elsewhere DESC, dealer_id
LIMIT $top
