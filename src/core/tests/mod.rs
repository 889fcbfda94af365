//! The core's promises, over random histories and by example.
mod directory;
mod figures;
mod group;
mod history;
mod model;
mod offers;
mod promises;
mod talk;

use std::time::Duration;

use super::{
    call::{Call, Phase, SessionHash},
    command::{Command, Rejection},
    event::Event,
    ids::{CallId, DeviceId, OfferId, StaffId},
    line::Line,
    queue::Priority,
    rules::Rules,
    staff::{Desk, Duty, Role},
    time::Timestamp,
};

/// A line with a clock and a source of ids.
#[derive(Debug, Clone)]
pub(super) struct Service {
    pub(super) line: Line,
    pub(super) now: Timestamp,
    ids: u64,
}

impl Service {
    pub(super) fn new() -> Self {
        Self { line: Line::new(Rules::default()), now: Timestamp::from_millis(1_000_000_000), ids: 0 }
    }

    pub(super) fn give(&mut self, command: Command) -> Result<Vec<Event>, Rejection> {
        let events = self.line.decide(command, self.now)?;
        events.iter().for_each(|event| self.line.apply(event));
        Ok(events)
    }

    pub(super) fn fresh(&mut self) -> [u8; 16] {
        self.ids += 1;
        let mut bytes = [0; 16];
        bytes[8..].copy_from_slice(&self.ids.to_be_bytes());
        bytes
    }

    pub(super) fn join(&mut self) -> CallId {
        let id = self.fresh();
        self.give(join(id)).unwrap();
        CallId::from_random(id)
    }

    pub(super) fn sign_in(&mut self, person: u8, number: u8) -> DeviceId {
        self.sign_in_as(person, number, Role::Counsellor)
    }

    pub(super) fn sign_in_as(&mut self, person: u8, number: u8, role: Role) -> DeviceId {
        let (device, staff) = (device(number), staff(person));
        self.give(Command::SignIn { device, staff, name: format!("Sam {person}"), role }).unwrap();
        device
    }

    pub(super) fn counsellor(&mut self, number: u8) -> DeviceId {
        let device = self.sign_in(number, number);
        self.give(Command::Available { device }).unwrap();
        device
    }

    pub(super) fn pass(&mut self, span: Duration) {
        self.now = self.now + span;
    }

    /// Gives what time has made necessary, and makes every offer that can be made; returns all that came of it.
    pub(super) fn settle(&mut self) -> Vec<Event> {
        let mut all = Vec::new();
        while let Some(command) = self.line.due(self.now) {
            all.extend(self.give(command).unwrap());
        }
        while let Some((call, staff)) = self.line.next_match(self.now) {
            let offer = OfferId::from_random(self.fresh());
            all.extend(self.give(Command::Offer { offer, call, staff }).unwrap());
        }
        all
    }

    /// What is left after the end of the process: the records, read back from their form in the ledger.
    pub(super) fn restart(&mut self) {
        fn through_json<T: serde::Serialize + serde::de::DeserializeOwned>(record: &T) -> T {
            serde_json::from_slice(&serde_json::to_vec(record).unwrap()).unwrap()
        }
        let calls: Vec<Call> = self.line.calls().map(through_json).collect();
        let durable = |desk: &&Desk| desk.duty != Duty::Unavailable;
        let desks: Vec<Desk> = self.line.desks().filter(durable).map(through_json).collect();
        let (rules, directory) = (self.line.rules().clone(), self.line.directory().clone());
        self.line = Line::load(rules, directory, calls, desks, self.now).unwrap();
    }

    pub(super) fn phase(&self, call: CallId) -> &Phase {
        &self.line.call(call).unwrap().phase
    }

    pub(super) fn rings_for(&self, device: DeviceId) -> Option<(CallId, OfferId)> {
        match self.line.desk(device)?.duty {
            Duty::Ringing { call, offer, .. } => Some((call, offer)),
            _ => None,
        }
    }
}

/// A caller with that id joins the default line.
pub(super) fn join(id: [u8; 16]) -> Command {
    let mut session = [0; 32];
    session[..16].copy_from_slice(&id);
    Command::Join {
        call: CallId::from_random(id),
        session: SessionHash(session),
        key_package: "package".to_owned(),
        line: None,
        skill: None,
        priority: Priority::Normal,
        follow_up: None,
    }
}

pub(super) fn staff(person: u8) -> StaffId {
    StaffId::from_random([person; 16])
}

pub(super) fn device(number: u8) -> DeviceId {
    DeviceId::from_random([number; 16])
}
