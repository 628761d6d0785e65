"""Arguments that several commands share, and the parser that says what is wrong in one sentence."""

import argparse
from typing import NoReturn

from eas_local.adapters.settings import LONGEST_HOLD, MOST_WORKERS

TIMEOUT = 300.0


class Usage(Exception):
    """The command line itself is wrong."""


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Usage(f"{message}; {self.prog} --help shows how")


def add_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the service")


def add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a service.json")
    parser.add_argument("--lenient", action="store_true", help="allow comments and trailing commas in it")


def add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", choices=("text", "json"), default="text", help="json: one document, the API's keys")


def add_waiting(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-wait", action="store_true", help="return at once")
    parser.add_argument(
        "--timeout", type=seconds, metavar="S", default=TIMEOUT, help=f"wait this long (default {TIMEOUT:.0f} seconds)"
    )


def seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError(text)
    return value


def held(text: str) -> float:
    value = seconds(text)
    if value > LONGEST_HOLD:
        raise argparse.ArgumentTypeError(f"{text} is too long; at most {LONGEST_HOLD:.0f} seconds")
    return value


def workers(text: str) -> int:
    value = count(text)
    if not 1 <= value <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"{text} is not from 1 to {MOST_WORKERS}")
    return value


def percent(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 100")
    return value


def count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f'"{text}" is no whole number from 0 on')
    return int(text)
