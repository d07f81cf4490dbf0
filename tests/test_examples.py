"""The examples on real data: they run, reach what they promise, and write a picture."""

import re
import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture
def output(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> str:
    """Run an example in an empty folder, and return what it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    runpy.run_path(str(EXAMPLES / f"{request.param}.py"), run_name="__main__")
    picture = tmp_path / f"{request.param}.png"
    assert picture.stat().st_size > 10_000
    return capsys.readouterr().out


@pytest.mark.parametrize("output", ["digits"], indirect=True)
def test_digits_are_read(output: str) -> None:
    found = re.search(r"Of 360 test digits (\S+)% are read rightly", output)
    assert found is not None
    assert float(found[1]) >= 97


@pytest.mark.parametrize("output", ["diabetes"], indirect=True)
def test_diabetes_is_about_as_good_as_the_line(output: str) -> None:
    table = re.findall(r"^(the mean|least squares|the net) +(\S+)", output, re.M)
    error = {name: float(number) for name, number in table}
    assert error["the net"] < 0.85 * error["the mean"]
    assert error["the net"] < 1.05 * error["least squares"]
