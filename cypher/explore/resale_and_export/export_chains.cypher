// title: Which cars left for which country, through whom?
// answers: by destination and exporter: cars exported, from how many dealers, how many declared as used, the median and mean
//     days from the first registration to the export, how many left within 180 days after it, and how many with a letter
//     of the maker; a car that was never registered, as a new one, has no such days
// reads: Vehicle, Party
// param destination: string = any
// param top: int = 100
// returns: destination string?, exporter_id string, name string?, units int, dealers int, as_used int, median_days float?, mean_days float?, within_180_days int, with_letter int
// order: units desc, destination, exporter_id
// bounds: every exported vehicle once, by its first declaration
// cost: proportional to the vehicles
// demo: destination=any
// empty: destination=nowhere
MATCH (v:Vehicle)
WHERE v.exporter_id IS NOT NULL AND ($destination = 'any' OR v.destination = $destination)
WITH v.destination AS destination, v.exporter_id AS exporter_id, count(v) AS units, count(DISTINCT v.dealer_id) AS dealers,
     sum(CASE WHEN v.declared_as = 'used' THEN 1 ELSE 0 END) AS as_used,
     toFloat(percentileCont(v.gap_registered_to_exported, 0.5)) AS median_days, avg(v.gap_registered_to_exported) AS mean_days,
     sum(CASE WHEN v.gap_registered_to_exported >= 0 AND v.gap_registered_to_exported <= 180 THEN 1 ELSE 0 END) AS within_180_days,
     sum(CASE WHEN v.maker_letter THEN 1 ELSE 0 END) AS with_letter
MATCH (e:Party {party_id: exporter_id})
RETURN destination, exporter_id, e.name AS name, units, dealers, as_used, median_days, mean_days, within_180_days, with_letter
ORDER BY units DESC, destination, exporter_id
LIMIT $top
