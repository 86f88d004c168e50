"""A trained model as one `.npz` file: numbers and the names of the intents, no text."""

from contextlib import suppress
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from routing.errors import RoutingRefused
from routing.intent.calibrate import Trust
from routing.intent.layers import Layers, layers_with, model_of
from routing.intent.linear import Linear
from routing.intent.nearest import Examples
from routing.intent.space import Rows, Space
from routing.intent.train import Model
from routing.policy.policy import Policy

VERSION = 1
"""Of the features and of the file; a model of another version is refused."""


class ModelRefused(RoutingRefused):
    """A file is not a model of this version."""


def save_model(model: Model, path: Path) -> None:
    """Write a model to a file; the name is taken as it is.

    Raises:
        OSError: the file cannot be written.
    """
    trust, space, rows = model.trust, model.space, model.examples.rows
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            version=np.array(VERSION),
            intents=np.array(model.intents),
            keys=space.keys,
            rarity=space.rarity,
            space=np.array([space.unknown_rarity, space.words_share]),
            weights=model.linear.weights,
            starts=rows.starts,
            columns=rows.columns,
            values=rows.values,
            first=model.examples.first,
            trust=np.array(
                [trust.temperature, trust.bias, trust.lead, trust.nearness, trust.border]
            ),
        )


def load_model(path: Path) -> Model:
    """Return the model of a file; nothing in the file is executed.

    Raises:
        ModelRefused: the file is not a model, or one of another version.
        OSError: the file cannot be read.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as parts:
            if int(parts["version"]) != VERSION:
                raise ModelRefused(f"{str(path)!r} is a model of version {int(parts['version'])},"
                                   f" expected {VERSION}: train it again")  # fmt: skip
            space = Space(parts["keys"], parts["rarity"], *(float(x) for x in parts["space"]))
            rows = Rows(parts["starts"], parts["columns"], parts["values"])
            return Model(
                tuple(str(name) for name in parts["intents"]),
                space,
                Linear(parts["weights"]),
                Examples(rows, parts["first"], space.width),
                Trust(*(float(x) for x in parts["trust"])),
            )
    except (BadZipFile, EOFError, KeyError, TypeError, ValueError) as error:
        what = type(error).__name__
        raise ModelRefused(f"{str(path)!r} is not a model ({what}), expected a file of"
                           " `copilot intents train`") from None  # fmt: skip


def kept_layers(policy: Policy, folder: Path) -> Layers:
    """Return the layers of a policy, trained at the first start and read from `folder` after it.

    Reading takes a tenth of the time and none of the memory that training leaves behind. A file
    that is broken or of another version is made anew; a folder that cannot be written costs speed
    only.
    """
    path = folder / f"intents-{policy.digest[:16]}.npz"
    try:
        return layers_with(policy, load_model(path))
    except (OSError, ModelRefused):
        model = model_of(policy)
    if model is not None:
        with suppress(OSError):
            draft = path.with_suffix(".new")
            save_model(model, draft)
            draft.replace(path)
    return layers_with(policy, model)
