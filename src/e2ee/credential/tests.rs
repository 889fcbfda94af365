//! Tests of the staff credential.

use jsonwebtoken::DecodingKey;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::e2ee::AuthorityKey;

const DEVICE: [u8; 32] = [7; 32];
/// A moment in 2026, in seconds; the tests' time is only ever this.
const NOW: u64 = 1_790_000_000;

fn grant() -> StaffGrant {
    StaffGrant {
        staff: [0xab; 16],
        name: "Sam".into(),
        role: Role::Counsellor,
        device_key: DEVICE,
        issued_at: NOW,
        expires_at: NOW + 3600,
    }
}

fn check(jwt: &str, authority: &AuthorityKey, now: u64) -> Result<Identity, RefusalCode> {
    identify(jwt.as_bytes(), &DEVICE, &authority.public(), Some(now * 1000)).map_err(|refusal| refusal.code)
}

/// A token with the claims and header of a real one, changed by `change` and signed by `authority`.
fn bent(authority: &AuthorityKey, change: impl Fn(&mut Value, &mut Value)) -> String {
    let mut header = json!({ "alg": "EdDSA", "typ": TYPE, "kid": authority.public().kid() });
    let mut claims = json!({
        "iss": ISSUER, "sub": "ab".repeat(16), "name": "Sam", "role": "counsellor", "iat": NOW, "exp": NOW + 3600,
        "cnf": { "jwk": { "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(DEVICE) } },
    });
    change(&mut header, &mut claims);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(&header), part(&claims));
    format!("{message}.{}", authority.sign_for_test(message.as_bytes()))
}

#[test]
fn what_the_authority_signs_is_who_they_are() {
    let authority = AuthorityKey::generate().unwrap();
    let jwt = authority.issue(&grant()).unwrap();
    let sam = Identity::Staff { role: Role::Counsellor, name: "Sam".into(), staff: [0xab; 16] };
    assert_eq!(check(&jwt, &authority, NOW), Ok(sam.clone()));
    assert_eq!(
        check(&bent(&authority, |_, _| {}), &authority, NOW),
        Ok(sam),
        "the bench for what follows is straight"
    );
    assert_eq!(identify(CALLER_IDENTITY, &DEVICE, &authority.public(), Some(0)), Ok(Identity::Caller));
}

#[test]
fn the_token_is_what_the_note_says() {
    let authority = AuthorityKey::generate().unwrap();
    let jwt = authority.issue(&grant()).unwrap();
    let part = |index| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jwt.split('.').nth(index).unwrap()).unwrap()).unwrap()
    };
    assert_eq!(
        part(0),
        json!({ "alg": "EdDSA", "typ": "quietline-staff+jwt", "kid": authority.public().kid() })
    );
    assert_eq!(
        part(1),
        json!({
            "iss": "quietline authority", "sub": "ab".repeat(16), "name": "Sam", "role": "counsellor",
            "iat": NOW, "exp": NOW + 3600,
            "cnf": { "jwk": { "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(DEVICE) } },
        })
    );
}

#[test]
fn a_credential_is_in_force_from_its_signing_to_its_end() {
    let authority = AuthorityKey::generate().unwrap();
    let jwt = authority.issue(&grant()).unwrap();
    let expired = Err(RefusalCode::ExpiredCredential);
    assert!(check(&jwt, &authority, NOW - CLOCK_SKEW).is_ok());
    assert_eq!(check(&jwt, &authority, NOW - CLOCK_SKEW - 1), expired);
    assert!(check(&jwt, &authority, NOW + 3599).is_ok());
    assert_eq!(check(&jwt, &authority, NOW + 3600), expired);
    assert!(
        identify(jwt.as_bytes(), &DEVICE, &authority.public(), None).is_ok(),
        "a shift that ends does not end a call"
    );
}

#[test]
fn another_authority_another_device_and_a_changed_token_are_refused() {
    let (authority, rogue) = (AuthorityKey::generate().unwrap(), AuthorityKey::generate().unwrap());
    let jwt = authority.issue(&grant()).unwrap();
    let unsigned = Err(RefusalCode::UnsignedCredential);
    assert_eq!(check(&jwt, &rogue, NOW), unsigned);
    assert_eq!(check(&rogue.issue(&grant()).unwrap(), &authority, NOW), unsigned);
    let other_device = identify(jwt.as_bytes(), &[8; 32], &authority.public(), Some(NOW * 1000));
    assert_eq!(other_device.unwrap_err().code, RefusalCode::UnsignedCredential);
    let parts: Vec<_> = jwt.split('.').collect();
    let renamed = URL_SAFE_NO_PAD
        .encode(String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap().replace("Sam", "Eve"));
    assert_eq!(check(&format!("{}.{renamed}.{}", parts[0], parts[2]), &authority, NOW), unsigned);
    assert_eq!(check(&format!("{}.{}.", parts[0], parts[1]), &authority, NOW), unsigned);
}

#[test]
fn another_algorithm_is_refused_whoever_signs() {
    let authority = AuthorityKey::generate().unwrap();
    let claims = bent(&authority, |_, _| {}).split('.').nth(1).unwrap().to_owned();
    let none = URL_SAFE_NO_PAD.encode(json!({ "alg": "none", "typ": TYPE }).to_string());
    assert_eq!(check(&format!("{none}.{claims}."), &authority, NOW), Err(RefusalCode::UnsignedCredential));

    // The public key as the secret of an HMAC: the classic confusion.
    let header = Header {
        typ: Some(TYPE.into()),
        kid: Some(authority.public().kid()),
        ..Header::new(Algorithm::HS256)
    };
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let secret = EncodingKey::from_secret(authority.public().as_bytes());
    let confused = encode(&header, &claims, &secret).unwrap();
    let validation = Validation::new(Algorithm::HS256);
    let verifies =
        decode::<Value>(&confused, &DecodingKey::from_secret(authority.public().as_bytes()), &validation);
    assert!(!matches!(verifies.unwrap_err().kind(), jsonwebtoken::errors::ErrorKind::InvalidSignature));
    assert_eq!(check(&confused, &authority, NOW), Err(RefusalCode::UnsignedCredential));

    for alg in ["HS256", "RS256", "ES256", "none", "eddsa", "Ed25519"] {
        let jwt = bent(&authority, |header, _| header["alg"] = json!(alg));
        assert_eq!(check(&jwt, &authority, NOW), Err(RefusalCode::UnsignedCredential), "{alg}");
    }
}

#[test]
fn every_claim_and_header_is_held_to() {
    type Change = fn(&mut Value, &mut Value);
    let changes: &[(&str, Change)] = &[
        ("typ JWT", |header, _| header["typ"] = json!("JWT")),
        ("no typ", |header, _| header["typ"] = Value::Null),
        ("kid", |header, _| header["kid"] = json!("0123456789abcdef")),
        ("no kid", |header, _| header["kid"] = Value::Null),
        ("crit", |header, _| header["crit"] = json!(["exp"])),
        ("iss", |_, claims| claims["iss"] = json!("somebody")),
        ("no iss", |_, claims| claims["iss"] = Value::Null),
        ("iss among others", |_, claims| claims["iss"] = json!([ISSUER, "somebody"])),
        ("sub", |_, claims| claims["sub"] = json!("AB".repeat(16))),
        ("short sub", |_, claims| claims["sub"] = json!("ab")),
        ("signed sub", |_, claims| claims["sub"] = json!(format!("+{}", "a".repeat(31)))),
        ("role", |_, claims| claims["role"] = json!("caller")),
        ("no role", |_, claims| claims["role"] = Value::Null),
        ("no iat", |_, claims| claims["iat"] = Value::Null),
        ("no exp", |_, claims| claims["exp"] = Value::Null),
        ("exp as text", |_, claims| claims["exp"] = json!("9999999999")),
        ("empty name", |_, claims| claims["name"] = json!("")),
        ("long name", |_, claims| claims["name"] = json!("a".repeat(41))),
        ("name with a new line", |_, claims| claims["name"] = json!("Sam\nSupervisor")),
        ("blank name", |_, claims| claims["name"] = json!("  ")),
        ("name that turns around", |_, claims| claims["name"] = json!("Sam\u{202e}rosivrepus")),
        ("name with what cannot be seen", |_, claims| claims["name"] = json!("S\u{200b}am")),
        ("no cnf", |_, claims| claims["cnf"] = Value::Null),
        ("cnf of another curve", |_, claims| claims["cnf"]["jwk"]["crv"] = json!("X25519")),
        ("cnf of another type", |_, claims| claims["cnf"]["jwk"]["kty"] = json!("EC")),
        ("cnf of another key", |_, claims| {
            claims["cnf"]["jwk"]["x"] = json!(URL_SAFE_NO_PAD.encode([8; 32]))
        }),
        ("short cnf", |_, claims| claims["cnf"]["jwk"]["x"] = json!(URL_SAFE_NO_PAD.encode([7; 31]))),
        ("too long", |_, claims| claims["more"] = json!("a".repeat(MAX_CREDENTIAL))),
    ];
    let authority = AuthorityKey::generate().unwrap();
    for (what, change) in changes {
        assert_eq!(
            check(&bent(&authority, change), &authority, NOW),
            Err(RefusalCode::UnsignedCredential),
            "{what}"
        );
    }
}

#[test]
fn a_name_has_40_characters_of_any_script() {
    let authority = AuthorityKey::generate().unwrap();
    let longest = StaffGrant { name: "\u{1F33F}".repeat(40), ..grant() };
    let jwt = authority.issue(&longest).unwrap();
    assert!(check(&jwt, &authority, NOW).is_ok(), "{} bytes", jwt.len());
    for name in ["", " ", "Sam\u{7}", "Sam\u{202e}", "S\u{200b}am", &"a".repeat(41)] {
        let refused = authority.issue(&StaffGrant { name: name.into(), ..grant() });
        assert_eq!(refused, Err(GrantError::Name), "{name:?}");
    }
    let ended = authority.issue(&StaffGrant { expires_at: NOW, ..grant() });
    assert_eq!(ended, Err(GrantError::Expiry));
}

#[test]
fn names_and_keys_do_not_print() {
    let authority = AuthorityKey::generate().unwrap();
    let jwt = authority.issue(&grant()).unwrap();
    let printed = format!("{:?} {:?} {:?}", grant(), check(&jwt, &authority, NOW), authority);
    assert!(!printed.contains("Sam") && !printed.contains("7, 7"), "{printed}");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let authority: AuthorityPublicKey = URL_SAFE_NO_PAD.encode([3; 32]).parse().unwrap();
        let _ = identify(&bytes, &DEVICE, &authority, Some(NOW));
    }

    #[test]
    fn no_token_shaped_text_makes_it_panic(header in ".{0,60}", claims in ".{0,200}", signature in "[A-Za-z0-9_-]{0,90}") {
        let authority: AuthorityPublicKey = URL_SAFE_NO_PAD.encode([3; 32]).parse().unwrap();
        let jwt = format!("{}.{}.{signature}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        prop_assert!(identify(jwt.as_bytes(), &DEVICE, &authority, Some(NOW)).is_err());
    }
}
