"""The model, its loss and its checkpoints, on tiny sizes."""

import pytest

torch = pytest.importorskip("torch")

import torch.nn.functional as F

from dragoman_training import checkpoints
from dragoman_training.configuration import ModelShape
from dragoman_training.losses import cross_entropy
from dragoman_training.model import TranslationModel, grow
from dragoman_training.neighbours import busy_seconds
from dragoman_training.optimiser import orthogonalise
from dragoman_training.quantisation import fake_quantise

SHAPE = ModelShape(vocabulary=50, width=16, heads=2, feed_forward=32, encoder_layers=2, decoder_layers=1, positions=32)


def tiny() -> TranslationModel:
    torch.manual_seed(0)
    return TranslationModel(SHAPE).eval()


def test_padding_and_later_targets_do_not_change_the_states():
    model = tiny()
    sources, targets = torch.tensor([[5, 6, 2]]), torch.tensor([[1, 7, 8]])
    alone = model(sources, targets)
    padded = model(torch.tensor([[5, 6, 2, 0, 0]]), torch.tensor([[1, 7, 9]]))
    torch.testing.assert_close(alone[:, :2], padded[:, :2], atol=1e-5, rtol=1e-4)


def test_chunked_loss_and_gradients_equal_the_ordinary_ones():
    torch.manual_seed(1)
    states = torch.randn(900, 16, requires_grad=True)
    embedding = torch.randn(50, 16, requires_grad=True)
    labels = torch.randint(0, 50, (900,))
    smoothed, plain = cross_entropy(states, embedding, labels, 0.1, torch.float32)
    smoothed.backward()
    found = states.grad.clone(), embedding.grad.clone()
    states.grad = embedding.grad = None
    expected = F.cross_entropy(states @ embedding.t(), labels, label_smoothing=0.1)
    expected.backward()
    torch.testing.assert_close(smoothed, expected)
    torch.testing.assert_close(plain, F.cross_entropy(states @ embedding.t(), labels))
    torch.testing.assert_close(found, (states.grad, embedding.grad))


def test_grown_model_computes_the_same():
    model = tiny()
    grown = grow(model, ModelShape(**{**vars(SHAPE), "encoder_layers": 4, "decoder_layers": 2})).eval()
    sources, targets = torch.tensor([[5, 6, 7, 2]]), torch.tensor([[1, 7, 8]])
    torch.testing.assert_close(model(sources, targets), grown(sources, targets))


def test_checkpoint_in_parts_reads_back_as_half_precision(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "PART_BYTES", 3000)
    model = tiny()
    checkpoints.save_weights(tmp_path, "w", model.state_dict(), SHAPE, {"step": 3})
    assert len(list(tmp_path.glob("w.part*.pt"))) > 1
    loaded, table = checkpoints.load_weights(tmp_path / "w.json")
    assert table["step"] == 3
    for name, value in model.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], value.half().float())


def test_average_of_checkpoints_is_their_mean(tmp_path):
    model = tiny()
    state = model.state_dict()
    checkpoints.save_weights(tmp_path, "a", state, SHAPE, {})
    checkpoints.save_weights(tmp_path, "b", {k: v * 3 for k, v in state.items()}, SHAPE, {})
    mean, _ = checkpoints.average([tmp_path / "a.json", tmp_path / "b.json"])
    torch.testing.assert_close(mean["embedding.weight"], state["embedding.weight"] * 2, atol=1e-3, rtol=1e-2)


def test_orthogonalised_matrices_have_singular_values_near_one():
    torch.manual_seed(2)
    values = torch.linalg.svdvals(orthogonalise(torch.randn(3, 64, 16)).float())
    assert values.min() > 0.5 and values.max() < 1.5


def test_fake_quantisation_stays_within_half_a_step_and_passes_gradients():
    x = torch.tensor([[0.1, -1.27, 0.555]], requires_grad=True)
    y = fake_quantise(x)
    y.sum().backward()
    assert (y - x).abs().max() <= 0.005 + 1e-6 and x.grad.tolist() == [[1, 1, 1]]


def test_busy_seconds_leave_out_idle_and_guest_time():
    assert busy_seconds("cpu  100 0 50 1000 200 0 0 0 0 0\ncpu0 1") == pytest.approx(
        150 / __import__("os").sysconf("SC_CLK_TCK")
    )
