//! The datagrams of a swarm. The relay tells legs apart by address, so each leg has one of its own: towards a relay on loopback
//! out of 127.64.0.0/10, thousands of them on one socket (IP_PKTINFO); towards any other a socket of its own.

use std::{
    collections::{HashMap, VecDeque},
    io::{self, IoSlice, IoSliceMut},
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    os::fd::AsRawFd as _,
    sync::Arc,
};

use mio::{Interest, Registry, Token, unix::SourceFd};
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, setsockopt, sockopt::Ipv4PacketInfo,
};
use socket2::{Domain, MsgHdr, Protocol, SockAddr, Socket, Type};

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
    owners: Vec<Option<Owner>>,
    /// Addresses that were given back. The oldest is used again first, when what was on its way to it has long arrived.
    free: VecDeque<u32>,
    own: HashMap<u32, (Arc<UdpSocket>, Owner)>,
    next_own: u32,
    /// Datagrams that the sockets did not take.
    pub refused: u64,
}

impl Udp {
    /// Opens `count` shared sockets.
    pub(super) fn open(count: usize, registry: &Registry) -> io::Result<Self> {
        let mut shared = Vec::new();
        for at in 0..count.max(1) {
            let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
            // As much as the system allows; less only means that bursts are lost earlier.
            let _ = socket.set_recv_buffer_size(SOCKET_BUFFER);
            let _ = socket.set_send_buffer_size(SOCKET_BUFFER);
            socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)).into())?;
            socket.set_nonblocking(true)?;
            setsockopt(&socket, Ipv4PacketInfo, &true)?;
            registry.register(&mut SourceFd(&socket.as_raw_fd()), Token(SHARED + at), Interest::READABLE)?;
            shared.push(socket);
        }
        Ok(Self {
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

    /// Sends a datagram. One that does not go is lost, as on any network.
    pub(super) fn send(&mut self, local: Local, to: SocketAddr, packet: &[u8]) {
        let sent = match local {
            Local::Shared(number) => {
                let control = from(address_of(number));
                let to = SockAddr::from(to);
                let buffers = [IoSlice::new(packet)];
                let message = MsgHdr::new().with_addr(&to).with_buffers(&buffers).with_control(&control);
                let socket = &self.shared[number as usize % self.shared.len()];
                socket.sendmsg(&message, nix::libc::MSG_DONTWAIT).is_ok()
            }
            Local::Own(number) => {
                self.own.get(&number).is_some_and(|(socket, _)| socket.send(packet).is_ok())
            }
        };
        self.refused += u64::from(!sent);
    }
}

/// Buffers for what comes.
pub(super) struct Receive {
    shared: Arc<[Socket]>,
    headers: MultiHeaders<SockaddrIn>,
    buffers: Box<[[u8; BUFFER]]>,
    came: [(usize, u32); BATCH],
}

impl Receive {
    /// How many shared sockets there are.
    pub(super) fn sockets(&self) -> usize {
        self.shared.len()
    }

    /// Takes a batch from a shared socket, with the numbers of the addresses. Gives whether there may be more.
    pub(super) fn batch(&mut self, at: usize, mut take: impl FnMut(u32, &mut [u8])) -> bool {
        let mut slices: [[IoSliceMut<'_>; 1]; BATCH] = {
            let mut buffers = self.buffers.iter_mut();
            std::array::from_fn(|_| [IoSliceMut::new(buffers.next().map_or(&mut [], |b| &mut b[..]))])
        };
        let fd = self.shared[at].as_raw_fd();
        let received = recvmmsg(fd, &mut self.headers, slices.iter_mut(), MsgFlags::MSG_DONTWAIT, None);
        // Nothing there, or an ICMP error of an earlier send: neither is this socket's end.
        let Ok(messages) = received else { return false };
        let mut count = 0;
        for message in messages {
            let number = message.cmsgs().ok().and_then(|mut found| {
                found.find_map(|control| match control {
                    ControlMessageOwned::Ipv4PacketInfo(info) => {
                        number_of(Ipv4Addr::from(u32::from_be(info.ipi_addr.s_addr)))
                    }
                    _ => None,
                })
            });
            self.came[count] = (message.bytes, number.unwrap_or(u32::MAX));
            count += 1;
        }
        for (buffer, (size, number)) in self.buffers.iter_mut().zip(self.came).take(count) {
            take(number, &mut buffer[..size]);
        }
        count == BATCH
    }

    /// Takes what came to a socket of its own.
    pub(super) fn own(&mut self, socket: &UdpSocket, mut take: impl FnMut(&mut [u8])) {
        let buffer = &mut self.buffers[0];
        while let Ok(size) = socket.recv(buffer) {
            take(&mut buffer[..size]);
        }
    }
}

/// IP_PKTINFO as a control message (cmsg(3)): send from this address.
fn from(address: Ipv4Addr) -> [u8; CONTROL] {
    let mut control = [0; CONTROL];
    control[..8].copy_from_slice(&(8 + 8 + 12_usize).to_ne_bytes());
    control[8..12].copy_from_slice(&nix::libc::IPPROTO_IP.to_ne_bytes());
    control[12..16].copy_from_slice(&nix::libc::IP_PKTINFO.to_ne_bytes());
    // Interface number 0, then the local address as it stands in a packet.
    control[20..24].copy_from_slice(&address.octets());
    control
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
const CONTROL: usize = 32;
const BATCH: usize = 64;
/// Longer than anything that a relay sends.
const BUFFER: usize = 1_600;
const SOCKET_BUFFER: usize = 8 << 20;
/// The readiness token of the first shared socket; behind it those of sockets of their own.
pub(super) const SHARED: usize = 1;
pub(super) const OWN: usize = 1 << 16;
