//! The E-model of ITU-T G.107, as far as it tells delay and loss apart: what the target delay is chosen by, and what a call
//! is scored with.
//!
//! It is a planning model for narrow-band handsets. Its scores rank networks; they are not what a listener would say of
//! wideband sound.

/// The rating of a call that neither delay nor loss impairs, with the recommendation's default values.
const BEST: f64 = 93.2;
/// The loss, as a share, at which half of the largest impairment is reached (`Bpl`): 10 %, a careful value for a codec
/// with concealment.
const HALF_AT: f64 = 0.1;
/// The largest impairment by loss: 95 less `Ie`, which is 0 here.
const LARGEST: f64 = 95.0;

/// `Ie,eff` per unit of loss at small loss.
pub const LOSS_SLOPE: f64 = LARGEST / HALF_AT;

/// `Ie,eff` (equation 7-29, `BurstR` 1) for a share of sound that is lost.
pub fn loss_impairment(share: f64) -> f64 {
    LARGEST * share / (share + HALF_AT)
}

/// `Idd` (equation 7-27) for a one-way delay in milliseconds, plus the slope that the recommendation's talker-echo terms have
/// below 100 ms (0.024 a millisecond in Cole and Rosenbluth's fit).
pub fn delay_impairment(one_way_ms: f64) -> f64 {
    let slope = 0.024 * one_way_ms;
    if one_way_ms <= 100.0 {
        return slope;
    }
    let x = (one_way_ms / 100.0).log2();
    slope + 25.0 * ((1.0 + x.powi(6)).powf(1.0 / 6.0) - 3.0 * (1.0 + (x / 3.0).powi(6)).powf(1.0 / 6.0) + 2.0)
}

/// The mean opinion score, 1 to 4.5, of a call with that mouth-to-ear delay and share of lost sound (annex B).
pub fn mean_opinion_score(mouth_to_ear_ms: f64, lost_share: f64) -> f64 {
    let rating = BEST - delay_impairment(mouth_to_ear_ms) - loss_impairment(lost_share);
    if rating <= 0.0 {
        return 1.0;
    }
    1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delay_below_100_ms_costs_little_and_rises_steeply_beyond_150() {
        assert!(delay_impairment(90.0) < 2.5);
        assert!(delay_impairment(300.0) - delay_impairment(200.0) > 5.0);
    }

    #[test]
    fn scores_are_those_of_the_recommendation() {
        assert!((mean_opinion_score(0.0, 0.0) - 4.41).abs() < 0.01);
        assert!((mean_opinion_score(150.0, 0.0) - 4.3).abs() < 0.1);
        assert!((2.0..2.7).contains(&mean_opinion_score(100.0, 0.1)));
        assert_eq!(mean_opinion_score(2_000.0, 1.0), 1.0);
    }

    #[test]
    fn small_losses_follow_the_slope() {
        assert!((loss_impairment(0.001) / 0.001 - LOSS_SLOPE).abs() < 20.0);
    }
}
