"""sr_vulkan on Kizuna SR: the functions, constants and codes of sr_vulkan 2.0.1."""

import logging
import os
import threading

import kizuna

from . import _arguments
from ._names import NAMES
from ._networks import Networks
from ._tasks import Task, Tasks

_VERSION = "2.0.1"
_NOT_READY, _BAD_ARGUMENTS, _BAD_DATA, _BAD_MODEL = -1, -2, -3, -20
_FIRST_TASK = 2
_PROCESSORS = ("cpu", "ort-cpu")
_DEFAULT_WEBP_QUALITY = 90
_JPEG_QUALITY = 98
_log = logging.getLogger("kizuna.sr_vulkan")

for _index, _name in enumerate(NAMES):
    globals()["MODEL_" + _name] = 2 * _index
    globals()[f"MODEL_{_name}_TTA"] = 2 * _index + 1
del _index, _name


class _Engine:
    """What the functions share, from one init() to stop()."""

    def __init__(self):
        self.lock = threading.RLock()
        self.networks = Networks()
        self.webp_quality = _DEFAULT_WEBP_QUALITY
        self.syncgap = 1
        self.gpus = None  #: (provider, name) of each, after init()
        self.processor = "auto"  #: what initSet(-1) takes
        self.tasks = None  #: after initSet()
        self.next_task = _FIRST_TASK
        self.stopped = False
        self.last_error = ""

    def fails(self, code, text):
        self.last_error = text
        return code


_engine = _Engine()


def _start_afresh_in_child():
    global _engine
    _engine = _Engine()


os.register_at_fork(after_in_child=_start_afresh_in_child)


def init():
    """0, or negative where there is no graphics card: then initSet(-1) takes the processor."""
    with _engine.lock:
        if _engine.gpus is not None:
            return 0
        devices = [device for device in kizuna.list_devices() if device.available]
        processors = [device.provider for device in devices if device.provider in _PROCESSORS]
        _engine.processor = (processors or ["auto"])[0]
        _engine.gpus = [
            (device.provider, f"{device.provider} ({device.engine})")
            for device in devices
            if device.provider not in _PROCESSORS
        ]
        _engine.stopped = False
        return 0 if _engine.gpus else _engine.fails(_NOT_READY, "no gpu device")


def initSet(gpuId, cpuNum=0, noDefaultPath=0):
    """Chooses a device: a place in getGpuInfo(), or -1 for the processor with cpuNum threads (0: all)."""
    with _engine.lock:
        if _engine.gpus is None:
            return _engine.fails(_NOT_READY, "waifu2x not init")
        if _engine.tasks is not None:
            return 0
        if not isinstance(gpuId, int) or not -1 <= gpuId < len(_engine.gpus):
            return _engine.fails(_NOT_READY, "invalid gpu device index params")
        if not isinstance(cpuNum, int) or not 0 <= cpuNum <= getCpuCoreNum():
            return _engine.fails(_NOT_READY, "invalid cpu num params")
        provider = _engine.processor if gpuId < 0 else _engine.gpus[gpuId][0]
        _engine.networks.with_defaults = not noDefaultPath
        _engine.tasks = Tasks(provider, cpuNum if gpuId < 0 else 0)
        _engine.next_task = _FIRST_TASK
        return 0


def getGpuInfo():
    """The names of the graphics cards, or None."""
    with _engine.lock:
        return [name for _provider, name in _engine.gpus] if _engine.gpus else None


def getGpuCoreNum(gpuId=0):
    with _engine.lock:
        count = len(_engine.gpus or ())
        return 1 if isinstance(gpuId, int) and 0 <= gpuId < count else 0


def getCpuCoreNum():
    with _engine.lock:
        return 0 if _engine.gpus is None else os.cpu_count() or 1


def add(*positional, **named):
    """add(data, modelIndex, backId, scale, format="", tileSize=0), or with width, height in the place of scale: a task's id, or
    a negative code whose reason is in getLastError()."""
    with _engine.lock:
        if _engine.tasks is None:
            return _engine.fails(_NOT_READY, "waifu2x not init")
        given = _arguments.of_add(positional, named)
        if given is None:
            return _engine.fails(_BAD_ARGUMENTS, "invalid params")
        data = _bytes(given["data"])
        if not data:
            return _engine.fails(_BAD_DATA, "invalid data")
        if not _arguments.is_format(given["format"]):
            return _engine.fails(_NOT_READY, "invalid pictrue format")
        size = _arguments.size_options(given)
        if size is None:
            return _engine.fails(_NOT_READY, "invalid scale params")
        index = int(given["modelIndex"])
        try:
            model = _engine.networks.find(index) if 0 <= index < 2 * len(NAMES) else None
        except Exception as error:
            _log.info("%s", error)
            model = None
        if model is None:
            return _engine.fails(_BAD_MODEL, "invalid model index")
        return _submit(data, model, index % 2 == 1, int(given["backId"]), given["format"].lower(), size, int(given["tileSize"]))


def _submit(data, model, tta, back_id, format, size, tile):
    task = Task(_engine.next_task, back_id, format or _arguments.format_like(data))
    try:
        _engine.tasks.add(
            task, data, model=model, tta=tta, tile=tile, syncgap=_engine.syncgap, **size, **_encoding(task.format)
        )
    except Exception as error:
        return _engine.fails(_BAD_ARGUMENTS, str(error))
    _engine.next_task += 1
    return task.number


def _encoding(format):
    if format == "webp":
        return {"format": format, "quality": _engine.webp_quality}
    if format in ("jpg", "jpeg"):
        return {"format": format, "quality": _JPEG_QUALITY, "first_frame": True}
    return {"format": format, "first_frame": format in ("png", "bmp")}  # which is no news to hosts


def _bytes(data):
    try:
        return bytes(memoryview(data))
    except TypeError:
        return None


def load(block=0):
    """(bytes, format, backId, seconds) of the next task that has ended; (None, "", backId, 0.0) where it failed. block=0 waits for
    it, 1 does not. None where there is nothing, or after stop()."""
    engine = _engine
    with engine.lock:
        tasks = engine.tasks
        if tasks is None:
            return engine.fails(None, "waifu2x already stop" if engine.stopped else "waifu2x not init")
    task = tasks.next(wait=not block)
    if task is None:
        if engine.stopped:
            engine.last_error = "waifu2x already stop"
        return None
    result, problem = task.result()
    if problem is not None:
        engine.last_error = problem
    return result


def _chosen(backIds):
    """The ids as a set; None where nothing can be removed."""
    if _engine.tasks is None:
        return None
    try:
        return set(backIds) or None
    except TypeError:
        return _engine.fails(None, "invalid params")


def remove(backIds):
    """Forgets these tasks; those that run are cancelled. 0, or None where there is nothing to do it on."""
    with _engine.lock:
        ids = _chosen(backIds)
        if ids is None:
            return None
        _engine.tasks.forget(lambda task: task.back_id in ids)
        return 0


def removeWaitProc(backIds):
    """Forgets those of these tasks that have not begun."""
    with _engine.lock:
        ids = _chosen(backIds)
        if ids is None:
            return None
        waiting = _engine.tasks.waiting()
        _engine.tasks.forget(lambda task: task.back_id in ids and task.job is not None and task.job.id in waiting)
        return 0


def clear():
    """Forgets all tasks."""
    with _engine.lock:
        if _engine.tasks is None:
            return None
        _engine.tasks.forget(lambda _task: True)
        return 0


def _set_number(name, value, lowest, highest):
    with _engine.lock:
        if not isinstance(value, int) or not lowest <= value <= highest:
            return _engine.fails(_NOT_READY, "invalid params")
        setattr(_engine, name, value)
        return 0


def setWebpQuality(quality):
    return _set_number("webp_quality", quality, 1, 100)


def setRealcuganSyncgap(syncgap):
    return _set_number("syncgap", syncgap, 1, 3)


def setDebug(isDebug):
    logging.getLogger("kizuna").setLevel(logging.DEBUG if isDebug else logging.NOTSET)
    return 0


def setModelPath(path):
    """A folder with waifu2x/, realcugan/, realsr/ and realesrgan/, for networks that have not been used yet."""
    with _engine.lock:
        try:
            _engine.networks.folder = os.fsdecode(path)
        except TypeError:
            return _engine.fails(_NOT_READY, "invalid params")
        return 0


def getModelName(index):
    if not isinstance(index, int) or not 0 <= index < 2 * len(NAMES):
        return None
    return NAMES[index // 2]


def getLastError():
    return _engine.last_error


def getVersion():
    return _VERSION


def stop():
    """Cancels what is left, and wakes who waits in load(). init() starts afresh."""
    with _engine.lock:
        tasks, _engine.tasks = _engine.tasks, None
        _engine.gpus = None
        _engine.stopped = True
    if tasks is not None:
        tasks.close()
    return 0
