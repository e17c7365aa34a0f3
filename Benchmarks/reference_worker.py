"""CTranslate2 behind the line protocol of worker.py."""

import argparse
import json
import pathlib
import sys
import time

import ctranslate2

FIRST_ID = 300
MASK = (1 << 64) - 1


def splitmix64(seed: int, index: int) -> int:
    """Output `index` (from 0) of SplitMix64 after `seed`."""
    z = (seed + (index + 1) * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def load_vocabulary(model: pathlib.Path, side: str) -> list[str]:
    """The tokens of one side in the order of their ids."""
    for name in (f"{side}_vocabulary", "shared_vocabulary"):
        if (path := model / f"{name}.json").exists():
            tokens = json.loads(path.read_text())
        elif (path := model / f"{name}.txt").exists():
            tokens = path.read_bytes().decode().removesuffix("\n").split("\n")
        else:
            continue
        return tokens if "<unk>" in tokens else tokens + ["<unk>"]
    sys.exit(f"There is no {side} vocabulary in '{model}'.")


class ReferenceWorker:
    """A loaded model and its vocabularies."""

    def __init__(self, model: pathlib.Path, compute: str, threads: int):
        start = time.perf_counter()
        self._translator = ctranslate2.Translator(
            str(model), device="cpu", compute_type=compute, intra_threads=threads, inter_threads=1)
        self.load_seconds = time.perf_counter() - start
        self._source = load_vocabulary(model, "source")
        self._target = load_vocabulary(model, "target")
        self._target_ids = {token: i for i, token in enumerate(self._target)}
        config = model / "config.json"
        self._adds_end = config.exists() and json.loads(config.read_text()).get("add_source_eos", False)

    def answer(self, request: dict) -> dict:
        """The answer to one request."""
        if "translate" in request:
            return {"hypotheses": self._translate(**request["translate"])}
        return self._time(**request)

    def _translate(self, sources: list[list[int]], beam: int, max_length: int) -> list[dict]:
        tokens = [[self._source[i] for i in source] for source in sources]
        results = self._translator.translate_batch(
            tokens, beam_size=beam, max_decoding_length=max_length, max_batch_size=32, return_scores=True)
        return [{"tokens": [self._target_ids[token] for token in result.hypotheses[0]], "score": result.scores[0]}
                for result in results]

    def _time(self, batch: int, beam: int, source_tokens: int, target_tokens: int, repeats: int, seed: int) -> dict:
        sources = [self._random_source(b, source_tokens - 1, seed) for b in range(batch)]
        options = {"beam_size": beam, "min_decoding_length": target_tokens, "max_decoding_length": target_tokens,
                   "max_batch_size": 0}
        translate = self._translator.translate_batch
        results = translate(sources, **options)
        if any(len(result.hypotheses[0]) != target_tokens for result in results):
            raise ValueError("The outputs are not of the asked length.")
        wall, cpu = [], []
        for _ in range(repeats):
            wall_start, cpu_start = time.perf_counter(), time.process_time()
            translate(sources, **options)
            wall_end, cpu_end = time.perf_counter(), time.process_time()
            wall.append(wall_end - wall_start)
            cpu.append(cpu_end - cpu_start)
        return {"wall": wall, "cpu": cpu}

    def _random_source(self, index: int, length: int, seed: int) -> list[str]:
        ids = (FIRST_ID + splitmix64(seed, index * length + i) % (len(self._source) - FIRST_ID) for i in range(length))
        tokens = [self._source[i] for i in ids]
        return tokens if self._adds_end else tokens + ["</s>"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--compute", default="int8")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    worker = ReferenceWorker(arguments.model, arguments.compute, arguments.threads)
    engine = f"ctranslate2 {ctranslate2.__version__}"
    print(json.dumps({"ready": True, "engine": engine, "load_s": worker.load_seconds}), flush=True)
    for line in sys.stdin:
        try:
            answer = worker.answer(json.loads(line))
        except (KeyError, TypeError, ValueError, IndexError, RuntimeError) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
