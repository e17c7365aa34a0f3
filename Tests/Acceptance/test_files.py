"""The app's files, as they are and as they are served."""

import json
import re
import urllib.request

import pytest

from server import ROOT

WEB = ROOT / "Sources/WebServer/Web"
MODULES = [path for path in sorted(WEB.rglob("*.js")) if path.parent.name != "texts"]
LANGUAGES = ["en", "es", "hi"]


def catalogue(language):
    """A catalogue's texts by name; a text with forms is an object."""
    texts, group = {}, None
    for line in (WEB / f"texts/{language}.js").read_text().splitlines():
        if opened := re.fullmatch(r"  (\w+): {", line):
            group = opened[1]
        elif entry := re.fullmatch(r"    (\w+): (.*),", line):
            # The forms' names are the only ones within a line.
            texts[f"{group}.{entry[1]}"] = json.loads(re.sub(r"([{,] )(one|other): ", r'\1"\2": ', entry[2]))
    return texts


def members(entry):
    """What a text leaves to be filled in."""
    forms = entry.values() if isinstance(entry, dict) else [entry]
    return {name for form in forms for name in re.findall(r"\{(\w+)\}", form)}


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_catalogues_have_the_same_texts(language):
    english, other = catalogue("en"), catalogue(language)
    assert other.keys() == english.keys()
    for name, entry in english.items():
        assert members(entry) == members(other[name]), name
        assert not isinstance(entry, dict) or {"one", "other"} <= other[name].keys(), name


def test_every_text_that_is_used_exists_and_none_is_left_over():
    code = "\n".join(path.read_text() for path in MODULES)
    names = set(catalogue("en"))
    groups = {name.split(".")[0] for name in names}
    used = {name for name in re.findall(r'(?<!h\()"([a-z]\w+\.\w+)#?"', code) if name.split(".")[0] in groups}
    assert used <= names
    # Some names are put together, such as the status's.
    computed = tuple(f"{group}." for group in set(re.findall(r"t\(`(\w+)\.\$\{", code)))
    assert {name for name in names - used if not name.startswith(computed)} == set()


def test_everything_a_page_needs_is_loaded_at_once():
    for page in WEB.glob("*.html"):
        text = page.read_text()
        entry = re.search(r'<script type="module" src="/assets/([^"]+)"', text)[1]
        needed, queue = set(), [WEB / entry]
        while queue:
            path = queue.pop()
            for name in re.findall(r'^import [^(]*?"(\.[^"]+)";', path.read_text(), flags=re.M):
                other = (path.parent / name).resolve()
                if other not in needed:
                    needed.add(other)
                    queue.append(other)
        preloaded = {(WEB / name).resolve() for name in re.findall(r'modulepreload" href="/assets/([^"]+)"', text)}
        assert preloaded == needed


def test_nothing_comes_from_another_host_and_nothing_is_markup():
    for path in WEB.rglob("*.*"):
        text = path.read_text()
        hosts = [host for host in re.findall(r"https?://([\w.]+)", text) if host != "www.w3.org"]
        assert hosts == [], path
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", text), path
        assert not re.search(r"<[^>]+\s(style|on\w+)=", text) or path.suffix != ".html", path


def test_modules_can_be_served_line_by_line():
    # The server leaves out indentation and lines that begin like a comment: no text may go on in the next line.
    for path in WEB.rglob("*.js"):
        lines = [line.strip() for line in path.read_text().splitlines()]
        code = [line for line in lines if not line.startswith(("/*", "*", "//"))]
        assert [line for line in code if re.sub(r'"[^"]*"|/[^/ ]+/[a-z]*', "", line).count("`") % 2] == [], path


def test_the_app_is_small(local):
    sizes = {}
    for path in WEB.rglob("*.*"):
        name = path.relative_to(WEB).as_posix()
        address = {"index.html": "/", "docs.html": "/docs"}.get(name, f"/assets/{name}")
        with urllib.request.urlopen(local.address + address) as answer:
            sizes[name] = len(answer.read())
    texts = [sizes[f"texts/{language}.js"] for language in LANGUAGES]
    documentation = sum(size for name, size in sizes.items() if name.startswith(("docs", "styles/docs")))
    # Nobody loads the texts of more than one language, nor the documentation with the app.
    assert sum(sizes.values()) - sum(texts) + max(texts) - documentation < 140_000
    assert documentation < 25_000
