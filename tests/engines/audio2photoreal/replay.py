"""The inputs of a fixture through this project's modules: every function yields (name of an output, its value)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from avatar_app.diffusion.samplers import solve
from avatar_app.engines.audio2photoreal import dataset, losses, normalisation
from avatar_app.engines.audio2photoreal import sampling as s
from avatar_app.engines.audio2photoreal.audio_features import (
    LEFT_PADDING,
    LipConfig,
    LipRegressor,
    face_condition,
)
from avatar_app.engines.audio2photoreal.config import CodecConfig, DenoiserConfig, GuideConfig
from avatar_app.engines.audio2photoreal.denoiser import FiLMTransformer
from avatar_app.engines.audio2photoreal.guide import GuideTransformer, greedy, nucleus, pick
from avatar_app.engines.audio2photoreal.pose_codec import TemporalVertexCodec
from avatar_app.engines.audio2photoreal.wav2vec import VqWav2Vec, Wav2Vec
from tests.fixtures import Recorded, load

Outputs = Iterator[tuple[str, Tensor]]
SYSTEM = "audio2photoreal"


def denoiser_of(f: Recorded) -> FiLMTransformer:
    model = FiLMTransformer(DenoiserConfig.from_checkpoint(f.weights, f.info["config"]))
    model.load_state_dict(f.weights)
    return model.eval()


def key_frames_of(f: Recorded) -> Tensor | None:
    frames = f.tensors.get("in/keyframes")
    return None if frames is None else frames * f.tensors["in/mask"][:, ::30, None]


def features_first(x: Tensor) -> Tensor:
    """(B, T, F) as the published code keeps it, (B, F, 1, T)."""
    return x.transpose(1, 2)[:, :, None]


def features_last(x: Tensor) -> Tensor:
    return x[:, :, 0].transpose(1, 2)


def denoiser(f: Recorded) -> Outputs:
    model, tensors, key_frames = denoiser_of(f), f.tensors, key_frames_of(f)
    none = torch.zeros(f.info["batch"], dtype=torch.bool)
    mixed = tensors["in/keep_audio_mixed"], tensors.get("in/keep_keyframes_mixed")
    for case, keep in {"keep": (None, None), "drop": (none, none), "mixed": mixed, "keep_t0": (None, None)}.items():
        memory = model.encode(tensors["in/cond"], key_frames, *keep)
        step = tensors["in/t"] * (case != "keep_t0")
        yield f"out/{case}/x0", model(tensors["in/x"], step, memory)
    if "out/conv_only" in tensors:
        yield "out/conv_only", model.run_output_convs(tensors["in/x"].transpose(1, 2)).transpose(1, 2)


def schedule(f: Recorded) -> Outputs:
    yield "out/schedule/full/betas", s.cosine_betas()
    yield "out/schedule/full/alphas_cumprod", (1 - s.cosine_betas()).cumprod(0)
    yield "out/schedule/valid_ddim_counts", torch.tensor(s.valid_counts())
    for name in sorted({key.split("/")[2] for key in f.tensors if key.startswith("out/schedule/ddim")}):
        ddim = s.Ddim(int(name.removeprefix("ddim")))
        yield f"out/schedule/{name}/timestep_map", ddim.timesteps.flip(0)
        yield f"out/schedule/{name}/alphas_cumprod", ddim.bars
        yield f"out/schedule/{name}/alphas_cumprod_prev", ddim.bars_before


def analytic_chains(f: Recorded) -> Outputs:
    g, phi, scale = (f.tensors[f"in/analytic/{name}"] for name in ("g", "phi", "scale"))

    for name in f.info["analytic"]["respacings"]:
        seen: list[int] = []

        def predict(x: Tensor, step: int, seen: list[int] = seen) -> Tensor:
            seen.append(step)
            t = torch.tensor(float(step))
            given = 0.3 * torch.tanh(0.7 * x) * g + 0.3 * torch.sin(0.01 * t + phi)
            nothing = 0.2 * x * g + 0.2 * torch.cos(0.02 * t + phi)
            return nothing + scale[:, None, None] * (given - nothing)

        noise = features_last(f.tensors["in/analytic/x_T"])
        out = solve(predict, noise, s.Ddim(int(name.removeprefix("ddim"))))
        yield f"out/analytic/{name}/final", features_first(out)
        yield f"out/analytic/{name}/timesteps", torch.tensor(seen)


def network_chains(f: Recorded) -> Outputs:
    for name, chain in f.info["networks"].items():
        of = load(SYSTEM, name)
        model = denoiser_of(of)
        conditions = s.encode_conditions(model, of.tensors["in/cond"], key_frames_of(of))
        noise = features_last(f.tensors[f"in/{name}/x_T"])
        for respacing in chain["respacings"]:
            steps = int(respacing.removeprefix("ddim"))
            out = s.sample(model, conditions, noise, f.tensors[f"in/{name}/scale"], steps)
            yield f"out/{name}/{respacing}/final", features_first(out)
            yield f"out/{name}/{respacing}/timesteps", s.Ddim(steps).timesteps


def guide(f: Recorded) -> Outputs:
    model = GuideTransformer(GuideConfig.from_checkpoint(f.weights, f.info["config"]))
    model.load_state_dict(f.weights)
    model.eval()
    tensors = f.tensors
    cases = {"keep": None, "drop": torch.zeros(f.info["batch"], dtype=torch.bool), "mixed": tensors["in/keep_mixed"]}
    for case, keep in cases.items():
        logits = model(tensors["in/tokens"], model.encode(tensors["in/cond"], keep))
        yield f"out/{case}/logits", logits
        if case == "keep":
            yield "out/keep/ce_label_smoothed", losses.guide_loss(logits, tensors["in/targets"])
    memory, seconds, samples = model.encode(tensors["in/cond"]), f.info["seconds"], f.info["batch"]
    yield "out/generate/greedy/tokens", model.generate(memory, seconds, samples, greedy).flatten(1)
    for top_p in f.info["top_p"]:

        def choose(probabilities: Tensor, token: int, top_p: float = top_p) -> Tensor:
            return pick(*nucleus(probabilities, top_p), tensors["in/uniforms"][token])

        drawn = model.generate(memory, seconds, samples, choose)
        yield f"out/generate/uniform_top_p_{top_p}/tokens", drawn.flatten(1)


def nuclei(f: Recorded) -> Outputs:
    for top_p in f.info["nucleus_top_p"]:
        ordered, codes = nucleus(f.tensors["in/nucleus/logits"].softmax(dim=-1), top_p)
        probabilities = torch.zeros_like(ordered).scatter(-1, codes, ordered)
        yield f"out/nucleus/top_p_{top_p}/probs", probabilities
        yield f"out/nucleus/top_p_{top_p}/kept", probabilities > 0


def lips(f: Recorded) -> Outputs:
    config = f.info["config"]
    model = LipRegressor(LipConfig(config["d_model"], config["d_ff"])).eval()
    missing, unexpected = model.load_state_dict(f.weights, strict=False)
    assert not unexpected
    assert all(name.startswith("audio_encoder.") for name in missing)
    for case, told in f.info["cases"].items():
        features = f.under(f"in/{case}/wav2vec/")
        parts = [model.vertices(features[str(i)], frames) for i, (frames, _) in enumerate(told["chunks"])]
        vertices = torch.cat(parts, dim=1)
        yield f"out/{case}/vertices", vertices
        if told["concat"]:
            yield f"out/{case}/condition", face_condition(f.tensors[f"in/{case}/audio_tokens"], vertices)
        else:
            stretched = face_condition(vertices.new_zeros(len(vertices), told["tokens"], 0), vertices)
            yield f"out/{case}/interpolated_first32", stretched[..., :32]
            yield f"out/{case}/interpolated_every16", stretched[:, ::16]
    for frames, tokens in f.info["index_maps"]:
        numbers = torch.arange(frames).float().view(1, frames, 1, 1)
        found = face_condition(torch.zeros(1, tokens, 0), numbers)[0, :, 0]
        yield f"out/index_map/{frames}_{tokens}", found.long()


def audio_encoders(f: Recorded) -> Outputs:
    width = f.info["config"]["channels"]
    tokens, lip = VqWav2Vec(width).eval(), Wav2Vec(width).eval()
    tokens.feature_extractor.load_state_dict(f.under("weights/vq_extractor."))
    lip.feature_extractor.load_state_dict(f.under("weights/extractor."))
    lip.feature_aggregator.load_state_dict(f.under("weights/aggregator."))
    sound = f.tensors["in/audio16k"]
    yield "out/diffusion_tokens", tokens(sound)
    yield "out/lip_features", lip(F.pad(sound[..., 0], (LEFT_PADDING, 0)))


def codec_of(f: Recorded) -> TemporalVertexCodec:
    model = TemporalVertexCodec(CodecConfig.from_checkpoint(f.weights, f.info["config"]))
    model.load_state_dict(f.weights)
    return model


def codec(f: Recorded) -> Outputs:
    model = codec_of(f).eval()
    decoded, quantised = model(f.tensors["in/poses"])
    yield "out/encode_indices", model.encode(f.tensors["in/poses"])
    yield "out/quantised", quantised.latent
    yield "out/reconstructed", decoded
    yield "out/decoded", model.decode(f.tensors["in/indices"])
    yield "out/forward/verts", decoded
    yield "out/forward/vq_loss", quantised.commitment
    yield "out/forward/perplexity", quantised.perplexity


def codec_step(f: Recorded, case: str) -> Outputs:
    model, orders = codec_of(f).train(), None
    if case == "kmeans":
        orders = [f.tensors[f"in/kmeans_perm/{i}"] for i in range(model.config.depth)]
        for buffer in model.quantizer.buffers():
            buffer.zero_()
    poses = f.tensors["in/train_poses"]
    decoded, quantised = model(poses, orders)
    loss = losses.codec_loss(decoded, poses, quantised)
    total = loss.total(f.info["loss_vel"])
    total.backward()
    yield f"out/{case}/indices", quantised.indices
    yield f"out/{case}/loss", total.detach()
    yield f"out/{case}/loss_motion", loss.motion.detach()
    yield f"out/{case}/loss_commit", loss.commitment.detach()
    yield f"out/{case}/vel", loss.velocity.detach()
    yield f"out/{case}/perplexity", quantised.perplexity
    for i, layer in enumerate(model.quantizer.layers):
        for name in ("cluster_size", "embed", "embed_avg"):
            yield f"out/{case}/after/{i}/{name}", layer.codebook.get_buffer(name)
    for name in f.under(f"out/{case}/grad/"):
        gradient = model.get_parameter(name).grad
        assert gradient is not None
        yield f"out/{case}/grad/{name}", gradient


def statistics(f: Recorded) -> normalisation.Statistics:
    return normalisation.Statistics(**f.under("in/stats/"))


def batches(f: Recorded) -> Outputs:
    tensors, stats = f.tensors, statistics(f)
    length, most = f.info["length"], f.info["max_seq_length"]
    recordings = [
        dataset.Recording(*(tensors[f"in/{n}"][i] for n in ("audio", "pose", "face", "missing"))) for i in (0, 1, 2)
    ]
    sequences = [dataset.published_sequence(item, [length] * 3) for item in f.info["items"]]
    crops = [recordings[k].cut(*crop) for k, crop in zip(sequences, f.info["crops"], strict=True)]
    for kind in ("pose", "face"):
        batch = dataset.make_batch(crops, kind, stats, most)
        yield f"out/{kind}/motion", features_first(batch.motion)
        yield f"out/{kind}/audio", batch.audio
        yield f"out/{kind}/mask", batch.mask[:, None, None]
        yield f"out/{kind}/missing", batch.tracked
        yield f"out/{kind}/lengths", batch.lengths
        yield f"out/{kind}/alengths", batch.lengths * f.info["audio_per_frame"]
        yield f"out/{kind}/klengths", -(-batch.lengths // (30 if kind == "pose" else 1))
        back = stats.denormalise_pose if kind == "pose" else stats.denormalise_face
        yield f"out/{kind}/denormalised", features_first(back(batch.motion)).float()
        if batch.key_frames is not None and batch.key_frame_mask is not None:
            yield f"out/{kind}/keyframes", batch.key_frames
            yield f"out/{kind}/keyframe_mask", batch.key_frame_mask
    probe = [dataset.published_sequence(item, [length] * 3) for item in f.info["index_probe"]]
    yield "out/sequence_of_item", torch.tensor(probe)


def waves(f: Recorded) -> Outputs:
    yield "out/wrapped_pose", normalisation.wrap(f.tensors["in/raw_pose"])
    audio = f.tensors["in/noise"].clone()
    audio[0, :, 0] = torch.from_numpy(normalisation.scale_voice(np.asarray(f.tensors["in/wave"])))
    yield "out/demo_audio", statistics(f).normalise_audio(audio)


def motion_losses(f: Recorded) -> Outputs:
    tensors = f.tensors
    mask = torch.arange(f.info["loss_frames"]) < tensors["in/loss/lengths"][:, None]
    for kind, weight in (("pose", 2.0), ("face", 0.0)):
        x0, noise, step, predicted = (tensors[f"in/loss/{kind}/{name}"] for name in ("x0", "noise", "t", "pred"))
        target = features_last(x0)
        yield f"out/loss/{kind}/x_t", features_first(s.noised(target, step, features_last(noise)))
        loss = losses.motion_loss(predicted, target, mask, tensors["in/loss/missing"] if kind == "face" else None)
        yield f"out/loss/{kind}/rot_mse", loss.motion
        yield f"out/loss/{kind}/loss", loss.total(weight)
        if kind == "pose":
            yield f"out/loss/{kind}/vel_mse", loss.velocity
