// title: Which sellers paid a buyer of theirs around the sale?
// answers: payments from a seller to its buyer, no private person, within within_days of an invoice
//     between the same two, before or after, with the invoices that near and the days to the nearest;
//     is_for_own_purchase says that the payment names a car that the seller
//     had bought from that buyer. Dealers that swap stock, refunds, deposits given back and rebates look the same
// reads: Party, Sale, PAID, TRADED, BOUGHT_BY
// param within_days: int = 30
// param top: int = 200
// returns: seller_id string, seller_name string?, buyer_id string, buyer_name string?, payment_id string, paid_on date, amount float, currency string?, invoices int, nearest_days int, invoiced_total float?, is_for_own_purchase bool
// order: is_for_own_purchase, nearest_days, amount desc, payment_id
// bounds: payments between two parties of whom the payer sold to the payee
// cost: proportional to the payments and to the purchases of those payees
// demo: within_days=60
// empty: within_days=-1
MATCH (a:Party)-[p:PAID]->(b:Party)
WHERE b.kind <> 'person' AND EXISTS {
  MATCH (a)-[t:TRADED]->(b)
  WHERE t.kind IN ['wholesale', 'retail', 'resale', 'return', 'swap', 'trade_in', 'leaseback']
}
MATCH (b)<-[:BOUGHT_BY]-(s:Sale)
WHERE s.seller_id = a.party_id AND s.invoiced_on >= p.paid_on - duration({days: $within_days})
  AND s.invoiced_on <= p.paid_on + duration({days: $within_days})
WITH a, b, p, count(s) AS invoices, min(abs(duration.inDays(s.invoiced_on, p.paid_on).days)) AS nearest_days,
     count(s.price) AS priced, sum(s.price) AS total
OPTIONAL MATCH (own:Sale {sale_id: coalesce(p.sale_id, '')})
WITH a, b, p, invoices, nearest_days, priced, total,
     coalesce(own.seller_id = b.party_id AND own.buyer_id = a.party_id, false) AS is_for_own_purchase
RETURN a.party_id AS seller_id, a.name AS seller_name, b.party_id AS buyer_id, b.name AS buyer_name,
       p.payment_id AS payment_id, p.paid_on AS paid_on, p.amount AS amount, p.currency AS currency, invoices, nearest_days,
       CASE WHEN priced > 0 THEN toFloat(total) ELSE null END AS invoiced_total, is_for_own_purchase
ORDER BY is_for_own_purchase, nearest_days, amount DESC, payment_id
LIMIT $top
