//! Tests of the sealed frames.

use proptest::prelude::*;
use sframe::key::{DecryptionKey, EncryptionKey};

use super::{header::Header, receiver::open_in_place, sender::seal_behind, *};

const BASE_KEY: [u8; 16] = *b"a base key of 16";
const OTHER_KEY: [u8; 16] = *b"another base key";

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn receiver(epoch: u64, base_key: &[u8; 16], bindings: &[(u32, u8)]) -> FrameReceiver {
    let mut receiver = FrameReceiver::new();
    receiver.install(epoch, base_key, bindings.iter().copied()).unwrap();
    receiver
}

fn sealed(sender: &mut FrameSender, frame: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::new();
    sender.seal(frame, &mut sealed).unwrap();
    sealed
}

fn opened(receiver: &mut FrameReceiver, slot: u8, sealed: &[u8], now: u64) -> Result<Vec<u8>, Dropped> {
    let mut frame = Vec::new();
    receiver.open(slot, sealed, now, &mut frame).map(|()| frame)
}

#[test]
fn the_header_vectors_of_rfc_9605_are_written_and_read() {
    let vectors = include_str!("rfc9605_headers.txt");
    for line in vectors.lines() {
        let mut fields = line.split(' ');
        let mut number = || fields.next().unwrap().parse::<u64>().unwrap();
        let (key_id, counter) = (number(), number());
        let encoded = unhex(fields.next().unwrap());
        let mut written = Vec::new();
        Header::write(key_id, counter, &mut written);
        assert_eq!(written, encoded, "{line}");
        let read = Header::read(&[encoded.as_slice(), b"body"].concat()).unwrap();
        assert_eq!(read, Header { key_id, counter, len: encoded.len() }, "{line}");
        assert_eq!(Header::read(&encoded[..encoded.len() - 1]), None, "{line}");
    }
    assert_eq!(vectors.lines().count(), 289);
}

#[test]
fn the_aes_128_gcm_vector_of_rfc_9605_is_sealed_and_opened() {
    let base_key = unhex("000102030405060708090a0b0c0d0e0f");
    let metadata = unhex("4945544620534672616d65205747");
    let plain = unhex("64726166742d696574662d736672616d652d656e63");
    let cipher =
        unhex("9901234567b7412c2513a1b66dbb48841bbaf17f598751176ad847681a69c6d0b091c07018ce4adb34eb");
    let (key_id, counter) = (0x123, 0x4567);

    let mut header = Vec::new();
    Header::write(key_id, counter, &mut header);
    let aad = [header.as_slice(), &metadata].concat();

    let mut sealed = aad.clone();
    let key = EncryptionKey::derive_from(SUITE, key_id, &base_key).unwrap();
    seal_behind(&key, counter, &mut sealed, &plain).unwrap();
    assert_eq!([header.as_slice(), &sealed[aad.len()..]].concat(), cipher);

    let key = DecryptionKey::derive_from(SUITE, key_id, &base_key).unwrap();
    open_in_place(&key, counter, &mut sealed, aad.len()).unwrap();
    assert_eq!(sealed, plain);
}

#[test]
fn a_frame_comes_out_as_it_went_in_and_costs_at_most_22_bytes() {
    let mut sender = FrameSender::new(&BASE_KEY, 300, 1).unwrap();
    let mut receiver = receiver(300, &BASE_KEY, &[(1, 1)]);
    for number in 0..70_000_u32 {
        let frame = number.to_be_bytes();
        let sealed = sealed(&mut sender, &frame);
        assert!(sealed.len() <= frame.len() + 22);
        assert_eq!(opened(&mut receiver, 1, &sealed, 0).unwrap(), frame);
    }
}

#[test]
fn a_leaf_is_heard_on_its_own_stream_and_on_no_other() {
    let mut sender = FrameSender::new(&BASE_KEY, 1, 2).unwrap();
    let mut receiver = receiver(1, &BASE_KEY, &[(0, 0), (2, 3)]);
    let sealed = sealed(&mut sender, b"speech");
    assert_eq!(opened(&mut receiver, 0, &sealed, 0), Err(Dropped::WrongSlot));
    assert_eq!(opened(&mut receiver, 3, &sealed, 0).unwrap(), b"speech");
}

#[test]
fn a_frame_is_played_once() {
    let mut sender = FrameSender::new(&BASE_KEY, 1, 0).unwrap();
    let mut receiver = receiver(1, &BASE_KEY, &[(0, 0)]);
    let frames: Vec<_> = (0..3).map(|_| sealed(&mut sender, b"speech")).collect();
    for number in [2, 0, 1] {
        assert!(opened(&mut receiver, 0, &frames[number], 0).is_ok());
        assert_eq!(opened(&mut receiver, 0, &frames[number], 0), Err(Dropped::Replayed));
    }
}

#[test]
fn a_frame_changed_anywhere_is_dropped_and_does_not_move_the_window() {
    let mut sender = FrameSender::new(&BASE_KEY, 1, 0).unwrap();
    let mut receiver = receiver(1, &BASE_KEY, &[(0, 0)]);
    let good = sealed(&mut sender, b"speech");
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let mut frame = b"what was here".to_vec();
        assert!(receiver.open(0, &bad, 0, &mut frame).is_err(), "bit {bit}");
        assert!(frame.is_empty(), "bit {bit}");
    }
    assert!(opened(&mut receiver, 0, &good[..good.len() - 1], 0).is_err(), "a truncated tag");
    assert_eq!(opened(&mut receiver, 0, &good, 0).unwrap(), b"speech");
}

#[test]
fn plain_and_empty_frames_are_dropped() {
    let mut receiver = receiver(1, &BASE_KEY, &[(0, 0)]);
    assert_eq!(opened(&mut receiver, 0, &[], 0), Err(Dropped::Empty));
    assert!(opened(&mut receiver, 0, b"\x78\x00 an Opus frame in the clear", 0).is_err());
    let mut sender = FrameSender::new(&BASE_KEY, 1, 0).unwrap();
    let mut sealed = b"what was here".to_vec();
    assert_eq!(sender.seal(&[], &mut sealed), Err(SealError::Empty));
    assert!(sealed.is_empty());

    let key = EncryptionKey::derive_from(SUITE, key_id(0, 1), BASE_KEY).unwrap();
    let mut empty = Vec::new();
    Header::write(key_id(0, 1), 9, &mut empty);
    seal_behind(&key, 9, &mut empty, &[]).unwrap();
    assert_eq!(opened(&mut receiver, 0, &empty, 0), Err(Dropped::Empty), "sealed, but without content");
}

#[test]
fn an_old_epoch_is_heard_until_ten_seconds_after_the_first_frame_of_the_new_one() {
    let mut before = FrameSender::new(&BASE_KEY, 1, 0).unwrap();
    let mut after = FrameSender::new(&OTHER_KEY, 2, 0).unwrap();
    let mut receiver = receiver(1, &BASE_KEY, &[(0, 0)]);
    receiver.install(2, &OTHER_KEY, [(0, 0)]).unwrap();

    assert!(
        opened(&mut receiver, 0, &sealed(&mut before, b"old"), 60_000).is_ok(),
        "nobody speaks in the new epoch yet"
    );
    assert!(opened(&mut receiver, 0, &sealed(&mut after, b"new"), 61_000).is_ok());
    assert!(opened(&mut receiver, 0, &sealed(&mut before, b"old"), 70_999).is_ok());
    assert_eq!(opened(&mut receiver, 0, &sealed(&mut before, b"old"), 71_000), Err(Dropped::UnknownKey));
    assert!(opened(&mut receiver, 0, &sealed(&mut after, b"new"), 71_000).is_ok());
}

#[test]
fn two_old_epochs_are_kept_and_a_member_who_left_is_not_heard() {
    let mut first = FrameSender::new(&BASE_KEY, 1, 0).unwrap();
    let mut receiver = receiver(1, &BASE_KEY, &[(0, 0), (2, 2)]);
    receiver.install(2, &OTHER_KEY, [(0, 0)]).unwrap();
    let mut left = FrameSender::new(&OTHER_KEY, 2, 2).unwrap();
    assert_eq!(opened(&mut receiver, 2, &sealed(&mut left, b"gone"), 0), Err(Dropped::UnknownKey));
    receiver.install(3, &[3; 16], [(0, 0)]).unwrap();
    assert!(opened(&mut receiver, 0, &sealed(&mut first, b"old"), 0).is_ok());
    receiver.install(4, &[4; 16], [(0, 0)]).unwrap();
    assert_eq!(opened(&mut receiver, 0, &sealed(&mut first, b"old"), 0), Err(Dropped::UnknownKey));
}

#[test]
fn an_old_epoch_goes_ten_seconds_after_any_newer_one_was_heard() {
    let mut first = FrameSender::new(&BASE_KEY, 1, 0).unwrap();
    let mut second = FrameSender::new(&OTHER_KEY, 2, 0).unwrap();
    let mut receiver = receiver(1, &BASE_KEY, &[(0, 0)]);
    receiver.install(2, &OTHER_KEY, [(0, 0)]).unwrap();
    receiver.install(3, &[3; 16], [(0, 0)]).unwrap();
    assert!(opened(&mut receiver, 0, &sealed(&mut second, b"new"), 1_000).is_ok());
    assert_eq!(opened(&mut receiver, 0, &sealed(&mut first, b"old"), 11_000), Err(Dropped::UnknownKey));
    assert!(opened(&mut receiver, 0, &sealed(&mut second, b"new"), 11_000).is_ok());
}

#[test]
fn installing_an_epoch_again_rebinds_slots_and_keeps_the_replay_window() {
    let mut sender = FrameSender::new(&BASE_KEY, 1, 2).unwrap();
    let mut receiver = receiver(1, &BASE_KEY, &[(2, 2)]);
    let first = sealed(&mut sender, b"speech");
    assert!(opened(&mut receiver, 2, &first, 0).is_ok());
    receiver.install(1, &BASE_KEY, [(2, 3)]).unwrap();
    assert_eq!(opened(&mut receiver, 3, &first, 0), Err(Dropped::Replayed));
    assert!(opened(&mut receiver, 3, &sealed(&mut sender, b"speech"), 0).is_ok());
}

#[test]
fn an_epoch_of_another_group_with_the_same_number_has_its_own_keys() {
    let mut elsewhere = FrameSender::new(&OTHER_KEY, 1, 0).unwrap();
    let mut receiver = receiver(1, &BASE_KEY, &[(0, 0)]);
    receiver.install(1, &OTHER_KEY, [(0, 0)]).unwrap();
    assert!(opened(&mut receiver, 0, &sealed(&mut elsewhere, b"speech"), 0).is_ok());
}

#[test]
fn keys_do_not_print() {
    let printed =
        format!("{:?} {:?}", FrameSender::new(&BASE_KEY, 1, 0).unwrap(), receiver(1, &BASE_KEY, &[(0, 0)]));
    assert!(!printed.contains("97, 32"), "{printed}");
    assert!(printed.contains("Secret { .. }"), "{printed}");
}

proptest! {
    #[test]
    fn no_bytes_make_the_receiver_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64), slot in 0..4_u8) {
        let mut receiver = receiver(1, &BASE_KEY, &[(0, 0), (1, 1)]);
        prop_assert!(opened(&mut receiver, slot, &bytes, 0).is_err());
    }

    #[test]
    fn any_frame_survives(frame in proptest::collection::vec(any::<u8>(), 1..1500), epoch: u64, leaf: u32) {
        let mut sender = FrameSender::new(&BASE_KEY, epoch, leaf).unwrap();
        let mut receiver = receiver(epoch, &BASE_KEY, &[(leaf, 1)]);
        let sealed = sealed(&mut sender, &frame);
        prop_assert!(sealed.len() <= frame.len() + MAX_OVERHEAD);
        prop_assert_eq!(opened(&mut receiver, 1, &sealed, 0).unwrap(), frame);
    }
}
