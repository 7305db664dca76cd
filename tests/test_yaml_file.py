"""Reading YAML the safe way: nothing guessed, nothing run, every fault with its line."""

import os
import subprocess
import sys
from itertools import pairwise

import pytest
import yaml

from segnb.errors import ParameterError
from segnb.yaml_file import read, scan


@pytest.fixture(params=["C", "Python"], autouse=True)
def loader(request, monkeypatch):
    """Both of PyYAML's parsers: wheels without libyaml have only the second."""
    if request.param == "Python":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    return request.param


@pytest.fixture
def write(tmp_path):
    def file(content):
        path = tmp_path / "x.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return file


def refusal(path):
    with pytest.raises(ParameterError) as caught:
        read(path)
    return str(caught.value).replace(f"{path.parent.as_posix()}/", "")


def test_yaml_1_1_traps_stay_text(write):
    text = "country: NO\nzip: 01234\nt: 1:30\nday: 2017-12-31\nn: 1_000\nhex: 0x1F\nsay: yes\noctal: 0o17\n"
    assert list(read(write(text)).data.values()) == [
        "NO",
        "01234",
        "1:30",
        "2017-12-31",
        "1_000",
        "0x1F",
        "yes",
        "0o17",
    ]
    assert list(yaml.safe_load(text).values()) != list(read(write(text)).data.values())


def test_numbers_booleans_and_null(write):
    file = read(write("a: 12\nb: -0.5\nc: 1e3\nd: true\ne: False\nf: ~\ng:\nh: .5\ni: '12'\n"))
    values = [12, -0.5, 1000.0, True, False, None, None, 0.5, "12"]
    assert list(file.data.values()) == values
    assert [type(value) for value in file.data.values()] == [type(value) for value in values]
    assert file.source[("c",)] == "1e3"
    assert ("i",) not in file.source


def test_every_key_and_item_has_its_line(write):
    file = read(write("# a comment\na: 1\nb:\n  c:\n  - x\n  - y: 2\n"))
    assert file.lines == {
        ("a",): 2,
        ("b",): 3,
        ("b", "c"): 4,
        ("b", "c", 0): 5,
        ("b", "c", 1): 6,
        ("b", "c", 1, "y"): 6,
    }
    assert file.where(("b", "c", 1, "y")).endswith("x.yaml, line 6, b.c[1].y")
    assert file.line(("b", "missing")) == 3


def test_a_key_given_twice_names_both_lines(write):
    assert refusal(write("k: 3\nj: 1\nk: 8\n")) == (
        "x.yaml, line 1, k: the key is given twice, on lines 1, 3. Keep one of them"
    )
    assert "line 2, a.b: the key is given twice, on lines 2, 3" in refusal(write("a:\n  b: 1\n  b: 1\n"))
    assert refusal(write("k: 1\n" * 9)).endswith("on lines 1, 2, 3, 4, 5 and more. Keep one of them")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x 1\nb: *x\n", ["line 1, a: the anchor &x is refused", "line 2, b: the alias *x is refused"]),
        ("a: &a [*a]\n", ["line 1, a[0]: the alias *a"]),
        (
            "a: !!python/object/apply:os.system ['x']\n",
            ["line 1, a: the tag", "python/object/apply:os.system"],
        ),
        ("a: !!int 3\n", ["line 1, a: the tag"]),
        (
            "1: a\ntrue: b\n",
            ["line 1, 1: a key must be text. Quote it: '1'", "line 2, true: a key must be text"],
        ),
        ("[a]: b\nc: 1\n", ["line 1, ['?']: a key must be text"]),
        ("&k a: b\n", ["line 1, a: a key with an anchor or a tag is refused"]),
        ("a: .nan\nb: -.inf\n", ["line 1, a: .nan is not a number", "line 2, b: -.inf is not a number"]),
        ("a: 1e999\n", ["line 1, a: the number is too large"]),
        ("a: 9223372036854775808\n", ["line 1, a: the number is too large", "Quote it if it is an id"]),
        (f"a: {'9' * 5000}\n", ["line 1, a: the number is too large"]),
        ('a: "\\e[31m"\n', ["line 1, a: the text holds the control character '\\x1b'"]),
        ("a: 1\nb: \x07\n", ["line 2: holds the control character #x0007"]),
        ("a: 1\n---\nb: 2\n", ["line 2: a second document starts here"]),
        ("", ["x.yaml: is empty"]),
        ("# only this\n", ["x.yaml: is empty"]),
        ("- a\n", ["line 1: expected keys and values"]),
        ("a: 1\nb: [1, 2\n", ["line 2: is not valid YAML"]),
        ("a: 1\n\tb: 2\n", ["is not valid YAML", "Indent with spaces"]),
        (b"a: 1\nb: \xff\xfe\n", ["line 2: is not UTF-8 text"]),
    ],
)
def test_what_is_unsafe_or_unclear_is_refused(write, text, said):
    message = refusal(write(text))
    assert all(each in message for each in said), message


def test_all_faults_come_at_once(write):
    message = refusal(write("a: &x 1\nb: 1\nb: 2\nc: !!str d\ne: .nan\n"))
    assert message.startswith("4 faults:")
    assert all(f"line {line}, " in message for line in (1, 2, 4, 5))


def test_an_alias_bomb_is_refused_at_once(write):
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    lines += [
        f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefg", "bcdefgh", strict=True)
    ]
    assert "the alias *a is refused" in refusal(write("\n".join(lines)))


SLOW = {
    "aliases": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in pairwise("abcdefghijklmn")),
    "one key over and over": "a: 1\n" * 190_000,
    "keys": "".join(f"k{n}: 1\n" for n in range(90_000)),
    "items": "a: [" + "1," * 490_000 + "]",
    "brackets": "a: " + "[" * 900_000,
    "indents": "".join(" " * n + f"k{n}:\n" for n in range(1_300)),
    "lines": "a: 1\n" + "\n" * 900_000,
    "words": "a: " + "x " * 450_000,
    "digits": "a: " + "9" * 900_000,
    "tags": "a: !" + "x" * 900_000,
    "anchors": "".join(f"k{n}: &a{n} x\n" for n in range(60_000)),
}


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of processor time here")
def test_no_file_takes_longer_than_a_second(loader, tmp_path):
    for place, text in enumerate(SLOW.values()):
        (tmp_path / f"{place}.yaml").write_text(text)
    # The system itself ends a process that takes more; without libyaml it may be twice as much.
    code = f"""
import resource, sys, yaml
from math import ceil
from pathlib import Path
from segnb.errors import ParameterError
from segnb.yaml_file import scan
if {loader!r} == "Python":
    del yaml.CSafeLoader
for path in sorted(Path(sys.argv[1]).glob("*.yaml")):
    last = ceil(sum(resource.getrusage(resource.RUSAGE_SELF)[:2])) + {1 if loader == "C" else 2}
    resource.setrlimit(resource.RLIMIT_CPU, (last, resource.RLIM_INFINITY))
    try:
        scan(path)
    except ParameterError:
        pass
    print(path.stem)
"""
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, (done.returncode, done.stdout.split(), done.stderr)
    assert len(done.stdout.split()) == len(SLOW)


def test_faults_are_cut_off_at_a_hundred(write):
    assert refusal(write("a: &a 1\n" + "".join(f"k{n}: *a\n" for n in range(5000)))).startswith("100 faults:")


@pytest.mark.parametrize(
    "text", ["[" * 3000, "{a: " * 3000, "".join(" " * n + f"k{n}:\n" for n in range(400))]
)
def test_deep_nesting_is_refused(write, text):
    assert "nested more than 50 levels deep" in refusal(write(text))


def test_ten_thousand_values_are_too_many(write):
    assert "line 1: holds more than 10,000 keys and values" in refusal(write(f"a: [{'1,' * 10_000}]"))
    assert len(read(write(f"a: [{'1,' * 9_000}]")).data["a"]) == 9_000


def test_fifty_levels_are_read(write):
    assert read(write("a: " + "[" * 49 + "]" * 49)).data["a"]


def test_a_large_file_is_refused_unparsed(write):
    assert "is larger than 1,000,000 bytes" in refusal(write("a: " + "x" * 1_000_000))


def test_a_missing_file_names_its_neighbours(write):
    path = write("a: 1\n")
    assert "there is no such file. Did you mean 'x.yaml'?" in refusal(path.with_name("y.yaml"))
    assert "there is no such file" in refusal(path.parent)
    assert "there is no such file" in refusal(path.parent / "nowhere" / "x.yaml")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "x.yaml")
    assert "there is no such file" in refusal(tmp_path / "x.yaml")


def test_byte_order_mark_and_windows_line_ends(write):
    file = read(write("\ufeffa: 1\r\nb: ö\r\n"))
    assert file.data == {"a": 1, "b": "ö"}
    assert file.lines[("b",)] == 2


def test_scan_lists_faults_without_raising(write):
    file = scan(write("name: a\nname: b\n"))
    assert file.data == {"name": "a"}
    assert list(file.faults) == [("name",)]


def test_text_in_messages_is_clipped(write):
    message = refusal(write("k" * 500 + ": .nan\n" + '"line\\nbreak": .inf\n'))
    assert len(message) < 400
    assert "'line\\nbreak'" in message
