//! How one source of a leg arrives: what is missing and must be asked for again (RFC 4585), and the figures of a receiver
//! report (RFC 3550 6.4, appendix A).

use std::{
    num::NonZeroU32,
    time::{Duration, Instant},
};

use super::rtcp::Report;

/// The arrival of one source.
pub struct Reception {
    ssrc: u32,
    first: u64,
    highest: u64,
    received: u64,
    before: (u64, u64),
    /// Interarrival jitter, samples at 48 kHz, times 16.
    jitter: u32,
    transit: Option<u32>,
    missing: [Option<Missing>; MAX_MISSING],
    /// How many of them there are: mostly none, and then the table is not looked at.
    waiting: usize,
    sender_report: Option<(u32, Instant)>,
    epoch: Instant,
}

/// A packet that has not come. Moments are milliseconds since the epoch, so that the table is small.
#[derive(Clone, Copy)]
struct Missing {
    /// The low bits of the index; the table holds neighbours only.
    index: u32,
    since: u32,
    /// Never 0, so that an entry takes no more room than these fields.
    due: NonZeroU32,
}

impl Reception {
    /// The reception that begins with the packet `index`.
    pub fn new(ssrc: u32, index: u64, now: Instant) -> Self {
        Self {
            ssrc,
            first: index,
            highest: index,
            received: 0,
            before: (0, 0),
            jitter: 0,
            transit: None,
            missing: [None; MAX_MISSING],
            waiting: 0,
            sender_report: None,
            epoch: now,
        }
    }

    /// The source.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Takes note of a packet.
    pub fn arrived(&mut self, index: u64, timestamp: u32, now: Instant) {
        self.received += 1;
        if index > self.highest {
            if index - self.highest > MAX_MISSING as u64 {
                // An outage, not a loss: what it swallowed is too old to be played.
                self.missing = [None; MAX_MISSING];
                self.waiting = 0;
            } else {
                for lost in self.highest + 1..index {
                    let since = self.millis(now);
                    let missing = Missing { index: lost as u32, since, due: after(since, REORDERING) };
                    let before = self.missing[(lost % MAX_MISSING as u64) as usize].replace(missing);
                    self.waiting += usize::from(before.is_none());
                }
            }
            self.highest = index;
        } else if self.waiting > 0 {
            let slot = &mut self.missing[(index % MAX_MISSING as u64) as usize];
            if slot.take_if(|missing| missing.index == index as u32).is_some() {
                self.waiting -= 1;
            }
        }
        let arrived = now.saturating_duration_since(self.epoch).as_micros() as u64;
        let arrival = (arrived * 48 / 1_000) as u32;
        let transit = arrival.wrapping_sub(timestamp);
        if let Some(last) = self.transit.replace(transit) {
            let step = (transit.wrapping_sub(last) as i32).unsigned_abs().min(MAX_STEP);
            self.jitter = self.jitter + step - (self.jitter + 8) / 16;
        }
    }

    /// Takes note of the middle 32 bits of a sender report's NTP time.
    pub fn sender_report(&mut self, ntp_middle: u32, now: Instant) {
        self.sender_report = Some((ntp_middle, now));
    }

    /// When [`Reception::take_missing`] has something to ask for.
    pub fn next_due(&self) -> Option<Instant> {
        if self.waiting == 0 {
            return None;
        }
        let due = self.missing.iter().flatten().map(|missing| missing.due.get()).min()?;
        Some(self.epoch + Duration::from_millis(u64::from(due)))
    }

    /// The sequence numbers to ask for now, in `into`; gives how many.
    pub fn take_missing(&mut self, now: Instant, into: &mut [u16; MAX_MISSING]) -> usize {
        if self.waiting == 0 {
            return 0;
        }
        let now = self.millis(now);
        let mut count = 0;
        for slot in &mut self.missing {
            let is_too_late =
                |missing: &mut Missing| u128::from(now.saturating_sub(missing.since)) > GIVE_UP.as_millis();
            if slot.take_if(is_too_late).is_some() {
                self.waiting -= 1;
            }
            if let Some(missing) = slot
                && missing.due.get() <= now
            {
                missing.due = after(now, ASK_AGAIN);
                into[count] = missing.index as u16;
                count += 1;
            }
        }
        into[..count].sort_unstable();
        count
    }

    /// Milliseconds since the first packet; enough for 49 days.
    fn millis(&self, now: Instant) -> u32 {
        now.saturating_duration_since(self.epoch).as_millis() as u32
    }

    /// The report block about this source, and the start of the next interval.
    pub fn report(&mut self, now: Instant) -> Report {
        let expected = self.highest - self.first + 1;
        let (expected_before, received_before) =
            std::mem::replace(&mut self.before, (expected, self.received));
        let expected_now = expected - expected_before;
        let lost_now = expected_now.saturating_sub(self.received - received_before);
        let (last_sr, delay) = match self.sender_report {
            Some((ntp, at)) => {
                let delay = now.saturating_duration_since(at);
                (ntp, (delay.as_micros() * 65_536 / 1_000_000).min(u128::from(u32::MAX)) as u32)
            }
            None => (0, 0),
        };
        Report {
            ssrc: self.ssrc,
            fraction_lost: (lost_now * 256).checked_div(expected_now).unwrap_or(0).min(255) as u8,
            lost: expected.saturating_sub(self.received).min(0x7f_ffff) as u32,
            highest: self.highest as u32,
            jitter: self.jitter >> 4,
            last_sr,
            delay_since_last_sr: delay,
        }
    }
}

fn after(millis: u32, delay: Duration) -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(millis.saturating_add(delay.as_millis() as u32 - 1))
}

/// How many lost packets are asked for at once.
pub const MAX_MISSING: usize = 32;
/// A packet that is overtaken by less than this is not lost.
const REORDERING: Duration = Duration::from_millis(10);
const ASK_AGAIN: Duration = Duration::from_millis(80);
/// Listeners wait no longer than this for a repair.
const GIVE_UP: Duration = Duration::from_millis(400);
/// A minute, so that a sender's leap in time cannot overflow the estimate.
const MAX_STEP: u32 = 48_000 * 60;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::testing::epoch;

    fn ms(ms: u64) -> Instant {
        epoch() + Duration::from_millis(ms)
    }

    fn asked(reception: &mut Reception, now: Instant) -> Vec<u16> {
        let mut into = [0; MAX_MISSING];
        let count = reception.take_missing(now, &mut into);
        into[..count].to_vec()
    }

    #[test]
    fn a_lost_packet_is_asked_for_until_it_comes_or_is_too_late() {
        let mut reception = Reception::new(1, 100, ms(0));
        reception.arrived(100, 0, ms(0));
        reception.arrived(103, 2_880, ms(60));
        assert_eq!(reception.next_due(), Some(ms(70)));
        assert_eq!(asked(&mut reception, ms(69)), [0u16; 0]);
        assert_eq!(asked(&mut reception, ms(70)), [101, 102]);
        assert_eq!(asked(&mut reception, ms(71)), [0u16; 0]);
        reception.arrived(101, 960, ms(90));
        assert_eq!(asked(&mut reception, ms(150)), [102]);
        assert_eq!(asked(&mut reception, ms(461)), [0u16; 0]);
        assert_eq!(reception.next_due(), None);
    }

    #[test]
    fn a_packet_that_is_only_overtaken_is_not_asked_for() {
        let mut reception = Reception::new(1, 100, ms(0));
        reception.arrived(100, 0, ms(0));
        reception.arrived(102, 1_920, ms(40));
        reception.arrived(101, 960, ms(41));
        assert_eq!(asked(&mut reception, ms(60)), [0u16; 0]);
    }

    #[test]
    fn an_outage_is_not_asked_for() {
        let mut reception = Reception::new(1, 100, ms(0));
        reception.arrived(100, 0, ms(0));
        reception.arrived(500, 0, ms(8_000));
        assert_eq!(asked(&mut reception, ms(8_100)), [0u16; 0]);
    }

    #[test]
    fn a_report_tells_loss_and_the_age_of_the_last_sender_report() {
        let mut reception = Reception::new(9, 65_534, ms(0));
        for (index, at) in [(65_534, 0), (65_535, 20), (65_537, 60)] {
            reception.arrived(index, (index * 960) as u32, ms(at));
        }
        reception.sender_report(0xabcd, ms(60));
        let report = reception.report(ms(1_060));
        assert_eq!((report.ssrc, report.lost, report.fraction_lost, report.highest), (9, 1, 64, 65_537));
        assert_eq!((report.last_sr, report.delay_since_last_sr, report.jitter), (0xabcd, 65_536, 0));
        assert_eq!(reception.report(ms(2_060)).fraction_lost, 0);
    }
}
