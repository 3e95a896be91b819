"""The Terraform module, where Terraform and the provider are there: neither comes from Debian or PyPI,
so that this is not counted where they are not."""

import os
import pathlib
import shutil
import subprocess

import chart
from support.case import EndToEndCase

PLUGINS = pathlib.Path(os.environ.get("EARSHOT_TERRAFORM_PLUGINS", "/opt/tf-plugins"))
IS_THERE = (shutil.which("terraform") is not None
            and (PLUGINS / "registry.terraform.io" / "hashicorp" / "aws").is_dir())


def load_tests(loader, tests, _):
    """No test at all where the tool cannot be had."""
    if IS_THERE:
        return tests
    print(f"  passed over: terraform with its aws provider in {PLUGINS} "
          "(EARSHOT_TERRAFORM_PLUGINS)", flush=True)
    return loader.suiteClass()


class TerraformTest(EndToEndCase):
    """Format, types, and the module's own tests with a provider that makes nothing."""

    time_limit = 240

    def terraform(self, *words):
        environment = {key: value for key, value in os.environ.items()
                       if key != "TF_CLI_CONFIG_FILE"}
        done = subprocess.run(
            ["terraform", words[0], "-no-color", *words[1:]], cwd=self.module, env=environment,
            capture_output=True, text=True, timeout=110, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_the_module_is_formatted_valid_and_passes_its_tests(self):
        self.module = self.directory / "module"
        shutil.copytree(chart.ROOT / "deploy" / "aws" / "terraform", self.module)
        self.terraform("init", f"-plugin-dir={PLUGINS}")
        self.terraform("fmt", "-check", "-recursive")
        self.assertIn("valid", self.terraform("validate"))
        self.assertRegex(self.terraform("test"), r"Success! \d+ passed, 0 failed")

    def test_the_example_in_the_document_is_valid(self):
        text = (chart.ROOT / "docs" / "AWS.md").read_text()
        example = text.partition("```hcl\n")[2].partition("```")[0]
        self.module = self.directory
        folder = self.directory / "deploy" / "aws"
        folder.mkdir(parents=True)
        shutil.copytree(chart.ROOT / "deploy" / "aws" / "terraform", folder / "terraform")
        (self.directory / "main.tf").write_text(example)
        self.terraform("init", f"-plugin-dir={PLUGINS}")
        self.assertIn("valid", self.terraform("validate"))
