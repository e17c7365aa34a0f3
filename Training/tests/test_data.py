"""Configuration, packing, batches, and the checks of the evaluation."""

import pytest

np = pytest.importorskip("numpy")

import gzip
from pathlib import Path

from dragoman_training import configuration, corpus
from dragoman_training.odd_inputs import odd_inputs
from dragoman_training.packing import PackedData, Packer
from dragoman_training.repetition import loops, stutters

STARTER = Path(__file__).parents[1] / "starter.toml"


@pytest.mark.parametrize(
    ("pair", "source", "weight"),
    [
        ("en-es", "tatoeba", 1.0),
        ("en-hi", "tatoeba", 4.0),
        ("en-es", "deb-gimp-data", 0.4),
        ("en-hi", "ms-security-101", 0.3),
    ],
)
def test_last_matching_pattern_gives_the_weight(pair, source, weight):
    assert configuration.load(STARTER).weight_of(pair, source) == weight


def test_word_list_keeps_the_meaning_that_translations_use(tmp_path):
    entries = [("good", "despedida"), ("good", "bueno"), ("rare", "raro"), ("odd", "uno"), ("odd", "dos")]
    with gzip.open(tmp_path / "en-es.dict.tsv.gz", "wt", encoding="utf-8") as file:
        file.writelines(f"test\t{english}\t{other}\n" for english, other in entries)
    lines = [corpus.Line("s", "A good book.", "Un libro bueno.", 1.0), corpus.Line("s", "Bye", "Una despedida", 1.0)]
    assert corpus.word_list("en-es", tmp_path, lines) == [("good", "bueno"), ("rare", "raro")]


def test_phrasebook_gives_the_columns_of_the_pair(tmp_path):
    book = tmp_path / "book.tsv"
    book.write_text("en\tes\thi\nYes\tSí\tहाँ\n")
    assert corpus.phrasebook(book, "en-hi", 2.0) == [corpus.Line("phrasebook", "Yes", "हाँ", 2.0)]


def test_fragments_of_a_noisy_source_are_dropped():
    assert configuration.load(STARTER).minimum_words("indian-parallel-mturk") == 5
    assert configuration.load(STARTER).minimum_words("tatoeba") == 0


def test_misspelt_setting_is_refused(tmp_path):
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(STARTER.read_text().replace("heads = 4", "haeds = 4"))
    with pytest.raises(SystemExit, match="haeds"):
        configuration.load(wrong)


def test_packed_sequences_are_stored_once_and_survive_the_file(tmp_path):
    packer = Packer(["en-es", "es-en"], 10)
    assert packer.add([5, 6], [7], 0, 1.0)
    assert packer.add([7], [5, 6], 1, 0.5)
    assert not packer.add([], [7], 0, 1.0)
    assert not packer.add([1] * 11, [7], 0, 1.0)
    packer.packed().save(tmp_path / "data.npz")
    data = PackedData.load(tmp_path / "data.npz")
    assert data.pieces.tolist() == [5, 6, 7] and data.direction_names == ["en-es", "es-en"]
    assert [data.sequence(i).tolist() for i in data.sources] == [[5, 6], [7]]


def test_batches_keep_to_their_budget_and_are_reproducible():
    pytest.importorskip("torch")
    from dragoman_training.batches import BatchSource

    packer = Packer(["a-b", "b-a"], 50)
    for length in range(1, 41):
        for direction in (0, 1):
            packer.add([9] * length, [8] * (41 - length), direction, 1.0)
    sources = [BatchSource(packer.packed(), {"a-b": 0.5, "b-a": 0.5}, {"a-b": 4, "b-a": 5}, 200, 1) for _ in range(2)]
    first, second = (source.batches(2, 600) for source in sources)
    assert [b.tolist() for b in first] == [b.tolist() for b in second]
    for examples in first:
        batch = sources[0].load(examples)
        assert batch.inputs.numel() <= 200 and batch.inputs.shape == batch.labels.shape
        assert set(batch.sources[:, 0].tolist()) <= {4, 5} and set(batch.inputs[:, 0].tolist()) == {1}


def test_batches_come_in_few_sizes():
    pytest.importorskip("torch")
    from dragoman_training.batches import BatchSource

    packer = Packer(["a-b"], 60)
    for source in range(1, 51):
        for target in range(1, 51):
            packer.add([9] * source, [8] * target, 0, 1.0)
    source = BatchSource(packer.packed(), {"a-b": 1.0}, {"a-b": 4}, 200, 1)
    passes = [source.load(examples) for number in range(20) for examples in source.batches(number, 2000)]
    matrices = [matrix.shape for batch in passes for matrix in (batch.sources, batch.inputs)]
    assert {width for _, width in matrices} == set(range(4, 53, 4))
    assert len({rows * width for rows, width in matrices}) < len(matrices) / 8


@pytest.mark.parametrize(
    ("source", "translation", "expected"),
    [
        ("Hi", "a b c d a b c d a b c d", True),
        ("Hi", "a b c d a b c d", False),
        ("a b c d a b c d a b c d", "w x y z w x y z w x y z", False),
    ],
)
def test_loop_is_a_run_of_words_the_source_does_not_repeat(source, translation, expected):
    assert loops(source, translation) is expected


@pytest.mark.parametrize(
    ("source", "translation", "expected"),
    [
        ("Hi", "ha" * 40, True),
        ("ha" * 40, "ja" * 40, False),
        ("Hi", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk", False),
        ("Hi", "ha ha " * 40, False),
    ],
)
def test_stutter_is_a_long_word_whose_characters_repeat(source, translation, expected):
    assert stutters(source, translation) is expected


@pytest.mark.parametrize("language", ["en", "es", "hi"])
def test_odd_inputs_are_reproducible_and_never_empty(language):
    lines = odd_inputs(language, 500)
    assert len(lines) == 500 and lines == odd_inputs(language, 500) and all(line.strip() for line in lines)
