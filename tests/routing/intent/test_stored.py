from pathlib import Path

import numpy as np
import pytest

from routing.intent.layers import guess_of, layers_of
from routing.intent.stored import ModelRefused, kept_layers, load_model, save_model
from routing.policy.policy import Policy, Rule
from routing.request import Redacted, TenantId
from tests.routing.intent.bank import STRANGERS, UNSEEN
from tests.routing.intent.test_train import trained


def test_a_stored_model_guesses_as_before(tmp_path: Path) -> None:
    model, path = trained(), tmp_path / "model.npz"
    save_model(model, path)
    again = load_model(path)

    for text in (*STRANGERS, *(text for texts in UNSEEN.values() for text in texts)):
        assert guess_of(again, text) == guess_of(model, text)


def test_a_stored_model_holds_no_text(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    save_model(trained(), path)

    with np.load(path) as parts:
        texts = [name for name in parts.files if parts[name].dtype.kind not in "fiu"]
    assert texts == ["intents"]


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04broken", b"\x93NUMPY"])
def test_a_file_that_is_no_model_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(content)

    with pytest.raises(ModelRefused, match=r"^[^\n]*is not a model[^\n]*$"):
        load_model(path)


def test_an_archive_of_other_things_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    with path.open("wb") as file:
        np.savez(file, other=np.zeros(3))

    with pytest.raises(ModelRefused, match="KeyError"):
        load_model(path)


def test_a_plain_array_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.npy"
    np.save(path, np.zeros(3))

    with pytest.raises(ModelRefused):
        load_model(path)


def test_a_model_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    with path.open("wb") as file:
        np.savez(file, version=np.array(99))

    with pytest.raises(ModelRefused, match="version 99, expected"):
        load_model(path)


def test_layers_are_trained_once_and_then_guess_as_before(tmp_path: Path) -> None:
    rules = (
        Rule("lost", ("I lost my card", "my card is gone"), ("card is gone",)),
        Rule("fees", ("what does it cost", "how much is the fee")),
    )
    policy = Policy(TenantId("t"), "1", Rule("classifier"), Rule("default"), rules, "d" * 64)
    first = kept_layers(policy, tmp_path)
    again = kept_layers(policy, tmp_path)
    files = list(tmp_path.iterdir())
    files[0].write_bytes(b"broken")
    mended = kept_layers(policy, tmp_path)
    nowhere = kept_layers(policy, tmp_path / "missing")

    assert [file.name for file in files] == ["intents-dddddddddddddddd.npz"]
    for text in ("where is my lost card", "the cost please", "card is gone", "xyzzy"):
        guess = layers_of(policy).classify(Redacted(text))
        for layers in (first, again, mended, nowhere):
            assert layers.classify(Redacted(text)) == guess
