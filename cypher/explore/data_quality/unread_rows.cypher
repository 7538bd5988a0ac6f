// title: Which cars could be hidden in rows that were not read?
// answers: cars by the table in which an unreadable row could be theirs, so that their absence from that table says nothing,
//     with their share of all cars, the dealers and one such car; the row none counts the cars without
// reads: Vehicle
// param min_cars: int = 1
// returns: unread_in string, cars int, share float, dealers int, example_vin string
// order: cars desc, unread_in
// bounds: every vehicle once; a car that could be in two tables counts in both
// cost: proportional to the vehicles
// demo: min_cars=1
// empty: min_cars=100000000
CALL () {
  MATCH (v:Vehicle)
  RETURN count(v) AS total
}
MATCH (v:Vehicle)
// the property is read by its name in a list: a case without such rows does not have it, and a server would warn
UNWIND coalesce(head([name IN ['shadowed_in'] | v[name]]), ['none']) AS unread_in
WITH unread_in, total, count(v) AS cars, count(DISTINCT v.dealer_id) AS dealers, min(v.vin) AS example_vin
WHERE cars >= $min_cars
RETURN unread_in, cars, toFloat(cars) / total AS share, dealers, example_vin
ORDER BY cars DESC, unread_in
