"""Motion codes frame by frame: recurrent generators that start at what words and picture ask for.

LatentRecurrent is that of Language-Guided Face Animation (Hang et al. 2022).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

DECAYS = ("const", "linear", "sqrt", "exp")
TRAVEL = 0.8  # of all steps together, without decay
HIDDEN_SPREAD = 0.01  # of the random first hidden state


def step_sizes(frames: int, decay: str = "const") -> Tensor:
    """(frames - 1,) float32: how far every step goes; all together about the same for any number of frames.

    decay: "const" as in training; "linear", as when it was published, "sqrt" or "exp" for motion that slows down.
    """
    t = torch.arange(1, frames, dtype=torch.float64)
    left = (frames - t) / frames
    shape = {"const": torch.ones_like(t), "linear": left, "sqrt": left.sqrt(), "exp": 1 - torch.exp(-left)}[decay]
    return (TRAVEL / frames * shape).float()


def first_hidden(batch: int, width: int, random: torch.Generator) -> Tensor:
    """(batch, width) float32 on the CPU: what makes samples of one sentence differ."""
    return HIDDEN_SPREAD * torch.randn(batch, width, generator=random)


class LatentRecurrent(nn.Module):
    """Steps that two small networks take from the code and the hidden state before."""

    def __init__(self, width: int = 1024, hidden: int = 384) -> None:
        super().__init__()
        self.width, self.hidden = width, hidden
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(2 * hidden, width)
        self.fc3 = nn.Linear(2 * hidden, hidden)

    def forward(self, start: Tensor, steps: Tensor, hidden: Tensor) -> Tensor:
        """Motion codes (B, T, width), how far they are from the start, so zeros at frame 0.

        start: (B, width). steps: (T - 1,), see `step_sizes`. hidden: (B, hidden), see `first_hidden`.
        """
        code, codes = start, [start]
        for step in steps:
            state = torch.cat([F.leaky_relu(self.fc1(code)), hidden], dim=1)
            code = code + step * F.leaky_relu(self.fc2(state))
            hidden = hidden + step * F.leaky_relu(self.fc3(state))
            codes.append(code)
        return torch.stack(codes, dim=1) - start[:, None]


class LstmRecurrent(nn.Module):
    """The same with an LSTM, after MoCoGAN-HD (Tian et al. 2021): noise in every frame drives it, its state the step.

    No weights of one were ever published, so names and details are this project's: the step is a tanh of a linear map
    of the hidden state, and the first memory a linear map of the start.
    """

    def __init__(self, width: int = 1024, hidden: int = 384) -> None:
        super().__init__()
        self.width, self.hidden = width, hidden
        self.begin = nn.Linear(width, hidden)
        self.cell = nn.LSTMCell(width, hidden)
        self.step = nn.Linear(hidden, width)
        nn.init.normal_(self.step.weight, std=1 / math.sqrt(hidden))

    def forward(self, start: Tensor, steps: Tensor, hidden: Tensor, noise: Tensor | None = None) -> Tensor:
        """Motion codes (B, T, width), zeros at frame 0. noise: (B, T - 1, width), none for none; others as above."""
        code, codes, memory = start, [start], torch.tanh(self.begin(start))
        for index, step in enumerate(steps):
            driven = code if noise is None else code + noise[:, index]
            hidden, memory = self.cell(driven, (hidden, memory))
            code = code + step * torch.tanh(self.step(hidden))
            codes.append(code)
        return torch.stack(codes, dim=1) - start[:, None]
