"""The tasks between add() and load()."""

import collections
import threading

import kizuna

_MOST_WAITING = 2**40  # hosts queue whole books: their memory is the limit


class Task:
    def __init__(self, number, back_id, format):
        self.number = number
        self.back_id = back_id
        self.format = format  #: of the result
        self.job = None

    def result(self):
        """What load() gives, and what went wrong."""
        error = self.job.exception()
        if error is not None:
            return (None, "", self.back_id, 0.0), str(error)
        return (self.job.result(), self.format, self.back_id, self.job.report.ran_seconds), None


class Tasks:
    """A task is here until load() has taken it or it is forgotten."""

    def __init__(self, provider, threads):
        self._jobs = kizuna.Jobs([{"provider": provider, "threads": threads}], waiting=_MOST_WAITING)
        self._changed = threading.Condition()
        self._tasks = {}
        self._ended = collections.deque()
        self._open = True

    def add(self, task, data, **options):
        with self._changed:
            self._tasks[task.number] = task
        try:
            task.job = self._jobs.submit(data, **options)
        except BaseException:
            with self._changed:
                self._tasks.pop(task.number, None)
            raise
        number = task.number  # not the task, which has the job: a circle would keep results until the next collection
        task.job.add_done_callback(lambda _job: self._has_ended(number))
        with self._changed:
            forgotten = task.number not in self._tasks
        if forgotten:  # while it was being submitted
            task.job.cancel()

    def _has_ended(self, number):
        with self._changed:
            if number in self._tasks:
                self._ended.append(self._tasks[number])
                self._changed.notify()

    def next(self, wait):
        """The next task that has ended; None where there is none, or no more will come."""
        with self._changed:
            while self._open and not self._ended:
                if not wait:
                    return None
                self._changed.wait()
            if not self._open:
                return None
            task = self._ended.popleft()
            del self._tasks[task.number]
            return task

    def forget(self, chosen):
        """Those that `chosen` picks: what waits or runs is cancelled, what has ended is dropped."""
        with self._changed:
            gone = [task for task in self._tasks.values() if chosen(task)]
            for task in gone:
                del self._tasks[task.number]
            self._ended = collections.deque(task for task in self._ended if task.number in self._tasks)
        for task in gone:
            if task.job is not None:
                task.job.cancel()

    def waiting(self):
        """The ids of jobs that have not begun."""
        return {status.id for status in self._jobs.list() if status.state == "waiting"}

    def close(self):
        """No more results; who waits for one is told."""
        with self._changed:
            self._open = False
            self._tasks.clear()
            self._ended.clear()
            self._changed.notify_all()
        self._jobs.close()
