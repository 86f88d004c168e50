"""What tools have found in earlier turns of an episode: a model need not look it up again."""

from dataclasses import replace

from bot.services import Services
from bot.stores.base import Head, RecordsOf
from bot.tools.journal import STEP
from bot.tools.kept import read_step
from bot.tools.words import words_for
from bot.turns.remembered import MOST_TURNS, TURN, episode_turns
from routing.agent.step import Step, as_messages
from routing.request import NOTHING, Message

MOST_STEPS = 24
"""Newest first; what is older is too far back to be gone on from."""
MOST_TOLD = 6


async def looked_up(services: Services, head: Head) -> tuple[Message, ...]:
    """Return finished calls and their results, oldest first, as a model sees its own.

    They stand before the customer's last messages: also of a turn that was interrupted, or given
    up before anybody saw it. What went wrong may be tried again.
    """
    rules = (services.tenant.policy.default, *services.tenant.policy.intents)
    if not any(rule.agent for rule in rules):
        return ()
    steps = await services.store.find(
        RecordsOf(STEP, conversation=head.conversation, limit=MOST_STEPS)
    )
    if not steps:
        return ()
    turns = await services.store.find(
        RecordsOf(TURN, conversation=head.conversation, limit=MOST_TURNS)
    )
    of_episode = episode_turns(turns, head.episode)
    read = [read_step(record.json) for record in reversed(steps)]
    done = [_finished(step) for run, step in read if run in of_episode]
    vault = await services.vaults.of(head.conversation)
    words = words_for(services.redactor, vault)
    return as_messages([step for step in done if step.calls][-MOST_TOLD:], words, is_last=False)


def _finished(step: Step) -> Step:
    """Return a step with the calls that have a good result; its words stand in the transcript."""
    results = tuple(result for result in step.results if not result.is_error)
    known = {result.call_id for result in results}
    calls = tuple(call for call in step.calls if call.id in known)
    return replace(step, text=NOTHING, calls=calls, results=results)
