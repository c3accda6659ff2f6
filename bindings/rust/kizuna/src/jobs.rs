use std::collections::HashMap;
use std::ffi::c_void;
use std::fmt;
use std::path::PathBuf;
use std::ptr::{null, null_mut};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use kizuna_sys as sys;

use crate::error::{check, Error, ErrorKind, Result};
use crate::handle::Handle;
use crate::job::{Ended, Job, OwnedProgress};
use crate::job_handle::{JobHandle, Letterbox};
use crate::options::EngineOptions;
use crate::progress::{call_outside, inside_callback, Watcher};
use crate::text;
use crate::upscaler::callback_of;

/// Nothing here leaves what a mutex guards half-changed, so a panic elsewhere does not spoil it.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Of a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobsOptions {
    /// Empty: one, chosen by itself.
    pub devices: Vec<EngineOptions>,
    /// Jobs at work on each at the same time.
    pub running_per_device: u32,
    /// More are refused.
    pub waiting: usize,
    /// Where encoded results are kept and looked for. Processes may share it.
    pub cache_folder: Option<PathBuf>,
    /// The least recently used go beyond it.
    pub cache_bytes: u64,
    /// What was not used for so long goes, counted in whole seconds, at least one.
    pub cache_age: Option<Duration>,
}

impl Default for JobsOptions {
    fn default() -> Self {
        let defaults = sys::kizuna_jobs_options::INIT;
        Self {
            devices: Vec::new(),
            running_per_device: defaults.running_per_device as u32,
            waiting: defaults.waiting,
            cache_folder: None,
            cache_bytes: defaults.cache_bytes,
            cache_age: None,
        }
    }
}

impl JobsOptions {
    fn open(&self) -> Result<Handle<sys::kizuna_jobs>> {
        let engines = self
            .devices
            .iter()
            .map(EngineOptions::in_c)
            .collect::<Result<Vec<_>>>()?;
        let devices: Vec<_> = engines.iter().map(|engine| engine.options).collect();
        let folder = match &self.cache_folder {
            Some(path) => Some(text::c_path(path, "the cache's folder")?),
            None => None,
        };
        let options = sys::kizuna_jobs_options {
            devices: match devices.is_empty() {
                true => null(),
                false => devices.as_ptr(),
            },
            device_count: devices.len(),
            running_per_device: i32::try_from(self.running_per_device).unwrap_or(i32::MAX),
            waiting: self.waiting,
            cache_folder: folder.as_ref().map_or(null(), |path| path.as_ptr()),
            cache_bytes: self.cache_bytes,
            cache_age_s: self.cache_age.map_or(0, |age| {
                i64::try_from(age.as_secs()).unwrap_or(i64::MAX).max(1)
            }),
            ..sys::kizuna_jobs_options::INIT
        };
        // SAFETY: all that is pointed to lives until the call returns.
        Handle::make(sys::kizuna_jobs_free, |out| unsafe {
            sys::kizuna_jobs_open(&options, out)
        })
    }
}

/// A queue of pictures, the most urgent first. Cheap to clone; all clones are the same queue.
///
/// ```no_run
/// # async fn example() -> Result<(), kizuna::Error> {
/// use kizuna::{Job, Jobs, JobsOptions, Model};
///
/// let jobs = Jobs::open(&JobsOptions::default())?;
/// let model = Model::load_default()?;
/// let ahead = jobs.submit(Job::file(&model, "page2.png", "page2.webp"))?;
/// let mut now = Job::file(&model, "page1.png", "page1.webp");
/// now.priority = 10;
/// jobs.submit(now)?.await?;
/// ahead.await?;
/// # Ok(())
/// # }
/// ```
///
/// A thread of the queue's own takes results from the library and wakes who waits. Dropping the last clone
/// cancels what is left (each of its futures gets that as its result) and waits until it has ended, which
/// takes no longer than a tile; in a progress closure or a waker it does not wait.
#[derive(Clone)]
pub struct Jobs(Arc<Owner>);

struct Owner {
    queue: Arc<Queue>,
    taker: Option<thread::JoinHandle<()>>,
}

/// What the queue's thread, its owner and the handles of jobs share.
pub(crate) struct Queue {
    handle: Handle<sys::kizuna_jobs>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    awaited: HashMap<u64, Awaited>,
    /// Results of jobs that ended before `submit` knew their number.
    early: HashMap<u64, Ended>,
    closing: bool,
    /// Why no results can come any more.
    broken: Option<Error>,
}

/// A job whose result has not come.
struct Awaited {
    letterbox: Arc<Letterbox>,
    /// C calls it until the job has ended.
    progress: Option<Arc<Watcher<OwnedProgress>>>,
}

impl Awaited {
    fn deliver(self, ended: Ended) {
        let Self {
            letterbox,
            progress,
        } = self;
        letterbox.put(ended.result.map_err(|error| match &progress {
            Some(watcher) => watcher.explain(error),
            None => error,
        }));
        // The closure may own anything, even this queue; a panic of its destructor is nobody's affair.
        let _ = call_outside(move || drop(progress));
    }
}

impl Jobs {
    /// Networks are opened when the first job needs them.
    pub fn open(options: &JobsOptions) -> Result<Self> {
        let queue = Arc::new(Queue {
            handle: options.open()?,
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let taken = Arc::clone(&queue);
        let taker = thread::Builder::new()
            .name("kizuna-results".into())
            .spawn(move || taken.take_results())
            .map_err(|error| {
                Error::new(
                    ErrorKind::Internal,
                    format!("cannot start a thread: {error}"),
                )
            })?;
        Ok(Self(Arc::new(Owner {
            queue,
            taker: Some(taker),
        })))
    }

    /// The result comes through the handle.
    pub fn submit(&self, mut job: Job<'_>) -> Result<JobHandle> {
        let progress = job.progress.take().map(|call| Arc::new(Watcher::new(call)));
        let letterbox = Arc::new(Letterbox::default());
        let awaited = Awaited {
            letterbox: Arc::clone(&letterbox),
            progress,
        };
        let queue = &self.0.queue;
        if let Some(error) = &locked(&queue.state).broken {
            return Err(error.clone());
        }
        let id = queue.submit(&job, &awaited)?;
        queue.register(id, awaited);
        Ok(JobHandle::new(id, letterbox, Arc::downgrade(queue)))
    }

    /// All jobs of this key; returns how many.
    pub fn cancel_key(&self, key: &str) -> Result<usize> {
        let key = text::c_string(key, "a key")?;
        self.0.queue.cancel_key(key.as_ptr())
    }

    /// All jobs; returns how many.
    pub fn cancel_all(&self) -> Result<usize> {
        self.0.queue.cancel_key(null())
    }
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let awaited = locked(&self.0.queue.state).awaited.len();
        f.debug_struct("Jobs")
            .field("awaited", &awaited)
            .finish_non_exhaustive()
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        locked(&self.queue.state).closing = true;
        self.queue.changed.notify_all();
        let _ = self.queue.cancel_key(null());
        if let Some(taker) = self.taker.take().filter(|_| !inside_callback()) {
            let _ = taker.join(); // it does not panic
        }
    }
}

impl Queue {
    fn submit(&self, job: &Job<'_>, awaited: &Awaited) -> Result<u64> {
        let mut id = 0;
        job.in_c(|mut job| {
            if let Some(watcher) = &awaited.progress {
                job.progress = callback_of(watcher);
                job.user = Arc::as_ptr(watcher) as *mut c_void;
            }
            // SAFETY: all that is pointed to lives until the call returns, and the watcher until the
            // job's result has come: `awaited` is kept until then.
            check(unsafe { sys::kizuna_jobs_submit(self.handle.as_ptr(), &job, &mut id) })
        })?;
        Ok(id)
    }

    fn register(&self, id: u64, awaited: Awaited) {
        let mut state = locked(&self.state);
        if let Some(ended) = state.early.remove(&id) {
            drop(state);
            awaited.deliver(ended);
            return;
        }
        state.awaited.insert(id, awaited);
        self.changed.notify_all();
    }

    /// The queue's thread.
    fn take_results(&self) {
        while self.wait_until_awaited() {
            match self.take() {
                Ok(Some(ended)) => self.deliver(ended),
                Ok(None) => {}
                Err(error) => return self.give_up(error),
            }
        }
    }

    /// Whether there is anything more to take.
    fn wait_until_awaited(&self) -> bool {
        let mut state = locked(&self.state);
        while state.awaited.is_empty() && !state.closing {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(|poisoned| poisoned.into_inner());
        }
        !state.awaited.is_empty()
    }

    fn take(&self) -> Result<Option<Ended>> {
        const LONG_MS: i64 = 3_600_000;
        let mut raw = null_mut();
        // SAFETY: the handle is good.
        check(unsafe { sys::kizuna_jobs_take(self.handle.as_ptr(), LONG_MS, &mut raw) })?;
        if raw.is_null() {
            return Ok(None);
        }
        let result = Handle::make(sys::kizuna_job_result_free, |out| {
            unsafe { *out = raw };
            sys::KIZUNA_OK
        })?;
        Ended::read(result).map(Some)
    }

    fn deliver(&self, ended: Ended) {
        let mut state = locked(&self.state);
        match state.awaited.remove(&ended.id) {
            Some(awaited) => {
                drop(state); // wakers may do anything
                awaited.deliver(ended);
            }
            None => {
                state.early.insert(ended.id, ended);
            }
        }
    }

    /// Without memory for a result, it is lost: nobody is to wait for ever.
    fn give_up(&self, error: Error) {
        let mut state = locked(&self.state);
        state.broken = Some(error.clone());
        let awaited = std::mem::take(&mut state.awaited);
        drop(state);
        let _ = self.cancel_key(null());
        for (id, awaited) in awaited {
            std::mem::forget(awaited.progress.clone()); // its job may still be at work
            awaited.deliver(Ended {
                id,
                result: Err(error.clone()),
            });
        }
    }

    pub(crate) fn cancel(&self, id: u64) {
        // SAFETY: the handle is good. Where there is no such job any more, there is nothing to cancel.
        let _ = unsafe { sys::kizuna_jobs_cancel(self.handle.as_ptr(), id) };
    }

    pub(crate) fn set_priority(&self, id: u64, priority: i32) -> bool {
        // SAFETY: the handle is good.
        let status = unsafe { sys::kizuna_jobs_set_priority(self.handle.as_ptr(), id, priority) };
        status == sys::KIZUNA_OK
    }

    /// `key`: NULL for all, or a text that lives during the call.
    fn cancel_key(&self, key: *const std::os::raw::c_char) -> Result<usize> {
        let mut count = 0;
        // SAFETY: the handle is good.
        check(unsafe { sys::kizuna_jobs_cancel_key(self.handle.as_ptr(), key, &mut count) })?;
        Ok(count)
    }
}
