//! The datagrams of a swarm. The relay tells legs apart by address, so each leg has one of its own: towards a relay on loopback
//! out of 127.64.0.0/10, thousands of them on one socket (IP_PKTINFO); towards any other a socket of its own.

use std::{
    collections::{HashMap, VecDeque},
    fs,
    io::{self, IoSliceMut},
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    os::fd::{AsFd as _, AsRawFd as _},
    sync::Arc,
};

use mio::{Interest, Registry, Token, unix::SourceFd};
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, setsockopt,
    sockopt::{Ipv4PacketInfo, RcvBufForce},
};
use rustix::net::sockopt::{Ipv4PathMtuDiscovery, set_ip_mtu_discover};
use socket2::{Domain, Protocol, Socket, Type};

use super::batch::Batch;
use crate::client::event::PathId;

/// A leg's local address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Local {
    /// That address on a shared socket.
    Shared(u32),
    /// A socket of its own.
    Own(u32),
}

/// Whose an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner {
    pub endpoint: u32,
    pub path: PathId,
}

/// The addresses of a swarm and what leaves from them.
pub(super) struct Udp {
    shared: Arc<[Socket]>,
    /// What waits to leave from each of them.
    batches: Vec<Batch>,
    owners: Vec<Option<Owner>>,
    /// Addresses that were given back. The oldest is used again first, when what was on its way to it has long arrived.
    free: VecDeque<u32>,
    own: HashMap<u32, (Arc<UdpSocket>, Owner)>,
    next_own: u32,
    /// Datagrams that the sockets did not take from this thread.
    pub refused: u64,
}

impl Udp {
    /// Opens `count` shared sockets.
    pub(super) fn open(count: usize, registry: &Registry) -> io::Result<Self> {
        let mut shared = Vec::new();
        for at in 0..count.max(1) {
            let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
            // As much as the system allows; less only means that packets are lost in shorter stalls of this thread. The first asks
            // for more than net.core.rmem_max, which takes a capability.
            if setsockopt(&socket, RcvBufForce, &SOCKET_BUFFER).is_err() {
                let _ = socket.set_recv_buffer_size(SOCKET_BUFFER);
            }
            let _ = socket.set_send_buffer_size(SOCKET_BUFFER);
            socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)).into())?;
            socket.set_nonblocking(true)?;
            setsockopt(&socket, Ipv4PacketInfo, &true)?;
            // Datagrams that are never cut into fragments need no number for their fragments: it is a good part of a sending's cost.
            let _ = set_ip_mtu_discover(&socket, Ipv4PathMtuDiscovery::DO);
            registry.register(&mut SourceFd(&socket.as_raw_fd()), Token(SHARED + at), Interest::READABLE)?;
            shared.push(socket);
        }
        Ok(Self {
            batches: shared.iter().map(|_| Batch::default()).collect(),
            shared: shared.into(),
            owners: Vec::new(),
            free: VecDeque::new(),
            own: HashMap::new(),
            next_own: 0,
            refused: 0,
        })
    }

    /// Where datagrams are taken from the shared sockets.
    pub(super) fn receive(&self) -> Receive {
        Receive {
            shared: self.shared.clone(),
            headers: MultiHeaders::preallocate(BATCH, Some(nix::cmsg_space!(nix::libc::in_pktinfo))),
            buffers: vec![[0; BUFFER]; BATCH].into(),
            came: [(0, 0); BATCH],
            count: 0,
        }
    }

    /// Whose a shared address is.
    pub(super) fn owner(&self, number: u32) -> Option<Owner> {
        self.owners.get(number as usize).copied().flatten()
    }

    /// A socket of its own, and whose it is.
    pub(super) fn own(&self, number: u32) -> Option<(Arc<UdpSocket>, Owner)> {
        self.own.get(&number).cloned()
    }

    /// A local address for datagrams to `to`.
    pub(super) fn path(&mut self, owner: Owner, to: SocketAddr, registry: &Registry) -> io::Result<Local> {
        if matches!(to, SocketAddr::V4(v4) if v4.ip().is_loopback()) {
            let reuse = self.free.len() >= REST || self.owners.len() >= ADDRESSES;
            let number = match self.free.pop_front().filter(|_| reuse) {
                Some(number) => number,
                None => {
                    self.owners.push(None);
                    self.owners.len() as u32 - 1
                }
            };
            self.owners[number as usize] = Some(owner);
            return Ok(Local::Shared(number));
        }
        let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(any)?;
        socket.connect(to)?;
        socket.set_nonblocking(true)?;
        let number = self.next_own;
        self.next_own = self.next_own.wrapping_add(1);
        let token = Token(OWN + number as usize);
        registry.register(&mut SourceFd(&socket.as_raw_fd()), token, Interest::READABLE)?;
        self.own.insert(number, (Arc::new(socket), owner));
        Ok(Local::Own(number))
    }

    /// Gives an address back.
    pub(super) fn close(&mut self, local: Local, registry: &Registry) {
        match local {
            Local::Shared(number) => {
                if let Some(owner) = self.owners.get_mut(number as usize) {
                    *owner = None;
                    self.free.push_back(number);
                }
            }
            Local::Own(number) => {
                if let Some((socket, _)) = self.own.remove(&number) {
                    // A socket that is closed next is of no interest in any case.
                    let _ = registry.deregister(&mut SourceFd(&socket.as_raw_fd()));
                }
            }
        }
    }

    /// Sends a datagram; on a shared socket, at the latest with the next [`Udp::flush`]. One that does not go is lost, as on any
    /// network.
    pub(super) fn send(&mut self, local: Local, to: SocketAddr, packet: &[u8]) {
        match (local, to) {
            (Local::Shared(number), SocketAddr::V4(to)) => {
                let at = number as usize % self.shared.len();
                if self.batches[at].push(address_of(number), to, packet) {
                    self.refused += self.batches[at].send(self.shared[at].as_fd());
                }
            }
            // No shared address is given for such.
            (Local::Shared(_), SocketAddr::V6(_)) => self.refused += 1,
            (Local::Own(number), _) => {
                let sent = self.own.get(&number).is_some_and(|(socket, _)| socket.send(packet).is_ok());
                self.refused += u64::from(!sent);
            }
        }
    }

    /// Datagrams that the shared sockets have dropped so far, because this thread did not fetch them in time. SO_RXQ_OVFL would tell
    /// the same with a datagram, but `nix` (0.31) leaves later ones no more room for control messages than the first ones took.
    pub(super) fn overflown(&self) -> u64 {
        let Ok(table) = fs::read_to_string("/proc/thread-self/net/udp") else { return 0 };
        let addresses = self.shared.iter().filter_map(|socket| socket.local_addr().ok()?.as_socket());
        let ports: Vec<_> = addresses.map(|address| format!(":{:04X}", address.port())).collect();
        let drops = table.lines().filter_map(|line| {
            // sl, local_address, ..., drops (proc(5)).
            let mut fields = line.split_ascii_whitespace();
            let local = fields.nth(1)?;
            ports.iter().any(|port| local.ends_with(port)).then_some(())?;
            fields.next_back()?.parse::<u64>().ok()
        });
        drops.sum()
    }

    /// Lets go what waits.
    pub(super) fn flush(&mut self) {
        for (batch, socket) in self.batches.iter_mut().zip(self.shared.iter()) {
            self.refused += batch.send(socket.as_fd());
        }
    }
}

/// Buffers for what comes.
pub(super) struct Receive {
    shared: Arc<[Socket]>,
    headers: MultiHeaders<SockaddrIn>,
    buffers: Box<[[u8; BUFFER]]>,
    /// Length, and number of the address.
    came: [(usize, u32); BATCH],
    count: usize,
}

impl Receive {
    /// How many shared sockets there are.
    pub(super) fn sockets(&self) -> usize {
        self.shared.len()
    }

    /// Fetches a batch from a shared socket. Gives whether there may be more.
    pub(super) fn fetch(&mut self, at: usize) -> bool {
        self.count = 0;
        let mut slices: [[IoSliceMut<'_>; 1]; BATCH] = {
            let mut buffers = self.buffers.iter_mut();
            std::array::from_fn(|_| [IoSliceMut::new(buffers.next().map_or(&mut [], |b| &mut b[..]))])
        };
        let fd = self.shared[at].as_raw_fd();
        let received = recvmmsg(fd, &mut self.headers, slices.iter_mut(), MsgFlags::MSG_DONTWAIT, None);
        // Nothing there, or an ICMP error of an earlier send: neither is this socket's end.
        let Ok(messages) = received else { return false };
        for message in messages {
            let number = message.cmsgs().ok().and_then(|mut found| {
                found.find_map(|control| match control {
                    ControlMessageOwned::Ipv4PacketInfo(info) => {
                        number_of(Ipv4Addr::from(u32::from_be(info.ipi_addr.s_addr)))
                    }
                    _ => None,
                })
            });
            self.came[self.count] = (message.bytes, number.unwrap_or(u32::MAX));
            self.count += 1;
        }
        self.count == BATCH
    }

    /// The numbers of the addresses to which the fetched packets came.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> + Clone {
        self.came[..self.count].iter().map(|(_, number)| *number)
    }

    /// The fetched packets, with those numbers.
    pub(super) fn packets(&mut self) -> impl Iterator<Item = (u32, &mut [u8])> {
        let buffers = self.buffers.iter_mut().zip(self.came).take(self.count);
        buffers.map(|(buffer, (size, number))| (number, &mut buffer[..size]))
    }

    /// Takes what came to a socket of its own.
    pub(super) fn own(&mut self, socket: &UdpSocket, mut take: impl FnMut(&mut [u8])) {
        let buffer = &mut self.buffers[0];
        while let Ok(size) = socket.recv(buffer) {
            take(&mut buffer[..size]);
        }
    }
}

fn address_of(number: u32) -> Ipv4Addr {
    Ipv4Addr::from(FIRST + number)
}

fn number_of(address: Ipv4Addr) -> Option<u32> {
    u32::from(address).checked_sub(FIRST)
}

/// 127.64.0.1.
const FIRST: u32 = 127 << 24 | 64 << 16 | 1;
/// As many as end with 127.127.255.254.
const ADDRESSES: usize = (1 << 22) - 2;
/// So many addresses rest before one is used again.
const REST: usize = 4_096;
const BATCH: usize = 64;
/// Longer than anything that a relay sends.
const BUFFER: usize = 1_600;
const SOCKET_BUFFER: usize = 8 << 20;
/// The readiness token of the first shared socket; behind it those of sockets of their own.
pub(super) const SHARED: usize = 1;
pub(super) const OWN: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_fetched_in_time_is_counted() {
        let poll = mio::Poll::new().unwrap();
        let udp = Udp::open(1, poll.registry()).unwrap();
        let port = udp.shared[0].local_addr().unwrap().as_socket().unwrap().port();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        assert_eq!(udp.overflown(), 0);
        // More than any buffer of SOCKET_BUFFER takes.
        let large = vec![0; 60_000];
        let sent = (0..2 * SOCKET_BUFFER / large.len() * 2)
            .filter(|_| sender.send_to(&large, (address_of(0), port)).is_ok());
        assert!(sent.count() > 0);
        assert!(udp.overflown() > 0);
    }
}
