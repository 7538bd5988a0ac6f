// One constraint a key: loading looks ends up by them, and nothing can be there twice.
CREATE CONSTRAINT party_key IF NOT EXISTS FOR (n:Party) REQUIRE n.party_id IS UNIQUE;
CREATE CONSTRAINT vehicle_key IF NOT EXISTS FOR (n:Vehicle) REQUIRE n.vin IS UNIQUE;
CREATE CONSTRAINT sale_key IF NOT EXISTS FOR (n:Sale) REQUIRE n.sale_id IS UNIQUE;
CREATE CONSTRAINT policy_key IF NOT EXISTS FOR (n:Policy) REQUIRE n.policy_id IS UNIQUE;
CREATE CONSTRAINT identifier_key IF NOT EXISTS FOR (n:Identifier) REQUIRE n.identifier_id IS UNIQUE;
CREATE CONSTRAINT reported_count_key IF NOT EXISTS FOR (n:ReportedCount) REQUIRE n.reported_count_id IS UNIQUE;
CREATE CONSTRAINT cluster_key IF NOT EXISTS FOR (n:Cluster) REQUIRE n.cluster_id IS UNIQUE;
CREATE CONSTRAINT finding_key IF NOT EXISTS FOR (n:Finding) REQUIRE n.finding_id IS UNIQUE;
CREATE CONSTRAINT run_key IF NOT EXISTS FOR (n:Run) REQUIRE n.run_id IS UNIQUE;
CREATE CONSTRAINT push_key IF NOT EXISTS FOR (n:Push) REQUIRE n.push_id IS UNIQUE;
