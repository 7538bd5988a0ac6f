// What questions start from besides the keys.
CREATE INDEX vehicle_dealer IF NOT EXISTS FOR (n:Vehicle) ON (n.dealer_id);
CREATE INDEX vehicle_first_insured IF NOT EXISTS FOR (n:Vehicle) ON (n.first_insured_id);
CREATE INDEX vehicle_end_buyer IF NOT EXISTS FOR (n:Vehicle) ON (n.end_buyer_id);
CREATE INDEX finding_detector IF NOT EXISTS FOR (n:Finding) ON (n.detector);
