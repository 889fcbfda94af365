//! Floods at the port at which calls run.

use std::{
    error::Error,
    net::{Ipv4Addr, UdpSocket},
    time::{Duration, Instant},
};

use quietline::relay::{
    dtls::{Dtls, Identity},
    rtp,
};

use crate::{
    legs::{self, Leg},
    subject::Subject,
};

/// What comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flood {
    /// Random bytes from addresses that nobody knows.
    Random,
    /// Connectivity checks with a real user name and a wrong password.
    Stun,
    /// A ClientHello again and again, also from the addresses of running legs.
    Hello,
    /// SRTP under made-up SSRCs from the addresses of running legs.
    Ssrc,
    /// A connected leg that sends 100 times its rate, sealed as it should be.
    Loud,
}

impl Flood {
    pub fn parse(text: &str) -> Result<Vec<Self>, String> {
        let all = [Self::Random, Self::Stun, Self::Hello, Self::Ssrc, Self::Loud];
        if text == "all" {
            return Ok(all.into());
        }
        let word = |kind: &Self| format!("{kind:?}").to_lowercase();
        text.split(',')
            .map(|text| all.into_iter().find(|kind| word(kind) == text).ok_or(format!("{text} is no attack")))
            .collect()
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Random => "random bytes",
            Self::Stun => "wrong integrity",
            Self::Hello => "replayed hellos",
            Self::Ssrc => "forged SSRCs",
            Self::Loud => "a leg at 100 x",
        }
    }
}

/// One that goes on.
pub struct Attack {
    pub flood: Flood,
    sockets: Vec<UdpSocket>,
    packets: Vec<Vec<u8>>,
    loud: Option<Leg>,
    rate: usize,
    pub sent: usize,
    /// What was sent before this turn.
    before: usize,
}

impl Attack {
    /// So many packets a second, beside running legs.
    pub fn new(
        flood: Flood,
        subject: &Subject,
        running: &mut [Leg],
        rate: usize,
    ) -> Result<Self, Box<dyn Error>> {
        let (fingerprint, _) = subject.relay.as_ref().ok_or("only the relay is attacked")?;
        let strangers = || {
            (0..16)
                .map(|nth| {
                    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
                    socket.connect(subject.address(nth))?;
                    Ok(socket)
                })
                .collect::<Result<Vec<_>, std::io::Error>>()
        };
        // What is sent from a running leg's own socket looks to the relay as if its address were forged.
        let known = |running: &[Leg]| {
            running.iter().take(16).map(|leg| leg.socket.try_clone()).collect::<Result<Vec<_>, _>>()
        };
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        let mut bytes = |len: usize| {
            let mut byte = || {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                (random >> 32) as u8
            };
            (0..len).map(|_| byte()).collect::<Vec<u8>>()
        };
        let mut loud = None;
        let (sockets, packets) = match flood {
            Flood::Random => (strangers()?, (0..512).map(|n| bytes(20 + n % 300)).collect()),
            Flood::Stun => {
                let clients = running.iter_mut().filter_map(|leg| leg.client.as_mut()).take(512);
                (strangers()?, clients.map(|c| c.check_as(true, false, "not the password at all")).collect())
            }
            Flood::Hello => {
                let mut client = Dtls::client(&Identity::generate()?, *fingerprint, Instant::now())?;
                let hello = client.next_datagram().ok_or("no hello")?;
                (strangers()?.into_iter().chain(known(running)?).collect(), vec![hello.to_vec()])
            }
            Flood::Ssrc => {
                let forged = |n: u32, body: Vec<u8>| {
                    let header = rtp::write_header(
                        100 + (n % 2) as u8,
                        n as u16,
                        960 * n,
                        n.wrapping_mul(0x9e37_79b9),
                    );
                    [&header[..], &body].concat()
                };
                (known(running)?, (0..512).map(|n| forged(n, bytes(160))).collect())
            }
            Flood::Loud => {
                let mut legs = legs::connect_from(subject, 1_000_000, 1, 172)?;
                loud = legs.pop();
                (Vec::new(), Vec::new())
            }
        };
        let rate = if flood == Flood::Loud { 100 * 50 } else { rate };
        Ok(Self { flood, sockets, packets, loud, rate, sent: 0, before: 0 })
    }

    /// What follows is another turn.
    pub fn begin_turn(&mut self) {
        self.before = self.sent;
    }

    /// Sends what is due in this turn, a little at a time.
    pub fn go_on(&mut self, elapsed: Duration) -> Result<(), Box<dyn Error>> {
        let due = self.before + (elapsed.as_secs_f64() * self.rate as f64) as usize;
        for _ in 0..due.saturating_sub(self.sent).min(32) {
            let nth = self.sent;
            self.sent += 1;
            // What the system does not take is not sent again.
            let _ = match (self.flood, &self.loud) {
                (Flood::Loud, Some(leg)) => leg.socket.send(&loud(leg, nth)?),
                _ => self.sockets[nth % self.sockets.len()].send(&self.packets[nth % self.packets.len()]),
            };
        }
        Ok(())
    }
}

fn loud(leg: &Leg, nth: usize) -> Result<Vec<u8>, Box<dyn Error>> {
    let header = rtp::write_header(leg.payload_type, nth as u16, (nth * 960) as u32, leg.ssrc);
    let mut packet = vec![0; 172];
    packet[..rtp::FIXED_LEN].copy_from_slice(&header);
    leg.sealer.seal_rtp(&mut packet, 156, nth as u64)?;
    Ok(packet)
}
