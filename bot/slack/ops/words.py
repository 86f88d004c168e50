"""What each event means to operations, in plain words, and what to do about it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Words:
    """How one kind of event is told."""

    headline: str
    """One sentence; `{field}` stands for a field of the newest event."""
    hint: str
    """What to do, in markup of ours."""


UNKNOWN = Words("{name}", "Look at the log: it has this event under its own name.")
WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "router.fallback_triggered": Words(
            "{failed} fails ({kind}), {next} answers in its place",
            "Customers are answered. Look at the provider's status page; if it lasts, put another "
            "model first in the policy.",
        ),
        "router.budget_exceeded": Words(
            "Paid models were not asked: {budget} is used up",
            "Customers get answers from the articles only. Raise the budget in the policy, or wait "
            "until it begins anew.",
        ),
        "router.error_burst": Words(
            "{failed} of {calls} calls failed",
            "Look at the provider's status page and at our keys (`copilot doctor`). Customers get "
            "fallbacks, and answers from the articles.",
        ),
        "router.policy_changed": Words(
            "Another policy is in force: {after}",
            "Nothing, if this was planned. Otherwise publish the version before.",
        ),
        "billing.threshold_crossed": Words(
            "{percent} percent of {budget} are spent",
            "At 100 percent paid models are not asked any more. Raise the budget in time, or let "
            "it be.",
        ),
        "cache.hit_rate_low": Words(
            "The cache answers few questions: {hits} of {lookups}",
            "Nothing soon. Questions may have changed, or articles were published lately.",
        ),
        "provider.down": Words(
            "{model} failed too often and is left alone",
            "Others answer in its place. Look at the provider's status page; it is tried again by "
            "itself.",
        ),
        "desk.out_of_sla": Words(
            "A customer has waited {waited_s} for a person",
            "Claim what waits, oldest first: the App Home lists it. A ticket was opened for this "
            "customer.",
        ),
        "slack.unreachable": Words(
            "Slack does not answer",
            "Nothing is lost: cards and replies go out when it is back. Until then humans cannot "
            "work in Slack; the desk in the terminal works.",
        ),
        "slack.revoked": Words(
            "The workspace {team} does not let us in",
            "Check the token, or install the app again. Until then no card is shown there.",
        ),
        "slack.channel_lost": Words(
            "Alerts cannot go to the channel {channel} ({error})",
            "Invite the bot again, unarchive the channel, or set another one.",
        ),
        "slack.link_disabled": Words(
            "Slack has closed our connection for good ({error})",
            "Make a new app-level token and restart. Until then nothing that humans do in Slack "
            "reaches customers.",
        ),
        "slack.behind": Words(
            "What humans do in Slack takes effect {late_s} later",
            "Look at the load of this machine and at `slack.put_back` in the log.",
        ),
        "sms.opt_out_found": Words(
            "A customer had opted out of text messages at Twilio, and we did not know",
            "Nothing: it is remembered now, and humans who had the conversation were told.",
        ),
        "sms.not_delivered": Words(
            "Text messages do not arrive (Twilio {code}, {action})",
            "Humans who have the conversations were told. docs/twilio.md says what the code means.",
        ),
        "sms.sender_refused": Words(
            "Twilio takes no text messages from us (Twilio {code})",
            "Look at keys, numbers and registration in Twilio's console. Until then customers get "
            "no answers by SMS; what is waiting is tried for hours.",
        ),
        "sms.looped": Words(
            "Two machines seem to answer each other by SMS",
            "Nothing: the bot is silent there for a while. If it comes again, block the number.",
        ),
        "sms.given_up": Words(
            "A customer's text message has no effect",
            "Look at `sms.given_up` in the log: it has the message's SID, and Twilio's console has "
            "the rest.",
        ),
        "voice.slow": Words(
            "Callers wait {p95_s} s for the first word, {budget_s} s are allowed",
            "Put a faster model first for calls, or allow more (`first_text_within_s`, `voice: "
            "budget_s`).",
        ),
        "slack.given_up": Words(
            "Something that a human did in Slack has no effect",
            "Look at `slack.given_up` in the log: it has the envelope and the error. Whoever did "
            "it must do it again.",
        ),
    }
)
