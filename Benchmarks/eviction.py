"""Asks for more models than fit into memory, and watches what the server takes.

    for pair in fr-en de-en it-en; do
        python3 Benchmarks/random_model.py MODELS/$pair ${pair%-*} en --width 512 --inner 2048 --heads 8 --seed $RANDOM
    done
    python3 Benchmarks/eviction.py PROGRAM MODELS --memory 160MB fr-en de-en it-en

Every answer is compared with the one that a server without a limit gave.
"""

import argparse
import concurrent.futures
import itertools
import pathlib
import re
import threading
import time

from loading import Client, server

CALLERS = 6


def resident(pid: int) -> int:
    """Bytes in the process's memory, mapped files included."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) * 1024


def sentences(pairs: list[str], count: int) -> list[tuple[str, str]]:
    # A few of each pair in a row, so that the pairs meet without taking turns exactly.
    order = itertools.islice(itertools.cycle(pair for pair in pairs for _ in range(4)), count)
    return [(pair, f"This is sentence {index % 16}.") for index, pair in enumerate(order)]


def ask(port: int, work: list[tuple[str, str]]) -> list[str]:
    def part(first: int) -> list[str]:
        client = Client(port)
        texts = []
        for pair, text in work[first::CALLERS]:
            source, target = pair.split("-")
            body = {"text": text, "source_language": source, "target_language": target}
            texts.append(client.ask("POST", "/api/v1/translate", body)[1]["translated_text"])
        return texts

    with concurrent.futures.ThreadPoolExecutor(CALLERS) as pool:
        parts = list(pool.map(part, range(CALLERS)))
    answers = [""] * len(work)
    for first, texts in enumerate(parts):
        answers[first::CALLERS] = texts
    return answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("models")
    parser.add_argument("pairs", nargs="+")
    parser.add_argument("--memory", required=True)
    parser.add_argument("--requests", type=int, default=1000)
    arguments = parser.parse_args()
    work = sentences(arguments.pairs, arguments.requests)
    distinct = sorted(set(work))
    with server(arguments.program, arguments.models) as (port, _):
        expected = dict(zip(distinct, ask(port, distinct)))
    with server(arguments.program, arguments.models, "--set", f"model_memory={arguments.memory}") as (port, pid):
        idle, stop, peak = resident(pid), threading.Event(), [0]

        def watch() -> None:
            while not stop.is_set():
                peak[0] = max(peak[0], resident(pid))
                time.sleep(0.005)

        watcher = threading.Thread(target=watch)
        watcher.start()
        start = time.monotonic()
        answers = ask(port, work)
        seconds = time.monotonic() - start
        stop.set()
        watcher.join()
        models = Client(port).ask("GET", "/api/v1/admin/models")[1]["items"]
    wrong = sum(answer != expected[item] for item, answer in zip(work, answers))
    print(f"{len(work)} requests in {seconds:.1f} s, {wrong} wrong")
    print(f"memory: {idle / 2**20:.0f} MB without a model, at most {(peak[0] - idle) / 2**20:.0f} MB more with them")
    for model in models:
        print(f"{model['name']:12} loads {model['loads']:4} evictions {model['evictions']:4} bytes {model['memory_bytes']:12}")


if __name__ == "__main__":
    main()
