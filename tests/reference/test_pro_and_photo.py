"""As test_families.py, for Real-CUGAN pro and waifu2x photo: no package has them, so that they may not be there."""

import pathlib
import shutil
import tempfile
import unittest

import families
import family_judges as judges


class AgreesWithNumpy(judges.AgreesWithNumpy):
    def test_realcugan_pro(self):
        self.judge_all(families.realcugan_pro())

    def test_waifu2x_photo(self):
        self.judge_all(families.photo())


class AgreesWithTheProgramItWasMadeFor(judges.AgreesWithTheProgram):
    def judge_renamed(self, files, folder_name):
        """The programs know these networks by a folder's name and by other names of files."""
        with tempfile.TemporaryDirectory() as work:
            folder = pathlib.Path(work, folder_name)
            folder.mkdir()
            for file in files:
                for ending in (".param", ".bin"):
                    name = families.name_in_program(file) + ending
                    shutil.copy(file.path.with_name(file.path.name + ending), folder / name)
            self.judge_all(files, folder)

    def test_realcugan_pro(self):
        self.judge_renamed(families.realcugan_pro(), "models-pro")

    def test_waifu2x_photo(self):
        self.judge_renamed(families.photo(), "models-upconv_7_photo")


if __name__ == "__main__":
    unittest.main()
