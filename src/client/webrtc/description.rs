//! The descriptions that the library wants (RFC 8829), made of what signalling says in JSON. No server sees one.

use crate::proto::media::{Candidate, Leg, Transport};

/// The ids of the offer's media sections, in order.
pub(super) fn sections(offer: &str) -> Vec<&str> {
    offer.lines().filter_map(|line| line.trim_end().strip_prefix("a=mid:")).collect()
}

/// The answer that stands for the relay: ICE-lite, DTLS passive, Opus alone, one stream for each other slot. Without candidates,
/// because the library dials TCP addresses only where they come one by one. None: the leg has not a stream for each section.
pub(super) fn answer(leg: &Leg, sections: &[&str], payload_type: u8) -> Option<String> {
    if sections.is_empty() || leg.streams.len() < sections.len() {
        return None;
    }
    let mut lines = vec![
        "v=0".to_owned(),
        "o=- 1 1 IN IP4 0.0.0.0".to_owned(),
        "s=-".to_owned(),
        "t=0 0".to_owned(),
        "a=ice-lite".to_owned(),
        format!("a=group:BUNDLE {}", sections.join(" ")),
        "a=msid-semantic: WMS *".to_owned(),
    ];
    let fingerprint = colons(&leg.fingerprint);
    for (at, (mid, stream)) in sections.iter().zip(&leg.streams).enumerate() {
        let (slot, ssrc) = (stream.slot.number(), stream.ssrc);
        let direction = if at == 0 { "sendrecv" } else { "sendonly" };
        lines.extend([
            format!("m=audio 9 UDP/TLS/RTP/SAVPF {payload_type}"),
            "c=IN IP4 0.0.0.0".to_owned(),
            format!("a=mid:{mid}"),
            format!("a={direction}"),
            "a=rtcp-mux".to_owned(),
            format!("a=ice-ufrag:{}", leg.ufrag),
            format!("a=ice-pwd:{}", leg.pwd),
            format!("a=fingerprint:sha-256 {fingerprint}"),
            "a=setup:passive".to_owned(),
            format!("a=rtpmap:{payload_type} opus/48000/2"),
            format!("a=fmtp:{payload_type} {OPUS}"),
            format!("a=rtcp-fb:{payload_type} nack"),
            format!("a=msid:slot{slot} slot{slot}-audio"),
            format!("a=ssrc:{ssrc} cname:slot{slot}"),
            format!("a=ssrc:{ssrc} msid:slot{slot} slot{slot}-audio"),
        ]);
    }
    lines.push(String::new());
    Some(lines.join("\r\n"))
}

/// A candidate attribute (RFC 8839 5.1, RFC 6544 4.5). Candidates come best first; UDP goes before TCP.
pub(super) fn candidate(candidate: &Candidate, at: usize) -> String {
    let Candidate { transport, address, port } = candidate;
    let (kind, preference, end) = match transport {
        Transport::Udp => ("udp", 65_535, ""),
        Transport::Tcp => ("tcp", 32_767, " tcptype passive"),
    };
    let priority = 126_u32 << 24 | (preference - at.min(1_000) as u32) << 8 | 255;
    format!("candidate:{} 1 {kind} {priority} {address} {port} typ host{end}", at + 1)
}

fn colons(hex: &str) -> String {
    let bytes: Vec<String> =
        hex.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).to_uppercase()).collect();
    bytes.join(":")
}

/// What the encoder does in any case: constant bitrate, no DTX.
pub(super) const OPUS: &str = "minptime=10;useinbandfec=1;usedtx=0;cbr=1;stereo=0;sprop-stereo=0";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{core::ids::Slot, proto::media::Stream};

    fn leg(streams: u8) -> Leg {
        Leg {
            slot: Slot::CALLER,
            ufrag: "token".into(),
            pwd: "password".into(),
            fingerprint: "0af0".repeat(16),
            candidates: Vec::new(),
            streams: (1..=streams)
                .map(|slot| Stream { slot: Slot::new(slot).unwrap(), ssrc: u32::from(slot) * 7 })
                .collect(),
        }
    }

    #[test]
    fn each_section_answers_one_of_the_offer() {
        let offer = "v=0\r\nm=audio 9 x 111\r\na=mid:0\r\nm=audio 9 x 111\r\na=mid:b\r\n";
        let sections = sections(offer);
        assert_eq!(sections, ["0", "b"]);
        let answer = answer(&leg(3), &sections, 111).unwrap();
        assert_eq!(answer.matches("m=audio").count(), 2);
        assert_eq!(answer.matches("a=sendrecv\r\n").count(), 1);
        assert!(answer.contains("a=group:BUNDLE 0 b\r\n") && answer.contains("a=ssrc:14 cname:slot2\r\n"));
        assert!(answer.contains("a=fingerprint:sha-256 0A:F0:0A:F0:") && answer.ends_with("\r\n"));
        assert!(!answer.contains("a=extmap"));
    }

    #[test]
    fn a_leg_without_a_stream_for_each_section_has_no_answer() {
        assert_eq!(answer(&leg(1), &["0", "1"], 111), None);
        assert_eq!(answer(&leg(1), &[], 111), None);
    }

    #[test]
    fn tcp_comes_after_udp() {
        let at = |transport| Candidate { transport, address: "192.0.2.1".into(), port: 5 };
        assert_eq!(candidate(&at(Transport::Udp), 0), "candidate:1 1 udp 2130706431 192.0.2.1 5 typ host");
        assert_eq!(
            candidate(&at(Transport::Tcp), 1),
            "candidate:2 1 tcp 2122317567 192.0.2.1 5 typ host tcptype passive"
        );
    }
}
