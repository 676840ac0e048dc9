"""Parts of the network do what torch's slower ones do."""

import pytest

torch = pytest.importorskip("torch", reason="learning needs the extra [transformers]; CI installs it")

from torch.nn import functional as F  # noqa: E402, N812

from cxmining.classifiers.transformer.network import Dropout, Layer, TaggerNetwork  # noqa: E402


def fused(layer, x, real):
    """Read as a layer does, by torch's fused attention."""
    b, n, width = x.shape
    q, k, v = layer.qkv(x).view(b, n, 3, layer.heads, -1).permute(2, 0, 3, 1, 4)
    context = F.scaled_dot_product_attention(q, k, v, attn_mask=real[:, None, None, :])
    x = layer.aln(layer.ao(context.transpose(1, 2).reshape(b, n, width)) + x)
    return layer.oln(layer.fo(F.gelu(layer.fi(x))) + x)


def test_attention_written_out_is_the_fused_one_also_in_its_gradients():
    torch.manual_seed(0)
    layer = Layer(24, 4, 48, 1e-12, 0.0)
    x = torch.randn(3, 7, 24, requires_grad=True)
    real = torch.arange(7)[None] < torch.tensor([7, 4, 1])[:, None]
    bias = torch.zeros(real.shape).masked_fill(~real, -1e4)[:, None, None, :]
    ours, theirs = layer(x, bias), fused(layer, x, real)
    torch.testing.assert_close(ours, theirs)
    (own,) = torch.autograd.grad(ours[real].square().sum(), x)
    (other,) = torch.autograd.grad(theirs[real].square().sum(), x)
    torch.testing.assert_close(own, other)


def test_padding_changes_no_score():
    torch.manual_seed(1)
    network = TaggerNetwork(5, width=24, heads=4, n_layers=2, feed_forward=48).eval()
    text = torch.randn(1, 4, 24)
    padded = torch.cat([text, torch.randn(1, 3, 24)], dim=1)
    _, alone = network(text, torch.ones(1, 4, dtype=torch.bool))
    _, beside = network(padded, torch.arange(7)[None] < 4)
    torch.testing.assert_close(alone, beside)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(4000, 25), (99_999,)])
def test_dropout_zeroes_its_share_and_keeps_the_mean(dtype, shape):
    torch.manual_seed(2)
    dropped = Dropout(0.1)(torch.ones(shape, dtype=dtype))
    assert dropped.dtype == dtype
    assert float((dropped == 0).float().mean()) == pytest.approx(26 / 256, abs=0.005)
    assert float(dropped.float().mean()) == pytest.approx(1, abs=0.01)


def test_dropout_leaves_values_alone_when_serving_or_of_no_share():
    x = torch.randn(10)
    assert Dropout(0.5).eval()(x) is x
    assert Dropout(0.0)(x) is x


def test_dropout_follows_the_seed():
    x, module = torch.ones(1000), Dropout(0.3)
    torch.manual_seed(3)
    first = module(x)
    assert not torch.equal(first, module(x))
    torch.manual_seed(3)
    assert torch.equal(first, module(x))
