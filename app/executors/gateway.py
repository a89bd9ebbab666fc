"""The gateway: a process of ours that is a driver on a node of a Ray cluster; the rest of the program never meets Ray.

What Ray does to a process that loses its cluster (it ends it) it does to this one alone. A lane's gateway starts an actor
somewhere in the cluster, hands it the window's messages and brings back its frames through a streaming generator, of which
only so many wait on the way. A sweep's gateway hands out tasks, never more than a few for each processor.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import pickle
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from app.executors import remote
from app.executors.carried import contents, named_in
from app.executors.executor import Lost, Outcome, Room
from app.executors.worker import THREADS
from engine.core import child
from engine.core import messages as m
from engine.core.faults import Failed, LoupeError, Unavailable
from engine.core.proving import broken
from engine.core.wire import Encoder

ROOT = Path(__file__).resolve().parents[2]
NOT_SENT = [".git", ".venv", "out", "build", "docs", "tests", "benchmarks", "scripts", "assets/fonts", "assets/formulas",
            "assets/icons", "assets/mathjax", "assets/posters", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"]
REACH = 4.0             # seconds for the cluster's port to answer
PATIENCE = 60.0         # seconds for Ray to attach; left to itself it tries for two minutes, then ends the process
BACKLOG = 4             # pieces of a lane's stream that wait on the way; each holds the messages that had piled up
SPARE = 2               # tasks for each processor: one that computes, one that waits


@contextmanager
def attached(connection: Connection, log: str, path: list[str], address: str, env: dict[str, str]) -> Iterator[Any]:
    """This process as a driver of the cluster: the module `ray`. LoupeError says why it cannot be."""
    child.enter(path)
    with open(log, "w", encoding="utf-8") as crash:
        faulthandler.enable(crash)
        for stream in (1, 2):
            os.dup2(crash.fileno(), stream)             # Ray's own words go into the crash log
        yield _attach(address, env)


def _attach(address: str, env: dict[str, str]) -> Any:
    try:
        import ray
    except ImportError as fault:
        raise not_installed() from fault
    if ":" in address:
        _check_reach(address)
    late = threading.Timer(PATIENCE, child.leave)
    late.start()
    try:
        ray.init(address=address or "auto", log_to_driver=False, logging_level="ERROR",
                 runtime_env={"working_dir": str(ROOT), "excludes": NOT_SENT, "env_vars": env})
    except (Exception, SystemExit) as fault:
        raise _said(fault, address) from fault
    finally:
        late.cancel()
    return ray


def _check_reach(address: str) -> None:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), REACH).close()
    except (OSError, ValueError) as fault:
        raise Unavailable(f"engine=ray:{address}: no Ray cluster can be reached there; check the address, and that it runs",
                          "ray_unreachable", address=address) from fault


def _said(fault: BaseException, address: str) -> LoupeError:
    """What Ray raised, as a sentence."""
    words = " ".join(str(fault).split())
    if "Version mismatch" in words:
        return Unavailable(f"the Ray cluster has other versions than this program ({words[:240]}); install the same Python "
                           "and Ray on both", "ray_versions", words=words[:240])
    if not address:
        return Unavailable("engine=ray: no Ray cluster runs on this machine; start one with `ray start --head`, or name one: "
                           "--engine ray:HOST:PORT", "ray_none")
    if "Raylet" in words or "node" in words.lower():
        return Unavailable(f"engine=ray:{address}: this machine is no node of that cluster; make it one with "
                           f"`ray start --address={address} --num-cpus=0`", "ray_no_node", address=address)
    return Unavailable(f"engine=ray:{address}: no Ray cluster can be reached there; check the address, and that it runs",
                       "ray_unreachable", address=address)


def not_installed() -> Unavailable:
    """The sentence for a machine without Ray."""
    return Unavailable("engine=ray: Ray is not installed here; install it with `pip install -c constraints.txt \"ray\"`",
                       "ray_missing")


# many jobs ------------------------------------------------------------------------------------------------------------

def jobs(connection: Connection, log: str, path: list[str], address: str, most: int, gpu: bool) -> None:
    """Entry of a sweep's gateway: speaks as a worker does, and has as many jobs at a time as the cluster has room for."""
    with contextlib.suppress(EOFError, OSError):
        try:
            with attached(connection, log, path, address, dict.fromkeys(THREADS, "1")) as ray:
                task = connection.recv()
                sent, luggage = ray.put(pickle.dumps(task, protocol=5)), Luggage(ray, task)
                room = SPARE * max(1, int(ray.cluster_resources().get("GPU" if gpu else "CPU", 1)))
                connection.send(Room(min(room, most) if most else room))
                do = ray.remote(max_retries=0, num_cpus=1, num_gpus=int(gpu), scheduling_strategy="SPREAD")(remote.do)
                _serve_jobs(ray, connection, lambda key, argument: do.remote(
                    path, sent, key, pickle.dumps(argument, protocol=5), luggage.of(argument)))
        except LoupeError as fault:
            connection.send(Lost(fault))
    child.leave()


class Luggage:
    """The user's tables that a sweep's jobs name, each choice of them put into the cluster once."""

    def __init__(self, ray: Any, task: Any) -> None:
        self._ray, self._always = ray, named_in(task)
        self._put: dict[frozenset[str], Any] = {}

    def of(self, argument: Any) -> Any:
        """What goes with a job; LoupeError where it is too large."""
        named = self._always | named_in(argument)
        key = frozenset(named)
        if key not in self._put:
            self._put[key] = self._ray.put(contents(named))
        return self._put[key]


def _serve_jobs(ray: Any, connection: Connection, submit: Any) -> None:
    """Submit what comes in, hand back what is done, until the pipe closes."""
    running: dict[Any, int] = {}
    while True:
        while connection.poll(None if not running else 0.0):
            key, argument = connection.recv()
            running[submit(key, argument)] = key
        done, _ = ray.wait(list(running), num_returns=1, timeout=0.02)
        for reference in done:
            connection.send(_outcome(ray, reference, running.pop(reference)))


def _outcome(ray: Any, reference: Any, key: int) -> Outcome:
    """A task's outcome; whatever ended its process, on whatever machine, is a death of that process."""
    try:
        found: Outcome = ray.get(reference)
    except ray.exceptions.RuntimeEnvSetupError as fault:
        return Outcome(key, fault=Failed(f"the cluster cannot take this program's files ({_brief(fault)}); check its disks",
                                         "ray_setup", reason=_brief(fault)))
    except ray.exceptions.RayTaskError as fault:
        return Outcome(key, fault=Failed(f"a node of the cluster cannot compute this ({_brief(fault.cause)}); install there "
                                         "what is installed here", "ray_node", reason=_brief(fault.cause)))
    except ray.exceptions.RayError:
        return Outcome(key, died=True)
    return found


def _brief(fault: BaseException) -> str:
    return f"{type(fault).__name__}: {' '.join(str(fault).split())}"[:200]


# a lane ---------------------------------------------------------------------------------------------------------------

def lane(connection: Connection, log: str, path: list[str], address: str, gpu: bool) -> None:
    """Entry of a lane's gateway: hands messages on as they are, both ways, until either end is gone."""
    with contextlib.suppress(EOFError, OSError):
        try:
            with attached(connection, log, path, address, {}) as ray:
                _carry(ray, connection, path, gpu)
        except LoupeError as fault:
            _refuse(connection, fault)
    child.leave()


def _carry(ray: Any, connection: Connection, path: list[str], gpu: bool) -> None:
    share = 0.01 if gpu and ray.cluster_resources().get("GPU") else 0       # a lane sees a GPU, and keeps it from nobody
    actor = ray.remote(num_cpus=0, num_gpus=share, scheduling_strategy="SPREAD", max_restarts=0,
                       concurrency_groups={"inbox": 1, "frames": 1})(remote.RemoteLane).remote(path)
    stream = actor.frames.options(concurrency_group="frames", num_returns="streaming",
                                  _generator_backpressure_num_objects=BACKLOG).remote()
    put = actor.put.options(concurrency_group="inbox", num_returns=0)

    def bring() -> None:
        with contextlib.suppress(Exception):            # the actor has died, or the window has gone: so do we
            for reference in stream:
                for data in ray.get(reference):
                    connection.send_bytes(data)
        child.leave()

    threading.Thread(target=bring, daemon=True, name="bring").start()
    carry = actor.bring.options(concurrency_group="inbox", num_returns=0)
    there: set[str] = set()
    while True:
        data = connection.recv_bytes()
        named = named_in(pickle.loads(data)) if b"sha256" in data else {}
        if not named.keys() <= there:
            carry.remote(_contents(named))
            there = set(named)
        put.remote(data)


def _contents(named: dict[str, str]) -> dict[str, Any]:
    """The tables for a lane; where they are too large, each is the sentence that says so to whoever wants it."""
    try:
        return dict(contents(named))
    except LoupeError as fault:
        return dict.fromkeys(named, fault)


def _refuse(connection: Connection, fault: LoupeError) -> None:
    """Say to the first request why there is no cluster; then end, so that the next request tries again."""
    encoder = Encoder()

    def say(message: Any) -> None:
        connection.send_bytes(encoder.dumps(message, b"M"))

    say(m.Ready(os.getpid()))
    while True:
        message = connection.recv()
        if isinstance(message, m.Start):
            say(m.FaultSent(message.generation, fault, str(fault)))
            return
        if isinstance(message, m.Prove):
            say(m.ChecksSent(message.generation, (broken(fault),)))
            return
        if isinstance(message, m.AskDevices):
            say(m.DevicesSent((("cpu", "CPU"),)))


