//! What `scripts/fuzz.sh exchange` does, with some inputs of each kind.

use proptest::prelude::*;

use super::relay_torment::Tormented;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_that_is_sent_sealed_or_not_disturbs_a_call(
        inputs in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3_000), 1..20),
    ) {
        let mut tormented = Tormented::new();
        for input in inputs {
            tormented.torment(&input);
        }
    }
}
