"""Which models of a policy can be reached: a key is set, a server is named, or all is simulated."""

from bot.settings import Settings, read_key
from routing.clock import Clock
from routing.models.anthropic import AnthropicModel
from routing.models.base import Model
from routing.models.offline import OfflineModel
from routing.models.openai import OpenAIModel
from routing.models.sandbox import SandboxModel
from routing.money.prices import Price, load_prices
from routing.policy.configured_model import ConfiguredModel
from routing.policy.policy import OFFLINE, Policy
from routing.request import ModelName


def models_of(settings: Settings, policy: Policy, clock: Clock) -> dict[ModelName, Model]:
    """Return every model of the policy that can be reached, and the offline one."""
    prices, today = policy.priced(load_prices()), clock.today()
    own = {model.name: model for model in policy.models}
    models: dict[ModelName, Model] = {OFFLINE: OfflineModel()}
    for name in sorted(named_in(policy) - {OFFLINE}):
        model: Model | None
        if settings.is_sandbox:
            model = SandboxModel(name)
        elif name in own:
            model = own_model(own[name])
        else:
            model = vendor_model(settings, prices.price(name, today))
        if model is not None:
            models[name] = model
    return models


def named_in(policy: Policy) -> set[ModelName]:
    """Return every model that a policy names: to answer, to classify or to advise."""
    rules = (policy.default, policy.classifier, *policy.intents)
    advising = {rule.advisor.model for rule in rules if rule.advisor is not None}
    return {name for rule in rules for name in rule.chain} | advising


def vendor_model(settings: Settings, price: Price) -> Model | None:
    """Return a model of a vendor; None without its key."""
    if price.provider == "anthropic" and settings.anthropic:
        vendor = settings.anthropic
        return AnthropicModel(price.name, price.vendor_id, vendor.api_key, vendor.base_url)
    if price.provider == "openai" and settings.openai:
        vendor = settings.openai
        return OpenAIModel(price.name, price.vendor_id, vendor.api_key, vendor.base_url)
    return None


def own_model(model: ConfiguredModel) -> Model | None:
    """Return a model on a server of the tenant's; None when the key that it names is not set."""
    key = read_key(model.api_key_env) if model.api_key_env else ""
    if model.api_key_env and not key:
        return None
    return OpenAIModel(model.name, model.price.vendor_id, key, model.base_url, model.dialect)
