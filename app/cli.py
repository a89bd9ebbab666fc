"""The command line: reads the words, runs the command, and turns every fault into one sentence and a status."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from app.executors.choice import check_engine
from engine.core.faults import BadInput, Interrupted, LoupeError
from engine.core.version import PROGRAM

COMMANDS = ("open", "list", "run", "export", "report", "sweep", "verify", "check", "bench", "new", "poster", "typeset")
THEMES = ("light", "dark", "print")


class Parser(argparse.ArgumentParser):
    """An argument parser whose faults are one sentence."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message[0].lower()}{message[1:]}; {self.prog} --help shows what is possible", "bad_words",
                       reason=message)

STATUSES = ("exit status: 0 done, 1 a check failed, 2 bad input, 3 the computation failed, 4 not available here, 130 stopped "
            "with Ctrl+C: what a sweep into a file has computed is kept, and the same command goes on from there")


def main(words: Sequence[str]) -> int:
    """Run the program; returns its exit status, one of STATUSES."""
    try:
        arguments = parse(words)
        _environment(arguments)
        check_engine(arguments.engine, arguments.command)
        module = importlib.import_module(f"app.commands.{arguments.command}")
        return int(module.run(arguments))
    except LoupeError as fault:
        return _say(fault.message, fault.status)
    except BrokenPipeError:
        _silence_stdout()
        return 0
    except KeyboardInterrupt:
        return _say("stopped", Interrupted.status)
    except MemoryError:
        return _say("there is not enough memory for this; ask for less", 3)
    except OSError as fault:
        return _say(f"{fault.filename or 'a file'}: {fault.strerror or fault}; check the disk and its permissions", 3)


def _say(message: str, status: int) -> int:
    print(f"loupe: {' '.join(str(message).split())}", file=sys.stderr)
    return status


def _silence_stdout() -> None:
    """The reader of our output has gone: nothing more is to be written, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _environment(arguments: argparse.Namespace) -> None:
    """--home, --lang, --theme and --device stand in for LOUPE_HOME, LOUPE_LANG, LOUPE_THEME and LOUPE_DEVICE."""
    for name in ("home", "lang", "theme", "device"):
        given = getattr(arguments, name, None)
        if given:
            os.environ[f"LOUPE_{name.upper()}"] = str(given)
    if arguments.engine != "local":
        os.environ["LOUPE_ENGINE"] = arguments.engine       # the window's sweeps run where its lanes do


def parse(words: Sequence[str]) -> argparse.Namespace:
    """The words as arguments; a first word that is no command is a file to reopen in the window."""
    command = next((w for w in words if not w.startswith("-")), None)
    if command in COMMANDS or "--version" in words or "-h" in words or "--help" in words:
        return _parser().parse_args(words)
    return _window_parser().parse_args(words)


def _common(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("everywhere")
    group.add_argument("--device", metavar="cpu|cuda[:N]", help="where the engine computes")
    group.add_argument("--engine", default="local", metavar="local|ray[:HOST:PORT]", help="what runs the engine")
    group.add_argument("--home", metavar="DIR", help="keep settings, cache and models in this folder")
    group.add_argument("--lang", choices=("en", "zh"))
    group.add_argument("--theme", choices=THEMES)


def _window_parser() -> Parser:
    parser = Parser(prog="main.py", description=f"{PROGRAM}: every concept alive", epilog=STATUSES)
    parser.add_argument("file", nargs="?", metavar="FILE", help="an exported figure, reopened as it was, or a notebook")
    parser.add_argument("--inline", action="store_true", help="no engine process, for the debugger")
    parser.set_defaults(command="open", id=None, set=[], preset=None)
    _common(parser)
    return parser


def _parser() -> Parser:
    parser = Parser(prog="main.py", description=f"{PROGRAM}: every concept alive", epilog=STATUSES)
    parser.add_argument("--version", action="version", version=PROGRAM)
    _common(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)
    _open_words(commands)
    _data_words(commands)
    _export_words(commands)
    _report_words(commands)
    _author_words(commands)
    return parser


def _command(commands: Any, name: str, text: str) -> Parser:
    parser: Parser = commands.add_parser(name, help=text, description=text, epilog=STATUSES)
    _common(parser)
    return parser


def _concept_words(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="for example mathematics.clt")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter, repeatable")
    parser.add_argument("--preset", metavar="P")


def _run_words(parser: argparse.ArgumentParser) -> None:
    _concept_words(parser)
    parser.add_argument("--edit", action="append", default=[], metavar="K:NAME=VALUE", help="a live edit from frame K on")
    parser.add_argument("--frame", type=int, metavar="K")


def _open_words(commands: Any) -> None:
    parser = _command(commands, "open", "open the window at a concept")
    _concept_words(parser)
    parser.add_argument("--inline", action="store_true", help="no engine process, for the debugger")
    parser.set_defaults(file=None)


def _data_words(commands: Any) -> None:
    parser = _command(commands, "list", "list the concepts")
    parser.add_argument("--json", action="store_true")
    parser = _command(commands, "run", "compute frames as data")
    _run_words(parser)
    parser.add_argument("--frames", type=int, metavar="N", help="the first N frames")
    parser.add_argument("--every", type=int, default=1, metavar="M", help="keep every M-th frame of --frames")
    parser.add_argument("--arrays", action="store_true", help="arrays too, not only metrics")
    parser.add_argument("--json", action="store_true", help="JSON (the only output there is)")
    parser = _command(commands, "sweep", "a metric against one or two parameters")
    _concept_words(parser)
    parser.add_argument("--over", action="append", default=[], metavar="NAME=MIN:MAX:COUNT[:log]", help="or NAME=a,b,c")
    parser.add_argument("--metric", action="append", default=[], metavar="NAME")
    parser.add_argument("--seeds", type=int, default=1, metavar="N")
    parser.add_argument("--frame", type=int, metavar="K")
    parser.add_argument("--jobs", type=int, default=0, metavar="N", help="processes; all cores by default")
    parser.add_argument("-o", "--output", metavar="FILE", help="csv or json; standard output without it. An interrupted "
                        "sweep goes on where it was")
    parser.add_argument("--fresh", action="store_true", help="begin anew where an interrupted sweep stands")
    parser.add_argument("--stream", action="store_true", help="each point as a line of JSON as soon as it is there")
    parser = _command(commands, "verify", "every number against an independent implementation")
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser.add_argument("--json", action="store_true")


def _export_words(commands: Any) -> None:
    parser = _command(commands, "export", "write a figure, a clip, data or a script")
    parser.add_argument("id", nargs="?", metavar="ID")
    parser.add_argument("folder", nargs="?", metavar="DIR", help="with --all")
    parser.add_argument("--all", action="store_true", help="every concept, and an index page")
    parser.add_argument("-o", "--output", metavar="FILE", help="png svg pdf gif mp4 webm csv json trace.json npz py")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--preset", metavar="P")
    parser.add_argument("--edit", action="append", default=[], metavar="K:NAME=VALUE")
    parser.add_argument("--frame", type=int, metavar="K", help="the picture's frame; a clip and data end there")
    parser.add_argument("--size", metavar="1280x800|160mm", help="in px, mm, cm or in; the height may be left out")
    parser.add_argument("--dpi", type=float, metavar="D", help="dots an inch: 300 where the size is in mm, cm or in")
    parser.add_argument("--fps", type=float, metavar="F", help="frames a second of a clip: 30, and 15 for a gif")
    parser.add_argument("--compare", action="append", default=[], metavar="SETTING",
                        help="a column beside others: n=5,seed=3 or preset=P or P,Q; repeatable, two to four in all")
    parser.add_argument("--play", metavar="NAME[=MIN:MAX:COUNT]", help="a clip of a parameter on its way, not of the run")
    parser.add_argument("--caption", action="store_true", help="a line under the picture: title, parameters, frame")
    parser.add_argument("--jobs", type=int, default=0, metavar="N", help="processes of --all; all cores by default")


def _report_words(commands: Any) -> None:
    parser = _command(commands, "report", "a notebook as one self-contained HTML file, or as a PDF")
    parser.add_argument("notebook", metavar="NOTEBOOK", help="a file that the window's notebook is kept in")
    parser.add_argument("-o", "--output", metavar="FILE", help="html pdf")


def _author_words(commands: Any) -> None:
    parser = _command(commands, "check", "the contract checks, and a contact sheet to look at")
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--full", action="store_true", help="every combination, not the telling ones")
    parser.add_argument("--sheet", metavar="DIR", help="where contact sheets are written (out/sheets)")
    parser = _command(commands, "bench", "the benchmarks, as ratios against floors")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--json", action="store_true")
    parser = _command(commands, "new", "lay out the files of a new concept")
    parser.add_argument("id", metavar="CHAPTER.ID")
    parser = _command(commands, "poster", "record a concept's rest frame as its thumbnail")
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser = _command(commands, "typeset", "typeset the formulas of every text")
    parser.add_argument("--check", action="store_true", help="only say whether they are up to date")
