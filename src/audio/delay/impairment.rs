//! What delay and loss cost, on the scale of ITU-T G.107: impairment, of 100.

/// `Ie,eff` per unit of loss at small loss: 95 / Bpl, Bpl = 0.1 (10 %), a careful value for a codec with concealment.
pub(super) const LOSS_IMPAIRMENT: f64 = 950.0;
/// The same for what is late in a row, as in a stall: concealment hides a frame but not several. Bpl = 0.043 is that of no
/// concealment at all (ITU-T G.113 table I.4); half as much again, since a stall is heard once more when it is made up for.
pub(super) const STALL_IMPAIRMENT: f64 = 3_300.0;
/// What waiting for a late frame with stretched sound costs, against losing it.
pub(super) const WAITED_SHARE: f64 = 0.3;
/// What playing an LBRR copy costs, against losing the frame.
pub(super) const LBRR_SHARE: f64 = 0.06;
/// The part of the mouth-to-ear delay that the receiver does not see: network, codec, capture. Milliseconds.
pub(super) const UNSEEN_MS: f64 = 60.0;

/// `Idd` of ITU-T G.107 (equation 7-27) for a one-way delay in milliseconds, plus the slope below 100 ms.
pub(super) fn delay_impairment(one_way_ms: f64) -> f64 {
    let slope = 0.024 * one_way_ms;
    if one_way_ms <= 100.0 {
        return slope;
    }
    let x = (one_way_ms / 100.0).log2();
    slope + 25.0 * ((1.0 + x.powi(6)).powf(1.0 / 6.0) - 3.0 * (1.0 + (x / 3.0).powi(6)).powf(1.0 / 6.0) + 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delay_below_100_ms_costs_little_and_rises_steeply_beyond_150() {
        assert!(delay_impairment(90.0) < 2.5);
        assert!(delay_impairment(300.0) - delay_impairment(200.0) > 5.0);
    }
}
