//! What arrives at a worker: datagrams in batches, frames of TCP connections.

use std::{
    io::{self, IoSliceMut},
    net::{SocketAddr, UdpSocket},
    os::fd::AsRawFd,
    time::{Duration, Instant},
};

use nix::sys::socket::{ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg};

use super::{exchange::MAX_PACKET, path::Path, tcp::Connections};

/// Buffers for one recvmmsg.
pub struct Receive {
    /// One for each socket: what the kernel writes into them is as long as that socket's addresses.
    headers: Vec<MultiHeaders<SockaddrStorage>>,
    buffers: Box<[[u8; BUFFER]]>,
    sizes: [(usize, Option<SocketAddr>); BATCH],
    /// How many were fetched.
    count: usize,
    /// What the system has dropped, for each socket, because its buffer was full (SO_RXQ_OVFL).
    overflown: Box<[u32]>,
    tcp: Box<[u8; BUFFER]>,
}

impl Receive {
    /// Room for a batch from each of so many sockets.
    pub fn new(sockets: usize) -> Self {
        Self {
            headers: (0..sockets).map(|_| headers()).collect(),
            buffers: vec![[0; BUFFER]; BATCH].into(),
            sizes: [(0, None); BATCH],
            count: 0,
            overflown: vec![0; sockets].into(),
            tcp: Box::new([0; BUFFER]),
        }
    }

    /// Fetches one batch, and gives how many packets it is: [`BATCH`] where there may be more.
    pub fn fetch(&mut self, at: usize, socket: &UdpSocket) -> usize {
        self.take(at, socket, MsgFlags::MSG_DONTWAIT)
    }

    /// Waits in the receive call itself until something is there, for as long as the socket's own limit ([`may_wait`]) allows.
    /// Where packets keep coming this costs a system call less than asking first.
    pub fn await_and_fetch(&mut self, at: usize, socket: &UdpSocket) -> usize {
        self.take(at, socket, MsgFlags::MSG_WAITFORONE)
    }

    fn take(&mut self, at: usize, socket: &UdpSocket, flags: MsgFlags) -> usize {
        self.count = 0;
        let mut slices: [[IoSliceMut<'_>; 1]; BATCH] = {
            let mut buffers = self.buffers.iter_mut();
            std::array::from_fn(|_| [IoSliceMut::new(buffers.next().map_or(&mut [], |b| &mut b[..]))])
        };
        match recvmmsg(socket.as_raw_fd(), &mut self.headers[at], slices.iter_mut(), flags, None) {
            Ok(messages) => {
                for message in messages {
                    self.sizes[self.count] =
                        (message.bytes, message.address.as_ref().and_then(socket_address));
                    self.count += 1;
                    // The system adds this only once there is something to tell.
                    if let Some(ControlMessageOwned::RxqOvfl(total)) =
                        message.cmsgs().ok().and_then(|mut controls| controls.next())
                    {
                        self.overflown[at] = total;
                    }
                }
            }
            // Nothing there, or an ICMP error of an earlier send: neither is this socket's end.
            Err(_) => return 0,
        }
        self.count
    }

    /// How many packets were fetched.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Where the fetched packets came from.
    pub fn remotes(&self) -> impl Iterator<Item = SocketAddr> {
        self.sizes[..self.count].iter().filter_map(|(_, remote)| *remote)
    }

    /// The fetched packets.
    pub fn packets(&mut self) -> impl Iterator<Item = (SocketAddr, &mut [u8])> {
        let fetched = self.buffers.iter_mut().zip(self.sizes).take(self.count);
        fetched.filter_map(|(buffer, (size, remote))| Some((remote?, &mut buffer[..size])))
    }

    /// Makes room for the system to say what it has dropped. To be called every now and then: `nix` (0.31) leaves a later packet no more
    /// room for control messages than the one before took, and the first ones take none.
    pub fn make_room(&mut self) {
        self.headers.iter_mut().for_each(|old| *old = headers());
    }

    /// What the system has dropped, as of the first packet after [`Receive::make_room`].
    pub fn overflown(&self) -> u64 {
        self.overflown.iter().copied().map(u64::from).sum()
    }

    /// The next packet of a connection.
    pub fn tcp(&mut self, connections: &mut Connections, now: Instant) -> Option<(Path, &mut [u8])> {
        let (path, len) = connections.next_packet(&mut self.tcp[..], now)?;
        Some((path, &mut self.tcp[..len]))
    }
}

/// Prepares a socket for both kinds of fetching: calls wait unless they say otherwise, and for no longer than this.
pub fn may_wait(socket: &UdpSocket) -> io::Result<()> {
    socket.set_nonblocking(false)?;
    socket.set_read_timeout(Some(LONGEST_WAIT))
}

fn headers() -> MultiHeaders<SockaddrStorage> {
    MultiHeaders::preallocate(BATCH, Some(nix::cmsg_space!(u32)))
}

fn socket_address(address: &SockaddrStorage) -> Option<SocketAddr> {
    match (address.as_sockaddr_in(), address.as_sockaddr_in6()) {
        (Some(v4), _) => Some(SocketAddr::V4((*v4).into())),
        (_, Some(v6)) => Some(SocketAddr::V6((*v6).into())),
        _ => None,
    }
}

/// How many packets one system call takes.
pub const BATCH: usize = 32;
/// How long a receive call waits at most. The system rounds it up to its next tick or two.
const LONGEST_WAIT: Duration = Duration::from_millis(1);
/// One byte more than is taken, so that a longer packet is seen to be too long.
const BUFFER: usize = MAX_PACKET + 1;

#[cfg(test)]
mod tests {
    use nix::sys::socket::{setsockopt, sockopt};

    use super::*;

    #[test]
    fn a_socket_is_waited_at_until_something_comes_and_no_longer_than_it_allows() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        may_wait(&socket).unwrap();
        let (sender, to) = (UdpSocket::bind("127.0.0.1:0").unwrap(), socket.local_addr().unwrap());
        let mut receive = Receive::new(1);
        assert_eq!(receive.fetch(0, &socket), 0);
        assert_eq!(receive.await_and_fetch(0, &socket), 0);
        (0..3).for_each(|_| assert_eq!(sender.send_to(&[7; 100], to).unwrap(), 100));
        assert_eq!(receive.await_and_fetch(0, &socket), 3);
        assert_eq!(receive.packets().count(), 3);
    }

    #[test]
    fn what_the_system_dropped_is_known_once_there_is_room_to_say_it() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        setsockopt(&socket, sockopt::RxqOvfl, &1).unwrap();
        setsockopt(&socket, sockopt::RcvBuf, &10_000).unwrap();
        let (sender, to) = (UdpSocket::bind("127.0.0.1:0").unwrap(), socket.local_addr().unwrap());
        let mut receive = Receive::new(1);
        let drain = |receive: &mut Receive| while receive.fetch(0, &socket) > 0 {};
        let flood = || (0..500).for_each(|_| assert_eq!(sender.send_to(&[0; 100], to).unwrap(), 100));
        sender.send_to(&[0; 100], to).unwrap();
        drain(&mut receive);
        assert_eq!(receive.overflown(), 0);
        flood();
        drain(&mut receive);
        // What was dropped is told with the next packet. If this fails, nix gives each packet its room, and `make_room` can go.
        sender.send_to(&[0; 100], to).unwrap();
        drain(&mut receive);
        assert_eq!(receive.overflown(), 0);
        receive.make_room();
        sender.send_to(&[0; 100], to).unwrap();
        drain(&mut receive);
        assert!(receive.overflown() > 0);
    }
}
