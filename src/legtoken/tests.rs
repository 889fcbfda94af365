//! Tests of the leg tokens.

use proptest::prelude::*;

use super::*;

fn grant() -> LegGrant {
    LegGrant {
        call: CallId::from_random(*b"0123456789abcdef"),
        slot: Slot::COUNSELLOR,
        payload_type: 111,
        minted_ms: 940_000,
        expires: 1_000,
        fingerprint: [7; 32],
    }
}

fn keys() -> LegKeys {
    LegKeys::new(&[1; KEY_LEN], None)
}

#[test]
fn a_token_opens_to_what_was_sealed() {
    let token = keys().mint(&grant(), [3; 12]).unwrap();
    assert_eq!(keys().open(&token.ufrag, 999), Ok(grant()));
    assert_eq!(keys().password(&token.ufrag), Ok(token.pwd.clone()));
    assert!(token.ufrag.len() <= 250, "{}", token.ufrag.len());
    assert!(token.pwd.len() >= 22);
    for text in [token.ufrag, token.pwd] {
        assert!(text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'+' || c == b'/'), "{text}");
    }
}

#[test]
fn a_token_does_not_open_in_the_second_in_which_it_expires() {
    let token = keys().mint(&grant(), [3; 12]).unwrap();
    assert_eq!(keys().open(&token.ufrag, 1_000), Err(TokenError::Expired));
}

#[test]
fn every_altered_byte_is_noticed() {
    let token = keys().mint(&grant(), [3; 12]).unwrap();
    let sealed = STANDARD_NO_PAD.decode(&token.ufrag).unwrap();
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        let error = keys().open(&STANDARD_NO_PAD.encode(altered), 0).unwrap_err();
        let expected = match at {
            0 => TokenError::Version,
            1 => TokenError::UnknownKey,
            _ => TokenError::Tampered,
        };
        assert_eq!(error, expected, "byte {at}");
    }
}

#[test]
fn a_token_of_another_key_is_refused_and_one_of_the_previous_key_is_not() {
    let old = keys().mint(&grant(), [3; 12]).unwrap();
    let rotated = LegKeys::new(&[2; KEY_LEN], Some(&[1; KEY_LEN]));
    assert_eq!(rotated.open(&old.ufrag, 0), Ok(grant()));
    assert_eq!(rotated.password(&old.ufrag), Ok(old.pwd));
    let forgotten = LegKeys::new(&[2; KEY_LEN], None);
    assert_eq!(forgotten.open(&old.ufrag, 0), Err(TokenError::UnknownKey));
}

#[test]
fn only_a_dynamic_payload_type_is_sealed() {
    for payload_type in [0, 95, 128, 255] {
        let grant = LegGrant { payload_type, ..grant() };
        assert_eq!(keys().mint(&grant, [3; 12]), Err(TokenError::PayloadType));
    }
}

#[test]
fn nothing_of_a_token_or_key_is_in_its_debug_text() {
    let token = keys().mint(&grant(), [3; 12]).unwrap();
    let text = format!("{token:?} {:?} {:?}", keys(), grant());
    assert!(
        !text.contains(&token.ufrag) && !text.contains(&token.pwd) && !text.contains("30313233"),
        "{text}"
    );
}

#[test]
fn the_key_file_is_made_once_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leg.keys");
    let made = LegKeys::load_or_create(&path, &[9; KEY_LEN]).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let read = LegKeys::load_or_create(&path, &[8; KEY_LEN]).unwrap();
    let token = made.mint(&grant(), [3; 12]).unwrap();
    assert_eq!(read.open(&token.ufrag, 0), Ok(grant()));

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(LegKeys::load(&path), Err(KeyFileError::Exposed { .. })));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&path, "short\n").unwrap();
    assert!(matches!(LegKeys::load(&path), Err(KeyFileError::Malformed { .. })));
}

proptest! {
    #[test]
    fn the_four_slots_of_a_call_have_four_ssrcs_and_none_is_zero(call: [u8; 16]) {
        let call = CallId::from_random(call);
        let mut ssrcs: Vec<_> = Slot::all().map(|slot| slot_ssrc(call, slot)).collect();
        ssrcs.sort_unstable();
        ssrcs.dedup();
        prop_assert_eq!(ssrcs.len(), Slot::COUNT);
        prop_assert!(!ssrcs.contains(&0));
    }

    #[test]
    fn no_text_makes_opening_panic(text in ".{0,300}") {
        prop_assert!(keys().open(&text, 0).is_err());
        let _ = keys().password(&text);
    }
}
