"""The vaults of the conversations that are active, read from the store when needed."""

from collections import OrderedDict

from bot.privacy.vault import Vault, VaultKey
from bot.stores.base import Store, VaultOf
from channels.base import ConversationId
from routing.request import TenantId

MOST_VAULTS = 10_000
"""How many are kept in memory; the one unused longest goes first."""


class Vaults:
    """One `Vault` per conversation, shared by whoever redacts or reveals for it."""

    def __init__(self, store: Store, key: VaultKey, tenant: TenantId) -> None:
        self._store = store
        self._key = key
        self._tenant = tenant
        self._vaults: OrderedDict[ConversationId, Vault] = OrderedDict()

    async def of(self, conversation: ConversationId) -> Vault:
        """Return the vault of a conversation.

        Raises:
            StoreFailed: the disk failed.
        """
        vault = self._vaults.get(conversation)
        if vault is None:
            sealed = await self._store.find(VaultOf(conversation))
            vault = self._vaults.setdefault(
                conversation, Vault(self._key, self._tenant, conversation, sealed)
            )
        self._vaults.move_to_end(conversation)
        while len(self._vaults) > MOST_VAULTS:
            self._vaults.popitem(last=False)
        return vault
