//! A third joins a native caller's call, and one leaves it.

use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};

use super::*;
use crate::{
    client::{Tap, Written, options::SystemEntropy},
    e2ee::{self, AuthorityKey, Identity, StaffGrant},
    proto::staff::Role,
};

const CALL: [u8; 16] = [4; 16];
const CALLER: usize = 0;
const SAM: usize = 1;
const ANN: usize = 2;

/// A room as the node keeps it.
struct Room {
    authority: AuthorityKey,
    groups: BTreeMap<usize, Group>,
    seats: Vec<Participant>,
    seq: u64,
    epochs: BTreeMap<usize, Vec<Epoch>>,
    refused: Vec<(usize, RefusalCode)>,
    /// What each was told that others have written.
    written: Vec<(usize, Written)>,
    /// Who made each commit, whom it added and removed.
    commits: Vec<(usize, Vec<Slot>, Vec<Slot>)>,
}

#[allow(clippy::disallowed_methods, reason = "the library compares lifetimes with the system's clock")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64
}

fn slot(seat: usize) -> Slot {
    Slot::all().nth(seat).unwrap()
}

fn participant(seat: usize, role: Role, name: Option<&str>) -> Participant {
    Participant {
        slot: slot(seat),
        role,
        name: name.map(str::to_owned),
        connected: true,
        key_package: None,
        lead: seat == SAM,
        away: false,
        arriving: seat == ANN,
        left: false,
    }
}

impl Room {
    /// A call of Sam and a caller.
    fn open() -> Self {
        let mut room = Self {
            authority: AuthorityKey::generate().unwrap(),
            groups: BTreeMap::new(),
            seats: vec![
                participant(CALLER, Role::Caller, None),
                participant(SAM, Role::Counsellor, Some("Sam")),
            ],
            seq: 0,
            epochs: BTreeMap::new(),
            refused: Vec::new(),
            written: Vec::new(),
            commits: Vec::new(),
        };
        let mut caller = room.group(CALLER, None);
        let mut sam = room.group(SAM, Some(("Sam", e2ee::Role::Counsellor)));
        let (member, key_package) = Group::key_package(&caller.options, now()).unwrap();
        caller.begin(member);
        sam.prepare(&key_package, now());
        sam.commit_prepared(now(), &mut SystemEntropy);
        room.seats[CALLER].key_package = Some(key_package);
        room.groups.extend([(CALLER, caller), (SAM, sam)]);
        room.settle();
        room
    }

    fn group(&self, seat: usize, staff: Option<(&str, e2ee::Role)>) -> Group {
        let key_seed = [seat as u8 + 1; 32];
        let credential = staff.map(|(name, role)| {
            let grant = StaffGrant {
                staff: [seat as u8; 16],
                name: name.to_owned(),
                role,
                device_key: *SigningKeys::from_seed(&key_seed).unwrap().public(),
                issued_at: now() / 1000 - 60,
                expires_at: now() / 1000 + 3_600,
            };
            self.authority.issue(&grant).unwrap()
        });
        let authority = self.authority.public();
        Group::new(GroupOptions { call: CALL, slot: slot(seat), authority, key_seed, credential })
    }

    fn ann_comes(&mut self) {
        let mut ann = self.group(ANN, Some(("Ann", e2ee::Role::Clinician)));
        self.seats.push(participant(ANN, Role::Clinician, Some("Ann")));
        ann.rejoin(now(), &mut SystemEntropy);
        self.groups.insert(ANN, ann);
        self.settle();
    }

    fn leaves(&mut self, seat: usize) {
        self.groups.remove(&seat);
        let place = self.seats.iter_mut().find(|place| place.slot == slot(seat)).unwrap();
        (place.left, place.lead) = (true, false);
        self.tell();
        self.settle();
    }

    /// Does what the groups want until they want nothing more.
    fn settle(&mut self) {
        while let Some((from, act)) =
            self.groups.iter_mut().find_map(|(seat, group)| Some((*seat, group.next_act()?)))
        {
            match act {
                Act::Commit(message) => self.ordered(from, message),
                Act::Say(message) => self.deliver(from, &message, &[]),
                Act::Publish(key_package) => {
                    let place = self.seats.iter_mut().find(|place| place.slot == slot(from)).unwrap();
                    (place.key_package, place.arriving) = (Some(key_package), false);
                    self.groups.get_mut(&from).unwrap().published(Ok(()), now(), &mut SystemEntropy);
                    self.tell();
                }
                Act::Entered(epoch) => self.epochs.entry(from).or_default().push(epoch),
                Act::Refused(code) => self.refused.push((from, code)),
                Act::Words(_) => {}
                Act::Written(_, Message::Said { what: Some(what), .. }) => self.written.push((from, what)),
                Act::Written(..) => {}
            }
        }
    }

    fn ordered(&mut self, from: usize, message: MlsMessage) {
        let MlsMessage::Commit { added, removed, .. } = &message else { panic!("{message:?}") };
        let (added, removed) = (added.clone(), removed.clone());
        for place in self.seats.iter_mut().filter(|place| added.contains(&place.slot)) {
            place.key_package = None;
        }
        self.seats.retain(|place| !removed.contains(&place.slot));
        self.groups.get_mut(&from).unwrap().committed(Ok(()), now(), &mut SystemEntropy);
        self.deliver(from, &message, &added);
        self.commits.push((from, added, removed));
        self.tell();
    }

    fn deliver(&mut self, from: usize, message: &MlsMessage, added: &[Slot]) {
        self.seq += 1;
        let seats = &self.seats;
        let inside = |seat: usize| {
            let waits = |place: &Participant| place.key_package.is_some() || place.arriving;
            added.contains(&slot(seat)) || seats.iter().any(|place| place.slot == slot(seat) && !waits(place))
        };
        let entry = LogEntry { seq: self.seq, from: slot(from), message: message.clone() };
        for (_, group) in self.groups.iter_mut().filter(|(seat, _)| **seat != from && inside(**seat)) {
            group.receive(entry.clone(), now(), &mut SystemEntropy);
        }
    }

    fn tell(&mut self) {
        for group in self.groups.values_mut() {
            group.seat(&self.seats, now(), &mut SystemEntropy);
        }
    }

    fn present(&self, seat: usize) -> &Epoch {
        self.groups[&seat].epoch().unwrap()
    }

    fn names(&self, seat: usize) -> Vec<String> {
        let name = |identity: &Identity| match identity {
            Identity::Caller => "caller".to_owned(),
            Identity::Staff { name, .. } => name.clone(),
        };
        self.present(seat).members.iter().map(|member| name(&member.identity)).collect()
    }
}

#[test]
fn a_native_caller_lets_a_third_in_and_all_three_have_one_key() {
    let mut room = Room::open();
    room.ann_comes();
    assert_eq!(room.commits[1..], [(CALLER, vec![slot(ANN)], vec![])]);
    for seat in [CALLER, SAM, ANN] {
        assert_eq!(room.names(seat), ["Sam", "caller", "Ann"]);
        assert_eq!(room.present(seat).base_key, room.present(CALLER).base_key);
    }
    assert_eq!(room.refused, []);
}

#[test]
fn who_has_left_is_taken_out_once_by_the_lowest_seat_and_knows_no_later_key() {
    let mut room = Room::open();
    room.ann_comes();
    room.leaves(SAM);
    assert_eq!(room.commits[2..], [(CALLER, vec![], vec![slot(SAM)])]);
    for seat in [CALLER, ANN] {
        assert_eq!(room.names(seat), ["caller", "Ann"]);
        assert_eq!(room.present(seat).base_key, room.present(CALLER).base_key);
    }
    assert!(room.epochs[&SAM].iter().all(|epoch| epoch.base_key != room.present(CALLER).base_key));
    assert_eq!(room.refused, []);
}

#[test]
fn a_server_takes_nobody_out_by_another_name_nor_the_caller() {
    let mut room = Room::open();
    room.ann_comes();
    room.seats[SAM].name = Some("Priya".to_owned());
    (room.seats[SAM].left, room.seats[CALLER].left) = (true, true);
    room.tell();
    room.settle();
    assert_eq!(room.commits.len(), 2);
    assert_eq!(room.names(ANN), ["Sam", "caller", "Ann"]);
    assert_eq!(room.refused, []);
}

#[test]
fn what_is_written_is_told_and_what_cannot_be_read_alarms_nobody() {
    let mut room = Room::open();
    let mut data = br#"{"t":"said","v":1,"n":7,"kind":"tap","tap":"yes"}"#.to_vec();
    data.resize(512, b' ');
    let sealed = room.groups.get_mut(&CALLER).unwrap().member.as_mut().unwrap().seal(&data).unwrap();
    let sam = room.groups.get_mut(&SAM).unwrap();
    // The same twice is a replay: the key is used up.
    for message in [STANDARD.encode(&sealed), STANDARD.encode(sealed), "AAAA".to_owned(), "%".to_owned()] {
        sam.hear(Said { from: slot(CALLER), message }, now(), &mut SystemEntropy);
    }
    room.settle();
    assert_eq!(room.written, [(SAM, Written::Tap(Tap::Yes))]);
    assert_eq!(room.refused, []);
}
