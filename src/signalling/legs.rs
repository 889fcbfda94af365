//! Minting media legs: the sealed token, the relay's addresses, and the streams that will arrive.

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    core::{ids::CallId, ids::Slot, time::Timestamp},
    legtoken::{LegGrant, LegKeys, MINT_NONCE_LEN, slot_ssrc},
    node::{Random, Seat},
    proto::{
        ErrorCode, ProtocolError,
        media::{Candidate, Leg, LegRequest, Stream, fingerprint_of_hex},
    },
};

/// Where a call's clients reach the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayAt {
    /// SHA-256 of the relay's DTLS certificate, 64 lower-case hex digits.
    pub fingerprint: String,
    /// Its addresses, best first.
    pub candidates: Vec<Candidate>,
}

/// Says where a call's clients reach the relay.
pub type RelayOf = Arc<dyn Fn(CallId) -> RelayAt + Send + Sync>;

/// Mints legs.
#[derive(Clone)]
pub struct Legs {
    /// The keys shared with the relay.
    pub keys: Arc<LegKeys>,
    /// Where the relay is.
    pub relay: RelayOf,
    /// How long a token admits a new leg.
    pub validity: Duration,
}

impl fmt::Debug for Legs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Legs").field("validity", &self.validity).finish_non_exhaustive()
    }
}

impl Legs {
    /// Mints a leg for a seat.
    pub fn mint(
        &self,
        seat: Seat,
        request: &LegRequest,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Leg, ProtocolError> {
        let malformed =
            || ErrorCode::Malformed.because("The leg's fingerprint or payload type is not of the protocol.");
        let fingerprint = fingerprint_of_hex(&request.fingerprint).ok_or_else(malformed)?;
        let mut nonce = [0; MINT_NONCE_LEN];
        random.fill(&mut nonce).map_err(|_| ErrorCode::Internal.because("The server has no randomness."))?;
        let expires = now + self.validity;
        let grant = LegGrant {
            call: seat.call,
            slot: seat.slot,
            payload_type: request.payload_type,
            minted_ms: seat.at.as_millis(),
            expires: u32::try_from(expires.as_millis() / 1000).unwrap_or(u32::MAX),
            fingerprint,
        };
        let RelayAt { fingerprint, candidates } = (self.relay)(seat.call);
        let token = self.keys.mint(&grant, nonce).map_err(|_| malformed())?;
        Ok(Leg {
            slot: seat.slot,
            ufrag: token.ufrag,
            pwd: token.pwd,
            fingerprint,
            candidates,
            streams: Slot::all()
                .filter(|slot| *slot != seat.slot)
                .map(|slot| Stream { slot, ssrc: slot_ssrc(seat.call, slot) })
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::NoRandomness;

    struct Sevens;

    impl Random for Sevens {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
            bytes.fill(7);
            Ok(())
        }
    }

    fn legs() -> Legs {
        Legs {
            keys: Arc::new(LegKeys::new(&[1; 32], None)),
            relay: Arc::new(|_| RelayAt { fingerprint: "ab".repeat(32), candidates: Vec::new() }),
            validity: Duration::from_secs(60),
        }
    }

    const NOW: Timestamp = Timestamp::from_millis(1_000_500);
    const SEAT: Seat = Seat { call: CallId::from_random([9; 16]), slot: Slot::COUNSELLOR, at: NOW };

    fn mint(fingerprint: &str, payload_type: u8) -> Result<Leg, ProtocolError> {
        let request = LegRequest { fingerprint: fingerprint.into(), payload_type };
        legs().mint(SEAT, &request, NOW, &Sevens)
    }

    #[test]
    fn the_relay_opens_what_is_minted() {
        let leg = mint(&"0f".repeat(32), 111).unwrap();
        let grant = legs().keys.open(&leg.ufrag, 1_059).unwrap();
        assert_eq!((grant.call, grant.slot, grant.payload_type), (SEAT.call, SEAT.slot, 111));
        assert_eq!((grant.fingerprint, grant.minted_ms, grant.expires), ([0x0f; 32], 1_000_500, 1_060));
        let slots: Vec<_> = leg.streams.iter().map(|stream| stream.slot.number()).collect();
        assert_eq!(slots, [0, 2, 3]);
        assert_eq!(leg.streams[0].ssrc, slot_ssrc(SEAT.call, Slot::CALLER));
    }

    #[test]
    fn a_request_that_is_not_of_the_protocol_is_malformed() {
        for (fingerprint, payload_type) in
            [("0f".repeat(31), 111), ("0F".repeat(32), 111), ("é".repeat(32), 111), ("0f".repeat(32), 95)]
        {
            assert_eq!(mint(&fingerprint, payload_type).unwrap_err().code, ErrorCode::Malformed);
        }
    }
}
