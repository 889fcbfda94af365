//! Which counters of one key have been seen (RFC 9605, section 9.3).

/// A window over the newest 128 counters of one key.
#[derive(Debug, Default)]
pub(super) struct ReplayWindow {
    /// The newest counter that was accepted, once there is one.
    newest: Option<u64>,
    /// Bit `n`: whether `newest - n` was accepted.
    seen: u128,
}

impl ReplayWindow {
    const SIZE: u64 = 128;

    /// Whether a frame with this counter may still be accepted. Changes nothing: the counter is not authentic yet.
    pub(super) fn admits(&self, counter: u64) -> bool {
        match self.newest {
            None => true,
            Some(newest) if counter > newest => true,
            Some(newest) => newest - counter < Self::SIZE && self.seen >> (newest - counter) & 1 == 0,
        }
    }

    /// Notes the counter of a frame that was authentic.
    pub(super) fn record(&mut self, counter: u64) {
        let newest = self.newest.unwrap_or(counter);
        if counter > newest {
            let forward = counter - newest;
            self.seen = if forward < Self::SIZE { self.seen << forward } else { 0 };
        }
        let newest = newest.max(counter);
        if newest - counter < Self::SIZE {
            self.seen |= 1 << (newest - counter);
        }
        self.newest = Some(newest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(window: &mut ReplayWindow, counter: u64) -> bool {
        let admitted = window.admits(counter);
        if admitted {
            window.record(counter);
        }
        admitted
    }

    #[test]
    fn a_counter_is_accepted_once_in_any_order_within_128() {
        let mut window = ReplayWindow::default();
        for counter in [5, 3, 4, 132, 6] {
            assert!(accept(&mut window, counter), "{counter}");
            assert!(!accept(&mut window, counter), "{counter} again");
        }
        assert!(!accept(&mut window, 4), "128 behind the newest, 132");
        assert!(!accept(&mut window, 0));
    }

    #[test]
    fn a_jump_forgets_what_is_out_of_reach_and_nothing_else() {
        let mut window = ReplayWindow::default();
        for counter in [0, 127, 128, 1 << 40, u64::MAX] {
            assert!(accept(&mut window, counter));
            assert!(!accept(&mut window, counter));
        }
        assert!(accept(&mut window, u64::MAX - 127));
        assert!(!window.admits(u64::MAX - 128));
    }
}
