//! Work on a stack of its own: terms may be deep, and a caller's stack may be small.

use crate::error::{Error, Kind};

/// Stack of the engine's thread, in bytes. Address space only: pages are touched as they are needed.
const STACK: usize = 256 << 20;

/// Runs `work` on a large stack and waits for it.
pub(crate) fn run<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Error> {
    std::thread::scope(|scope| {
        let worker = std::thread::Builder::new().name("gradus".into()).stack_size(STACK).spawn_scoped(scope, work);
        worker.map_err(Kind::Thread)?.join().map_err(|_| Error::from(Kind::Fault))
    })
}
