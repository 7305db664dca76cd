"""In JupyterLab every public result shows itself as the report will, in the report's language."""

import pytest

import segnb as sb
from segnb.document.blocks import Block, Shown
from segnb.document.html import fragment

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning:ibis")]


@pytest.fixture(scope="module")
def results(shop_run, shop_project):
    """Every kind of result that a notebook meets, by the name of what makes it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(shop_project)
        run = sb.open_run(f"shop/{shop_run.name}")
        features, selection = run.load("features"), run.load("selection")
        segments, personas = run.load("segmentation"), run.load("personas")
        kpis, plan, tables = run.load("kpis"), run.load("playbook"), run.tables()
        yield {
            "open_run": run,
            "profile": run.load("profile"),
            "features": features,
            "select": selection,
            "choose_number": run.load("number"),
            "segment": segments,
            "structure": sb.structure(features.frame),
            "stability": sb.stability(segments, features, bootstraps=20),
            "describe": personas,
            "measure": kpis,
            "retention": run.load("retention"),
            "clv": run.load("lifetime"),
            "effects": run.load("effects"),
            "budget": run.load("spending"),
            "tournament": sb.tournament(
                tables, run.windows, bases=["rfm", "behavioural"], restarts=10, bootstraps=20
            ),
            "playbook": plan,
            "facts": sb.facts(segments, personas, kpis),
            "limits": sb.limits(segments, tables),
            "answer": sb.answer(segments, personas, kpis, plan),
            "show": sb.show(kpis, personas),
            "charts": sb.charts.kpis.small_multiples(kpis, personas.names),
        }


PLAIN = {"assign": "returns a pandas series", "sql": "returns a text"}
"""Public names whose results are not ours to draw."""


def test_every_public_result_shows_itself_as_the_report_will(results):
    for name, result in results.items():
        page = result._repr_html_()
        blocks = (result,) if isinstance(result, Block) else result.blocks()
        assert blocks, name
        assert page == fragment(blocks, getattr(result, "voice", None)), name
        assert page.startswith('<div class="segnb"><style>'), name
        text = result._repr_mimebundle_()["text/plain"]
        assert text.strip(), name
        assert isinstance(result, Block) or str(result) == text, name


def test_no_public_name_is_left_out(results):
    assert set(results) | set(PLAIN) == set(sb.__all__) - {"__version__"}
    assert all(isinstance(each, Block | Shown) for each in results.values())


def test_what_a_result_shows_is_in_its_own_language(results):
    from dataclasses import replace

    from segnb.words import Voice

    german = replace(results["features"], voice=Voice("de_DE", "EUR"))
    assert "Unteres Viertel" in german._repr_html_()
    assert "Lower quarter" in results["features"]._repr_html_()


def test_no_room_hides_a_public_name():
    """Importing a room sets its name on the package: it would stand where the function is looked for."""
    from pkgutil import iter_modules

    rooms = {each.name for each in iter_modules(sb.__path__)}
    assert rooms & set(sb._PUBLIC) == set()
    assert all(sb._ROOMS[name] == f"segnb.{name}" for name in rooms & set(sb._ROOMS))
