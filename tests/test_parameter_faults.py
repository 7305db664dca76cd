"""What is wrong with a params file, said in one line: where, what, and what to do."""

import pytest
from params_project import MINIMAL, NAMED, made_up_bases, refusal, small_project  # noqa: F401

FAULTS = """
clustering: {n_segment: 3}
    clustering.n_segment: there is no such key. Did you mean 'n_segments'? Choo
clustering: {n_segments: three}
    clustering.n_segments: expected a whole number or null, got the text 'three'
clustering: {n_segments: 0}
    clustering.n_segments: must be 2 or more, got the whole number 0
clustering: {n_segments: 21}
    clustering.n_segments: must be 20 or less, got the whole number 21
clustering: {n_segments: 4.0}
    clustering.n_segments: expected a whole number or null, got the number 4.0
clustering: {n_segments: true}
    clustering.n_segments: expected a whole number or null, got true
clustering: {n_segments: 1e1}
    clustering.n_segments: expected a whole number or null, got the number 1e1
clustering: {n_segments: None}
    clustering.n_segments: expected a whole number or null, got the text 'None'. Write null
clustering: {n_segments: '4'}
    clustering.n_segments: expected a whole number or null, got the text '4'. Write it without quotes: 4
clustering: {share: 01}
    clustering.share: expected a number, got the text '01'. Write it without leading zeros: 1
clustering: {share: 1:30}
    clustering.share: expected a number, got the text '1:30'
clustering: {share: .nan}
    clustering.share: .nan is not a number to work with
clustering: {scale: yes}
    clustering.scale: expected true or false, got the text 'yes'. Write true or false, w
clustering: {scale: 1}
    clustering.scale: expected true or false, got the whole number 1
clustering: {label: true}
    clustering.label: expected text, got true. Quote it: 'true'
clustering: {label: 1.50}
    clustering.label: expected text, got the number 1.50. Quote it: '1.50'
clustering: {label: null}
    clustering.label: expected text, got nothing
clustering: {linkage: wrd}
    clustering.linkage: expected a choice, got the text 'wrd'. Did you mean 'ward'? Choose o
clustering: {colors: red}
    clustering.colors: expected a list, got the text 'red'. Write it in brackets: [red]
clustering: {sizes: [2, 0]}
    clustering.sizes[1]: must be 1 or more, got the whole number 0
clustering: {names: {a: 1}}
    clustering.names.a: expected text, got the whole number 1. Quote it: '1'
clustering: [n_segments]
    clustering: expected keys and values, got a list
clustering: {run: latest}
    clustering.run: segnb itself sets run. Delete the line
clustring: {}
    clustring: there is no such key. Did you mean 'clustering'? Choose one of: name, title, data
03_clustering: {}
    03_clustering: there is no such key. Did you mean 'clustering'?
sed: 3
    sed: there is no such key. Did you mean 'seed'?
seed: -1
    seed: must be 0 or more, got the whole number -1
seed: 4294967296
    seed: must be 4294967295 or less
seed:
    seed: expected a whole number, got nothing
min_cell: 2
    min_cell: must be 3 or more, got the whole number 2
title: 2017
    title: expected text, got the whole number 2017. Quote it: '2017'
strict: on
    strict: expected true or false, got the text 'on'. Write true or false, without quotes
currency: usd
    currency: 'usd' is not a currency code of ISO 4217
currency: XYZ
    currency: 'XYZ' is not a currency code of ISO 4217
locale: en-US
    locale: 'en-US' is not a known locale. Write language and country, as en_US
locale: en_UK
    locale: 'en_UK' is not a known locale
locale: ../en_US
    locale: '../en_US' is not a known locale
locale: fi_FI
    locale: there is no catalogue for the language 'fi'.
basis: rmf
    basis: there is no basis 'rmf'. Did you mean 'rfm'? Choose one of: field, rfm, tastes
basis_options: {bin: 4}
    basis_options.bin: there is no such key. Did you mean 'bins'? Choose one of: bins, weigh
basis_options: {bins: x}
    basis_options.bins: expected a whole number, got the text 'x'
basis_options: {mode: mop}
    basis_options.mode: expected a choice, got the text 'mop'. Did you mean 'map'?
basis_options: 3
    basis_options: expected keys and values, got the whole number 3
basis: tastes
    basis: the basis 'tastes' needs the table products, which data does not declare
playbook: plays.yaml
    playbook: there is no file 'plays.yaml'
playbook: https://example.org/p.yaml
    playbook: there is no file
report: {formats: [docx]}
    report.formats[0]: expected a choice, got the text 'docx'. Choose one of: html, pdf
report: {formats: []}
    report.formats: needs 1 or more values
report: {names: {s1: ''}}
    report.names.s1: needs 1 or more characters
report: {names: {1: a}}
    report.names.1: a key must be text. Quote it: '1'
timeouts: {cell: 0}
    timeouts.cell: must be 1 or more, got the whole number 0
timeouts: {cel: 1}
    timeouts.cel: there is no such key. Did you mean 'cell'? Choose one of: cell, run
window: {form: [2017-01-01, 2017-06-30]}
    window.measure: is missing
window: {form: [2017-06-30, 2017-01-01], measure: [2017-07-01, 2017-08-01]}
    window.form: the first day, 2017-06
window: {form: [2017-01-01, 2017-06-30], measure: [2017-06-30, 2017-08-01]}
    window.measure: measuring starts on
window: {form: [2017-01-01, 2017-06-30], measure: [2017-07-01, 2018-01-01]}
    window: measuring ends on 2018-01-0
window: {form: [2017-01-01], measure: [2017-07-01, 2017-12-31]}
    window.form[1]: is missing
window: {form: [2017-01-32, 2017-06-30], measure: [2017-07-01, 2017-12-31]}
    window.form[0]: expected a date
seed: &s 3
    seed: the anchor &s is refused
"""
"""A line of YAML, and below it the start of what is said about it."""


@pytest.mark.parametrize(("line", "said"), list(zip(*[iter(FAULTS.strip().splitlines())] * 2, strict=True)))
def test_one_fault_with_its_line_key_and_remedy(project, line, said):
    message = refusal(project, f"{NAMED if line.startswith('basis_options') else MINIMAL}{line}\n")
    assert message.startswith(f"params/x.yaml, line 5, {said.strip()}"), message
    assert "\n" not in message


def test_a_key_given_twice(project):
    message = refusal(project, f"{MINIMAL}seed: 3\nseed: 8\n")
    assert message == "params/x.yaml, line 5, seed: the key is given twice, on lines 5, 6. Keep one of them"


def test_an_option_that_is_missing(project):
    assert (
        refusal(project, f"{MINIMAL}basis: field\n")
        == "params/x.yaml, line 1, basis_options.column: is missing"
    )
    message = refusal(project, f"{MINIMAL}basis: field\nbasis_options: {{}}\n")
    assert message == "params/x.yaml, line 6, basis_options.column: is missing"


def test_a_playbook_name_that_no_file_can_have(project):
    assert "line 5, playbook: there is no file 'aaa" in refusal(project, f"{MINIMAL}playbook: {'a' * 300}\n")
