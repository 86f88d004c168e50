"""What is personal in a text."""

from bot.detect.finder import find

__all__ = ["find"]
