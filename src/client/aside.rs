//! What blocks for as long as the system likes, and nothing can end: to find a host, to connect to it. A thread of its own
//! does it, and whoever waits for that can be called off, or stop waiting when his time is over; the thread then ends when the
//! system lets it go. Connections are kept, so this is rare.

use super::watch::{Watch, check, here};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};
use ureq::unversioned::transport::ShutdownHandle;
use ureq::{Error, Timeout};

/// What is heard from the thread, or from a cancel.
enum News<T> {
    Done(io::Result<T>),
    CalledOff,
}

/// By which a cancel ends the waiting.
struct CallOff<T>(SyncSender<News<T>>);

impl<T: Send> ShutdownHandle for CallOff<T> {
    fn shutdown(&self) {
        // A second cancel finds no room, and needs none.
        let _ = self.0.try_send(News::CalledOff);
    }
}

/// Does `work` aside, and waits for it within the limit, which is over for this `reason`, and within what the call has.
pub(super) fn aside<T: Send + 'static>(
    limit: Duration,
    reason: Timeout,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Error> {
    // Room for both: neither waits for the other to be heard.
    let (tell, news) = sync_channel(2);
    let call_off: Arc<dyn ShutdownHandle> = Arc::new(CallOff(tell.clone()));
    here(|watch| watch.waits(Arc::downgrade(&call_off)));
    check()?; // by one that came before there was anything to be ended by
    let thread = std::thread::Builder::new().name("hscb-connect".to_owned());
    thread.spawn(move || _ = tell.send(News::Done(work())))?;
    let whole = here(|watch| watch.whole_left(Instant::now()));
    match news.recv_timeout(whole.map_or(limit, |whole| whole.min(limit))) {
        Ok(News::Done(done)) => Ok(done?),
        Ok(News::CalledOff) => check().and(Err(Error::ConnectionFailed)),
        Err(_) => {
            here(Watch::check_whole);
            Err(Error::Timeout(reason))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::kind::Kind;
    use super::super::watch::Cancel;
    use super::*;
    use std::sync::mpsc::channel;

    const LONG: Duration = Duration::from_secs(600);

    #[test]
    fn a_cancel_ends_the_waiting_though_the_work_goes_on() {
        let (cancel, (begins, begun), (release, held)) = (Cancel::new(), channel(), channel::<()>());
        let watch = Watch::new(cancel.clone(), Instant::now() + LONG, LONG, LONG);
        let result = std::thread::scope(|scope| {
            scope.spawn(move || {
                begun.recv().expect("the work begins");
                cancel.cancel();
                cancel.cancel(); // once more does no harm
            });
            watch.over(|| aside(LONG, Timeout::Resolve, move || Ok((begins.send(()), held.recv()))))
        });
        assert!(result.is_err());
        assert_eq!(watch.verdict(), Some(Kind::Cancelled));
        drop(release);
    }

    #[test]
    fn work_that_takes_too_long_is_waited_for_no_longer() {
        let (_release, held) = channel::<()>();
        let late = aside(Duration::from_millis(10), Timeout::Resolve, move || Ok(held.recv()));
        assert!(matches!(late, Err(Error::Timeout(Timeout::Resolve))));
        let watch = Watch::new(Cancel::new(), Instant::now() + Duration::from_millis(10), LONG, LONG);
        let (_release, held) = channel::<()>();
        assert!(watch.over(|| aside(LONG / 100, Timeout::Resolve, move || Ok(held.recv()))).is_err());
        assert_eq!(watch.verdict(), Some(Kind::Deadline));
        assert_eq!(aside(LONG, Timeout::Resolve, || Ok(7)).expect("it is done"), 7);
    }
}
