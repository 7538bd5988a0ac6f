// title: What happened to a car?
// answers: every dated record of a car but endorsements, payments, odometer readings and plates abroad after the first, in
//     order of date, with the parties it names
// reads: Vehicle, Party, Sale, Policy, SOLD, BOUGHT_BY, OF, ISSUED, INSURES, COVERS, PLATED_TO, EXPORTED, LISTED, CLAIMED, HELD_AS
// param vin: string
// returns: on_date date, event string, from_id string?, to_id string?, detail string?, record_id string?
// order: on_date, event, record_id, to_id
// bounds: one car
// cost: proportional to the car's records
// demo: vin=L01AA1AA6SA001741
// empty: vin=NOBODY
MATCH (v:Vehicle {vin: $vin})
CALL (v) {
  RETURN v.built_on AS on_date, 'built' AS event, v.manufacturer_id AS from_id, null AS to_id, null AS detail, null AS record_id
  UNION ALL
  MATCH (v)<-[:OF]-(s:Sale)
  RETURN s.invoiced_on AS on_date, s.kind + ' invoice' AS event, s.seller_id AS from_id, s.buyer_id AS to_id,
         s.currency + ' ' + toString(s.price) AS detail, s.sale_id AS record_id
  UNION ALL
  MATCH (v)<-[:OF]-(s:Sale)
  RETURN s.handed_over_on AS on_date, 'handed over' AS event, s.seller_id AS from_id, s.buyer_id AS to_id, null AS detail,
         s.sale_id AS record_id
  UNION ALL
  MATCH (v)<-[:COVERS]-(p:Policy)
  RETURN p.starts_on AS on_date, coalesce(p.kind + ' ', '') + 'policy' AS event, p.insurer_id AS from_id,
         p.insured_id AS to_id, p.use AS detail, p.policy_id AS record_id
  UNION ALL
  MATCH (v)<-[:COVERS]-(p:Policy)
  RETURN p.cancelled_on AS on_date, 'policy cancelled' AS event, p.insurer_id AS from_id, p.insured_id AS to_id,
         null AS detail, p.policy_id AS record_id
  UNION ALL
  MATCH (v)-[r:PLATED_TO]->(o:Party)
  RETURN r.plated_on AS on_date, 'plated' AS event, null AS from_id, o.party_id AS to_id, r.city AS detail,
         r.registration_id AS record_id
  UNION ALL
  MATCH (v)-[r:PLATED_TO]->(o:Party)
  RETURN r.awaiting_export_on AS on_date, 'waiting for export' AS event, o.party_id AS from_id, null AS to_id, r.city AS detail,
         r.registration_id AS record_id
  UNION ALL
  MATCH (v)-[r:PLATED_TO]->(o:Party)
  RETURN r.deregistered_on AS on_date, 'deregistered' AS event, o.party_id AS from_id, null AS to_id, r.city AS detail,
         r.registration_id AS record_id
  UNION ALL
  MATCH (v)-[r:HELD_AS]->(o:Party)
  RETURN r.valid_from AS on_date, 'declared ' + r.status AS event, null AS from_id, o.party_id AS to_id, null AS detail,
         null AS record_id
  UNION ALL
  MATCH (o:Party)-[r:LISTED]->(v)
  RETURN r.listed_on AS on_date, 'advertised' AS event, o.party_id AS from_id, null AS to_id, r.platform AS detail,
         r.listing_id AS record_id
  UNION ALL
  MATCH (o:Party)-[r:EXPORTED]->(v)
  RETURN r.cleared_on AS on_date, 'exported as ' + r.declared_as AS event, o.party_id AS from_id, null AS to_id,
         r.destination AS detail, r.export_id AS record_id
  UNION ALL
  MATCH (o:Party)-[r:CLAIMED]->(v)
  RETURN r.claimed_on AS on_date, 'claimed ' + r.kind AS event, o.party_id AS from_id, null AS to_id, null AS detail,
         r.claim_id AS record_id
  UNION ALL
  RETURN v.foreign_registered_on AS on_date, 'registered abroad' AS event, null AS from_id, null AS to_id,
         v.foreign_country AS detail, null AS record_id
}
WITH on_date, event, from_id, to_id, detail, record_id
WHERE on_date IS NOT NULL
RETURN on_date, event, from_id, to_id, detail, record_id
ORDER BY on_date, event, record_id, to_id
