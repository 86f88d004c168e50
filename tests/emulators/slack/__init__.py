"""Parts of a Slack emulator: what it remembers, its faults, its Block Kit limits. No server yet."""
