"""A Neo4j of today gives the rows that an earlier one gave, so that what is frozen is still the truth."""

from tests.servers.neo4j import Server
from tests.store.random_queries.frozen import differences, frozen, spread, told
from tests.store.random_queries.graph import fill

OF_SERVER = 200


def test_a_neo4j_of_today_answers_as_the_frozen_one(empty_neo4j: Server) -> None:
    asked = spread(list(frozen()), OF_SERVER)
    assert len(asked) == OF_SERVER
    with empty_neo4j.driver(notifications_min_severity="OFF") as driver, driver.session() as session:
        fill(session)
        differing = told(differences(session, iter(asked)))
    empty_neo4j.empty()
    assert not differing
