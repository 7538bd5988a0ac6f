// title: What was reported about a maker or dealer?
// answers: the counts that anybody reported about a party, by series and period, with their source
// reads: ReportedCount, Party, ABOUT
// param subject_id: string
// returns: series string, period string, city string?, units float?, units_high float?, share_percent float?, reporter_id string?, source string?
// order: series, period, city, reporter_id, reported_count_id
// bounds: one party's reported counts
// cost: proportional to them
// demo: subject_id=M02
// empty: subject_id=NOBODY
MATCH (c:ReportedCount)-[:ABOUT]->(:Party {party_id: $subject_id})
// the property is read by its name in a list: a case without such rows does not have it, and a server would warn
RETURN c.series AS series, c.period AS period, c.city AS city, c.units AS units,
       head([name IN ['units_high'] | c[name]]) AS units_high, toFloat(c.share) / 10000 AS share_percent, c.reporter_id AS reporter_id, c.source AS source
ORDER BY c.series, c.period, c.city, c.reporter_id, c.reported_count_id
