//! Identifiers. Each is 128 random bits, drawn by the caller of `from_random` and printed as 32 hex digits.
//!
//! An id says nothing about a person: a caller is known by the id of the one call they make and by nothing else.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A text that is not 32 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 32 hex digits")]
pub struct InvalidId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Makes an id of 16 bytes that came from a cryptographic random source.
            pub const fn from_random(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes, in the order in which they are printed.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let digits = text.as_bytes();
                if digits.len() != 32 {
                    return Err(InvalidId);
                }
                let mut bytes = [0; 16];
                for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
                    *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
                }
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    };
}

id! {
    /// One caller's contact with the service, from the tap on the button to its end. The only name a caller has.
    CallId
}
id! {
    /// A member of staff.
    StaffId
}
id! {
    /// One device of a member of staff: the holder of one device key.
    DeviceId
}
id! {
    /// One offer of one caller to one member of staff. Answers name it, so that a late one cannot hit another offer.
    OfferId
}

id! {
    /// A promised talk.
    FollowUpId
}

id! {
    /// Something that one administrator asked for and another is to confirm.
    ProposalId
}

id! {
    /// An entry of the directory of services.
    ServiceId
}

id! {
    /// A card of a coordinator. It says nothing of whom the card is about.
    TriageId
}

/// The seat of one participant in a call, 0 to 3. The caller sits in slot 0, the counsellor who answers in slot 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Slot(u8);

impl Slot {
    /// How many people can be in a call.
    pub const COUNT: usize = 4;
    /// The caller's seat.
    pub const CALLER: Self = Self(0);
    /// The seat of the counsellor who answers, and of whoever consults.
    pub const COUNSELLOR: Self = Self(1);
    /// The seat of whoever is consulted.
    pub const GUEST: Self = Self(2);

    /// The slot with that number, if there is one.
    pub const fn new(number: u8) -> Option<Self> {
        if (number as usize) < Self::COUNT { Some(Self(number)) } else { None }
    }

    /// All slots, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT as u8).map(Self)
    }

    /// The slot's number, 0 to 3.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The slot's number as an index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl<'de> Deserialize<'de> for Slot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(u8::deserialize(deserializer)?).ok_or_else(|| de::Error::custom("a slot is 0 to 3"))
    }
}

fn hex_digit(digit: u8) -> Result<u8, InvalidId> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(InvalidId),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_it_was_printed() {
        let id = CallId::from_random(*b"0123456789abcdef");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(serde_json::from_str::<CallId>(&serde_json::to_string(&id).unwrap()).unwrap(), id);
    }

    #[test]
    fn anything_but_32_lower_case_hex_digits_is_no_id() {
        for text in
            ["", "0", &"0".repeat(31), &"0".repeat(33), &"g".repeat(32), &"A".repeat(32), &"é".repeat(16)]
        {
            assert_eq!(text.parse::<CallId>(), Err(InvalidId), "{text:?}");
        }
    }

    #[test]
    fn there_are_four_slots() {
        assert_eq!(Slot::all().count(), 4);
        assert!(serde_json::from_str::<Slot>("4").is_err());
    }
}
