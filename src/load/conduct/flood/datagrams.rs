//! The part of a flood that goes at the relay: media, checks and handshakes that are nobody's, from one address.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::atomic::Ordering,
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::{
    net::UdpSocket,
    time::{sleep, timeout},
};
use tokio_tungstenite::tungstenite::Message;

use super::{Bounds, open};

/// How long the gateway may take to say where its relay is.
const ANSWER_TIME: Duration = Duration::from_secs(5);
/// How long until it is asked again.
const PAUSE: Duration = Duration::from_millis(500);
/// As long as a sealed frame of 20 ms.
const LONG: usize = 150;

/// Sends datagrams until the end.
pub(super) async fn flood(bounds: &Bounds<'_>) {
    if bounds.asked.datagrams_per_s == 0 {
        return;
    }
    let (relay, name) = loop {
        match timeout(ANSWER_TIME, relay(bounds)).await {
            Ok(Some(found)) => break found,
            _ if bounds.is_over() => return,
            _ => sleep(PAUSE).await,
        }
    };
    let any: SocketAddr = match relay {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let Ok(socket) = UdpSocket::bind(any).await else { return };
    let mut number = 0_u32;
    bounds
        .each_tick(bounds.asked.datagrams_per_s, async |due| {
            for _ in 0..due {
                number = number.wrapping_add(1);
                // One that does not go is lost, as on any network.
                if socket.try_send_to(&datagram(number, &name), relay).is_ok()
                    || socket.writable().await.is_err()
                {
                    bounds.sent.datagrams.fetch_add(1, Ordering::Relaxed);
                }
            }
            true
        })
        .await;
}

/// Where the relay is, and under which name it would know this client: a flooding client joins the line like everybody, asks
/// for a leg, and leaves at once.
async fn relay(bounds: &Bounds<'_>) -> Option<(SocketAddr, String)> {
    let mut socket = open(bounds.server).await.ok()?;
    let fingerprint = "00".repeat(32);
    let said = [
        r#"{"id":1,"request":{"type":"hello"}}"#.to_owned(),
        r#"{"id":2,"request":{"type":"join","key_package":"bm8gZ3JvdXA="}}"#.to_owned(),
        format!(
            r#"{{"id":3,"request":{{"type":"media","fingerprint":"{fingerprint}","payload_type":111}}}}"#
        ),
    ];
    for text in said {
        socket.send(Message::text(text)).await.ok()?;
    }
    let mut found = None;
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let Ok(answer) = serde_json::from_str::<Value>(&text) else { continue };
        let (Some(name), Some(candidates)) =
            (answer["leg"]["ufrag"].as_str(), answer["leg"]["candidates"].as_array())
        else {
            // Refused: there is nothing more to wait for.
            if answer["re"] == 3 && answer["type"] == "error" {
                break;
            }
            continue;
        };
        let udp = candidates.iter().find(|candidate| candidate["transport"] == "udp");
        found = udp.and_then(|udp| {
            let address = udp["address"].as_str()?.parse().ok()?;
            let port = u16::try_from(udp["port"].as_u64()?).ok()?;
            Some((SocketAddr::new(address, port), name.to_owned()))
        });
        break;
    }
    let leave = r#"{"id":4,"request":{"type":"leave","how":"left"}}"#;
    socket.send(Message::text(leave)).await.ok()?;
    // Until it is done with: a place that is only dropped would be kept for somebody who does not come back.
    while let Some(Ok(message)) = socket.next().await {
        let answer = message.to_text().ok().and_then(|text| serde_json::from_str::<Value>(text).ok());
        if answer.is_some_and(|answer| answer["re"] == 4) {
            break;
        }
    }
    found
}

/// By turns: media of nobody, a check with the right name and a false proof, the beginning of a handshake, and noise.
fn datagram(number: u32, name: &str) -> Vec<u8> {
    let mut bytes = vec![number as u8; LONG];
    match number % 4 {
        0 | 1 => {
            bytes[..2].copy_from_slice(&[0x80, 111]);
            bytes[2..4].copy_from_slice(&(number as u16).to_be_bytes());
            bytes[4..8].copy_from_slice(&number.wrapping_mul(960).to_be_bytes());
            bytes[8..12].copy_from_slice(&0x5eed_u32.to_be_bytes());
        }
        2 => bytes = check(number, name),
        _ => bytes[..13].copy_from_slice(&[22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, (LONG - 13) as u8]),
    }
    bytes
}

/// A STUN binding request (RFC 8489 5) with USERNAME and a MESSAGE-INTEGRITY that does not hold.
fn check(number: u32, name: &str) -> Vec<u8> {
    let user = format!("{name}:flood");
    let padded = user.len().next_multiple_of(4);
    let mut bytes = vec![0, 1];
    bytes.extend((4 + padded as u16 + 24).to_be_bytes());
    bytes.extend(0x2112_a442_u32.to_be_bytes());
    bytes.extend([0; 8]);
    bytes.extend(number.to_be_bytes());
    bytes.extend([0, 6]);
    bytes.extend((user.len() as u16).to_be_bytes());
    bytes.extend(user.as_bytes());
    bytes.resize(bytes.len() + padded - user.len(), 0);
    bytes.extend([0, 8, 0, 20]);
    bytes.extend([0x5a; 20]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_as_long_as_it_says() {
        for name in ["a", "abcd", "some-longer-name"] {
            let bytes = check(7, name);
            let length = u16::from_be_bytes([bytes[2], bytes[3]]);
            assert_eq!(usize::from(length) + 20, bytes.len(), "{name}");
        }
    }
}
