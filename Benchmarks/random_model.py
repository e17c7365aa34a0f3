"""Writes large models with random weights, for loading and memory: what they say means nothing.

    python3 Benchmarks/random_model.py FOLDER/fr-en fr en                 838 MB: width 1024, 6+6 layers, inner width 4096
    python3 Benchmarks/random_model.py FOLDER/fr-en fr en --width 512     smaller

The layout is CTranslate2's, of binary version 6; the tokenizer is the starter's, whose pieces are the first of the vocabulary.
"""

import argparse
import json
import pathlib
import shutil
import struct

import numpy as np

STARTER = pathlib.Path(__file__).resolve().parent.parent / "Models" / "starter"
FLOAT32, INT8 = 0, 1


class ModelFile:
    """The variables of a model.bin, written one after the other."""

    def __init__(self, path: pathlib.Path, count: int, seed: int):
        self._file = path.open("wb")
        self._left = count
        self._random = np.random.default_rng(seed)
        self._file.write(struct.pack("<I", 6) + self._text("TransformerSpec") + struct.pack("<II", 7, count))

    @staticmethod
    def _text(text: str) -> bytes:
        return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"

    def _header(self, name: str, shape: tuple[int, ...], kind: int, size: int) -> None:
        self._left -= 1
        head = self._text(name) + struct.pack("<B", len(shape)) + struct.pack(f"<{len(shape)}I", *shape)
        self._file.write(head + struct.pack("<BI", kind, size))

    def attribute(self, name: str, value: int) -> None:
        self._header(name, (), INT8, 1)
        self._file.write(struct.pack("<b", value))

    def random(self, name: str, *shape: int) -> None:
        self._header(name, shape, FLOAT32, 4 * int(np.prod(shape)))
        for _ in range(shape[0]):
            row = self._random.standard_normal(shape[1:], dtype=np.float32) / np.float32(np.sqrt(shape[-1]))
            self._file.write(np.asarray(row, dtype="<f4").tobytes())

    def constant(self, name: str, size: int, value: float) -> None:
        self._header(name, (size,), FLOAT32, 4 * size)
        self._file.write(np.full(size, value, dtype="<f4").tobytes())

    def close(self, aliases: dict[str, str]) -> None:
        assert self._left == 0, f"{self._left} variables were announced and not written"
        names = b"".join(self._text(name) + self._text(original) for name, original in aliases.items())
        self._file.write(struct.pack("<I", len(aliases)) + names)
        self._file.close()


class Writer:
    """A whole model directory."""

    def __init__(self, folder: pathlib.Path, arguments: argparse.Namespace):
        self._folder = folder
        self._a = arguments

    def write(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        # Each linear layer has weight and bias, each norm gamma and beta: 12 in an encoder's layer, 20 in a decoder's.
        count = 2 + 2 * (4 + 2) + self._a.layers * (12 + 20)
        self._model = ModelFile(self._folder / "model.bin", count, self._a.seed)
        self._model.random("encoder/embeddings_0/weight", self._a.vocabulary, self._a.width)
        self._model.constant("decoder/projection/bias", self._a.vocabulary, 0)
        for side in ("encoder", "decoder"):
            self._stack(side)
        # One table for both embeddings and the projection.
        self._model.close(
            {f"{name}/weight": "encoder/embeddings_0/weight" for name in ("decoder/embeddings", "decoder/projection")}
        )
        self._describe()

    def _stack(self, side: str) -> None:
        for name, value in (("num_heads", self._a.heads), ("pre_norm", 1), ("activation", 0), ("scale_embeddings", 1)):
            self._model.attribute(f"{side}/{name}", value)
        self._norm(side)
        for layer in range(self._a.layers):
            scope = f"{side}/layer_{layer}"
            self._attention(f"{scope}/self_attention", 3, 1)
            if side == "decoder":
                self._attention(f"{scope}/attention", 1, 2, 1)
            self._norm(f"{scope}/ffn")
            self._linear(f"{scope}/ffn/linear_0", self._a.inner, self._a.width)
            self._linear(f"{scope}/ffn/linear_1", self._a.width, self._a.inner)

    def _attention(self, scope: str, *multiples: int) -> None:
        self._norm(scope)
        for index, multiple in enumerate(multiples):
            self._linear(f"{scope}/linear_{index}", multiple * self._a.width, self._a.width)

    def _linear(self, scope: str, outputs: int, inputs: int) -> None:
        self._model.random(f"{scope}/weight", outputs, inputs)
        self._model.constant(f"{scope}/bias", outputs, 0)

    def _norm(self, scope: str) -> None:
        self._model.constant(f"{scope}/layer_norm/gamma", self._a.width, 1)
        self._model.constant(f"{scope}/layer_norm/beta", self._a.width, 0)

    def _describe(self) -> None:
        pieces = [piece for piece in json.loads((STARTER / "shared_vocabulary.json").read_text()) if piece[0] != "<"]
        tokens = (["<unk>", "<s>", "</s>"] + pieces)[: self._a.vocabulary]
        self._json("shared_vocabulary.json", tokens)
        self._json("config.json", {"add_source_bos": False, "add_source_eos": True, "decoder_start_token": "</s>"})
        languages = [{"source": self._a.source, "target": self._a.target}]
        self._json("model.json", {"name": self._folder.name, "languages": languages})
        shutil.copy(STARTER / "sentencepiece.model", self._folder)

    def _json(self, name: str, value: object) -> None:
        (self._folder / name).write_text(json.dumps(value))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--width", type=int, default=1024)
    parser.add_argument("--inner", type=int, default=4096)
    parser.add_argument("--heads", type=int, default=16)
    parser.add_argument("--layers", type=int, default=6, help="of encoder and decoder each")
    parser.add_argument("--vocabulary", type=int, default=32_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    Writer(arguments.folder, arguments).write()


if __name__ == "__main__":
    main()
