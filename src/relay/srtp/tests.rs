//! Tests of SRTP.

use proptest::prelude::*;

use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|c| !c.is_ascii_whitespace()).collect();
    digits.chunks(2).map(|c| u8::from_str_radix(str::from_utf8(c).unwrap(), 16).unwrap()).collect()
}

fn vector() -> Master {
    Master {
        key: hex("000102030405060708090a0b0c0d0e0f").try_into().unwrap(),
        salt: hex("517569642070726f2071756f").try_into().unwrap(),
    }
}

fn vector_cipher() -> Cipher {
    vector().cipher().unwrap()
}

fn master() -> Master {
    Master { key: [1; KEY_LEN], salt: [2; SALT_LEN] }
}

fn pair() -> (Sealer, Opener) {
    (Sealer::new(&master()).unwrap(), Opener::new(&master()).unwrap())
}

fn rtp(sequence: u16, ssrc: u32, payload: &[u8]) -> Vec<u8> {
    let mut packet = super::super::rtp::write_header(111, sequence, 0, ssrc).to_vec();
    packet.extend(payload);
    packet
}

fn sealed(sealer: &Sealer, packet: &[u8], index: u64) -> Vec<u8> {
    let mut buffer = [packet, &[0; TAG_LEN]].concat();
    let len = sealer.seal_rtp(&mut buffer, packet.len(), index).unwrap();
    buffer[..len].to_vec()
}

const RTP: &str = "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070
    61727465 73207472 6573";
const SRTP: &str = "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a
    51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce";
const RTCP: &str = "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef
    deadbeef deadbeef deadbeef";
const SRTCP: &str =
    "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda
    4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4";

#[test]
fn rtp_is_sealed_and_opened_as_in_rfc_7714_16_1() {
    let sealer = Sealer { rtp: vector_cipher(), rtcp: vector(), rtcp_index: 0 };
    assert_eq!(sealed(&sealer, &hex(RTP), 0xf17b), hex(SRTP));

    let mut opener = Opener { rtp: vector_cipher(), rtcp: vector(), ..pair().1 };
    let mut packet = hex(SRTP);
    let opened = opener.open_rtp(&mut packet).unwrap();
    assert_eq!(packet[..opened.end], hex(RTP));
}

#[test]
fn rtcp_is_sealed_and_opened_as_in_rfc_7714_17_1() {
    let mut sealer = Sealer { rtp: vector_cipher(), rtcp: vector(), rtcp_index: 0x5d4 };
    let mut buffer = hex(RTCP);
    let len = buffer.len();
    buffer.resize(len + RTCP_OVERHEAD, 0);
    assert_eq!(sealer.seal_rtcp(&mut buffer, len), Ok(len + RTCP_OVERHEAD));
    assert_eq!(buffer, hex(SRTCP));

    let mut opener = Opener { rtp: vector_cipher(), rtcp: vector(), ..pair().1 };
    assert_eq!(opener.open_rtcp(&mut buffer), Ok(len));
    assert_eq!(buffer[..len], hex(RTCP));
}

#[test]
fn session_keys_are_derived_as_in_rfc_3711_b_3() {
    let key = hex("E1F97A0D3E018BE0D64FA32C06DE4139").try_into().unwrap();
    let salt = hex("0EC675AD498AFEEBB6960B3AABE6").try_into().unwrap();
    let mut cipher_key = [0; 16];
    derive(&key, &salt, 0, &mut cipher_key).unwrap();
    assert_eq!(cipher_key[..], hex("C61E7A93744F39EE10734AFE3FF7A087"));
    let mut cipher_salt = [0; 14];
    derive(&key, &salt, 2, &mut cipher_salt).unwrap();
    assert_eq!(cipher_salt[..], hex("30CBBC08863D8C85D49DB34A9AE1"));
}

#[test]
fn a_replayed_packet_is_refused_and_so_is_one_older_than_the_window() {
    let (sealer, mut opener) = pair();
    let packets: Vec<_> = (0..200u16).map(|n| sealed(&sealer, &rtp(n, 1, b"x"), n.into())).collect();
    assert!(opener.open_rtp(&mut packets[100].clone()).is_ok());
    assert_eq!(opener.open_rtp(&mut packets[100].clone()), Err(SrtpError::Replayed));
    assert!(opener.open_rtp(&mut packets[99].clone()).is_ok());
    assert!(opener.open_rtp(&mut packets[199].clone()).is_ok());
    assert_eq!(opener.open_rtp(&mut packets[71].clone()), Err(SrtpError::Replayed));
    assert!(opener.open_rtp(&mut packets[72].clone()).is_ok());
}

#[test]
fn packets_open_across_a_rollover_in_either_order() {
    let (sealer, mut opener) = pair();
    for index in [65_533u64, 65_536, 65_535, 65_537, 90_000, 120_000, 131_073, 131_070] {
        let mut packet = sealed(&sealer, &rtp(index as u16, 1, b"x"), index);
        assert_eq!(opener.open_rtp(&mut packet).map(|opened| opened.index), Ok(index));
    }
}

#[test]
fn forged_packets_leave_no_state() {
    let (sealer, mut opener) = pair();
    for ssrc in 0..10_000 {
        let mut packet = sealed(&sealer, &rtp(1, ssrc, b"x"), 1);
        *packet.last_mut().unwrap() ^= 1;
        assert_eq!(opener.open_rtp(&mut packet), Err(SrtpError::Forged));
    }
    assert_eq!(opener.sources(), 0);
}

#[test]
fn a_forged_packet_does_not_move_the_window() {
    let (sealer, mut opener) = pair();
    assert!(opener.open_rtp(&mut sealed(&sealer, &rtp(1, 1, b"x"), 1)).is_ok());
    let mut forged = sealed(&sealer, &rtp(30_000, 1, b"x"), 30_000);
    forged[20] ^= 1;
    assert_eq!(opener.open_rtp(&mut forged), Err(SrtpError::Forged));
    assert!(opener.open_rtp(&mut sealed(&sealer, &rtp(2, 1, b"x"), 2)).is_ok());
}

#[test]
fn a_leg_has_at_most_four_sources() {
    let (sealer, mut opener) = pair();
    for ssrc in 0..4 {
        assert!(opener.open_rtp(&mut sealed(&sealer, &rtp(1, ssrc, b"x"), 1)).is_ok());
    }
    assert_eq!(opener.open_rtp(&mut sealed(&sealer, &rtp(1, 9, b"x"), 1)), Err(SrtpError::TooManySources));
    assert!(opener.open_rtp(&mut sealed(&sealer, &rtp(2, 3, b"x"), 2)).is_ok());
}

#[test]
fn rtcp_that_is_not_encrypted_is_refused() {
    let (mut sealer, mut opener) = pair();
    let mut packet = hex(RTCP);
    let len = packet.len();
    packet.resize(len + RTCP_OVERHEAD, 0);
    sealer.seal_rtcp(&mut packet, len).unwrap();
    let mut clear = packet.clone();
    clear[len + TAG_LEN] &= 0x7f;
    assert_eq!(opener.open_rtcp(&mut clear), Err(SrtpError::Forged));
    assert!(opener.open_rtcp(&mut packet.clone()).is_ok());
    assert_eq!(opener.open_rtcp(&mut packet), Err(SrtpError::Replayed));
}

proptest! {
    #[test]
    fn no_bytes_make_opening_panic(packet: Vec<u8>) {
        let (_, mut opener) = pair();
        prop_assert!(opener.open_rtp(&mut packet.clone()).is_err());
        prop_assert!(opener.open_rtcp(&mut packet.clone()).is_err());
    }

    #[test]
    fn no_altered_or_truncated_packet_opens(at in 0usize..60, bit in 0u8..8, cut in 1usize..60) {
        let (sealer, mut opener) = pair();
        let packet = sealed(&sealer, &rtp(1, 1, b"0123456789abcdef"), 1);
        let mut altered = packet.clone();
        let at = at % altered.len();
        altered[at] ^= 1 << bit;
        prop_assert!(opener.open_rtp(&mut altered).is_err());
        let mut short = packet[..packet.len().saturating_sub(cut)].to_vec();
        prop_assert!(opener.open_rtp(&mut short).is_err());
        prop_assert!(opener.open_rtp(&mut packet.clone()).is_ok());
    }
}

proptest! {
    #[test]
    fn a_packet_sealed_from_elsewhere_is_the_one_that_is_sealed_in_place(
        payload in prop::collection::vec(any::<u8>(), 0..1_400),
        sequence: u16,
        ssrc: u32,
        rollovers in 0..1_000u64,
    ) {
        let (sealer, _) = pair();
        let packet = rtp(sequence, ssrc, &payload);
        let index = rollovers << 16 | u64::from(sequence);
        let mut apart = [0xaa; 1_500];
        let header = packet[..FIXED_LEN].try_into().unwrap();
        let len = sealer.seal_rtp_into(&mut apart, &header, &payload, index).unwrap();
        prop_assert_eq!(&apart[..len], sealed(&sealer, &packet, index));
        prop_assert!(sealer.seal_rtp_into(&mut apart[..len - 1], &header, &payload, index).is_err());
    }
}
