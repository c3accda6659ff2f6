use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, Weak};
use std::task::{Context, Poll, Waker};

use crate::error::Result;
use crate::job::JobOutput;
use crate::jobs::{locked, Queue};
use crate::progress::call_outside;

/// Where a job's result is left for who waits for it.
#[derive(Default)]
pub(crate) struct Letterbox {
    inside: Mutex<Inside>,
    came: Condvar,
}

#[derive(Default)]
enum Inside {
    #[default]
    Nothing,
    Awaited(Waker),
    Letter(Box<Result<JobOutput>>),
    Empty, // it was taken out
}

impl Letterbox {
    /// Once.
    pub(crate) fn put(&self, result: Result<JobOutput>) {
        let before =
            std::mem::replace(&mut *locked(&self.inside), Inside::Letter(Box::new(result)));
        self.came.notify_all();
        if let Inside::Awaited(waker) = before {
            // An executor's waker may panic; that is no other job's affair.
            let _ = call_outside(|| waker.wake());
        }
    }

    fn is_open(&self) -> bool {
        matches!(*locked(&self.inside), Inside::Nothing | Inside::Awaited(_))
    }
}

/// A job that was submitted: a future of its result, for any executor, or [`wait`](Self::wait) for none.
///
/// Dropping it cancels the job, as futures do; [`detach`](Self::detach) lets it go on.
#[must_use = "dropping it cancels the job; detach() lets it go on"]
pub struct JobHandle {
    id: u64,
    letterbox: Arc<Letterbox>,
    queue: Weak<Queue>,
    detached: bool,
}

impl JobHandle {
    pub(crate) fn new(id: u64, letterbox: Arc<Letterbox>, queue: Weak<Queue>) -> Self {
        Self {
            id,
            letterbox,
            queue,
            detached: false,
        }
    }

    /// The job's number in its queue.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Asks for an end: the result will be an error of kind `Cancelled`, unless it is there already.
    pub fn cancel(&self) {
        if let Some(queue) = self.queue.upgrade() {
            queue.cancel(self.id);
        }
    }

    /// Also of a job that runs. False where it has ended.
    pub fn set_priority(&self, priority: i32) -> bool {
        self.queue
            .upgrade()
            .map_or(false, |queue| queue.set_priority(self.id, priority))
    }

    /// Whether its result is there.
    pub fn has_ended(&self) -> bool {
        !self.letterbox.is_open()
    }

    /// Lets the job go on, with nobody to take its result: for files.
    pub fn detach(mut self) {
        self.detached = true;
    }

    /// Blocks until the result is there. Not to be called in a progress closure.
    pub fn wait(self) -> Result<JobOutput> {
        let mut inside = locked(&self.letterbox.inside);
        loop {
            match std::mem::replace(&mut *inside, Inside::Empty) {
                Inside::Letter(result) => return *result,
                Inside::Empty => panic!("the job's result was taken already"),
                open => *inside = open,
            }
            inside = self
                .letterbox
                .came
                .wait(inside)
                .unwrap_or_else(|poisoned| poisoned.into_inner());
        }
    }
}

impl Future for JobHandle {
    type Output = Result<JobOutput>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut inside = locked(&self.letterbox.inside);
        match std::mem::replace(&mut *inside, Inside::Empty) {
            Inside::Letter(result) => Poll::Ready(*result),
            Inside::Empty => panic!("a job was polled after its result had been taken"),
            Inside::Awaited(waker) if waker.will_wake(context.waker()) => {
                *inside = Inside::Awaited(waker);
                Poll::Pending
            }
            before @ (Inside::Nothing | Inside::Awaited(_)) => {
                *inside = Inside::Awaited(context.waker().clone());
                drop(inside);
                drop(before); // a waker's destructor may do anything
                Poll::Pending
            }
        }
    }
}

impl Drop for JobHandle {
    fn drop(&mut self) {
        if !self.detached && self.letterbox.is_open() {
            self.cancel();
        }
    }
}

impl fmt::Debug for JobHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobHandle")
            .field("id", &self.id)
            .field("has_ended", &self.has_ended())
            .finish_non_exhaustive()
    }
}
