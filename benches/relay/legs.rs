//! Connected legs: for the relay by a real connectivity check and DTLS handshake each, for the bare forwarders by a hello.

use std::{
    error::Error,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use quietline::{
    core::ids::CallId,
    legtoken::LegKeys,
    relay::{
        dtls::Identity,
        srtp::{Opener, Sealer},
    },
};

use crate::{
    bare::{HELLO, master},
    relay_client::Client,
    subject::Subject,
};

/// One connected leg.
pub struct Leg {
    pub socket: UdpSocket,
    pub sealer: Sealer,
    pub opener: Opener,
    pub payload_type: u8,
    pub ssrc: u32,
    /// Makes the connectivity checks by which the relay knows that the client is there.
    pub client: Option<Client>,
}

/// Connects two legs for each of `calls`. Those of a call are neighbours.
pub fn connect(subject: &Subject, calls: usize, size: usize) -> Result<Vec<Leg>, Box<dyn Error>> {
    connect_from(subject, 0, calls, size)
}

/// The same for calls from a number on.
pub fn connect_from(
    subject: &Subject,
    first: u32,
    calls: usize,
    size: usize,
) -> Result<Vec<Leg>, Box<dyn Error>> {
    // One certificate serves all: what is measured is the relay's side of a handshake.
    let identity = Identity::generate()?;
    (2 * first..2 * (first + calls as u32))
        .map(|number| match &subject.relay {
            Some((fingerprint, keys)) => {
                handshake(subject.address(number / 2), fingerprint, keys, &identity, number)
            }
            None => {
                let socket = open(subject.address(number / 2))?;
                let mut hello = vec![0; size];
                hello[..4].copy_from_slice(HELLO);
                hello[4..8].copy_from_slice(&number.to_be_bytes());
                socket.send(&hello)?;
                Ok(Leg {
                    socket,
                    sealer: Sealer::new(&master(number, true))?,
                    // What the peer sealed comes sealed anew under this leg's own key, or untouched.
                    opener: Opener::new(&if subject.kind == crate::subject::Kind::Plain {
                        master(number ^ 1, true)
                    } else {
                        master(number, false)
                    })?,
                    payload_type: 111,
                    ssrc: number,
                    client: None,
                })
            }
        })
        .collect()
}

fn open(to: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect(to)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    Ok(socket)
}

fn handshake(
    relay: SocketAddr,
    fingerprint: &[u8; 32],
    keys: &LegKeys,
    identity: &Identity,
    number: u32,
) -> Result<Leg, Box<dyn Error>> {
    let socket = open(relay)?;
    let mut id = [0; 16];
    id[..4].copy_from_slice(&(number / 2).to_be_bytes());
    let unix = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() as u32;
    let slot = (number % 2) as u8;
    let call = CallId::from_random(id);
    let mut client = Client::with_identity(
        identity.clone(),
        *fingerprint,
        keys,
        call,
        slot,
        socket.local_addr()?,
        unix + 600,
    );
    let check = client.check(true);
    socket.send(&check)?;
    let began = Instant::now();
    let mut buffer = [0; 1_500];
    while !client.is_connected() {
        if began.elapsed() > PATIENCE {
            return Err(format!("leg {number} did not connect").into());
        }
        let Ok(len) = socket.recv(&mut buffer) else {
            for packet in client.handle_timeout(Instant::now()) {
                socket.send(&packet)?;
            }
            continue;
        };
        for packet in client.receive(Instant::now(), &buffer[..len]) {
            socket.send(&packet)?;
        }
    }
    let (Some(sealer), Some(opener)) = (client.sealer.take(), client.opener.take()) else {
        return Err("no keys".into());
    };
    // The handshake's state is of no more use.
    client.dtls = None;
    Ok(Leg { socket, sealer, opener, payload_type: client.payload_type, ssrc: number, client: Some(client) })
}

const PATIENCE: Duration = Duration::from_secs(10);
