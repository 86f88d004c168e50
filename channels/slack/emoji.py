"""The emoji that people type most in a support thread, by Slack's names. Pure.

Slack sends the names, not the characters. Whatever is not here stays as it was typed.
"""

_LINES = """
😀 grinning · 😃 smiley · 😄 smile · 😁 grin · 😆 laughing satisfied · 😅 sweat_smile · 😂 joy
🤣 rolling_on_the_floor_laughing rofl · 🙂 slightly_smiling_face · 🙃 upside_down_face · 😉 wink
😊 blush · 😇 innocent · 😍 heart_eyes · 🤩 star-struck · 😘 kissing_heart · 😋 yum
😛 stuck_out_tongue · 😜 stuck_out_tongue_winking_eye · 🤔 thinking_face thinking
😐 neutral_face · 😑 expressionless · 😏 smirk · 😒 unamused · 🙄 face_with_rolling_eyes
😌 relieved · 😔 pensive · 😴 sleeping · 😷 mask · 😎 sunglasses · 🤓 nerd_face · 😕 confused
😟 worried · 🙁 slightly_frowning_face · 😮 open_mouth · 😯 hushed · 😲 astonished · 😳 flushed
🥺 pleading_face · 😧 anguished · 😨 fearful · 😰 cold_sweat · 😥 disappointed_relieved · 😢 cry
😭 sob · 😱 scream · 😞 disappointed · 😓 sweat · 😩 weary · 😫 tired_face · 😤 triumph · 😡 rage
😠 angry · 🤗 hugging_face · 🤦 face_palm · 🤷 shrug · 🥳 partying_face · 🤞 crossed_fingers
👍 +1 thumbsup · 👎 -1 thumbsdown · 👌 ok_hand · 👋 wave · 👏 clap · 🙌 raised_hands · 🙏 pray
🤝 handshake · 💪 muscle · 👀 eyes · 👆 point_up_2 · 👇 point_down · 👈 point_left · 👉 point_right
✌️ v · ✋ hand raised_hand · ☝️ point_up · ✊ fist · 🫡 saluting_face · 🫶 heart_hands
❤️ heart · 🧡 orange_heart · 💛 yellow_heart · 💚 green_heart · 💙 blue_heart · 💜 purple_heart
💔 broken_heart · 💯 100 · 🎉 tada · 🎊 confetti_ball · ✨ sparkles · ⭐ star · 🌟 star2 · 🔥 fire
🚀 rocket · ✅ white_check_mark · ✔️ heavy_check_mark · ☑️ ballot_box_with_check · ❌ x
❗ exclamation · ❓ question · ⚠️ warning · ⛔ no_entry · 🚫 no_entry_sign · 🛑 octagonal_sign
💡 bulb · 🔒 lock · 🔓 unlock · 🔑 key · 🔗 link · 📎 paperclip · 📌 pushpin · 📄 page_facing_up
📝 memo pencil · 📧 e-mail email · ✉️ envelope · 📞 telephone_receiver · ☎️ phone telephone
📱 iphone · 💻 computer · 💳 credit_card · 💰 moneybag · 💶 euro · 💵 dollar · 💷 pound · 🏦 bank
🧾 receipt · 📅 date · 📆 calendar · ⏰ alarm_clock · ⏳ hourglass_flowing_sand · ⌛ hourglass
🕐 clock1 · 📦 package · 🚚 truck · ✈️ airplane · 🏠 house · 🛠️ hammer_and_wrench · 🔧 wrench
🐛 bug · 🤖 robot_face · ☕ coffee · 🎂 birthday · 🎁 gift · 🌞 sun_with_face · ☀️ sunny · 🌈 rainbow
➡️ arrow_right · ⬅️ arrow_left · ⬆️ arrow_up · ⬇️ arrow_down · 🔄 arrows_counterclockwise
🟢 large_green_circle · 🟡 large_yellow_circle · 🔴 red_circle · 🔵 large_blue_circle
"""
SIGNS = {
    name: sign
    for line in _LINES.strip().splitlines()
    for sign, *names in (entry.split() for entry in line.split("·"))
    for name in names
}


def emoji_of(name: str) -> str:
    """Return the character of a name; nothing for one that is not known."""
    return SIGNS.get(name, "")
