"""The sample pictures, each drawn by one module."""
