"""Text as Slack reads it. Pure."""


def escaped(text: str) -> str:
    """Return a text in which nothing is a mention, a link or an entity.

    Source: Slack, Formatting text, "Escaping text".
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
