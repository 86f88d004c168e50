"""A Slack that speaks the wire, over real sockets, strictly; for tests and for `make desk-demo`.

    from tests.emulators.slack import Fault, SlackServer, slack_running

    async with slack_running() as server:      # on 127.0.0.1; the system chooses the port
        AsyncWebClient(token=server.team("T1").bot_token, base_url=f"{server.url}/api/")

What there is (all made on first use, all idempotent):

- `team(id, name)`: `.id .bot_token .bot_user .bot_id .scopes .more_tokens .token_error`
- `channel(team, id, name, is_member=True, kind="channel" | "group" | "im")`; `user(team, id, name)`

What people do; each returns once the app has answered the first try (retries go on behind it):

- `says(team, channel, user, text, thread="", files=[(name, bytes)], is_broadcast=False) -> ts`
  (`message`, and `app_mention` when the text holds `<@bot_user>`; text is as on the wire),
  `direct(team, user, text, thread="") -> ts` (in the channel `direct_of(team, user)`),
  `bot_says(team, channel, text, thread="") -> ts` (another app's bot), `edits(team, channel, ts,
  text)`, `unfurls(team, channel, ts)`, `deletes(team, channel, ts)`, `reacts(team, channel, ts,
  user, name)`, `joins(team, channel, user) -> ts`, `archives(team, channel, user)`,
  `removes_bot(team, channel)`, `stops(team, channel, thread, user)`, `uninstalls(team)`,
  `event(team, event)` for anything else
- returning the HTTP status of the app's answer: `clicks(team, channel, ts, user, action, value="")`
  (of an ephemeral message, too), `clicks_in_home(team, user, action, value="")`,
  `clicks_in_view(…)`, `submits(team, user, {block_id: value})`, `closes(team, user)`,
  `commands(team, channel, user, "/support", "status")`, `opens_home(team, user, tab="home")`,
  `uses_shortcut(team, user, callback_id, channel="", ts="")`

In a channel that the bot is not in, things happen without the app hearing of them. What the app
does itself it hears of too, as at the real Slack, unless `echoes` is False.

What has come of it:

- `messages(team, channel, thread="")`: without a thread, what the channel shows (no replies); with
  one, the parent and then the replies. `message(team, channel, ts)`. A `Message` has `ts user text
  blocks thread metadata reactions is_streaming edited chunks files subtype username bot_id`.
- `ephemerals(team, channel, user)`, `view_of(team, user)`, `home_of(team, user)` (None for none),
  `status_of(channel, thread)`, `session_of(channel, thread)`
- `calls`: each with `method arguments token team at outcome` (structures are read, whether they
  came as JSON or in a form); `called(method)`; `emitted`: what was sent, `kind payload team
  statuses`; `await until(lambda: …)` (five seconds); `await settled()`: nothing is on its way

What goes wrong:

- `faults.add(Fault(method, kind, times=1, channel="", retry_after_s=30, error="", delay_s=0.1))`,
  method `*` for all, `upload`, `download`, `response_url` for what is none, times 0 until
  `faults.clear()`. Kinds: `rate` (429), `error` (ok: false), `server_error` (500, HTML), `lost`
  (done, then the connection drops), `refused` (it drops before), `slow` (done after `delay_s`),
  `not_json` (200, words in plain text; nothing is done). aiohttp repeats a GET that was dropped:
  its one repetition is dropped as well, and stands in `calls`.
- `is_down = True`: every connection is dropped. `limits_on = True`: the documented rate limits, by
  `clock`; `limits.refused` counts, `limits.post_burst` is how many messages a channel takes at
  once. `clock` (monotonic) and `unix` may be replaced at any time.

How it is sent: everything goes through `emit(kind, payload, team="")`, kind being `events_api`,
`interactive` or `slash_commands`, and from there through the one replaceable
`deliver = async (body: bytes, headers, content_type) -> int | Answer`; None sends nothing.

- `deliver_to(url, signing_secret)` posts it, signed, with three seconds for an answer. Whatever
  `deliver` is, headers are signed, and an event that is not answered with 2xx is sent three times
  more (`retry_pauses_s`), unless `Answer.headers` hold `X-Slack-No-Retry: 1`.
- A socket takes its place by setting `deliver`, and reads `kind, payload = events.decoded(body,
  content_type)`; it returns 200, and does its own redelivery.
- `redeliver(emission=None, retry=1)`: the last event once more; `verifies_url()`.
- More routes: `server.add_routes([web.post(…)])` before `start`, or `slack_running(parts=[part])`
  with `part(server) -> routes`; they come before ours. More methods: `server.methods[name] =
  Method(act, scopes)` for those with a bot token, `server.open_methods[name] = (call) -> Dict` for
  those that check something else (an `xapp-` token is `call.token`; a client's id and secret are
  in `call.arguments`); `SlackError(word)` refuses. `server.spawn(coroutine)` runs until the end.
  A rotated token is one more entry in `team.more_tokens`.

As strict as the real one, and where that is easy to overlook: methods that only read, and
`chat.getPermalink`, do not look into a JSON body (use a form or the query); a file without a valid
token is a page in HTML with status 200; blocks are checked by tests/bot/slack/block_limits.py;
`chat.update` takes 4000 characters; a trigger works once, within three seconds.
"""

from tests.emulators.slack.delivery import Answer, Emission
from tests.emulators.slack.faults import Fault
from tests.emulators.slack.server import SlackServer, slack_running
from tests.emulators.slack.state import Message, SlackError, Whisper

__all__ = [
    "Answer",
    "Emission",
    "Fault",
    "Message",
    "SlackError",
    "SlackServer",
    "Whisper",
    "slack_running",
]
