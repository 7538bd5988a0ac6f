// title: Which used cars left the country soon after their first plate?
// answers: used exports applied for within a number of days of the first registration, with at most max_km on the odometer or
//     no reading, by destination and exporter
// reads: Vehicle, Party
// param within_days: int = 180
// param max_km: int = 100
// returns: destination string?, exporter_id string, name string?, cars int, mean_days float, mean_km float?, with_letter int
// order: cars desc, destination, exporter_id
// bounds: every vehicle once
// cost: proportional to the vehicles
// demo: within_days=180
// empty: within_days=-1
MATCH (v:Vehicle)
WHERE v.declared_as = 'used' AND v.gap_registered_to_exported <= $within_days AND v.gap_registered_to_exported >= 0
  AND v.exporter_id IS NOT NULL AND coalesce(v.km_last <= $max_km, true)
WITH v.destination AS destination, v.exporter_id AS exporter_id, count(v) AS cars,
     toFloat(sum(v.gap_registered_to_exported)) / count(v) AS mean_days, avg(v.km_last) AS mean_km,
     sum(CASE WHEN v.maker_letter THEN 1 ELSE 0 END) AS with_letter
OPTIONAL MATCH (e:Party {party_id: exporter_id})
RETURN destination, exporter_id, e.name AS name, cars, mean_days, mean_km, with_letter
ORDER BY cars DESC, destination, exporter_id
