//! What an endpoint wants done, in order, until it is fetched. Grows to the largest burst and then allocates no more.

use std::{collections::VecDeque, net::SocketAddr, ops::Range};

use super::event::{Event, LegPlan, Output, PathId};

/// See the module.
#[derive(Default)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
    items: VecDeque<Item>,
}

enum Item {
    OpenSocket,
    CloseSocket { abrupt: bool },
    Text(Range<usize>),
    OpenPath { path: PathId, to: SocketAddr },
    ClosePath(PathId),
    Datagram { path: PathId, to: SocketAddr, bytes: Range<usize> },
    OpenLeg(Box<LegPlan>),
    Frame { path: PathId, timestamp: u32, payload: Range<usize> },
    CloseLeg { path: PathId, abrupt: bool },
    Event(Event),
}

impl Outbox {
    pub(super) fn open_socket(&mut self) {
        self.items.push_back(Item::OpenSocket);
    }

    pub(super) fn close_socket(&mut self, abrupt: bool) {
        self.items.push_back(Item::CloseSocket { abrupt });
    }

    pub(super) fn text(&mut self, text: &str) {
        let bytes = self.keep(text.as_bytes());
        self.items.push_back(Item::Text(bytes));
    }

    pub(super) fn open_path(&mut self, path: PathId, to: SocketAddr) {
        self.items.push_back(Item::OpenPath { path, to });
    }

    pub(super) fn close_path(&mut self, path: PathId) {
        self.items.push_back(Item::ClosePath(path));
    }

    pub(super) fn datagram(&mut self, path: PathId, to: SocketAddr, packet: &[u8]) {
        let bytes = self.keep(packet);
        self.items.push_back(Item::Datagram { path, to, bytes });
    }

    /// A datagram that is written in place: of `head` and `body`, with `tail` bytes more that `finish` fills. Gives it, unless
    /// `finish` says that it could not be made.
    pub(super) fn compose(
        &mut self,
        (path, to): (PathId, SocketAddr),
        head: &[u8],
        body: &[u8],
        tail: usize,
        finish: impl FnOnce(&mut [u8]) -> bool,
    ) -> Option<&[u8]> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(head);
        self.bytes.extend_from_slice(body);
        self.bytes.resize(self.bytes.len() + tail, 0);
        if !finish(&mut self.bytes[start..]) {
            self.bytes.truncate(start);
            return None;
        }
        let bytes = start..self.bytes.len();
        self.items.push_back(Item::Datagram { path, to, bytes: bytes.clone() });
        Some(&self.bytes[bytes])
    }

    pub(super) fn open_leg(&mut self, plan: LegPlan) {
        self.items.push_back(Item::OpenLeg(Box::new(plan)));
    }

    pub(super) fn frame(&mut self, path: PathId, timestamp: u32, payload: &[u8]) {
        let payload = self.keep(payload);
        self.items.push_back(Item::Frame { path, timestamp, payload });
    }

    pub(super) fn close_leg(&mut self, path: PathId, abrupt: bool) {
        self.items.push_back(Item::CloseLeg { path, abrupt });
    }

    pub(super) fn event(&mut self, event: Event) {
        self.items.push_back(Item::Event(event));
    }

    /// Nothing that waits is done any more, except what was to be told.
    pub(super) fn forget(&mut self) {
        self.items.retain(|item| {
            use Item::{CloseLeg, ClosePath, Event, OpenLeg, OpenPath};
            matches!(item, Event(_) | OpenPath { .. } | ClosePath(_) | OpenLeg(_) | CloseLeg { .. })
        });
    }

    pub(super) fn poll(&mut self) -> Option<Output<'_>> {
        let Some(item) = self.items.pop_front() else {
            self.bytes.clear();
            // What a handshake or a KeyPackage took is given back.
            self.bytes.shrink_to(KEPT);
            return None;
        };
        Some(match item {
            Item::OpenSocket => Output::OpenSocket,
            Item::CloseSocket { abrupt } => Output::CloseSocket { abrupt },
            Item::Text(range) => Output::Text(str::from_utf8(&self.bytes[range]).unwrap_or_default()),
            Item::OpenPath { path, to } => Output::OpenPath { path, to },
            Item::ClosePath(path) => Output::ClosePath(path),
            Item::Datagram { path, to, bytes } => Output::Datagram { path, to, bytes: &self.bytes[bytes] },
            Item::OpenLeg(plan) => Output::OpenLeg(plan),
            Item::Frame { path, timestamp, payload } => {
                Output::Frame { path, timestamp, payload: &self.bytes[payload] }
            }
            Item::CloseLeg { path, abrupt } => Output::CloseLeg { path, abrupt },
            Item::Event(event) => Output::Event(event),
        })
    }

    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }
}

const KEPT: usize = 1_024;
