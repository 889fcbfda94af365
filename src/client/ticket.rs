//! What lets somebody play a caller in a drill.

use std::{fmt, str::FromStr};

use crate::proto::Hidden;

/// The ticket of a drill. Secret as long as the drill is open; prints without it.
#[derive(Clone, PartialEq, Eq)]
pub struct DrillTicket(String);

/// That is no ticket. It is not said what it is: it may be one that was mistyped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not the ticket of a drill: 16 to 64 letters, digits, - and _, or the link that ends with #drill= and the ticket"
)]
pub struct NoTicket;

impl DrillTicket {
    pub(super) fn to_wire(&self) -> Hidden {
        Hidden(self.0.clone())
    }
}

impl FromStr for DrillTicket {
    type Err = NoTicket;

    /// Takes the ticket, or the whole link that a supervisor's console shows.
    fn from_str(text: &str) -> Result<Self, NoTicket> {
        let text = text.trim();
        let ticket = text.rsplit_once("#drill=").map_or(text, |(_, ticket)| ticket);
        let fits = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
        if !LENGTHS.contains(&ticket.len()) || !ticket.chars().all(fits) {
            return Err(NoTicket);
        }
        Ok(Self(ticket.to_owned()))
    }
}

impl fmt::Debug for DrillTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DrillTicket(..)")
    }
}

/// 16 random bytes are 22 characters of base64url; a longer ticket of another version is taken too.
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=64;

#[cfg(test)]
mod tests {
    use super::*;

    const TICKET: &str = "q83vEjRWeJq83vEjRWeJ_w";

    #[test]
    fn a_ticket_is_taken_by_itself_or_out_of_its_link() {
        let ticket: DrillTicket = TICKET.parse().unwrap();
        assert_eq!(ticket.to_wire().0, TICKET);
        assert_eq!(format!(" https://line.test/#drill={TICKET}\n").parse(), Ok(ticket));
        for wrong in ["", "short", "q83vEjRWeJq83vEjRWeJ w", "https://line.test/", &"a".repeat(65)] {
            assert_eq!(wrong.parse::<DrillTicket>(), Err(NoTicket), "{wrong}");
        }
    }

    #[test]
    fn a_ticket_is_not_printed() {
        let ticket: DrillTicket = TICKET.parse().unwrap();
        assert_eq!(format!("{ticket:?}"), "DrillTicket(..)");
        assert!(!format!("{} {NoTicket:?}", NoTicket).contains(TICKET));
    }
}
