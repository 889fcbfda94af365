//! What leaves a worker: datagrams in batches, frames to TCP connections.

use std::{io::IoSlice, net::UdpSocket, os::fd::AsRawFd};

use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, sendmmsg};

use super::{
    exchange::MAX_PACKET,
    path::{Link, Outbox, Path, compose_apart},
    receive::BATCH,
    tcp::Connections,
};

/// Datagrams that wait for the end of a round.
pub struct Batch {
    headers: MultiHeaders<SockaddrStorage>,
    sockets: Vec<Queue>,
    dropped: u64,
}

struct Queue {
    buffers: Box<[[u8; MAX_PACKET]]>,
    lengths: [usize; BATCH],
    addresses: [Option<SockaddrStorage>; BATCH],
    waiting: usize,
}

impl Batch {
    /// Room for a batch on each of so many sockets.
    pub fn new(sockets: usize) -> Self {
        let queue = || Queue {
            buffers: vec![[0; MAX_PACKET]; BATCH].into(),
            lengths: [0; BATCH],
            addresses: [None; BATCH],
            waiting: 0,
        };
        Self {
            headers: MultiHeaders::preallocate(BATCH, None),
            sockets: (0..sockets).map(|_| queue()).collect(),
            dropped: 0,
        }
    }

    /// Datagrams that the sockets did not take.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Forgets what waits.
    pub fn forget(&mut self) {
        self.sockets.iter_mut().for_each(|queue| queue.waiting = 0);
    }

    fn flush(&mut self, at: usize, socket: &UdpSocket) {
        let Self { headers, sockets, dropped } = self;
        let Some(queue) = sockets.get_mut(at) else { return };
        let waiting = std::mem::take(&mut queue.waiting);
        let slices: [[IoSlice<'_>; 1]; BATCH] =
            std::array::from_fn(|n| [IoSlice::new(&queue.buffers[n][..queue.lengths[n]])]);
        let mut sent = 0;
        while sent < waiting {
            let result = sendmmsg(
                socket.as_raw_fd(),
                headers,
                &slices[sent..waiting],
                &queue.addresses[sent..waiting],
                [],
                MsgFlags::MSG_DONTWAIT,
            );
            match result.map(|taken| taken.count()) {
                Ok(taken) if taken > 0 => sent += taken,
                // The first of them cannot be sent (unreachable, buffer full): go on behind it.
                _ => {
                    sent += 1;
                    *dropped += 1;
                }
            }
        }
    }
}

/// The outbox of one round.
pub struct Out<'a> {
    pub udp: &'a [UdpSocket],
    pub batch: &'a mut Batch,
    pub tcp: &'a mut Connections,
}

impl Out<'_> {
    /// Sends what waits.
    pub fn flush(&mut self) {
        for (at, socket) in self.udp.iter().enumerate() {
            self.batch.flush(at, socket);
        }
        self.tcp.flush();
    }
}

impl Outbox for Out<'_> {
    fn send(&mut self, path: Path, packet: &[u8]) {
        match path.link {
            Link::Tcp(connection) => self.tcp.send(connection, packet),
            Link::Udp(_) => self.compose(path, |buffer| {
                buffer.get_mut(..packet.len())?.copy_from_slice(packet);
                Some(packet.len())
            }),
        }
    }

    fn compose(&mut self, path: Path, write: impl FnOnce(&mut [u8; MAX_PACKET]) -> Option<usize>) {
        let at = match path.link {
            Link::Udp(at) => usize::from(at),
            Link::Tcp(_) => return compose_apart(self, path, write),
        };
        let Some(queue) = self.batch.sockets.get_mut(at) else { return };
        let Some(len) = write(&mut queue.buffers[queue.waiting]).filter(|len| *len <= MAX_PACKET) else {
            return;
        };
        queue.lengths[queue.waiting] = len;
        queue.addresses[queue.waiting] = Some(path.remote.into());
        queue.waiting += 1;
        if queue.waiting == BATCH
            && let Some(socket) = self.udp.get(at)
        {
            self.batch.flush(at, socket);
        }
    }

    fn close(&mut self, path: Path) {
        if let Link::Tcp(connection) = path.link {
            self.tcp.close(connection);
        }
    }
}
