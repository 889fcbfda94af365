//! Datagrams of many senders on one socket, in one system call: sendmmsg(2) with a source address for each of them.
//!
//! `unsafe` is allowed in this module: of the libraries that wrap the call, `nix` gives one control message to all datagrams,
//! `rustix` knows none for addresses (IP_PKTINFO), and a call for each datagram costs a generator a tenth of its processor. What the
//! kernel reads lies in arrays of one function, which outlive the call.
#![allow(unsafe_code)]

use std::{
    net::{Ipv4Addr, SocketAddrV4},
    ops::Range,
    os::fd::{AsRawFd as _, BorrowedFd},
    ptr,
};

use nix::libc;

/// Datagrams that wait for their system call.
#[derive(Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    datagrams: Vec<Datagram>,
}

struct Datagram {
    from: Ipv4Addr,
    to: SocketAddrV4,
    bytes: Range<usize>,
}

impl Batch {
    /// Takes a datagram. Gives whether the batch is full.
    pub(super) fn push(&mut self, from: Ipv4Addr, to: SocketAddrV4, packet: &[u8]) -> bool {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(packet);
        self.datagrams.push(Datagram { from, to, bytes: start..self.bytes.len() });
        self.datagrams.len() >= MOST
    }

    /// Sends what waits, and gives how many the socket did not take.
    pub(super) fn send(&mut self, socket: BorrowedFd<'_>) -> u64 {
        let mut refused = 0;
        for datagrams in self.datagrams.chunks(MOST) {
            let mut rest = datagrams;
            while !rest.is_empty() {
                let taken = send_many(socket, &self.bytes, rest);
                // One that is not taken is lost, as on any network; those behind it have their turn.
                refused += u64::from(taken < rest.len());
                rest = &rest[(taken + 1).min(rest.len())..];
            }
        }
        self.bytes.clear();
        self.datagrams.clear();
        refused
    }
}

/// Gives how many datagrams the socket took before it refused one.
fn send_many(socket: BorrowedFd<'_>, bytes: &[u8], datagrams: &[Datagram]) -> usize {
    let count = datagrams.len().min(MOST);
    let mut addresses = [NO_ADDRESS; MOST];
    let mut controls = [Control([0; CONTROL]); MOST];
    let mut slices = [libc::iovec { iov_base: ptr::null_mut(), iov_len: 0 }; MOST];
    // SAFETY: all zero is a `mmsghdr` without any part (msghdr has padding on some systems, so it cannot be written out).
    let mut headers: [libc::mmsghdr; MOST] = unsafe { std::mem::zeroed() };
    for (at, datagram) in datagrams.iter().take(count).enumerate() {
        let packet = &bytes[datagram.bytes.clone()];
        addresses[at] = libc::sockaddr_in {
            sin_family: libc::AF_INET as libc::sa_family_t,
            sin_port: datagram.to.port().to_be(),
            sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(datagram.to.ip().octets()) },
            sin_zero: [0; 8],
        };
        controls[at] = Control::source(datagram.from);
        // sendmmsg(2) does not write where it sends from.
        slices[at] = libc::iovec { iov_base: packet.as_ptr().cast_mut().cast(), iov_len: packet.len() };
        let header = &mut headers[at].msg_hdr;
        header.msg_name = ptr::from_mut(&mut addresses[at]).cast();
        header.msg_namelen = size_of::<libc::sockaddr_in>() as libc::socklen_t;
        header.msg_iov = ptr::from_mut(&mut slices[at]);
        header.msg_iovlen = 1;
        header.msg_control = ptr::from_mut(&mut controls[at]).cast();
        header.msg_controllen = CONTROL as _;
    }
    // SAFETY: the first `count` headers point to an address, a slice of `bytes` and a control message each, which live in this
    // function's arrays, or are borrowed, until after the call; the call keeps none of them.
    let sent =
        unsafe { libc::sendmmsg(socket.as_raw_fd(), headers.as_mut_ptr(), count as u32, libc::MSG_DONTWAIT) };
    usize::try_from(sent).unwrap_or(0)
}

/// A control message with its header (cmsg(3)), aligned as the kernel wants it.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Control([u8; CONTROL]);

impl Control {
    /// IP_PKTINFO: send from this address, by whichever interface.
    fn source(address: Ipv4Addr) -> Self {
        let mut control = [0; CONTROL];
        control[..8].copy_from_slice(&(8 + 8 + 12_usize).to_ne_bytes());
        control[8..12].copy_from_slice(&libc::IPPROTO_IP.to_ne_bytes());
        control[12..16].copy_from_slice(&libc::IP_PKTINFO.to_ne_bytes());
        // Interface number 0, then the local address as it stands in a packet.
        control[20..24].copy_from_slice(&address.octets());
        Self(control)
    }
}

const NO_ADDRESS: libc::sockaddr_in =
    libc::sockaddr_in { sin_family: 0, sin_port: 0, sin_addr: libc::in_addr { s_addr: 0 }, sin_zero: [0; 8] };
/// Room for the header (16 bytes) and an in_pktinfo (12 bytes), to the next multiple of 8.
const CONTROL: usize = 32;
/// Datagrams in one call. More gain nothing, and make the relay wait for the first.
const MOST: usize = 64;

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, net::UdpSocket, os::fd::AsFd as _};

    use super::*;

    #[test]
    fn each_datagram_leaves_from_its_own_address() {
        let relay = UdpSocket::bind("127.0.0.1:0").unwrap();
        let std::net::SocketAddr::V4(to) = relay.local_addr().unwrap() else { unreachable!("bound so") };
        let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
        let mut batch = Batch::default();
        let sent: BTreeSet<_> =
            (0..3 * MOST as u8 + 5).map(|n| (Ipv4Addr::new(127, 64, 9, n), vec![n; 20])).collect();
        for (from, packet) in &sent {
            if batch.push(*from, to, packet) {
                assert_eq!(batch.send(socket.as_fd()), 0);
            }
        }
        assert_eq!(batch.send(socket.as_fd()), 0);
        let came: BTreeSet<_> = sent
            .iter()
            .map(|_| {
                let mut buffer = [0; 64];
                let (len, from) = relay.recv_from(&mut buffer).unwrap();
                let std::net::IpAddr::V4(from) = from.ip() else { unreachable!("bound so") };
                (from, buffer[..len].to_vec())
            })
            .collect();
        assert_eq!(came, sent);
    }

    #[test]
    fn a_datagram_that_cannot_go_does_not_hold_up_the_others() {
        let relay = UdpSocket::bind("127.0.0.1:0").unwrap();
        let std::net::SocketAddr::V4(to) = relay.local_addr().unwrap() else { unreachable!("bound so") };
        let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
        let mut batch = Batch::default();
        for (n, len) in [(1, 20), (2, 70_000), (3, 20)] {
            batch.push(Ipv4Addr::new(127, 64, 9, n), to, &vec![n; len]);
        }
        assert_eq!(batch.send(socket.as_fd()), 1);
        let mut buffer = [0; 64];
        let first: Vec<u8> = (0..2).map(|_| (relay.recv(&mut buffer).unwrap(), buffer[0]).1).collect();
        assert_eq!(first, [1, 3]);
    }
}
