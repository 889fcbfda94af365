//! What delay and loss cost, on the scale of ITU-T G.107: impairment, of 100. The model itself is [`crate::audio::emodel`].

pub(super) use crate::audio::emodel::{LOSS_SLOPE as LOSS_IMPAIRMENT, delay_impairment};

/// `Ie,eff` per unit of loss for what is late in a row, as in a stall: concealment hides a frame but not several. Bpl = 0.043 is that of no
/// concealment at all (ITU-T G.113 table I.4); half as much again, since a stall is heard once more when it is made up for.
pub(super) const STALL_IMPAIRMENT: f64 = 3_300.0;
/// What waiting for a late frame with stretched sound costs, against losing it.
pub(super) const WAITED_SHARE: f64 = 0.3;
/// What playing an LBRR copy costs, against losing the frame.
pub(super) const LBRR_SHARE: f64 = 0.06;
/// The part of the mouth-to-ear delay that the receiver does not see: network, codec, capture. Milliseconds.
pub(super) const UNSEEN_MS: f64 = 60.0;
