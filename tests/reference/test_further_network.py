"""Does `kizuna` compute what an ncnn network says that the tests do not come with? The judge is ncnn_numpy.py.

KIZUNA_TEST_NCNN names its .param; without it this is skipped.
"""

import os
import pathlib
import unittest

import numpy as np

import pictures
from ncnn_numpy import Network
from program import kizuna_untiled

LEAST_PSNR_DB = 90  # rounding to 16 bits alone gives 107
CONTINUED_PX = 14  # what the picture is mirrored outwards by, for networks that see zeros beyond their border


class AFurtherNetwork(unittest.TestCase):
    def test_agrees_with_numpy(self):
        path = pathlib.Path(os.environ.get("KIZUNA_TEST_NCNN", ""))
        if not path.is_file():
            self.skipTest(f"KIZUNA_TEST_NCNN ({path}) is not a file")
        given = pictures.to_integers(pictures.odd_sides(31, 23), np.uint16)
        result = pictures.to_floats(kizuna_untiled(given, path))
        planes = pictures.planar(pictures.to_floats(given))
        wanted = pictures.interleaved(Network(path.parent, path.stem).run_continued(planes, CONTINUED_PX))
        figure = pictures.psnr(result, np.clip(wanted, 0, 1))
        print(f"{path.stem}: {figure:.1f} dB")
        self.assertGreaterEqual(figure, LEAST_PSNR_DB)


if __name__ == "__main__":
    unittest.main()
