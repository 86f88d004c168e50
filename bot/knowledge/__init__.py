from bot.knowledge.article import Added, Article, Shelved
from bot.knowledge.knowledge import Knowledge, open_knowledge

__all__ = ["Added", "Article", "Knowledge", "Shelved", "open_knowledge"]
