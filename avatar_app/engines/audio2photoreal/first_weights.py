"""First weights of the embedded networks that already do what is linear, so that training begins where it gets hard."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from avatar_app.engines.audio2photoreal.attention import DecoderLayer
from avatar_app.engines.audio2photoreal.denoiser import NEIGHBOURS, FiLMTransformer
from avatar_app.engines.audio2photoreal.pose_codec import TemporalVertexCodec

LIFT = 6.0  # deviations by which what passes the codec's activations is lifted above zero
SMALL = 0.02  # share of the random weights that is kept: what is around is still to be learned
QUIET = 0.2  # share of what a decoder layer adds at first
RIDGE = 0.01


@torch.no_grad()
def begin_codec(codec: TemporalVertexCodec, keys: Tensor) -> None:
    """The codec as principal components of key poses (B, K, F), and codebooks where the poses are.

    The codebooks' averages fit their counts, so that codes do not shrink at the first update.
    """
    _pass_components(codec, keys.flatten(0, 1))
    left = codec.encoder(keys).flatten(0, 1)
    for book in codec.quantizer.codebooks:
        book.begin(left, torch.randperm(len(left)))
        book.embed_avg.copy_(book.embed * book.cluster_size[:, None])
        left = left - book.embed[book.nearest(left)]


def _pass_components(codec: TemporalVertexCodec, poses: Tensor) -> None:
    width = codec.config.latent
    components = torch.linalg.eigh(poses.T @ poses / len(poses))[1].flip(1)[:, :width].T  # (latent, F)
    convs = [m for part in (codec.encoder.enc, codec.decoder.dec) for m in part if isinstance(m, nn.Conv1d)]
    last = len(convs) - 1
    for k, conv in enumerate(convs):
        assert conv.bias is not None
        conv.weight.mul_(SMALL)
        conv.weight[..., -1] += {0: components, last: components.T}.get(k, torch.eye(width))
        conv.bias.fill_({0: LIFT, last // 2: -LIFT, last // 2 + 1: LIFT}.get(k, 0.0))
        if k == last:
            conv.bias.copy_(-LIFT * components.sum(0))


@torch.no_grad()
def begin_face(network: FiLMTransformer, condition: Tensor, motion: Tensor) -> None:
    """Lips as a ridge regression on the voice: condition (B, N, C), motion (B, N, F) in its units.

    It goes into the convolution that adds conditions to frames and out of the last layer, past all that is between.
    """
    quiet(network)
    around = nn.functional.unfold(
        condition.transpose(1, 2)[:, :, None], (1, NEIGHBOURS), padding=(0, NEIGHBOURS // 2)
    )  # (B, C * NEIGHBOURS, N)
    seen = around.transpose(1, 2).flatten(0, 1)
    seen = torch.cat([seen, torch.ones(len(seen), 1)], dim=1).double()
    moments = seen.T @ seen / len(seen) + RIDGE * torch.eye(seen.shape[1]).double()
    solution = torch.linalg.solve(moments, seen.T @ motion.flatten(0, 1).double() / len(seen)).float()  # (C N + 1, F)
    width = solution.shape[1]
    audio, out = network.frame_conditions.audio, network.final_layer
    audio.weight.mul_(SMALL)
    audio.weight[:width] += solution[:-1].T.unflatten(1, (-1, NEIGHBOURS))
    assert audio.bias is not None
    audio.bias[:width] = solution[-1]
    network.input_projection.weight[:width].mul_(SMALL)
    out.weight.mul_(SMALL)
    out.weight[:, :width] += torch.eye(width)
    out.bias.zero_()


@torch.no_grad()
def quiet(network: FiLMTransformer) -> None:
    """Lets every layer add little at first, so that what is beside it gets through."""
    for layer in network.seqTransDecoder.layers:
        assert isinstance(layer, DecoderLayer)
        for part in (layer.self_attn.out_proj, layer.multihead_attn.out_proj, layer.linear2):
            part.weight.mul_(QUIET)
