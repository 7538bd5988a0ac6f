// title: Which cars have dates that contradict one another?
// answers: cars by the kind of contradiction (insured, invoiced or plated before built, exported before registered, an
//     odometer that ran back), with their share of all cars, the dealers and one such car; the row none counts the cars
//     without. The dates of such a car prove nothing
// reads: Vehicle
// param min_cars: int = 1
// returns: contradiction string, cars int, share float, dealers int, example_vin string
// order: cars desc, contradiction
// bounds: every vehicle once; a car with two contradictions counts in both
// cost: proportional to the vehicles
// demo: min_cars=1
// empty: min_cars=100000000
CALL () {
  MATCH (v:Vehicle)
  RETURN count(v) AS total
}
MATCH (v:Vehicle)
// the property is read by its name in a list: a case without such rows does not have it, and a server would warn
UNWIND split(coalesce(head([name IN ['violations'] | v[name]]), 'none'), ';') AS contradiction
WITH contradiction, total, count(v) AS cars, count(DISTINCT v.dealer_id) AS dealers, min(v.vin) AS example_vin
WHERE cars >= $min_cars
RETURN contradiction, cars, toFloat(cars) / total AS share, dealers, example_vin
ORDER BY cars DESC, contradiction
