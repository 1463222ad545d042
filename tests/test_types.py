"""The pages' scripts are plain JavaScript, typed by JSDoc: TypeScript checks them and makes nothing of them."""

import json
import os
import subprocess
from pathlib import Path

from app.setup import vendor

ROOT = Path(__file__).resolve().parents[1]
TYPESCRIPT = ROOT / "node_modules" / "typescript" / "bin" / "tsc"


def complaints(config: Path) -> str:
    """What the checker says of the scripts that a configuration names; nothing when they agree with their types."""
    path = {**os.environ, "PATH": vendor.search_path()}
    command = ["node", str(TYPESCRIPT), "--project", str(config), "--pretty", "false"]
    answer = subprocess.run(command, cwd=ROOT, env=path, capture_output=True, text=True, check=False)
    assert answer.returncode in (0, 1, 2), answer.stderr
    return answer.stdout.strip()


def test_every_script_agrees_with_its_types():
    if list((ROOT / "static" / "js").rglob("*.js")):
        said = complaints(ROOT / "tests" / "tsconfig.json")
        assert not said, f"\n{said}"


def test_a_wrong_type_is_found_also_across_a_vendored_module(tmp_path):
    options = json.loads((ROOT / "tests" / "tsconfig.json").read_text())["compilerOptions"]
    (tmp_path / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "include": ["*.js"]}))
    module = ROOT / "static" / "vendor" / "qrcode.js"
    script = f'import qrcode from "{module}";\n/** @type {{string}} */\nexport const n = qrcode(0, "M").getModuleCount();\n'
    (tmp_path / "a.js").write_text(script)
    assert "Type 'number' is not assignable to type 'string'" in complaints(tmp_path / "tsconfig.json")
