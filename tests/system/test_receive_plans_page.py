"""The commands of the page on receiving plans work in their order with its configuration."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from linacsim.cli.app import app
from linacsim.scenario.node import start_node
from linacsim.scenario.service import open_service, read_config
from tests.elekta_plans import encoded, good_plan
from tests.nodes import dcmtk

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "receive-plans.md"


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    (yaml,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    config = Path("node.yaml")
    config.write_text(yaml.replace("port: 11104", "port: 0"))
    Path("plan.dcm").write_bytes(encoded(good_plan()))
    serve, *commands = re.findall(r"^\$ (.*)$", text, re.MULTILINE)
    assert serve == "linacsim serve node.yaml"
    keys = read_config(config).node
    service = open_service(keys, config)
    node = start_node(keys, service, lambda _line: None)
    try:
        for command in commands:
            program, *words = shlex.split(command.replace("11104", str(node.port)))
            if program == "linacsim":
                done = CliRunner().invoke(app, words)
                assert done.exit_code == 0, f"{command}: {done.output}"
            else:
                subprocess.run([dcmtk(program), *words], check=True, timeout=60)
    finally:
        node.close()
        service.close()
    assert {"serve", "list", "deliver", "complete"} <= set(" ".join([serve, *commands]).split())
    assert len(list(Path("logs").glob("*_record1.dcm"))) == 2
