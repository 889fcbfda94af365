//! Tests of the connectivity checks.

use proptest::prelude::*;
use rtc_stun::{attributes::ATTR_SOFTWARE, message::Getter};

use super::*;

const PASSWORD: &str = "0123456789012345678901";

fn from() -> SocketAddr {
    "192.0.2.1:5000".parse().unwrap()
}

/// A binding request with `attributes` before, and `behind` after MESSAGE-INTEGRITY.
fn request(password: &str, attributes: &[(u16, &[u8])], behind: &[(u16, &[u8])]) -> Vec<u8> {
    let mut message = Message::new();
    message.set_type(BINDING_REQUEST);
    message.write_header();
    message.add(ATTR_USERNAME, b"relay:client");
    message.add(ATTR_PRIORITY, &[0, 0, 0, 1]);
    let add = |message: &mut Message, list: &[(u16, &[u8])]| {
        list.iter().for_each(|(kind, value)| message.add(rtc_stun::attributes::AttrType(*kind), value));
    };
    add(&mut message, attributes);
    MessageIntegrity::new_raw_integrity_with_provider(password.as_bytes(), &AwsLcRsCrypto)
        .add_to(&mut message)
        .unwrap();
    add(&mut message, behind);
    FINGERPRINT.add_to(&mut message).unwrap();
    message.raw
}

#[test]
fn a_check_is_believed_only_with_the_password() {
    let mut check = Check::parse(&request(PASSWORD, &[], &[])).unwrap();
    assert_eq!(check.local_ufrag(), "relay");
    assert_eq!(check.verify("another password here"), None);
    assert_eq!(check.verify(PASSWORD), Some(Verified { use_candidate: false, role_conflict: false }));
}

#[test]
fn nomination_and_role_are_read() {
    let mut check = Check::parse(&request(PASSWORD, &[(0x0025, &[]), (0x8029, &[0; 8])], &[])).unwrap();
    assert_eq!(check.verify(PASSWORD), Some(Verified { use_candidate: true, role_conflict: true }));
}

#[test]
fn what_must_be_understood_and_is_not_is_named_in_the_answer() {
    let plain = Check::parse(&request(PASSWORD, &[(0x0025, &[]), (0x802a, &[0; 8]), (0xc057, &[0; 4])], &[]));
    assert!(plain.unwrap().unknown_attributes().is_empty(), "what browsers send is understood or optional");

    let mut check = Check::parse(&request(PASSWORD, &[(0x7abc, &[1; 4]), (0x0019, &[17; 4])], &[])).unwrap();
    check.verify(PASSWORD).unwrap();
    let unknown = check.unknown_attributes();
    let mut answer = Message::new();
    answer.unmarshal_binary(&check.not_understood(unknown, PASSWORD).unwrap()).unwrap();
    let (mut code, mut named) = (ErrorCodeAttribute::default(), UnknownAttributes(Vec::new()));
    code.get_from(&answer).unwrap();
    named.get_from(&answer).unwrap();
    assert_eq!(answer.typ, BINDING_ERROR);
    assert!(code.code == CODE_UNKNOWN_ATTRIBUTE);
    assert_eq!(named.0, [AttrType(0x7abc), AttrType(0x0019)]);
    assert!(MessageIntegrity::check(&mut answer, PASSWORD.as_bytes(), &AwsLcRsCrypto).is_ok());
}

#[test]
fn what_stands_behind_message_integrity_makes_it_no_check() {
    assert!(Check::parse(&request(PASSWORD, &[], &[(0x0025, &[])])).is_none());
}

#[test]
fn a_check_without_user_name_integrity_or_fingerprint_is_none() {
    let mut message = Message::new();
    message.set_type(BINDING_REQUEST);
    message.write_header();
    message.add(ATTR_USERNAME, b"relay:client");
    assert!(Check::parse(&message.raw).is_none());
    FINGERPRINT.add_to(&mut message).unwrap();
    assert!(Check::parse(&message.raw).is_none());

    let mut nameless = Message::new();
    nameless.set_type(BINDING_REQUEST);
    nameless.write_header();
    nameless.add(ATTR_SOFTWARE, b"x");
    MessageIntegrity::new_raw_integrity_with_provider(PASSWORD.as_bytes(), &AwsLcRsCrypto)
        .add_to(&mut nameless)
        .unwrap();
    FINGERPRINT.add_to(&mut nameless).unwrap();
    assert!(Check::parse(&nameless.raw).is_none());
}

#[test]
fn the_answer_carries_the_address_and_proves_the_password() {
    let mut check = Check::parse(&request(PASSWORD, &[], &[])).unwrap();
    check.verify(PASSWORD).unwrap();
    let mut answer = Message::new();
    answer.unmarshal_binary(&check.success(from(), PASSWORD).unwrap()).unwrap();
    assert_eq!(answer.typ, BINDING_SUCCESS);
    assert_eq!(answer.transaction_id, check.message.transaction_id);
    let mut mapped = XorMappedAddress::default();
    mapped.get_from(&answer).unwrap();
    assert_eq!(SocketAddr::new(mapped.ip, mapped.port), from());
    assert!(FINGERPRINT.check(&answer).is_ok());
    assert!(MessageIntegrity::check(&mut answer, PASSWORD.as_bytes(), &AwsLcRsCrypto).is_ok());

    let mut conflict = Message::new();
    conflict.unmarshal_binary(&check.role_conflict(PASSWORD).unwrap()).unwrap();
    let mut code = ErrorCodeAttribute::default();
    code.get_from(&conflict).unwrap();
    assert!(code.code == CODE_ROLE_CONFLICT);
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(mut packet: Vec<u8>, looks_like_stun: bool) {
        if looks_like_stun && packet.len() >= 20 {
            packet[..2].copy_from_slice(&[0, 1]);
            let len = (packet.len() - 20) as u16;
            packet[2..4].copy_from_slice(&len.to_be_bytes());
            packet[4..8].copy_from_slice(&0x2112_a442_u32.to_be_bytes());
        }
        prop_assert!(Check::parse(&packet).is_none_or(|mut check| check.verify(PASSWORD).is_none()));
    }

    #[test]
    fn no_altered_or_truncated_check_is_believed(at: usize, bit in 0u8..8, cut in 1usize..80) {
        let packet = request(PASSWORD, &[(0x0025, &[])], &[]);
        let believed = |packet: &[u8]| Check::parse(packet).and_then(|mut check| check.verify(PASSWORD)).is_some();
        prop_assert!(believed(&packet));
        let mut altered = packet.clone();
        altered[at % packet.len()] ^= 1 << bit;
        prop_assert!(!believed(&altered));
        prop_assert!(!believed(&packet[..packet.len() - cut]));
    }
}
