//! A processor for each worker, where the operator asks for it.

use std::io;

use nix::{
    sched::{CpuSet, sched_getaffinity, sched_setaffinity},
    unistd::Pid,
};

/// The processor of the worker `index`: of those that this process may use, the one at that place, counted round.
pub fn processor(index: usize) -> io::Result<CpuSet> {
    let allowed = sched_getaffinity(THIS_THREAD)?;
    let usable: Vec<usize> =
        (0..CpuSet::count()).filter(|processor| allowed.is_set(*processor).unwrap_or(false)).collect();
    let mut one = CpuSet::new();
    if let Some(processor) = usable.get(index % usable.len().max(1)) {
        one.set(*processor)?;
    }
    Ok(one)
}

/// Keeps this thread to a processor.
pub fn keep_to(processor: &CpuSet) {
    if let Err(error) = sched_setaffinity(THIS_THREAD, processor) {
        tracing::warn!(%error, "a relay worker cannot keep to its processor, and runs on any");
    }
}

/// What the system takes for the thread that asks.
const THIS_THREAD: Pid = Pid::from_raw(0);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_keeps_to_one_of_the_processors_that_the_process_may_use() {
        let allowed = sched_getaffinity(THIS_THREAD).unwrap();
        std::thread::spawn(move || {
            keep_to(&processor(1_000).unwrap());
            let kept = sched_getaffinity(THIS_THREAD).unwrap();
            let kept: Vec<_> = (0..CpuSet::count()).filter(|n| kept.is_set(*n).unwrap()).collect();
            assert!(kept.len() == 1 && allowed.is_set(kept[0]).unwrap());
        })
        .join()
        .unwrap();
    }
}
