"""The interface of sr_vulkan 2.0.1 on Kizuna SR: `from sr_vulkan import sr_vulkan`. See docs/python.md of Kizuna SR."""
