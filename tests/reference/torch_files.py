"""Reads and writes files of weights as PyTorch and safetensors do, by Python's own pickle and zipfile: no PyTorch needed.

load() runs pickles, so it is for files that we trust: those pinned by their hash.
"""

import collections
import io
import json
import pickle
import struct
import sys
import types
import zipfile

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
STORAGES = {"float32": "FloatStorage", "float16": "HalfStorage", "float64": "DoubleStorage", "int64": "LongStorage"}


class _StorageType:
    """Stands for torch.FloatStorage and its like: pickled by name."""

    def __init__(self, name):
        self.name = name

    def __reduce__(self):
        return self.name


class _Storage:
    def __init__(self, key, array):
        self.key, self.array = key, array


class _Tensor:
    def __init__(self, storage, offset, shape, strides):
        self.parts = (storage, offset, shape, strides, False, collections.OrderedDict())

    def __reduce__(self):
        return _modules()["torch._utils"]._rebuild_tensor_v2, self.parts


def _modules():
    """Modules with the names that a file asks for, so that pickle finds what it writes and reads."""
    if "torch" not in sys.modules:
        torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
        for name in STORAGES.values():
            kind = _StorageType(name)
            kind.__module__ = "torch"
            setattr(torch, name, kind)

        def _rebuild_tensor_v2(storage, offset, shape, strides, *_):
            size = storage.itemsize
            return np.lib.stride_tricks.as_strided(storage[offset:], shape, [stride * size for stride in strides]).copy()

        _rebuild_tensor_v2.__module__ = "torch._utils"
        _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
        utils._rebuild_tensor_v2 = _rebuild_tensor_v2
        torch._utils = utils
        sys.modules.update({"torch": torch, "torch._utils": utils})
    return sys.modules


class _Pickler(pickle.Pickler):
    def __init__(self, file):
        super().__init__(file, protocol=2)
        self.storages = []

    def reducer_override(self, thing):
        if isinstance(thing, np.ndarray):
            array = np.ascontiguousarray(thing)
            storage = _Storage(str(len(self.storages)), array)
            self.storages.append(storage)
            strides = tuple(stride // array.itemsize for stride in array.strides)
            return _Tensor(storage, 0, array.shape, strides).__reduce__()
        return NotImplemented

    def persistent_id(self, thing):
        if isinstance(thing, _Storage):
            kind = getattr(_modules()["torch"], STORAGES[thing.array.dtype.name])
            return "storage", kind, thing.key, "cpu", thing.array.size
        return None


def write_zip(path, value):
    _modules()
    program = io.BytesIO()
    pickler = _Pickler(program)
    pickler.dump(value)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        file.writestr("archive/data.pkl", program.getvalue())
        file.writestr("archive/byteorder", "little")
        for storage in pickler.storages:
            file.writestr(f"archive/data/{storage.key}", storage.array.tobytes())
        file.writestr("archive/version", "3\n")


def write_legacy(path, value):
    _modules()
    program = io.BytesIO()
    pickler = _Pickler(program)
    pickler.dump(value)
    with open(path, "wb") as file:
        for fact in (MAGIC, PROTOCOL, {"protocol_version": PROTOCOL, "little_endian": True, "type_sizes": {"int": 4}}):
            pickle.dump(fact, file, protocol=2)
        file.write(program.getvalue())
        pickle.dump([storage.key for storage in pickler.storages], file, protocol=2)
        for storage in pickler.storages:
            file.write(struct.pack("<q", storage.array.size) + storage.array.tobytes())


def write_safetensors(path, weights):
    names = {"float32": "F32", "float16": "F16", "float64": "F64", "int64": "I64"}
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, array in weights.items():
        piece = np.ascontiguousarray(array).tobytes()
        header[name] = {
            "dtype": names[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [len(data), len(data) + len(piece)],
        }
        data += piece
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


class _Unpickler(pickle.Unpickler):
    """Of the legacy form: storages are filled in later, so tensors are made when their numbers are known."""

    def __init__(self, file, storages):
        super().__init__(file)
        self.storages = storages

    def persistent_load(self, parts):
        _, kind, key, _, count = parts[:5]
        dtype = {name: dtype for dtype, name in STORAGES.items()}[kind.name]
        return self.storages.setdefault(key, np.zeros(count, dtype))

    def find_class(self, module, name):
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda *parts: parts
        return super().find_class(module, name)


def load_legacy(path):
    """The state dict: arrays by name."""
    rebuild = _modules()["torch._utils"]._rebuild_tensor_v2
    with open(path, "rb") as file:
        assert pickle.load(file) == MAGIC
        pickle.load(file)
        pickle.load(file)
        storages = {}
        state = _Unpickler(file, storages).load()
        for key in pickle.load(file):
            (count,) = struct.unpack("<q", file.read(8))
            storages[key][:] = np.frombuffer(file.read(count * storages[key].itemsize), storages[key].dtype)
    return {name: rebuild(*parts) for name, parts in state.items()}
