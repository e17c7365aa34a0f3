"""What the variants look like."""

import random

import pytest

from dragoman_training import augmentation
from dragoman_training.augmentation import (
    PLACEHOLDERS,
    copied,
    joined,
    lower,
    upper,
    variants,
    with_placeholder,
    with_replaced_name,
    without_final_mark,
)

GENERATOR = random.Random(3)


def test_lower_changes_the_source_only():
    assert lower(("Where is Ana?", "¿Dónde está Ana?"), GENERATOR) == ("where is ana?", "¿Dónde está Ana?")


def test_lower_of_lower_makes_nothing():
    assert lower(("hola", "hello"), GENERATOR) is None


def test_upper_changes_both_sides_where_the_script_has_capitals():
    assert upper(("Go home", "घर जाओ"), GENERATOR) == ("GO HOME", "घर जाओ")


def test_upper_spares_placeholders():
    assert upper(("Hello {name}", "Hola {name}"), GENERATOR) is None


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        (("I am here.", "मैं यहाँ हूँ।"), ("I am here", "मैं यहाँ हूँ")),
        (("Stop!", "¡Alto!"), ("Stop", "¡Alto")),
        (("Really?", "¿De verdad?"), None),
        (("He left.", "Se fue"), None),
    ],
)
def test_final_mark_is_removed_on_both_sides_or_not_at_all(pair, expected):
    assert without_final_mark(pair, GENERATOR) == expected


def test_placeholder_is_added_on_the_same_end_of_both_sides():
    for seed in range(20):
        source, target = with_placeholder(("Open", "Abrir"), random.Random(seed))
        mark = source.replace("Open", "").strip()
        assert mark in PLACEHOLDERS
        assert target == source.replace("Open", "Abrir")


def test_shared_name_is_replaced_by_the_same_on_both_sides():
    source, target = with_replaced_name(("Boston is big.", "Boston es grande."), random.Random(1))
    name = source.removesuffix(" is big.")
    assert name != "Boston" and target == f"{name} es grande."


def test_shared_number_is_replaced_by_a_number():
    source, target = with_replaced_name(("It has 42 pages", "Tiene 42 páginas"), random.Random(1))
    assert "42" not in source and source.split()[2] == target.split()[1] and source.split()[2].isdigit()


def test_nothing_shared_makes_nothing():
    assert with_replaced_name(("The house", "La casa"), GENERATOR) is None


def test_sentences_are_joined_in_order_and_fragments_are_not():
    assert joined(("One.", "Uno."), ("Two.", "Dos.")) == ("One. Two.", "Uno. Dos.")
    assert joined(("One", "Uno"), ("Two.", "Dos.")) is None


def test_copies_are_the_same_on_both_sides_and_never_empty():
    for seed in range(200):
        source, target = copied(random.Random(seed))
        assert source == target and source.strip()


def test_salad_translates_each_word_in_its_place():
    words = [("red", "rojo"), ("house", "casa"), ("of", "de")]
    table = dict(words) | {a.upper(): b.upper() for a, b in words}
    for seed in range(50):
        source, target = augmentation.salad(words, random.Random(seed))
        assert [table[word] for word in source.split()] == target.split()


def test_variants_follow_their_rates_and_remember_their_origin():
    pairs = [(f"Line number {i} is here.", f"La línea número {i} está aquí.") for i in range(1000)]
    made = variants(pairs, {"lower": 0.1}, random.Random(1))
    assert 60 < len(made) < 140
    assert all(source == pairs[index][0].lower() for index, (source, _) in made)


def test_same_seed_makes_the_same_variants():
    pairs = [("Mary has 3 cats.", "Mary tiene 3 gatos.")] * 50
    rates = dict.fromkeys(augmentation.VARIANTS, 0.5) | {"joined": 0.5}
    assert variants(pairs, rates, random.Random(5)) == variants(pairs, rates, random.Random(5))
