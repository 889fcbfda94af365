//! A line of one caller and one counsellor, as `docs/protocol.md` has it: what the server says to what clients ask. It can be
//! told to refuse, and to forget.

use std::{collections::VecDeque, sync::Arc};

use quietline::{
    core::{
        directory::LineName,
        ids::{CallId, OfferId, Slot},
    },
    legtoken::{LegGrant, LegKeys, slot_ssrc},
    proto::{
        ErrorCode, Frame, Heartbeat,
        caller::{self, CallerState, EndedBy},
        e2ee::{LogEntry, MlsMessage, Said},
        follow_ups::Came,
        media::{Candidate, Leg, LegRequest, Stream, Transport},
        staff::{self, Call, Offer, Participant, QueueState, Role, StaffState},
    },
};
use serde::Serialize;

pub const CALL: [u8; 16] = [9; 16];
pub const RELAY: &str = "127.0.0.1:5000";

/// Whom a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Caller,
    Staff,
}

pub struct Line {
    keys: Arc<LegKeys>,
    /// The relay's certificate.
    pub relay: [u8; 32],
    name: &'static str,
    out: VecDeque<(Side, String)>,
    waiting: Option<String>,
    offered: bool,
    connected: bool,
    available: bool,
    ended: Option<EndedBy>,
    wrap_up: bool,
    log: Vec<LogEntry>,
    epoch: u64,
    /// The KeyPackages of those who are to be let in: caller, counsellor.
    seats: [Option<String>; 2],
    sent: [Vec<MlsMessage>; 2],
    /// The next request of that type is refused so.
    pub refuse: Option<(&'static str, ErrorCode)>,
    /// Every request's type, in order.
    pub asked: Vec<(Side, String)>,
    legs: u8,
    offers: u8,
    /// Who has said hello on the present connection.
    greeted: [bool; 2],
}

impl Line {
    pub fn new(keys: Arc<LegKeys>, relay: [u8; 32], name: &'static str) -> Self {
        Self {
            keys,
            relay,
            name,
            out: VecDeque::new(),
            waiting: None,
            offered: false,
            connected: false,
            available: false,
            ended: None,
            wrap_up: false,
            log: Vec::new(),
            epoch: 0,
            seats: [None, None],
            sent: [Vec::new(), Vec::new()],
            refuse: None,
            asked: Vec::new(),
            legs: 0,
            offers: 0,
            greeted: [false; 2],
        }
    }

    pub fn next(&mut self) -> Option<(Side, String)> {
        self.out.pop_front()
    }

    /// The connection that was is no more.
    pub fn closed(&mut self, side: Side) {
        self.greeted[side as usize] = false;
    }

    pub fn opened(&mut self, side: Side) {
        if side == Side::Staff {
            self.say(side, &staff::Message::Challenge { nonce: "bm9uY2U=".into() });
        }
    }

    pub fn text(&mut self, side: Side, text: &str) {
        match side {
            Side::Caller => {
                let frame: Frame<caller::Request> = serde_json::from_str(text).unwrap();
                if !self.refused(side, frame.id, text) {
                    self.of_caller(frame);
                }
            }
            Side::Staff => {
                let frame: Frame<staff::Request> = serde_json::from_str(text).unwrap();
                if !self.refused(side, frame.id, text) {
                    self.of_staff(frame);
                }
            }
        }
    }

    /// How often that was asked.
    pub fn count(&self, side: Side, kind: &str) -> usize {
        self.asked.iter().filter(|(of, what)| *of == side && what == kind).count()
    }

    fn refused(&mut self, side: Side, id: u32, text: &str) -> bool {
        let request: serde_json::Value = serde_json::from_str(text).unwrap();
        let kind = request["request"]["type"].as_str().unwrap().to_owned();
        let refused = self.refuse.take_if(|(wanted, _)| *wanted == kind);
        self.asked.push((side, kind));
        let Some((_, code)) = refused else { return false };
        self.error(side, id, code);
        true
    }

    fn error(&mut self, side: Side, id: u32, code: ErrorCode) {
        let error = code.because("No.");
        // Both sides' errors have one form.
        self.say(side, &caller::Message::Error { re: Some(id), error });
    }

    fn of_caller(&mut self, Frame { id, request }: Frame<caller::Request>) {
        let heartbeat = Heartbeat { interval_ms: 3_000, timeout_ms: 10_000 };
        match request {
            caller::Request::Hello { .. } => {
                self.greeted[Side::Caller as usize] = true;
                self.caller(&caller::Message::Welcome {
                    heartbeat,
                    on_shift: true,
                    lines: Vec::new(),
                    drill: false,
                });
                self.caller(&caller::Message::State { state: CallerState::Idle });
            }
            caller::Request::Resume { seen, .. } => {
                self.greeted[Side::Caller as usize] = true;
                self.caller(&caller::Message::Welcome {
                    heartbeat,
                    on_shift: true,
                    lines: Vec::new(),
                    drill: false,
                });
                self.session();
                self.states();
                for entry in self.log.clone() {
                    if entry.seq > seen && entry.from != Slot::CALLER {
                        self.caller(&caller::Message::Mls(entry));
                    }
                }
            }
            caller::Request::Join { key_package, .. } => {
                *self = Self {
                    out: std::mem::take(&mut self.out),
                    asked: std::mem::take(&mut self.asked),
                    available: self.available,
                    refuse: self.refuse.take(),
                    waiting: Some(key_package.clone()),
                    seats: [Some(key_package), None],
                    legs: self.legs,
                    offers: self.offers,
                    greeted: self.greeted,
                    ..Self::new(self.keys.clone(), self.relay, self.name)
                };
                self.session();
                self.caller(&caller::Message::Done { re: id });
                self.offer();
            }
            caller::Request::Media(leg) => {
                let leg = self.leg(Slot::CALLER, &leg);
                self.caller(&caller::Message::Leg { re: id, leg });
            }
            caller::Request::Mls { message } => self.mls(Side::Caller, id, message),
            caller::Request::Say { message } => self.pass_on(Side::Caller, id, message),
            caller::Request::ForgetCode { .. } => self.caller(&caller::Message::Done { re: id }),
            caller::Request::AskAnother { .. } => self.error(Side::Caller, id, ErrorCode::OutOfOrder),
            caller::Request::KeyPackage { key_package } => self.key_package(Side::Caller, id, key_package),
            caller::Request::Leave { .. } => {
                self.caller(&caller::Message::Done { re: id });
                self.end(EndedBy::Caller);
            }
            caller::Request::Ping => self.caller(&caller::Message::Pong),
        }
    }

    fn of_staff(&mut self, Frame { id, request }: Frame<staff::Request>) {
        match request {
            staff::Request::SignIn { seen, .. } => {
                self.greeted[Side::Staff as usize] = true;
                let heartbeat = Heartbeat { interval_ms: 3_000, timeout_ms: 10_000 };
                let (name, role) = (self.name.to_owned(), Role::Counsellor);
                self.staff(&staff::Message::Welcome { heartbeat, name, role, drill: false });
                self.states();
                for entry in self.log.clone() {
                    if entry.seq > seen && entry.from != Slot::COUNSELLOR {
                        self.staff(&staff::Message::Mls { call: CallId::from_random(CALL), entry });
                    }
                }
                return;
            }
            staff::Request::Available => {
                self.available = true;
                self.staff(&staff::Message::Done { re: id });
                return self.offer();
            }
            staff::Request::Unavailable => self.available = false,
            staff::Request::Accept { .. } => {
                (self.offered, self.connected) = (false, true);
                self.staff(&staff::Message::Done { re: id });
                return self.states();
            }
            staff::Request::Pass { .. } => (self.offered, self.available) = (false, false),
            staff::Request::Media { leg, .. } => {
                let leg = self.leg(Slot::COUNSELLOR, &leg);
                return self.staff(&staff::Message::Leg { re: id, leg });
            }
            staff::Request::Mls { message, .. } => return self.mls(Side::Staff, id, message),
            staff::Request::Say { message, .. } => return self.pass_on(Side::Staff, id, message),
            staff::Request::KeyPackage { key_package, .. } => {
                return self.key_package(Side::Staff, id, key_package);
            }
            staff::Request::End { .. } => {
                self.staff(&staff::Message::Done { re: id });
                return self.end(EndedBy::Counsellor);
            }
            staff::Request::WrapUpDone { available, .. } => {
                (self.wrap_up, self.available) = (false, available)
            }
            staff::Request::Ping => return self.staff(&staff::Message::Pong),
            // A line of two people has no colleagues.
            _ => return self.error(Side::Staff, id, ErrorCode::OutOfOrder),
        }
        self.staff(&staff::Message::Done { re: id });
        self.states();
    }

    fn offer(&mut self) {
        if self.available && self.waiting.is_some() && !self.connected && !self.offered {
            (self.offered, self.offers) = (true, self.offers + 1);
        }
        self.states();
    }

    fn end(&mut self, by: EndedBy) {
        self.wrap_up = self.connected;
        (self.offered, self.connected, self.waiting, self.ended) = (false, false, None, Some(by));
        self.states();
    }

    fn session(&mut self) {
        let call = CallId::from_random(CALL).to_string();
        self.caller(&caller::Message::Session { token: "token".into(), call });
    }

    fn key_package(&mut self, side: Side, id: u32, key_package: String) {
        self.seats[side as usize] = Some(key_package);
        self.done(side, id);
        self.states();
    }

    fn done(&mut self, side: Side, id: u32) {
        match side {
            Side::Caller => self.caller(&caller::Message::Done { re: id }),
            Side::Staff => self.staff(&staff::Message::Done { re: id }),
        }
    }

    fn mls(&mut self, side: Side, id: u32, message: MlsMessage) {
        if self.sent[side as usize].contains(&message) {
            return self.done(side, id);
        }
        if !self.connected {
            return self.error(side, id, ErrorCode::OutOfOrder);
        }
        if let MlsMessage::Commit { epoch, added, .. } = &message {
            let anew = *epoch == 0 && self.seats.iter().all(Option::is_some);
            if *epoch != self.epoch && !anew {
                return self.error(side, id, ErrorCode::StaleEpoch);
            }
            self.epoch = epoch + 1;
            added.iter().for_each(|slot| self.seats[slot.index()] = None);
            if anew {
                self.seats[1] = None;
            }
        }
        self.sent[side as usize].push(message.clone());
        let from = if side == Side::Caller { Slot::CALLER } else { Slot::COUNSELLOR };
        let entry = LogEntry { seq: self.log.len() as u64 + 1, from, message };
        self.log.push(entry.clone());
        self.done(side, id);
        match side {
            Side::Caller => self.staff(&staff::Message::Mls { call: CallId::from_random(CALL), entry }),
            Side::Staff => self.caller(&caller::Message::Mls(entry)),
        }
    }

    /// What is handed on and kept nowhere.
    fn pass_on(&mut self, side: Side, id: u32, message: String) {
        self.done(side, id);
        let call = CallId::from_random(CALL);
        match side {
            Side::Caller => {
                self.staff(&staff::Message::Said { call, said: Said { from: Slot::CALLER, message } });
            }
            Side::Staff => self.caller(&caller::Message::Said(Said { from: Slot::COUNSELLOR, message })),
        }
    }

    fn leg(&mut self, slot: Slot, request: &LegRequest) -> Leg {
        let mut fingerprint = [0; 32];
        for (byte, at) in fingerprint.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&request.fingerprint[at..at + 2], 16).unwrap();
        }
        let call = CallId::from_random(CALL);
        let (payload_type, expires) = (request.payload_type, u32::MAX);
        self.legs += 1;
        let grant = LegGrant { call, slot, payload_type, minted_ms: 0, expires, fingerprint };
        let token = self.keys.mint(&grant, [self.legs; 12]).unwrap();
        let relay: std::net::SocketAddr = RELAY.parse().unwrap();
        Leg {
            slot,
            ufrag: token.ufrag,
            pwd: token.pwd,
            fingerprint: self.relay.iter().map(|byte| format!("{byte:02x}")).collect(),
            candidates: vec![Candidate {
                transport: Transport::Udp,
                address: relay.ip().to_string(),
                port: relay.port(),
            }],
            streams: Slot::all()
                .filter(|other| *other != slot)
                .map(|slot| Stream { slot, ssrc: slot_ssrc(call, slot) })
                .collect(),
        }
    }

    fn participants(&self) -> Vec<Participant> {
        let seat = |slot, role, name: Option<&str>, key_package: &Option<String>| Participant {
            slot,
            role,
            name: name.map(str::to_owned),
            connected: true,
            key_package: key_package.clone(),
            lead: slot == Slot::COUNSELLOR,
            away: false,
            arriving: false,
            left: false,
        };
        vec![
            seat(Slot::CALLER, Role::Caller, None, &self.seats[0]),
            seat(Slot::COUNSELLOR, Role::Counsellor, Some(self.name), &self.seats[1]),
        ]
    }

    fn states(&mut self) {
        let call = CallId::from_random(CALL);
        let staff = if self.wrap_up {
            StaffState::WrapUp { call, ended_by: self.ended, fields: Vec::new() }
        } else if self.connected {
            let participants = self.participants();
            StaffState::OnCall {
                call: Call {
                    id: call,
                    slot: Slot::COUNSELLOR,
                    participants,
                    help: None,
                    asked: None,
                    consultation: None,
                },
            }
        } else if self.offered {
            let key_package = self.waiting.clone().unwrap();
            let id = OfferId::from_random([self.offers; 16]);
            let line = LineName::default();
            StaffState::Ringing {
                offer: Offer {
                    id,
                    call,
                    line,
                    came: Came::New,
                    waited_s: 1,
                    expires_in_ms: 20_000,
                    key_package,
                },
            }
        } else if self.available {
            StaffState::Available
        } else {
            StaffState::Unavailable
        };
        let queue = QueueState { waiting: 0, longest_wait_s: 0 };
        self.staff(&staff::Message::State { state: staff, queue });
        let state = if let Some(by) = self.ended {
            CallerState::Ended { by }
        } else if self.connected {
            CallerState::Connected { participants: self.participants() }
        } else if self.waiting.is_some() {
            CallerState::Waiting { ahead: 0, ringing: self.offered, on_shift: true }
        } else {
            CallerState::Idle
        };
        self.caller(&caller::Message::State { state });
    }

    fn caller(&mut self, message: &impl Serialize) {
        if self.greeted[Side::Caller as usize] {
            self.say(Side::Caller, message);
        }
    }

    fn staff(&mut self, message: &impl Serialize) {
        if self.greeted[Side::Staff as usize] {
            self.say(Side::Staff, message);
        }
    }

    fn say(&mut self, side: Side, message: &impl Serialize) {
        self.out.push_back((side, serde_json::to_string(message).unwrap()));
    }
}
