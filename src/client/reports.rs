//! What the relay reports of the stream that this endpoint sends (RFC 3550 6.4.1): its losses, and how much longer the way to
//! the relay and back takes than it need.

use std::time::{Duration, Instant};

use super::protocols::rtcp;
use crate::audio;

/// The sender reports of one leg that were sent last, and the shortest way there and back.
#[derive(Debug, Default)]
pub(super) struct Reports {
    sent: [Option<(u32, Instant)>; KEPT],
    next: usize,
    least: Option<Duration>,
}

impl Reports {
    /// Takes note of a sender report with that NTP time.
    pub(super) fn sent(&mut self, ntp: u64, now: Instant) {
        self.sent[self.next] = Some((middle(ntp), now));
        self.next = (self.next + 1) % KEPT;
    }

    /// What a report block about this leg's stream says to its encoder.
    pub(super) fn read(&mut self, block: &rtcp::Report, now: Instant) -> audio::Report {
        let known = self.sent.iter().flatten().find(|(middle, _)| *middle == block.last_sr);
        let round_trip = known.map(|&(_, sent)| {
            let held = Duration::from_micros(u64::from(block.delay_since_last_sr) * 1_000_000 / 65_536);
            now.saturating_duration_since(sent).saturating_sub(held)
        });
        let queueing = round_trip.map_or(Duration::ZERO, |round_trip| {
            let least = self.least.map_or(round_trip, |least| least.min(round_trip));
            self.least = Some(least);
            round_trip - least
        });
        audio::Report {
            loss_percent: (u16::from(block.fraction_lost) * 100 / 256) as u8,
            queueing_ms: queueing.as_millis().min(u128::from(u16::MAX)) as u16,
        }
    }
}

/// The middle 32 bits of an NTP time, by which reports name it.
fn middle(ntp: u64) -> u32 {
    (ntp >> 16) as u32
}

/// A report is answered with the next one, a second later; some may be lost on the way.
const KEPT: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::epoch;

    fn block(fraction_lost: u8, last_sr: u32, held: Duration) -> rtcp::Report {
        let delay_since_last_sr = (held.as_micros() * 65_536 / 1_000_000) as u32;
        rtcp::Report { ssrc: 1, fraction_lost, lost: 0, highest: 0, jitter: 0, last_sr, delay_since_last_sr }
    }

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn queueing_is_what_a_way_takes_longer_than_the_shortest() {
        let mut reports = Reports::default();
        let mut round = |second: u64, round_trip: u64| {
            let (sent, ntp) = (epoch() + ms(second * 1_000), second << 32);
            reports.sent(ntp, sent);
            let held = ms(700);
            reports.read(&block(0, (ntp >> 16) as u32, held), sent + held + ms(round_trip)).queueing_ms
        };
        assert_eq!(round(1, 80), 0);
        assert!(round(2, 380).abs_diff(300) <= 1);
        assert!(round(3, 90).abs_diff(10) <= 1);
        assert_eq!(round(4, 60), 0);
        assert!(round(5, 80).abs_diff(20) <= 1);
    }

    #[test]
    fn a_report_that_names_none_of_ours_says_nothing_of_delay() {
        let mut reports = Reports::default();
        reports.sent(5 << 32, epoch());
        for last_sr in [0, 7 << 16] {
            let told = reports.read(&block(64, last_sr, ms(0)), epoch() + ms(500));
            assert_eq!(told, audio::Report { loss_percent: 25, queueing_ms: 0 });
        }
    }
}
