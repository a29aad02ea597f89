//! Connections over TCP whose every wait is the watch's: within its limits, and ended by its cancel.

use super::aside::aside;
use super::kind::Kind;
use super::watch::{Watch, check, here};
use std::fmt;
use std::io::{self, ErrorKind, IoSlice, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, ShutdownHandle, Transport,
};
use ureq::{Error, Timeout};

/// Makes connections.
#[derive(Debug)]
pub(super) struct Dialer;

/// A connection.
pub(super) struct Socket {
    stream: Arc<TcpStream>,
    buffers: LazyBuffers,
    /// Output that waits for more, or for the time when an answer is waited for: the head of a request and a small body then
    /// go out together, and wake the server once.
    held: Vec<u8>,
    /// The limits that the system was told last: telling it is a system call.
    read_limit: Option<Duration>,
    write_limit: Option<Duration>,
    /// The watch of the call that it was made for.
    made_for: Option<u64>,
}

impl<In: Transport> Connector<In> for Dialer {
    type Out = Either<In, Socket>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        tunnel: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        if let Some(tunnel) = tunnel {
            return Ok(Some(Either::A(tunnel)));
        }
        let stream = Arc::new(dial(&details.addrs, details.timeout)?);
        stream.set_nodelay(details.config.no_delay())?;
        let end: Weak<dyn ShutdownHandle> = Arc::<TcpStream>::downgrade(&stream);
        (details.register_shutdown)(end)?;
        Ok(Some(Either::B(Socket {
            stream,
            buffers: LazyBuffers::new(
                details.config.input_buffer_size(),
                details.config.output_buffer_size(),
            ),
            held: Vec::new(),
            read_limit: None,
            write_limit: None,
            made_for: here(Watch::number),
        })))
    }
}

/// Connects to the first of these that lets itself be connected to. Each has half of the time that is left, and the last
/// all of it; that is the time for connecting or the call's, whichever is over first.
fn dial(to: &[SocketAddr], timeout: NextTimeout) -> Result<TcpStream, Error> {
    let begun = Instant::now();
    let mut failed = Error::HostNotFound;
    for (number, address) in to.iter().copied().enumerate() {
        let left = timeout.after.saturating_sub(begun.elapsed());
        let whole = here(|watch| watch.whole_left(Instant::now()));
        let left = whole.map_or(left, |whole| left.min(whole));
        let share = if number + 1 == to.len() { left } else { left / 2 }.max(MS);
        match aside(share, timeout.reason, move || TcpStream::connect_timeout(&address, share)) {
            Ok(stream) => return Ok(stream),
            Err(Error::Io(error)) if error.kind() == ErrorKind::TimedOut => {
                failed = Error::Timeout(timeout.reason);
            }
            Err(error) => failed = error,
        }
        here(Watch::check_whole);
        check()?;
    }
    Err(failed)
}

/// When a wait is over, and why.
struct Limit {
    /// When the clock was last looked at.
    now: Instant,
    until: Option<Instant>,
    /// ureq's reason.
    reason: Timeout,
    /// What it is if the limit is the watch's.
    ours: Option<Kind>,
}

impl Limit {
    /// The watch's, or ureq's, whichever is over first.
    fn new(theirs: NextTimeout) -> Self {
        let now = Instant::now();
        let after = (!theirs.after.is_not_happening()).then_some(*theirs.after);
        let ours = here(|watch| watch.left(now)).filter(|(ours, _)| after.is_none_or(|after| *ours < after));
        let left = ours.map_or(after, |(left, _)| Some(left));
        let until = left.and_then(|left| now.checked_add(left));
        Self { now, until, reason: theirs.reason, ours: ours.map(|(_, kind)| kind) }
    }

    /// How long to wait at once; an error if it is over.
    ///
    /// A limit is told to the socket by a system call, unless it is the one that it has. So a wait is cut into steps of round
    /// lengths, the longest that fit into what is left: nearly every call then begins with the same.
    fn step(&self) -> Result<Option<Duration>, Error> {
        let Some(until) = self.until else { return Ok(None) };
        let left = until.saturating_duration_since(self.now);
        if left.is_zero() {
            if let Some(kind) = self.ours {
                here(|watch| watch.ran_out(kind));
            }
            return Err(Error::Timeout(self.reason));
        }
        let ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX).clamp(1, 1 << 40);
        Ok(Some(Duration::from_millis(1 << ms.ilog2())))
    }
}

const MS: Duration = Duration::from_millis(1);

impl Socket {
    /// Does what may wait, step by step until the limit; a socket that the caller shut is an error, and not the end of the
    /// body.
    fn within<R>(
        &mut self,
        limit: &mut Limit,
        mut wait: impl FnMut(&mut Self, Option<Duration>) -> io::Result<R>,
    ) -> Result<R, Error> {
        here(|watch| {
            watch.has_connection_of(self.made_for);
            watch.waits(Arc::<TcpStream>::downgrade(&self.stream));
        });
        loop {
            check()?;
            let step = limit.step()?;
            let waited = wait(self, step);
            check()?;
            match waited {
                Ok(done) => return Ok(done),
                Err(error) if is_for_now(error.kind()) => limit.now = Instant::now(),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Sends what is held, and so much output behind it.
    fn send(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let mut limit = Limit::new(timeout);
        let (mut sent, all) = (0, self.held.len() + amount);
        while sent < all {
            if sent > 0 {
                limit.now = Instant::now();
            }
            sent += self.within(&mut limit, |socket, step| {
                let Self { stream, buffers, held, write_limit, .. } = socket;
                if *write_limit != step {
                    stream.set_write_timeout(step)?;
                    *write_limit = step;
                }
                let (held, behind) = (&held[sent.min(held.len())..], sent.saturating_sub(held.len()));
                let rest = [IoSlice::new(held), IoSlice::new(&buffers.output()[behind..amount])];
                match (&**stream).write_vectored(&rest)? {
                    0 => Err(ErrorKind::WriteZero.into()),
                    n => Ok(n),
                }
            })?;
        }
        self.held.clear();
        Ok(())
    }
}

/// So much output may wait for more.
const HELD: usize = 4096;

/// The step was over, or a signal came.
fn is_for_now(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

impl Transport for Socket {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if self.held.len() + amount > HELD {
            return self.send(amount, timeout.for_write());
        }
        self.held.extend_from_slice(&self.buffers.output()[..amount]);
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        if !self.held.is_empty() {
            self.send(0, timeout.for_write())?;
        }
        let mut limit = Limit::new(timeout.for_read());
        let came = self.within(&mut limit, |socket, step| {
            if socket.read_limit != step {
                socket.stream.set_read_timeout(step)?;
                socket.read_limit = step;
            }
            (&*socket.stream).read(socket.buffers.input_append_buf())
        })?;
        self.buffers.input_appended(came);
        Ok(came > 0)
    }

    fn is_open(&mut self) -> bool {
        is_silent(&self.stream)
    }
}

/// Nothing came that nobody asked for: no byte, and not its end.
#[cfg(unix)]
fn is_silent(stream: &TcpStream) -> bool {
    use rustix::net::{RecvFlags, recv};
    let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
    matches!(recv(stream, &mut [0_u8; 1], flags), Err(rustix::io::Errno::AGAIN))
}

/// Nothing came that nobody asked for: no byte, and not its end.
#[cfg(not(unix))]
fn is_silent(stream: &TcpStream) -> bool {
    let look = || {
        stream.set_nonblocking(true)?;
        let seen = stream.peek(&mut [0; 1]);
        stream.set_nonblocking(false)?;
        seen
    };
    look().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("peer", &self.stream.peer_addr().ok()).finish_non_exhaustive()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::watch::Cancel;
    use super::*;
    use rustix::net::sockopt::{set_socket_recv_buffer_size, set_socket_send_buffer_size};
    use rustix::net::{AddressFamily, SocketType, bind, listen, socket};
    use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};

    const LONG: Duration = Duration::from_secs(600);

    /// Over a call that has so long.
    fn watch(ms: u64) -> Watch {
        Watch::new(Cancel::new(), Instant::now() + Duration::from_millis(ms), LONG, LONG)
    }

    /// Where connecting takes for ever, for as long as these are kept: nobody accepts, and there is no more room to wait.
    fn hole() -> (SocketAddr, TcpListener, Vec<TcpStream>) {
        let full = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
        bind(&full, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).expect("a port");
        listen(&full, 0).expect("it listens");
        let full = TcpListener::from(full);
        let at = full.local_addr().expect("bound");
        let waits = std::iter::from_fn(|| TcpStream::connect_timeout(&at, Duration::from_millis(100)).ok());
        let waiting = waits.collect();
        (at, full, waiting)
    }

    fn dial_within(ms: u64, to: &[SocketAddr]) -> (bool, Option<Kind>) {
        let connect = NextTimeout { after: LONG.into(), reason: Timeout::Connect, ..NextTimeout::default() };
        let watch = watch(ms);
        (watch.over(|| dial(to, connect)).is_ok(), watch.verdict())
    }

    #[test]
    fn the_addresses_of_a_host_share_what_the_call_has() {
        let (hole, _full, _waiting) = hole();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let there = listener.local_addr().expect("bound");
        assert_eq!(dial_within(1000, &[hole, there]), (true, None));
        assert_eq!(dial_within(300, &[hole, hole]), (false, Some(Kind::Deadline)));
    }

    #[test]
    fn a_peer_that_takes_little_at_a_time_does_not_stretch_the_limit() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        set_socket_recv_buffer_size(&listener, 4096).expect("a small buffer");
        let stream = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
        set_socket_send_buffer_size(&stream, 4096).expect("a small buffer");
        let (mut peer, _) = listener.accept().expect("a connection");
        std::thread::spawn(move || {
            // Until the other end is closed.
            while matches!(peer.read(&mut [0; 4096]), Ok(1..)) {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let watch = watch(300);
        let mut socket = Socket {
            stream: Arc::new(stream),
            buffers: LazyBuffers::new(1024, 1024),
            held: vec![0; 512 << 10], // which it would take for two seconds and more
            read_limit: None,
            write_limit: None,
            made_for: None,
        };
        assert!(watch.over(|| socket.send(0, NextTimeout::default())).is_err());
        assert_eq!(watch.verdict(), Some(Kind::Deadline));
    }
}
