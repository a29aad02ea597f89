//! Which CPUs a bench of two threads may use.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::fs;

/// Two CPUs of different cores, or why there are none.
pub(crate) fn two() -> Result<[usize; 2], String> {
    let allowed = sched_getaffinity(None).map_err(|error| format!("sched_getaffinity: {error}"))?;
    let mut allowed = (0..CpuSet::MAX_CPU).filter(|&cpu| allowed.is_set(cpu));
    let first = allowed.next().ok_or("no CPU is allowed")?;
    let second = allowed.find(|&cpu| core(cpu) != core(first));
    Ok([first, second.ok_or("two threads need two cores, and one is allowed here")?])
}

/// What tells the core of a CPU from others: threads of one core share what is to be measured.
fn core(cpu: usize) -> (usize, String) {
    let topology = format!("/sys/devices/system/cpu/cpu{cpu}/topology/core_cpus_list");
    match fs::read_to_string(topology) {
        Ok(siblings) => (0, siblings),
        Err(_) => (cpu, String::new()),
    }
}

/// Keeps the calling thread on a CPU.
pub(crate) fn pin(cpu: usize) {
    let mut set = CpuSet::new();
    set.set(cpu);
    sched_setaffinity(None, &set).expect("a CPU that was allowed");
}

/// How often the calling thread was made to give up its CPU.
pub(crate) fn preemptions() -> i64 {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the argument is room for the answer.
    let status = unsafe { libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr()) };
    assert_eq!(status, 0, "getrusage");
    // SAFETY: all integers, zeroed above and filled in by the call.
    unsafe { usage.assume_init() }.ru_nivcsw
}
