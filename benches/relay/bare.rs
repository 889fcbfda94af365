//! The limit: a process that does nothing but receive a batch, open and seal each packet (or not even that), and send the batch.
//! No addresses to learn, no replies, no reports, no histories: the peer of a leg is found by its port alone.

use std::{
    io::{self, IoSlice, IoSliceMut, Write as _},
    net::{Ipv4Addr, SocketAddrV4, UdpSocket},
    os::fd::AsRawFd as _,
};

use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, sendmmsg};
use quietline::relay::srtp::{Master, Opener, Sealer};

/// How a leg makes itself known: this, then its number. Its peer is the number with the last bit turned.
pub const HELLO: &[u8; 4] = b"HELO";

const BATCH: usize = 32;

struct Leg {
    to: u16,
    opener: Opener,
    sealer: Sealer,
}

/// The keys of a leg, which both sides know. `up` is towards the forwarder.
pub fn master(leg: u32, up: bool) -> Master {
    let mut key = [0x5a; 16];
    key[..4].copy_from_slice(&leg.to_be_bytes());
    key[4] = u8::from(up);
    Master { key, salt: [7; 12] }
}

/// Forwards until it is killed.
pub fn run(gcm: bool) -> io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let wide = socket2::SockRef::from(&socket);
    wide.set_recv_buffer_size(4 << 20)?;
    wide.set_send_buffer_size(4 << 20)?;
    println!("{}", socket.local_addr()?.port());
    io::stdout().flush()?;
    let mut ports: Vec<u16> = Vec::new();
    let mut legs: Vec<Option<Box<Leg>>> = (0..=usize::from(u16::MAX)).map(|_| None).collect();
    let mut buffers = vec![[0_u8; 1_501]; BATCH];
    let mut received = MultiHeaders::<SockaddrIn>::preallocate(BATCH, None);
    let mut sending = MultiHeaders::<SockaddrIn>::preallocate(BATCH, None);
    loop {
        let mut from = [(0_usize, 0_u16); BATCH];
        let mut count = 0;
        {
            let mut free = buffers.iter_mut();
            let mut slices: [[IoSliceMut<'_>; 1]; BATCH] =
                std::array::from_fn(|_| [IoSliceMut::new(free.next().map_or(&mut [], |b| &mut b[..]))]);
            let messages = recvmmsg(
                socket.as_raw_fd(),
                &mut received,
                slices.iter_mut(),
                MsgFlags::MSG_WAITFORONE,
                None,
            )?;
            for message in messages {
                from[count] = (message.bytes, message.address.map_or(0, |address| address.port()));
                count += 1;
            }
        }
        let mut to = [None; BATCH];
        let mut lengths = [0; BATCH];
        for n in 0..count {
            let (len, port) = from[n];
            let packet = &mut buffers[n][..];
            if packet.starts_with(HELLO) {
                hello(&packet[..len], port, &mut ports, &mut legs)?;
                continue;
            }
            let Some(leg) = &mut legs[usize::from(port)] else { continue };
            let peer = leg.to;
            if gcm {
                let Ok(opened) = leg.opener.open_rtp(&mut packet[..len]) else { continue };
                let Some(leg) = legs.get(usize::from(peer)).and_then(Option::as_ref) else { continue };
                if leg.sealer.seal_rtp(packet, opened.end, opened.index).is_err() {
                    continue;
                }
            }
            lengths[n] = len;
            to[n] = Some(SockaddrIn::from(SocketAddrV4::new(Ipv4Addr::LOCALHOST, peer)));
        }
        // What was a hello is sent to nobody: the batch is closed up.
        let mut order = [0; BATCH];
        let mut waiting = 0;
        for n in (0..count).filter(|n| to[*n].is_some()) {
            order[waiting] = n;
            waiting += 1;
        }
        let slices: [[IoSlice<'_>; 1]; BATCH] =
            std::array::from_fn(|n| [IoSlice::new(&buffers[order[n]][..lengths[order[n]]])]);
        let addresses: [Option<SockaddrIn>; BATCH] = std::array::from_fn(|n| to[order[n]]);
        let mut sent = 0;
        while sent < waiting {
            let batch = sendmmsg(
                socket.as_raw_fd(),
                &mut sending,
                &slices[sent..waiting],
                &addresses[sent..waiting],
                [],
                MsgFlags::empty(),
            );
            sent += batch.map_or(1, |sent| sent.count().max(1));
        }
    }
}

fn hello(packet: &[u8], port: u16, ports: &mut Vec<u16>, legs: &mut [Option<Box<Leg>>]) -> io::Result<()> {
    let number: [u8; 4] = packet[4..8].try_into().map_err(io::Error::other)?;
    let number = u32::from_be_bytes(number);
    let at = number as usize;
    ports.resize(ports.len().max((at | 1) + 1), 0);
    ports[at] = port;
    let opener = Opener::new(&master(number, true)).map_err(io::Error::other)?;
    let sealer = Sealer::new(&master(number, false)).map_err(io::Error::other)?;
    let peer = ports[at ^ 1];
    legs[usize::from(port)] = Some(Box::new(Leg { to: peer, opener, sealer }));
    if let Some(peer) = &mut legs[usize::from(peer)] {
        peer.to = port;
    }
    Ok(())
}
