"""The example of the KizunaSR document, word for word, and what it should give for an input of 50 x 40."""

from runtime.ai.ai_inference import AIInferenceEngine
from PIL import Image

engine = AIInferenceEngine(
    model_path="models/anime_sr_2x.onnx",
    tile_size=512,
    tile_overlap=64,
    scale_factor=2
)
input_img = Image.open("input.png").convert('RGB')
output_img = engine.upscale(input_img)
output_img.save("output.png")
assert output_img.size == (100, 80) and output_img.mode == "RGB"
