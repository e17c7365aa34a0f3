"""Training of Dragoman's starter model: ``python -m dragoman_training COMMAND --help``."""

from __future__ import annotations

import argparse
import importlib

COMMANDS = {
    "prepare": "clean, augment and pack the corpus",
    "train": "train, or go on training, a model",
    "export": "write a CTranslate2 directory",
    "evaluate": "score exported models and judge their robustness",
}


def main() -> None:
    """Runs one command. Only its module is imported, so that a command needs only its own libraries."""
    summary = "\n".join(f"  {name:10}{text}" for name, text in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="dragoman_training",
        description=__doc__,
        epilog=f"commands:\n{summary}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the command's own options")
    chosen = parser.parse_args()
    module = importlib.import_module(f".{chosen.command}", __package__)
    command = argparse.ArgumentParser(prog=f"dragoman_training {chosen.command}", description=module.__doc__)
    module.add_arguments(command)
    module.run(command.parse_args(chosen.arguments))


if __name__ == "__main__":
    main()
