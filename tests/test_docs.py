"""The pages tell the truth about what can be checked: commands, links, layouts, line width."""
import dataclasses
import re
from pathlib import Path

import pytest

from hw.compiler import compile_network
from hw.compiler.cycles import predict
from hw.compiler.planes import count_planes
from hw.config import CORES, CoreConfig
from hw.core import layouts
from hw.core.weight_loader import tile_words
from sw import cli, data, golden
from sw.contract.artefact import find, load

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(
    path for top in ("artefacts", "bench", "bitstreams", "docs")
    for path in (ROOT / top).rglob("*.md"))])
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)


def page(name):
    return (ROOT / name).read_text()


@pytest.fixture(params=PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def path(request):
    return request.param


def code(text):
    """Fenced blocks and `spans`, where commands stand."""
    blocks = re.findall(r"^```\n(.*?)^```", text, re.M | re.S)
    rest = re.sub(r"^```\n.*?^```", "", text, flags=re.M | re.S)
    return blocks + re.findall(r"`([^`]+)`", rest)


def test_make_targets_exist(path):
    for span in code(path.read_text()):
        for target in re.findall(r"^make ([a-z][a-z-]*)", span, re.M):
            assert target in TARGETS, f"make {target}"


def test_verbs_and_their_options_exist(path, capsys):
    for span in code(path.read_text()):
        for verb, rest in re.findall(r"^spikeplane ([a-z][a-z-]*)(.*)", span, re.M):
            assert verb in cli.VERBS, f"spikeplane {verb}"
            with pytest.raises(SystemExit):
                cli.main([verb, "--help"])
            known = capsys.readouterr().out
            for option in re.findall(r"(?<!\S)--[a-z-]+", rest.split("#")[0]):
                assert option in known, f"spikeplane {verb} {option}"


def anchors(text):
    """Anchors that headings get on the usual hosts: lower case, dashes, no punctuation."""
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)", text, re.M)}


def test_links_resolve(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        assert ":" not in target, f"{target}: only links within the repository"
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        assert there.exists() and there.is_relative_to(ROOT), target
        if anchor:
            assert anchor in anchors(there.read_text()), target


def test_files_named_in_pages_exist(path):
    if path.parent.name == "results":
        return  # a record names the files of the revision that it was made at
    for name in re.findall(r"`((?:sw|hw|sim|tests|docs|bench|artefacts)/[\w./-]+)`",
                           path.read_text()):
        assert (ROOT / name).exists(), name


def test_nothing_is_pending(path):
    assert not re.search(r"^\W*pending\b", path.read_text(), re.M | re.I)


def test_lines_are_of_reasonable_width(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        # A row of a table cannot be broken, nor can what a program printed.
        assert len(line) <= 100 or line.startswith(("|", "    ")) or "differences" in line, (
            f"line {number} has {len(line)} characters")


def table_after(text, title):
    """Rows of the table behind the paragraph that begins with ``title``, as lists of cells."""
    table = text[text.index(title):].split("\n\n")[1]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")]
            for line in table.splitlines()[2:]]


@pytest.mark.parametrize("name", ["COMMAND", "HEADER", "RESULT", "RECORD"])
def test_layout_tables_are_the_layouts(name):
    rows = table_after(page("docs/program.md"), f"Layout `{name}`")
    want = []
    for field, part in getattr(layouts, name):
        last = part.offset + part.width - 1
        want.append([field, f"{part.offset}..{last}" if part.width > 1 else str(last)])
    assert [row[:2] for row in rows] == want
    assert all(len(row) == 3 and row[2] for row in rows)


@pytest.mark.parametrize("enumeration, title", [
    (layouts.Opcode, "## Commands"), (layouts.Drain, "| `ATTEND` |")],
    ids=["opcodes", "drains"])
def test_enumerations_are_those_of_the_core(enumeration, title):
    rows = table_after(page("docs/program.md"), title)
    assert [row[:2] for row in rows] == [[item.name, str(item.value)] for item in enumeration]


def test_every_parameter_of_the_core_is_explained():
    rows = table_after(page("docs/architecture.md"), "Fields of `hw.config.CoreConfig`")
    assert [row[0] for row in rows] == [field.name for field in dataclasses.fields(CoreConfig)]


def test_presets_are_those_of_the_core():
    rows = table_after(page("docs/architecture.md"), "| `prefetch_words`")
    want = []
    for name, core in CORES.items():
        sums = core.lanes * core.pass_channels * core.accumulator_bits * core.psum_words
        want.append([name, str(core.sops), f"{core.spike_words * core.word_bits // 1024} Kibit",
                     f"{sums // 1024} Kibit", f"{tile_words(core)} cycles"])
    assert rows == want


def test_every_decision_has_its_parts():
    records = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [path.name[:4] for path in records] == [f"{k + 1:04}" for k in range(len(records))]
    for path in records:
        headings = re.findall(r"^## (.*)", path.read_text(), re.M)
        assert headings == ["Context", "Decision", "Alternatives", "Consequences"], path.name


def test_first_table_is_what_sim_prints():
    pytest.importorskip("sklearn")
    artefact = load(find("digits-w4"))
    program = compile_network(artefact, CORES["small"])
    images = data.load("digits", "test").images[:32]
    outputs = golden.run(artefact, images)
    predicted = dict.fromkeys(outputs, 0) | {"image": 0}
    for k in range(len(images)):
        one = slice(k, k + program.images)
        counts = count_planes(program, {name: array[one] for name, array in outputs.items()},
                              images[one])
        for command, cycles in zip(program.commands, predict(program, counts), strict=True):
            predicted[command.neurons or command.layer] += cycles.cycles
    table = re.search(r"^layer .*?\n\n", page("README.md"), re.M | re.S)[0].splitlines()[2:-1]
    for row, node in zip(table, artefact.graph[1:], strict=True):
        array = outputs[node.name]
        want = [node.name, "x".join(map(str, array.shape[1 if array.ndim == 2 else 2:])),
                str(array.size)]
        want += [f"{array.mean() / node.levels:.1%}"] if node.levels else []
        want += ["0", *([str(predicted[node.name])] if predicted[node.name] else [])]
        assert row.split()[:len(want)] == want, "run `make sim` again and copy its table"
