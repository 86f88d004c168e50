"""The webhooks of a tenant's file, and what is wrong with them, by line."""

import pytest

from bot.tenant import read_tenant
from bot.watch.webhook_section import Webhook
from routing.errors import PolicyRefused

HEAD = "tenant: aurelis\nversion: 1\n"


def problems_of(text: str) -> list[str]:
    with pytest.raises(PolicyRefused) as refused:
        read_tenant(HEAD + text, "policy.yaml")
    return str(refused.value).splitlines()


def test_webhooks_are_read_and_optional() -> None:
    tenant = read_tenant(
        HEAD + "webhooks:\n"
        "  - {url: https://ops.example.com/hook, secret_env: OPS_SECRET, events: [router.*]}\n"
        "  - {url: 'http://127.0.0.1:9000/x', secret_env: LOCAL}\n"
        "  - {url: 'http://127.0.0.1:9000/y', secret_env: LOCAL, events: [desk.*]}\n"
        "  - {url: 'http://[::1]:9000/x', secret_env: LOCAL}\n",
        "policy.yaml",
    )
    first, second, third, _ = tenant.webhooks

    assert read_tenant(HEAD, "policy.yaml").webhooks == ()
    assert first == Webhook("https://ops.example.com/hook", "OPS_SECRET", ("router.*",))
    assert first.wants("router.error_burst")
    assert not first.wants("provider.down")
    assert second.wants("provider.down")
    assert third.wants("desk.out_of_sla")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{url: http://ops.example.com/s3cret, secret_env: A}", "expected https"),
        ("{url: http://127.0.0.1.example.com/s3cret, secret_env: A}", "expected https"),
        ("{url: https://a:s3cret@ops.example.com, secret_env: A}", "expected an address"),
        ("{url: ftp://ops.example.com, secret_env: A}", "expected an address"),
        ("{url: 'https://[s3cret', secret_env: A}", "expected an address"),
        ("{url: https://ops.example.com, secret_env: s3cret-itself}", "name of a variable"),
        ("{url: https://ops.example.com}", "webhooks[0].secret_env: missing"),
        ("{secret_env: A}", "webhooks[0].url: missing"),
        ("{url: https://a.example, secret_env: A, events: [ruoter.*]}", "expected router.*"),
        ("{url: https://a.example, secret_env: A, event: [x]}", "did you mean 'events'?"),
    ],
)
def test_every_problem_has_its_line_and_shows_no_secret(written: str, expected: str) -> None:
    (problem,) = problems_of(f"webhooks:\n  - {written}\n")

    assert problem.startswith("policy.yaml:4")
    assert expected in problem
    assert "s3cret" not in problem


def test_the_same_address_twice_is_a_problem() -> None:
    entry = "  - {url: https://a.example, secret_env: A}\n"
    (problem,) = problems_of(f"webhooks:\n{entry}{entry}")

    assert "twice" in problem
