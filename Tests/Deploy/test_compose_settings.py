"""The compose file, held against the configuration reference."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class ComposeSettingsTest(unittest.TestCase):
    """What a user may want to set."""

    def test_every_setting_of_a_program_can_be_given(self):
        """What the reference has, the compose file hands over, but for what belongs to the image."""
        fixed = {f"EARSHOT_{name}" for name in ("SPOOL", "LISTEN", "CONFIG", "READ", "USER",
                                                "DRAIN_TIMEOUT")}
        reference = (ROOT / "docs/CONFIGURATION.md").read_text()
        text = (ROOT / "deploy" / "docker-compose.yml").read_text()
        for service in ("capture", "assemble", "ship"):
            part = re.search(rf"^## earshot-{service}\n(.*?)(?=^## |\Z)", reference, re.M | re.S)
            block = re.search(rf"^  {service}:\n(.*?)^  [a-z]", text, re.M | re.S).group(1)
            known = set(re.findall(r"`([A-Z][A-Z_]{4,})`", part.group(1))) - fixed
            self.assertGreater(len(known), 10)
            handed = set(re.findall(r"^ +- ([A-Z][A-Z0-9_]+)$", block, re.M))
            self.assertEqual(sorted(known - handed), [], f"to be added to {service}")


if __name__ == "__main__":
    unittest.main()
