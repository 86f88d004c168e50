"""What is personal in a text."""

from bot.privacy.detect.finder import find

__all__ = ["find"]
