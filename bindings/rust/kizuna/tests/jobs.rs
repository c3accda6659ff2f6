//! Queues, and futures of their results.

mod common;

use common::*;
use kizuna::*;
use std::collections::HashSet;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{channel, sync_channel, Receiver, SyncSender};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

fn pixels_job<'a>(model: &Model, samples: &'a [u8]) -> Job<'a> {
    Job::new(model, Input::Pixels(view(samples)), Output::Pixels)
}

/// A job that stands still at its first tile until it is let go.
struct Held {
    begun: Receiver<()>,
    go_on: SyncSender<()>,
}

fn hold(job: &mut Job<'_>) -> Held {
    job.options.tta = true; // several tiles, so that it can be cancelled at the first
    let (tell, begun) = sync_channel(64);
    let (go_on, wait) = sync_channel(64);
    let wait = Mutex::new(wait);
    job.progress = Some(Box::new(move |_, _| {
        let _ = tell.try_send(());
        let _ = wait.lock().unwrap().recv();
        ControlFlow::Continue(())
    }));
    Held { begun, go_on }
}

#[test]
fn a_job_gives_pixels_bytes_or_a_file() {
    let folder = Folder::new();
    let (jobs, model, samples) = (jobs(), model(), rgb());
    let png = std::fs::read(sprite()).unwrap();
    let pixels = jobs.submit(pixels_job(&model, &samples)).unwrap();
    let as_webp = Encoding {
        format: Some(Format::Webp),
        ..Default::default()
    };
    let mut bytes = Job::new(&model, Input::Bytes(&png), Output::Bytes(as_webp));
    bytes.key = Some("page 1".into());
    let bytes = jobs.submit(bytes).unwrap();
    let file = jobs
        .submit(Job::file(&model, sprite(), folder.file("out.png")))
        .unwrap();
    drop((png, model)); // all of it was copied

    let pixels = block_on(pixels).unwrap();
    let upscaler = Upscaler::open(&common::model(), &on_the_processor()).unwrap();
    let expected = upscaler
        .upscale_pixels(&view(&samples), &Default::default(), None)
        .unwrap();
    assert_eq!(pixels.pixels(), Some(expected.view()));
    assert_eq!((pixels.bytes(), pixels.path()), (None, None));
    assert_eq!(pixels.size(), Some((2 * SIDE, 2 * SIDE)));

    let bytes = block_on(bytes).unwrap();
    assert!(is_webp(bytes.bytes().unwrap()));
    assert_eq!(
        (bytes.key(), bytes.provider(), bytes.from_cache()),
        ("page 1", "cpu", false)
    );
    assert!(bytes.times().engine > 0.0);

    let id = file.id();
    let file = file.wait().unwrap();
    assert_eq!(file.id(), id);
    assert_eq!(file.path(), Some(folder.file("out.png").as_path()));
    png_size(&std::fs::read(folder.file("out.png")).unwrap());
}

#[test]
fn results_are_kept_and_found_again() {
    let folder = Folder::new();
    let options = JobsOptions {
        devices: vec![on_the_processor()],
        cache_folder: Some(folder.file("cache")),
        ..Default::default()
    };
    let model = model();
    let run = || {
        let jobs = Jobs::open(&options).unwrap();
        let png = Encoding {
            format: Some(Format::Png),
            ..Default::default()
        };
        let job = Job::new(&model, Input::File(sprite()), Output::Bytes(png));
        jobs.submit(job).unwrap().wait().unwrap()
    };
    let (first, again) = (run(), run());
    assert_eq!((first.from_cache(), again.from_cache()), (false, true));
    assert_eq!(first.bytes(), again.bytes());
    assert_eq!(again.size(), None);
}

#[test]
fn what_fails_says_why() {
    let folder = Folder::new();
    let (jobs, model) = (jobs(), model());
    let missing = jobs
        .submit(Job::file(&model, "none.png", folder.file("out.png")))
        .unwrap();
    let missing = block_on(missing).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(missing.message().contains("none.png"), "{missing}");
    let bad = Job::new(&model, Input::Bytes(b"no picture"), Output::Pixels);
    let bad = jobs.submit(bad).unwrap().wait().unwrap_err();
    assert_eq!(bad.kind(), ErrorKind::Unsupported, "{bad}");
    let empty = jobs
        .submit(Job::new(&model, Input::Bytes(b""), Output::Pixels))
        .unwrap_err();
    assert_eq!(empty.kind(), ErrorKind::InvalidArgument);
    let mut nul = Job::file(&model, sprite(), folder.file("out.png"));
    nul.key = Some("a\0b".into());
    assert_eq!(
        jobs.submit(nul).unwrap_err().kind(),
        ErrorKind::InvalidArgument
    );
    assert!(folder.names().is_empty());
    let none = JobsOptions {
        running_per_device: 0,
        ..Default::default()
    };
    assert_eq!(
        Jobs::open(&none).unwrap_err().kind(),
        ErrorKind::InvalidArgument
    );
}

#[test]
fn jobs_are_cancelled_by_handle_by_key_and_all_together() {
    let (jobs, model, samples) = (jobs(), model(), rgb());
    let cancelled = |handle: JobHandle| {
        assert_eq!(handle.wait().unwrap_err().kind(), ErrorKind::Cancelled);
    };
    let mut running = pixels_job(&model, &samples);
    let held = hold(&mut running);
    let running = jobs.submit(running).unwrap();
    held.begun.recv().unwrap();
    assert!(!running.has_ended());
    running.cancel();
    drop(held);
    cancelled(running);

    let mut keyed = pixels_job(&model, &samples);
    keyed.key = Some("page".into());
    let held = hold(&mut keyed);
    let keyed = jobs.submit(keyed).unwrap();
    held.begun.recv().unwrap();
    assert_eq!(jobs.cancel_key("another").unwrap(), 0);
    assert_eq!(jobs.cancel_key("page").unwrap(), 1);
    drop(held);
    cancelled(keyed);

    let mut last = pixels_job(&model, &samples);
    let held = hold(&mut last);
    let last = jobs.submit(last).unwrap();
    held.begun.recv().unwrap();
    assert_eq!(jobs.cancel_all().unwrap(), 1);
    drop(held);
    cancelled(last);
}

#[test]
fn a_job_that_takes_too_long_is_timed_out() {
    let (jobs, model, samples) = (jobs(), model(), rgb());
    let mut slow = pixels_job(&model, &samples);
    slow.options.tta = true;
    slow.time_out = Some(Duration::from_nanos(1)); // not none
    slow.progress = Some(Box::new(|_, _| {
        std::thread::sleep(Duration::from_millis(20));
        ControlFlow::Continue(())
    }));
    let error = jobs.submit(slow).unwrap().wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    let mut patient = pixels_job(&model, &samples);
    patient.time_out = Some(Duration::MAX);
    patient.deadline = Some(Duration::MAX);
    jobs.submit(patient).unwrap().wait().unwrap();
}

#[test]
fn a_handle_that_is_dropped_cancels_and_one_that_is_detached_does_not() {
    let folder = Folder::new();
    let (jobs, model) = (jobs(), model());
    let submit = |name: &str| {
        let mut job = Job::file(&model, sprite(), folder.file(name));
        let held = hold(&mut job);
        (jobs.submit(job).unwrap(), held)
    };
    let (dropped, held_dropped) = submit("dropped.png");
    let (detached, held_detached) = submit("detached.png");
    held_dropped.begun.recv().unwrap();
    held_detached.begun.recv().unwrap();
    drop(dropped);
    detached.detach();
    for held in [held_dropped, held_detached] {
        drop(held.go_on);
        while held.begun.recv().is_ok() {} // until its closure is dropped: it has ended
    }
    assert_eq!(folder.names(), ["detached.png"]);
}

#[test]
fn a_panic_of_progress_cancels_its_job_alone() {
    let (jobs, model, samples) = (jobs(), model(), rgb());
    let mut bad = pixels_job(&model, &samples);
    bad.options.tta = true;
    bad.progress = Some(Box::new(|_, _| panic!("oh no")));
    let bad = jobs.submit(bad).unwrap();
    let good = jobs.submit(pixels_job(&model, &samples)).unwrap();
    let error = block_on(bad).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(error.message().contains("oh no"), "{error}");
    block_on(good).unwrap();
}

#[test]
fn the_most_urgent_goes_first_also_when_it_became_so() {
    let options = JobsOptions {
        devices: vec![on_the_processor()],
        running_per_device: 1,
        ..Default::default()
    };
    let jobs = Jobs::open(&options).unwrap();
    let (model, samples) = (model(), rgb());
    let mut first = pixels_job(&model, &samples);
    first.priority = 100; // nothing overtakes it
    let held = hold(&mut first);
    let first = jobs.submit(first).unwrap();
    held.begun.recv().unwrap();
    let (tell, order) = channel();
    let handles: Vec<JobHandle> = [1, 2, 3]
        .iter()
        .map(|&priority| {
            let mut job = pixels_job(&model, &samples);
            job.priority = priority;
            let tell = Mutex::new(tell.clone());
            job.progress = Some(Box::new(move |_, _| {
                tell.lock().unwrap().send(priority).unwrap();
                ControlFlow::Continue(())
            }));
            jobs.submit(job).unwrap()
        })
        .collect();
    assert!(handles[0].set_priority(9));
    drop(held);
    first.wait().unwrap();
    for handle in handles {
        handle.wait().unwrap();
    }
    drop(tell);
    assert_eq!(order.iter().collect::<Vec<_>>(), [1, 3, 2]);
}

#[test]
fn dropping_the_queue_ends_its_jobs_and_all_are_told() {
    let (model, samples) = (model(), rgb());
    let (jobs, clone) = {
        let jobs = jobs();
        (jobs.clone(), jobs)
    };
    let mut running = pixels_job(&model, &samples);
    let held = hold(&mut running);
    let running = jobs.submit(running).unwrap();
    held.begun.recv().unwrap();
    let waiting: Vec<_> = (0..5)
        .map(|_| jobs.submit(pixels_job(&model, &samples)).unwrap())
        .collect();
    drop(clone);
    assert!(!running.has_ended(), "another clone is still there");
    drop(held.go_on);
    drop(jobs);
    for handle in waiting {
        assert!(handle.has_ended());
        if let Err(error) = handle.wait() {
            assert_eq!(error.kind(), ErrorKind::Cancelled);
        }
    }
    running.cancel(); // which is nothing any more
    assert!(!running.set_priority(3));
    assert!(running.has_ended());
}

#[test]
fn the_last_clone_may_be_dropped_in_a_progress_closure() {
    let (jobs, model, samples) = (jobs(), model(), rgb());
    let mut job = pixels_job(&model, &samples);
    job.options.tta = true;
    let shared = Arc::new(Mutex::new(Some(jobs.clone())));
    let taken = Arc::clone(&shared);
    let (submitted, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    job.progress = Some(Box::new(move |_, _| {
        let _ = wait.lock().unwrap().recv();
        drop(taken.lock().unwrap().take());
        ControlFlow::Continue(())
    }));
    let handle = jobs.submit(job).unwrap();
    drop(jobs);
    drop(submitted);
    assert_eq!(block_on(handle).unwrap_err().kind(), ErrorKind::Cancelled);
}

#[test]
fn a_closure_may_own_the_queue_that_it_is_called_by() {
    let (jobs, model, samples) = (jobs(), model(), rgb());
    let mut job = pixels_job(&model, &samples);
    let (tell, told) = channel();
    let own = (jobs.clone(), TellsWhenDropped(Mutex::new(tell)));
    job.progress = Some(Box::new(move |_, _| {
        let (jobs, _) = &own;
        let _ = jobs.cancel_key("nothing");
        ControlFlow::Continue(())
    }));
    let handle = jobs.submit(job).unwrap();
    drop(jobs);
    block_on(handle).unwrap();
    let panicked = told.recv().unwrap();
    assert!(!panicked, "dropping the queue before it went well");
}

/// Whether in a panic.
struct TellsWhenDropped(Mutex<std::sync::mpsc::Sender<bool>>);

impl Drop for TellsWhenDropped {
    fn drop(&mut self) {
        let _ = self.0.lock().unwrap().send(std::thread::panicking());
    }
}

/// Counts; and does what a careless executor might.
struct Counting(AtomicUsize);

impl Wake for Counting {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
        panic!("a waker that panics");
    }
}

#[test]
fn the_waker_of_the_last_poll_is_woken_once_and_may_panic() {
    let (jobs, model, samples) = (jobs(), model(), rgb());
    let mut job = pixels_job(&model, &samples);
    let held = hold(&mut job);
    let mut handle = jobs.submit(job).unwrap();
    held.begun.recv().unwrap();
    let wakers = [0, 1].map(|_| Arc::new(Counting(AtomicUsize::new(0))));
    for counting in [&wakers[0], &wakers[1], &wakers[1]] {
        let waker = Waker::from(Arc::clone(counting));
        let polled = Pin::new(&mut handle).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
    }
    drop(held);
    // The queue goes on after the panic.
    jobs.submit(pixels_job(&model, &samples))
        .unwrap()
        .wait()
        .unwrap();
    while !handle.has_ended() {
        std::thread::yield_now();
    }
    let nobody = Waker::from(Arc::new(Counting(AtomicUsize::new(0))));
    let polled = Pin::new(&mut handle).poll(&mut Context::from_waker(&nobody));
    assert!(matches!(polled, Poll::Ready(Ok(_))));
    drop(jobs); // the waker has been called by then
    let woken = wakers.map(|waker| waker.0.load(Ordering::SeqCst));
    assert_eq!(woken, [0, 1]);
}

/// Numbers that look random, the same each time.
fn dice(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |sides| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 33) % sides
    }
}

#[test]
fn fifty_jobs_of_any_priority_some_cancelled_end_once_each() {
    let (jobs, model, samples) = (jobs(), model(), rgb());
    for seed in 1..=4 {
        let mut roll = dice(seed);
        let told = Arc::new(AtomicUsize::new(0));
        let mut handles = Vec::new();
        let mut dropped = 0;
        for _ in 0..50 {
            let mut job = pixels_job(&model, &samples);
            job.priority = roll(10) as i32 - 5;
            let told = Arc::clone(&told);
            job.progress = Some(Box::new(move |_, _| {
                told.fetch_add(1, Ordering::Relaxed);
                ControlFlow::Continue(())
            }));
            let handle = jobs.submit(job).unwrap();
            match roll(5) {
                0 => handle.cancel(),
                1 => {
                    let _ = handle.set_priority(roll(20) as i32);
                }
                2 => {
                    dropped += 1;
                    continue;
                }
                _ => {}
            }
            handles.push(handle);
        }
        let mut seen = HashSet::new();
        let mut done = 0;
        for handle in handles.into_iter().rev() {
            let id = handle.id();
            assert!(seen.insert(id));
            match block_on(handle) {
                Ok(output) => {
                    assert_eq!(output.id(), id);
                    assert!(output.pixels().is_some());
                    done += 1;
                }
                Err(error) => assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}"),
            }
        }
        assert_eq!(seen.len() + dropped, 50);
        assert!(done > 0 && told.load(Ordering::Relaxed) >= done);
    }
}

/// Jobs that fail at once may have ended before `submit` knows their number.
#[test]
fn results_that_come_at_once_are_not_lost() {
    let (jobs, model, samples) = (jobs(), model(), rgb());
    let mut running = pixels_job(&model, &samples);
    let held = hold(&mut running); // so that results are being taken all the time
    let running = jobs.submit(running).unwrap();
    held.begun.recv().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..100 {
                    let job = Job::new(&model, Input::File("none.png".into()), Output::Pixels);
                    let error = jobs.submit(job).unwrap().wait().unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::NotFound);
                }
            });
        }
    });
    drop(held);
    running.wait().unwrap();
}

#[test]
fn many_threads_may_submit_to_one_queue() {
    let (jobs, model, samples) = (jobs(), model(), rgb());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    let handle = jobs.submit(pixels_job(&model, &samples)).unwrap();
                    let id = handle.id();
                    assert_eq!(handle.wait().unwrap().id(), id);
                }
            });
        }
    });
}
