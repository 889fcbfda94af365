//! A line with its authority, and members of its calls.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::SystemTime,
};

use quietline::e2ee::{AuthorityKey, Member, MemberOptions, Role, SigningKeys, StaffGrant};

use crate::loose::LooseMember;

pub const CALL: [u8; 16] = *b"one call, one id";

/// Milliseconds since 1970. openmls compares lifetimes with the system's clock, so these tests cannot choose another.
#[allow(clippy::disallowed_methods, reason = "openmls reads this clock and no other")]
pub fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis() as u64
}

/// A seed that no other test member has.
pub fn fresh_seed() -> [u8; 32] {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut seed = [0x5e; 32];
    seed[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    seed
}

pub struct Line {
    pub authority: AuthorityKey,
}

impl Line {
    pub fn new() -> Self {
        Self { authority: AuthorityKey::generate().unwrap() }
    }

    pub fn grant(&self, device_key: [u8; 32]) -> StaffGrant {
        let issued_at = now() / 1000;
        StaffGrant {
            staff: device_key[..16].try_into().unwrap(),
            name: "Sam".into(),
            role: Role::Counsellor,
            device_key,
            issued_at,
            expires_at: issued_at + 3600,
        }
    }

    pub fn jwt(&self, device_key: [u8; 32]) -> String {
        self.authority.issue(&self.grant(device_key)).unwrap()
    }

    pub fn caller(&self, seed: [u8; 32]) -> Member {
        self.member(seed, None)
    }

    pub fn staff(&self, seed: [u8; 32]) -> Member {
        let jwt = self.jwt(*SigningKeys::from_seed(&seed).unwrap().public());
        self.member(seed, Some(jwt))
    }

    pub fn loose_staff(&self) -> LooseMember {
        let keys = SigningKeys::from_seed(&fresh_seed()).unwrap();
        let jwt = self.jwt(*keys.public());
        LooseMember::new(CALL, keys, jwt.into_bytes(), now())
    }

    fn member(&self, seed: [u8; 32], credential: Option<String>) -> Member {
        let keys = SigningKeys::from_seed(&seed).unwrap();
        let options = MemberOptions { call: CALL, authority: self.authority.public(), keys, credential };
        Member::new(options, now()).unwrap()
    }
}
