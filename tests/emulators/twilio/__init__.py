"""A Twilio that speaks the wire, over real sockets, strictly: messaging, media, calls by REST.

    from tests.emulators.twilio import Fault, TwilioServer, twilio_running

    async with twilio_running() as server:      # on 127.0.0.1; the system chooses the ports
        client = Client(server.account, server.auth_token, http_client=…)
        client.api.base_url = server.url        # the real SDK; no region, no edge
        server.deliver_to(app_url, "https://bank.example")

What there is (all made on first use, all idempotent):

- `server.account`, `.auth_token`, `.api_keys` (`{"SK…": secret}`, as good as the account)
- `number(address, kind="")`: one of our senders; kind `long`, `toll_free`, `short`, `whatsapp` is
  found from the address unless it is named. A `From` that is not registered is 21606.
- `service("MG…", *numbers, is_advanced=False)`: a Messaging Service; `.callback` is its default
  StatusCallback. With Advanced Opt-Out its webhooks bear `OptOutType`.
- `template("HX…", "Your code is {{1}}")`; as long as there is none, any well-formed ContentSid is
  taken, and the body stays empty.
- `media_of(content, media_type, said_type="", is_chunked=False) -> url`: asked for with basic auth,
  answered with a 307 to another origin (another port), where a second Authorization is a 400.
- `phone(address)`: `.received` (the bodies in the order in which they came), `.messages`
  (`StoredMessage`s), `.notices` (what Twilio itself says to STOP, START and HELP).

What the app may call (form-encoded, basic auth, strict; everything else is 404/20404):

- `POST Messages.json` -> 201. Refused, 400 if nothing else is said: 21604 no To, 21211 no such
  To, 21603 no sender, 21606 not our sender, 21701 (404) no such service, 21703 no fitting number
  in it, 21266 To is From, 21910 two channels, 21602 nothing to send, 21617 over 1600 characters,
  21623 over 10 media, 21620 no media URL, 21655/21656 ContentSid/ContentVariables, 21609 a
  StatusCallback that is no URL or has `_` in its host, 21424 ValidityPeriod, 35118 schedule,
  21610 opted out, 20003 (401), 20404 (404). (21424, 35118, 21623, 21910: from memory, do not build
  on these numbers.) With a service the answer is `accepted`, without `from`, `num_segments` "0".
- `GET Messages/{sid}.json`, `GET Messages.json?To=&From=&DateSent>=&DateSent<=&DateSent=&PageSize=`
  (both directions, newest first, bounds included, by seconds; what is not sent yet has no DateSent
  and fits no bound), `POST` (`Status=canceled`, `Body=`) and `DELETE` of one, its `Media.json`.
- `POST Calls.json`, `GET`/`POST Calls/{sid}.json` (`Status=completed`, `Twiml`, `Url`): noted in
  `voice_calls[sid].updates`, and told to each of `call_listeners(call, params)`. A call is known
  when it was made by REST, or once a webhook with its CallSid and CallStatus was posted (`posts`);
  an unknown one is 404/20404, one that is over 400/21220.

- `GET /v2/Transcripts/{sid}` and its `Sentences?PageSize=` of Conversational Intelligence, for
  what `transcribed(call, [(1, "Hello."), (2, "Hi.")])` has made: channel 1 is the agent, 2 the
  caller. `await tells_of(transcript, path, is_json=False)` sends the webhook; pages have at most
  `sentences_page` sentences, whatever is asked for.

What has come of it:

- `messages`: what we sent, in order, `StoredMessage(sid to sender body status created_at at
  segments callback service media content variables validity_s error_code history reported params
  direction)`; `inbound`: what people sent. `calls`: every REST call, `RestCall(method path params
  values target user outcome at)`; `called("send")`. `deliveries`: every webhook that was sent.
  `debugger`: `Problem(code, path)` as in Twilio's console: 11200 our webhook failed, 11210 no such
  host, 12100 bad TwiML, 12300 bad content type.
- `await until(lambda: …)` (five seconds; woken by every call); `await settled()`: no report and
  no retry is on its way.

What people do:

- `await texts(sender, to, body, media=(), **fields) -> Delivery`: an inbound message. `media` are
  URLs or `(content, media_type)`. A field in CamelCase is added, or replaces one (`OptOutType=…`,
  `MessageSid=…`). `whatsapp:+…` on both sides opens the 24 hours. STOP and START (the default
  words, the whole message; never of WhatsApp) change `opted_out`, a set of (sender or service,
  person), as at Twilio: before the webhook, which is sent nevertheless. What the app answers
  counts: `<Message>` and `text/plain` go to the phone.
- `texts(…, copies=2)` sends the webhook twice at the same time (`has_new_tokens=True`: with a token
  each; `targets=(a, b)`: to two processes in turn); the others are `Delivery.others`.
  Webhooks that overtake each other are calls of `texts` in the other order: no field tells.
- `await redelivers(delivery, token="", target="")`: the same once more, later.

What Twilio sends of its own accord: status callbacks to a message's StatusCallback, signed.

- `reports` = `"all"`, `"none"`, `"reversed"`, `"doubled"` (each twice at once), `"shuffled"`;
  `statuses` = what is reported of a message that arrives (`queued, sent, delivered`);
  `report_lag_s` before each; `reports_first = True`: before the create is answered.
- `await report(sid, status, error_code=None, **fields) -> Delivery`: one more, by hand. The
  resource takes a status unless it has a later one.
- A message reaches its phone when it is created, unless `is_stuck` is True: then it stays
  `queued`, without DateSent, until `carry()` (later than its ValidityPeriod: `failed`, 30036).

Any webhook: `await posts(path, fields=(), **knobs) -> Delivery`; `path` is a path of the app with
query and fragment, or one of its public URLs, e.g. an `action` of TwiML. Fields are a mapping, or
pairs where names repeat. Knobs are the fields of `Webhook`:

- `is_json=True` or `document={…}` (JSON with `bodySHA256`), `method="GET"`, `body=b"…"` (sent
  instead of what was signed), `signature="…"` (instead of the right one; `""` is an empty header),
  `is_signed=False`, `secret="…"`, `token="…"`, `headers={…}`, `has_port=True` (`:443` is signed)
- `shared_key="id", secret="…"`: HMAC_SHA256 with the settings header, `algorithm=` to say another;
  `server.shared_key, server.shared_secret = …` does it for everything; `shared_key=""` not for one
- `target=url`: another process. `webhook(…)` only makes it, `send(webhook)` sends it,
  `signature(url, fields=())` and `sign(secret, url, fields, algorithm)` only sign.

`Delivery`: `status body content_type attempts tries token fields sid others is_ok took_s webhook`;
status 0 when no answer came (attempts 0: without `deliver_to`), `took_s` of the last try. Each try
is a connection of its own, all with the same idempotency token (header I-Twilio-Idempotency-Token).
Timeouts and retries are those of the URL's fragment (`#ct=&rt=&tt=&rc=&rp=`, milliseconds), in
`deliver_to(url, public_url, path="/channels/sms#rc=2&rp=ct,5xx", fallback="/…")`, in a path of
`posts`, or in a StatusCallback; without one: once more, on a connection failure only.

What goes wrong: `faults.add(Fault(target, kind, times=1, to="", code=0, status=0, retry_after_s=0,
delay_s=0))`, times 0 until `faults.clear()`; `faults.seen`, `faults.left`. Targets: `send`, `find`
(one message, its media list), `list`, `media` (the redirect), `store` (its bytes), `call`,
`change` (update, delete), `transcript`, `*`.

- `none`: all goes well, once; for schedules
- instead, nothing is done: `refused` (400, or what `code` or `status` says), `busy` (429/20429,
  `retry_after_s`), `server_error` (502, HTML), `problem` (RFC 9457; 400), `not_json` (200),
  `dropped` (the connection is reset); `slow` is done after `delay_s`, as usual, even when the
  client has left in the meantime: what was not there when one looked may still come
- done, and then: `lost` (reset), `hang` (never answered), `slow_after` (answered after `delay_s`),
  `server_error_after`, `problem_after` (with `status=503`)
- `undelivered` and `failed` (of `send`): 201; the phone gets nothing, and the last report bears
  `code` (30003, 30007, …). `cut` (of `store`): half of the bytes, then the end of the connection.
- aiohttp repeats a GET that was dropped, once and unseen: its repetition is dropped as well.
- `is_down = True`: every connection is dropped. `limits_on = True`: a sender that sends faster than
  its segments per second (`limits.per_s`) gets 429/20429 with Retry-After, more than 30 messages
  between two numbers in 30 s get 400/14107; `limits.refused` counts. With `limits.queues = True` no
  429, but a queue, as the real one has it: `limits.longest_s`; more than ten hours: 400/21611.
- outside of WhatsApp's 24 hours a message without ContentSid is `failed`/63016 by report; at once,
  400/63016, with `window_refusal = "create"`. `list_lag_s`: how long a new message is not listed.
- `state.clock` (monotonic: limits, window, validity, list lag) and `state.now` (aware UTC: dates)
  may be replaced at any time.
"""

from tests.emulators.twilio.driver import Delivery, Webhook, sign
from tests.emulators.twilio.faults import Fault
from tests.emulators.twilio.server import TwilioServer, twilio_running
from tests.emulators.twilio.state import Phone, Problem, RestCall, StoredMessage, VoiceCall

__all__ = [
    "Delivery",
    "Fault",
    "Phone",
    "Problem",
    "RestCall",
    "StoredMessage",
    "TwilioServer",
    "VoiceCall",
    "Webhook",
    "sign",
    "twilio_running",
]
