//! Sends each leg's packets at their moment, receives, opens and checks every packet that comes back.
//!
//! One thread that never sleeps: legs have phases spread evenly over 20 ms in an order without pattern, so that neighbours in
//! time are strangers. Arrivals carry the kernel's time stamp, so that this thread's own delay is not measured.

use std::{
    error::Error,
    io::{self, IoSliceMut},
    os::fd::AsRawFd as _,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use nix::sys::{
    epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout},
    socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt},
    time::TimeSpec,
};
use quietline::relay::{
    rtp::{self, Kind},
    srtp::TAG_LEN,
};

use crate::{attack::Attack, figures::Seen, legs::Leg, stall::Stall, storm::Storm};

/// Between two packets of a leg.
const FRAME: Duration = Duration::from_millis(20);
/// Between two connectivity checks of a leg, as browsers do (RFC 7675).
const CHECK: u64 = 125;
/// How long packets may still arrive after the last was sent.
const TAIL: Duration = Duration::from_millis(100);
/// A generator that is later than this was not running.
const STALL: Duration = Duration::from_millis(1);
const HEADER: usize = rtp::FIXED_LEN;

/// What else goes on while legs talk.
#[derive(Default)]
pub struct Beside<'a> {
    /// Is told how many seconds have passed.
    pub each_second: Option<&'a mut dyn FnMut(u64)>,
    pub attack: Option<&'a mut Attack>,
    pub storm: Option<&'a mut Storm>,
    pub stall: Option<&'a mut Stall>,
}

/// Legs under load.
pub struct Generator {
    legs: Vec<Leg>,
    /// In which order legs send.
    order: Vec<usize>,
    next: u64,
    epoll: Epoll,
    size: usize,
    seen: Seen,
}

impl Generator {
    /// Takes connected legs over.
    pub fn new(legs: Vec<Leg>, size: usize) -> io::Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::empty())?;
        for (number, leg) in legs.iter().enumerate() {
            leg.socket.set_nonblocking(true)?;
            setsockopt(&leg.socket, sockopt::ReceiveTimestampns, &true)?;
            epoll.add(&leg.socket, EpollEvent::new(EpollFlags::EPOLLIN, number as u64))?;
        }
        let mut order: Vec<usize> = (0..legs.len()).collect();
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        for at in (1..order.len()).rev() {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            order.swap(at, (random % (at as u64 + 1)) as usize);
        }
        Ok(Self { legs, order, next: 0, epoll, size, seen: Seen::default() })
    }

    /// Keeps the legs talking for so long.
    pub fn run(&mut self, time: Duration, beside: &mut Beside<'_>) -> Result<(), Box<dyn Error>> {
        let mut events = vec![EpollEvent::empty(); 512];
        let step = FRAME / self.legs.len() as u32;
        let began = Instant::now();
        let mut start = began;
        let first = self.next;
        let mut seconds = 0;
        loop {
            let now = Instant::now();
            let over = now - began >= time;
            let due = |nth: u64| start + step * (nth - first) as u32;
            let late = now.saturating_duration_since(due(self.next));
            // Legs are independent: what this thread could not send while it did not run does not come all at once now.
            if late > STALL {
                start += late;
                self.seen.late = self.seen.late.max(late);
            }
            while !over && now >= start + step * (self.next - first) as u32 {
                self.send(self.next)?;
                self.next += 1;
            }
            let found = self.epoll.wait(&mut events, EpollTimeout::ZERO)?;
            for event in &events[..found] {
                self.receive(event.data() as usize)?;
            }
            if (now - began).as_secs() > seconds {
                seconds += 1;
                if let Some(each_second) = &mut beside.each_second {
                    each_second(seconds);
                }
            }
            if !over {
                if let Some(attack) = &mut beside.attack {
                    attack.go_on(now - began)?;
                }
                if let Some(storm) = &mut beside.storm {
                    storm.go_on(now)?;
                }
                if let Some(stall) = &mut beside.stall {
                    stall.go_on(now - began)?;
                }
            }
            if now - began > time + TAIL {
                return Ok(());
            }
        }
    }

    /// What was seen since the last time.
    pub fn take(&mut self) -> Seen {
        std::mem::take(&mut self.seen)
    }

    fn send(&mut self, nth: u64) -> io::Result<()> {
        let round = nth / self.order.len() as u64;
        let number = self.order[(nth % self.order.len() as u64) as usize];
        let leg = &mut self.legs[number];
        if round % CHECK == number as u64 % CHECK
            && let Some(client) = &mut leg.client
        {
            let check = client.check(true);
            let _ = leg.socket.send(&check);
        }
        let index = 1 + round;
        let mut packet = [0; 1_500];
        let header = rtp::write_header(leg.payload_type, index as u16, (index * 960) as u32, leg.ssrc);
        packet[..HEADER].copy_from_slice(&header);
        packet[HEADER..HEADER + 4].copy_from_slice(&(number as u32).to_be_bytes());
        packet[HEADER + 4..HEADER + 12].copy_from_slice(&unix().to_be_bytes());
        packet[HEADER + 12..self.size - TAG_LEN].fill(index as u8);
        let sealed =
            leg.sealer.seal_rtp(&mut packet, self.size - TAG_LEN, index).map_err(io::Error::other)?;
        match leg.socket.send(&packet[..sealed]) {
            Ok(_) => self.seen.sent += 1,
            Err(_) => self.seen.unsent += 1,
        }
        Ok(())
    }

    fn receive(&mut self, number: usize) -> io::Result<()> {
        let leg = &mut self.legs[number];
        let mut buffer = [0; 1_500];
        let mut control = nix::cmsg_space!(TimeSpec);
        let mut slices = [IoSliceMut::new(&mut buffer)];
        let (len, at) = match recvmsg::<()>(
            leg.socket.as_raw_fd(),
            &mut slices,
            Some(&mut control),
            MsgFlags::MSG_DONTWAIT,
        ) {
            Ok(message) => {
                let at = message.cmsgs()?.find_map(|control| match control {
                    ControlMessageOwned::ScmTimestampns(at) => Some(Duration::from(at).as_nanos() as u64),
                    _ => None,
                });
                (message.bytes, at)
            }
            Err(_) => return Ok(()),
        };
        let packet = &mut buffer[..len];
        if Kind::of(packet) != Kind::Rtp {
            self.seen.control += 1;
            return Ok(());
        }
        let Ok(opened) = leg.opener.open_rtp(packet) else {
            self.seen.wrong += 1;
            return Ok(());
        };
        let payload = &packet[opened.header.len..opened.end];
        let from = u32::from_be_bytes([payload[0], payload[1], payload[2], payload[3]]);
        let sent = payload[4..12].iter().fold(0, |sent, byte| sent << 8 | u64::from(*byte));
        let same = payload[12..].windows(2).all(|pair| pair[0] == pair[1]);
        if from != number as u32 ^ 1 || !same || payload.len() != self.size - TAG_LEN - HEADER {
            self.seen.wrong += 1;
            return Ok(());
        }
        self.seen.received += 1;
        let delay = at.unwrap_or_else(unix).saturating_sub(sent);
        self.seen.delays.push(u32::try_from(delay).unwrap_or(u32::MAX));
        Ok(())
    }
}

fn unix() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64
}
