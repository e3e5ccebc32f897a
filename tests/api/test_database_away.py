"""What the API answers while PostgreSQL is away."""

from tests.support.app import Service


async def test_while_the_database_is_away_the_answer_says_try_again_and_not_that_it_is_a_fault(
    service: Service,
) -> None:
    await service.container.database.close()

    answer = await service.api.get("/api/v1/connections")

    assert answer.status_code == 503
    assert answer.json()["type"].endswith("/database-away")
