"""A program in the shape of sr_vulkan's own test: it upscales 0.jpg with a network of the folder models."""

import time
from sr_vulkan import sr_vulkan as sr
code = sr.init()
on_processor = code < 0
sr.setModelPath("models")
names = sr.getGpuInfo()
if names and len(names) == 1 and "LLVM" in names[0]:
    on_processor = True
cores = sr.getCpuCoreNum()
print("init", code, names, cores, sr.getGpuCoreNum(0))
code = sr.initSet(-1, cores) if on_processor else sr.initSet(0)
assert code == 0
sr.setDebug(True)
data = open("0.jpg", "rb").read()
count = 0
if sr.add(data, sr.MODEL_REALCUGAN_PRO_UP2X_DENOISE3X, 1, 2.5, tileSize=100, format="webp") > 0:
    count += 1
if sr.add(data, sr.MODEL_REALCUGAN_PRO_UP2X_DENOISE3X, 2, 90, 80, tileSize=200, format="webp") > 0:
    count += 1
assert count == 2
while count > 0:
    info = sr.load(0)
    if not info:
        break
    count -= 1
    new, format, back_id, tick = info
    assert new
    with open(str(back_id) + "." + format, "wb+") as file:
        file.write(new)
sr.stop()
