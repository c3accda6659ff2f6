const { invoke, convertFileSrc } = window.__TAURI__.core;
const { appCacheDir, join } = window.__TAURI__.path;

const element = (id) => document.getElementById(id);
const say = (text) => (element("said").textContent = text);

// Every command that fails rejects with a sentence.
async function attempt(work) {
  try {
    say(await work());
  } catch (sentence) {
    say(sentence);
  }
}

const root = await appCacheDir();

async function cached() {
  const stats = await invoke("get_sr_vulkan_cache_stats");
  return `${stats.total_files} results kept, ${(stats.total_size / 1e6).toFixed(1)} MB`;
}

async function upscale({ imagePath, model, scale }) {
  const savePath = await join(root, "page.webp");
  element("before").src = convertFileSrc(imagePath);
  say("…");
  const began = performance.now();
  const written = await invoke("upscale_image_sr_vulkan", {
    imagePath,
    savePath,
    model,
    scale: Number(scale),
    gpuId: 0,
    tileSize: 400,
    tta: false,
  });
  element("after").src = `${convertFileSrc(written)}?${began}`; // the name is the same, the picture is not
  return `${Math.round(performance.now() - began)} ms; ${await cached()}`;
}

element("page").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(() => upscale(Object.fromEntries(new FormData(event.target))));
});

element("clean").addEventListener("click", () =>
  attempt(async () => {
    await invoke("cleanup_sr_vulkan_cache", { maxAgeDays: 0 });
    return cached();
  }),
);

attempt(async () => {
  await invoke("init_sr_vulkan_manager", { thumbnailPath: root });
  await invoke("check_sr_vulkan_availability");
  const cards = await invoke("get_sr_vulkan_gpu_info");
  return cards.length > 0 ? cards.join(", ") : "no graphics card: the processor computes";
});
