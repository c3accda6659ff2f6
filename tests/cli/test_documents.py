"""Help, man page, completion scripts and docs/cli.md know the same options as the program."""

import pathlib
import re
import shutil
import subprocess
import unittest

from harness import PROGRAM, ProgramTest

COMMANDS = ("upscale", "video", "devices", "tune", "models", "info")
VERBS = ("list", "info", "pull", "import", "verify", "remove", "export")
ROOT = pathlib.Path(__file__).resolve().parents[2]
APP = ROOT / "apps" / "cli"
OPTION = re.compile(r"^  (?:(-\w),)?(--[a-z0-9-]+)", re.MULTILINE)


class Documents(ProgramTest):
    def setUp(self):
        super().setUp()
        self.options = {command: OPTION.findall(self.run_program(command, "--help").stdout_text) for command in COMMANDS}
        for verb in VERBS:
            self.options[f"models {verb}"] = OPTION.findall(self.run_program("models", verb, "--help").stdout_text)
        self.options["main"] = OPTION.findall(self.run_program("--help").stdout_text)
        self.assertGreater(len(self.options["upscale"]), 25)
        self.all = {option for options in self.options.values() for option in options}

    def check(self, text, spell_short, spell_long, but=()):
        for short, long in sorted(self.all - set(but)):
            self.assertTrue(re.search(spell_long(long) + r"(?![\w-])", text), f"{long} is missing")
            if short:
                self.assertTrue(re.search(spell_short(short) + r"(?!\w)", text), f"{short} is missing")
        for command in (*COMMANDS, *VERBS):
            self.assertRegex(text, rf"\b{command}\b")

    def spelled(self, text, pattern):
        return set(re.findall(pattern, text, re.MULTILINE))

    def known(self):
        return {long for _, long in self.all}

    def test_bash(self):
        text = (APP / "completions/kizuna.bash").read_text()
        self.check(text, re.escape, re.escape)
        self.assertLessEqual(self.spelled(text, r"(?<![\w-])--[a-z][a-z0-9-]+"), self.known())

    def test_zsh(self):
        text = (APP / "completions/_kizuna").read_text()
        self.check(text, re.escape, re.escape)
        self.assertLessEqual(self.spelled(text, r"(?<![\w-])--[a-z][a-z0-9-]+"), self.known())

    def test_fish(self):
        text = (APP / "completions/kizuna.fish").read_text()
        self.check(text, lambda short: f"-s {short[1]}", lambda long: f"-l {long[2:]}")
        self.assertLessEqual({f"--{name}" for name in self.spelled(text, r"^complete .* -l ([a-z0-9-]+)")}, self.known())

    def test_man_page(self):
        text = (APP / "kizuna.1").read_text().replace("\\-", "-")
        self.check(text, re.escape, re.escape)
        self.assertLessEqual(self.spelled(text, r"(?<![\w-])--[a-z][a-z0-9-]+"), self.known())
        for code in ("0", "1", "2", "130"):
            self.assertRegex(text, rf"(?m)^\.B {code}$")

    def test_page_of_the_program(self):
        text = (ROOT / "docs/cli.md").read_text()
        self.check(text, re.escape, re.escape, but=[("-h", "--help")])  # one sentence says that every command has it
        self.assertLessEqual(self.spelled(text, r"(?<![\w-])--[a-z][a-z0-9-]+"), self.known())

    def test_help_names_the_exit_codes_and_gives_examples(self):
        for command in ([], ["upscale"], ["video"], ["models"]):
            text = self.run_program(*command, "--help").stdout_text
            self.assertIn("Examples:", text)
            for code in ("  0  ", "  1  ", "  2  ", "  130  "):
                self.assertIn(code, text)

    def complete(self, *words):
        """What bash offers for the last word."""
        script = f"""
            source '{APP}/completions/kizuna.bash'
            kizuna() {{ '{PROGRAM}' "$@"; }}
            COMP_WORDS=({' '.join(f"'{word}'" for word in words)}); COMP_CWORD={len(words) - 1}
            _kizuna; printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, cwd=self.folder)
        return done.stdout.split()

    @unittest.skipUnless(shutil.which("bash"), "no bash")
    def test_bash_offers_each_command_its_own_options(self):
        for command, options in self.options.items():
            with self.subTest(command=command):
                words = [] if command == "main" else command.split()
                self.assertEqual(set(self.complete("kizuna", *words, "--")), {long for _, long in options})

    @unittest.skipUnless(shutil.which("bash"), "no bash")
    def test_bash_completes(self):
        self.assertEqual(self.complete("kizuna", "up"), ["upscale"])
        self.assertEqual(self.complete("kizuna", "upscale", "--sk"), ["--skip-existing"])
        self.assertEqual(self.complete("kizuna", "upscale", "--blend", "f"), ["feather"])
        self.assertEqual(self.complete("kizuna", "video", "--pre"), ["--preset", "--preview", "--precision"])
        self.assertEqual(self.complete("kizuna", "video", "--deinterlace", "o"), ["off", "on"])
        self.assertEqual(self.complete("kizuna", "upscale", "--model", "realesr-animevideov3-x3"), ["realesr-animevideov3-x3"])
        self.assertEqual(self.complete("kizuna", "upscale", "--denoise", "con"), ["conservative"])
        self.assertEqual(self.complete("kizuna", "models", "ver"), ["verify"])
        self.assertEqual(self.complete("kizuna", "models", "pull", "--fr"), ["--from"])
        self.assertEqual(self.complete("kizuna", "models", "pull", "real-cugan-se-x4-c"), ["real-cugan-se-x4-conservative"])
        self.assertEqual(self.complete("kizuna", "upscale", "--provider", "cp"), ["cpu"])
        self.assertEqual(self.complete("kizuna", "upscale", "--syncgap", ""), ["0", "1", "2", "3"])
        self.assertEqual(self.complete("kizuna", "upscale", "--precision", "b"), ["bf16"])
        self.picture("some picture.png")
        self.assertEqual(self.complete("kizuna", "devices", "--j"), ["--json"])


if __name__ == "__main__":
    unittest.main()
