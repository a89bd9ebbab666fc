"""Where the engine computes: the CPU, or a CUDA device when there is one."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from engine.core.faults import BadInput, Unavailable


@dataclass(frozen=True)
class Device:
    """One place to compute: its name for --device, and what a person calls it."""

    name: str
    title: str


def resolve(name: str) -> str:
    """The device's checked name; BadInput for an unknown word, Unavailable where this machine has no such device."""
    if name == "cpu":
        return name
    if not re.fullmatch(r"cuda(:\d+)?", name):
        raise BadInput(f"device={name}: must be cpu, cuda or cuda:N", "bad_device", value=name)
    count = len(cuda_titles())
    number = int(name.partition(":")[2] or 0)
    if count == 0:
        raise Unavailable(f"device={name}: this machine has no CUDA device that torch can use; choose cpu", "no_cuda",
                          value=name)
    if number >= count:
        raise Unavailable(f"device={name}: this machine has {count} CUDA device(s); choose cuda:0 to cuda:{count - 1}",
                          "no_such_cuda", value=name, count=count)
    return f"cuda:{number}"


def available() -> tuple[Device, ...]:
    """Every device here. Imports torch: call it in a lane or on the command line, never in the window's process."""
    cores = os.cpu_count() or 1
    return (Device("cpu", f"CPU · {cores}"), *(Device(f"cuda:{i}", t) for i, t in enumerate(cuda_titles())))


def named() -> tuple[tuple[str, str], ...]:
    """(name, title) of every device, as a lane tells it; a broken torch leaves the CPU."""
    try:
        return tuple((d.name, d.title) for d in available())
    except Exception:  # noqa: BLE001  whatever torch raises while it looks for its devices
        return (("cpu", "CPU"),)


def cuda_titles() -> tuple[str, ...]:
    """Names of the CUDA devices torch can use; none where torch itself is missing or broken."""
    try:
        import torch
    except (ImportError, OSError):
        return ()
    if not torch.cuda.is_available():
        return ()
    return tuple(torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count()))
