//! Many legs that connect at once, again and again, while others talk.

use std::{
    error::Error,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use quietline::{core::ids::CallId, legtoken::LegKeys, relay::dtls::Identity};

use crate::{relay_client::Client, subject::Subject};

/// The legs of one storm after the other.
pub struct Storm {
    relay: SocketAddr,
    fingerprint: [u8; 32],
    keys: Arc<LegKeys>,
    identity: Identity,
    next_call: u32,
    legs: Vec<(UdpSocket, Client)>,
    epoll: Epoll,
    connected: usize,
    timers: Option<Instant>,
    began: Option<Instant>,
    /// How long each took.
    took: Vec<Duration>,
}

impl Storm {
    /// So many legs of calls from the number `first_call` on.
    pub fn new(subject: &Subject, first_call: usize, legs: usize) -> Result<Self, Box<dyn Error>> {
        let (fingerprint, keys) = subject.relay.as_ref().ok_or("only the relay has storms")?;
        let mut storm = Self {
            relay: subject.address(0),
            fingerprint: *fingerprint,
            keys: keys.clone(),
            identity: Identity::generate()?,
            next_call: first_call as u32 + 1,
            legs: Vec::new(),
            epoll: Epoll::new(EpollCreateFlags::empty())?,
            connected: 0,
            timers: None,
            began: None,
            took: Vec::new(),
        };
        storm.prepare(legs)?;
        Ok(storm)
    }

    /// What follows is another turn: the legs of a storm that was not over are let go.
    pub fn begin_turn(&mut self) -> Result<(), Box<dyn Error>> {
        self.began = None;
        self.prepare(self.legs.len())
    }

    fn prepare(&mut self, legs: usize) -> Result<(), Box<dyn Error>> {
        self.legs.clear();
        self.epoll = Epoll::new(EpollCreateFlags::empty())?;
        self.connected = 0;
        let expires = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() as u32 + 600;
        for leg in 0..legs {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
            socket.connect(self.relay)?;
            socket.set_nonblocking(true)?;
            let mut id = [0; 16];
            id[..4].copy_from_slice(&self.next_call.to_be_bytes());
            self.next_call += (leg % 2) as u32;
            let call = CallId::from_random(id);
            let address = socket.local_addr()?;
            let client = Client::with_identity(
                self.identity.clone(),
                self.fingerprint,
                &self.keys,
                call,
                (leg % 2) as u8,
                address,
                expires,
            );
            self.epoll.add(&socket, EpollEvent::new(EpollFlags::EPOLLIN, leg as u64))?;
            self.legs.push((socket, client));
        }
        Ok(())
    }

    /// Does a little: the first checks all at once, then one packet at a time, so that the running legs go on talking.
    pub fn go_on(&mut self, now: Instant) -> Result<(), Box<dyn Error>> {
        if self.began.is_none() {
            self.began = Some(now);
            for (socket, client) in &mut self.legs {
                let _ = socket.send(&client.check(true));
            }
        }
        if self.timers.is_none_or(|at| now >= at + Duration::from_millis(50)) {
            self.timers = Some(now);
            for (socket, client) in self.legs.iter_mut().filter(|(_, client)| client.sealer.is_none()) {
                if client.dtls.is_none() {
                    let _ = socket.send(&client.check(true));
                }
                for packet in client.handle_timeout(now) {
                    let _ = socket.send(&packet);
                }
            }
        }
        let mut events = [EpollEvent::empty()];
        if self.epoll.wait(&mut events, EpollTimeout::ZERO)? == 0 {
            return Ok(());
        }
        let (socket, client) = &mut self.legs[events[0].data() as usize];
        let mut buffer = [0; 1_500];
        let Ok(len) = socket.recv(&mut buffer) else { return Ok(()) };
        let was = client.sealer.is_some();
        for packet in client.receive(now, &buffer[..len]) {
            let _ = socket.send(&packet);
        }
        self.connected += usize::from(!was && client.sealer.is_some());
        if self.connected == self.legs.len()
            && let Some(began) = self.began.take()
        {
            self.took.push(now - began);
            self.prepare(self.legs.len())?;
        }
        Ok(())
    }

    /// What happened.
    pub fn summary(&self) -> String {
        let mean = self.took.iter().sum::<Duration>().checked_div(self.took.len() as u32).unwrap_or_default();
        format!(
            "{} legs at once, {} times in {:.2} s each",
            self.legs.len(),
            self.took.len(),
            mean.as_secs_f64()
        )
    }
}
