"""Small decoders that differ only in how they know order, each trained to read 64 tokens, and the recipe that trains them.

    python -m engine.models.lengths              trains all and writes assets/models/lengths_*.{safetensors,json}
    python -m engine.models.lengths alibi        trains one

They are the decoder of `engine.models.decoder` with two layers in place of four; they read the same stories and repetitions
and start from the same numbers: rotary, ALiBi, sinusoidal, learned positions, and none at all. Of 2000 steps each took 73 to
197 s on one core of a busy machine, 594 s in all; held-out losses 0.52, 0.52, 0.63, 0.53 and 1.37 nats.
"""

from __future__ import annotations

import sys
import time

from engine.models import stories
from engine.models.weights import POSITIONS, Config

LAYERS = 2


def config(positions: str) -> Config:
    """The sizes of the decoder with these positions."""
    return Config(len(stories.VOCABULARY), layers=LAYERS, positions=positions)


def main(wanted: list[str]) -> None:
    """Train by the recipe and write the files."""
    import torch

    from engine.models.decoder import Recipe, loss_of, save, taken, training
    from engine.models.weights import FOLDER

    recipe = Recipe(steps=2000)
    test = stories.held_out(64, config("none").context)
    for positions in wanted or POSITIONS:
        began = time.perf_counter()
        for step, loss, model in training(recipe, config(positions)):
            if step % 200 == 0:
                with torch.no_grad():
                    held = float(loss_of(model, *test))
                sys.stdout.write(f"{positions} {step} {loss:.3f} {held:.3f} {time.perf_counter() - began:.0f} s\n")
                sys.stdout.flush()
        save(taken(model), recipe, FOLDER, f"lengths_{positions}", held_out_loss=round(held, 4),
             seconds=round(time.perf_counter() - began))


if __name__ == "__main__":
    main(sys.argv[1:])
