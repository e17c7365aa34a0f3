"""What the cleaning rules keep and drop."""

import pytest

from dragoman_training.cleaning import Cleaner, digits, final_mark, key, normalise, placeholders


def judge(a: str, b: str, languages=("en", "es"), **settings) -> str | None:
    return Cleaner(languages, **settings).reason_to_drop(normalise(a), normalise(b))


@pytest.mark.parametrize(
    ("a", "b", "languages"),
    [
        ("Good morning", "Buenos días", ("en", "es")),
        ("In 1999 we met %s at 10.", "En 1999 conocimos a %s a las 10.", ("en", "es")),
        ("I have three books.", "Tengo 3 libros.", ("en", "es")),
        ("It costs 1,500 euros.", "Cuesta 1.500 euros.", ("en", "es")),
        ("Where is the station?", "स्टेशन कहाँ है?", ("en", "hi")),
        ("In 2024 it rained.", "२०२४ में बारिश हुई।", ("en", "hi")),
        ("Linux", "Linux", ("en", "es")),
    ],
)
def test_faithful_pair_is_kept(a, b, languages):
    assert judge(a, b, languages) is None


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        ("", "Hola", "length"),
        ("word " * 101, "palabra " * 101, "length"),
        (
            "A short line of text here.",
            "Una línea que es muchísimo más larga que la otra y por eso no puede ser igual.",
            "length ratio",
        ),
        ("Keep this very text", "Keep this very text", "copied"),
        ("See :ref:`here` for more.", "Vea :ref:`aquí` para más.", "markup"),
        ("--- === +++ a", "--- === +++ b", "mostly symbols"),
        ("Hello {name}", "Hola {nombre} amigo", "placeholders differ"),
        ("Born in 1987.", "Nació en 1978.", "numbers differ"),
        ("Write to a@example.org now", "Escriba ahora", "addresses differ"),
        ("Are you there?", "Estás ahí.", "final punctuation differs"),
        ("Add (and then save", "Añadir y guardar", "brackets differ"),
        ("no no no no no", "en absoluto, nunca", "word repeated on one side"),
        ("Привет друзья мои", "Hola amigos míos", "script"),
    ],
)
def test_faulty_pair_is_dropped_for_its_reason(a, b, reason):
    assert judge(a, b) == reason


def test_evaluation_sentence_is_never_learnt():
    assert (
        judge("The sky is blue.", "El cielo es azul.", held_out=frozenset({key("the sky is BLUE")})) == "evaluation set"
    )


def test_same_pair_twice_is_kept_once():
    cleaner = Cleaner(("en", "es"))
    assert cleaner.reason_to_drop("Good night.", "Buenas noches.") is None
    assert cleaner.reason_to_drop("good night", "buenas noches") == "duplicate"


def test_line_with_many_translations_is_limited():
    cleaner = Cleaner(("en", "es"), per_line=2)
    reasons = [cleaner.reason_to_drop("Go away", other) for other in ("Vete", "Márchate", "Lárgate")]
    assert reasons == [None, None, "line seen too often"]


def test_line_in_another_language_is_dropped_when_the_identifier_is_sure():
    class Sure:
        def contradicts(self, text, language):
            return language == "es" and "nicht" in text

    assert judge("I do not want to go there", "Ich will da nicht hin gehen", identifier=Sure()) == "language"


def test_normalise_removes_invisible_characters():
    assert normalise(" a\u00ad b\u200b\n\tc\x07 e\u0301 ") == "a b c é"


def test_digits_are_compared_without_separators_and_across_scripts():
    assert digits("1,500 and २०") == ["1500", "20"]


@pytest.mark.parametrize(
    ("text", "mark"), [("Hi.", "."), ("है।", "."), ('Said "no?"', "?"), ("Title", ""), ("Wait…", ".")]
)
def test_final_mark_sees_through_quotes_and_scripts(text, mark):
    assert final_mark(text) == mark


def test_placeholders_of_every_kind_are_found():
    found = placeholders("%s {name} %1$s <0/> ⟦1⟧ ${x} {{user}} 100% of")
    assert sorted(found) == sorted(["%s", "{name}", "%1$s", "<0/>", "⟦1⟧", "${x}", "{{user}}"])
