//! What each event does to the line.

use std::collections::BTreeMap;

use super::{
    call::{Call, Ending, Link, Offer, Phase, Place},
    event::{After, Event, Withdrawal},
    figures::seconds_of,
    group::Group,
    ids::{CallId, DeviceId, Slot},
    line::Line,
    staff::{Desk, Duty},
    talk::{Aside, Help, Party, Talk},
    time::Timestamp,
};

impl Line {
    /// Carries an event out. An event that names a call or console which is not there changes nothing.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Joined { call, session, ticket, priority, line, skill, key_package, follow_up } => {
                let place = Place {
                    key_package: key_package.clone(),
                    declined: BTreeMap::new(),
                    last_seq: 0,
                    again: false,
                };
                self.put_call(Call {
                    id: *call,
                    session: *session,
                    ticket: *ticket,
                    priority: *priority,
                    line: line.clone(),
                    skill: skill.clone(),
                    follow_up: *follow_up,
                    link: Link::Up,
                    phase: Phase::Waiting { place },
                });
            }
            Event::CallerLost { call, since } => self.link_call(*call, Link::Lost { since: *since }),
            Event::CallerBack { call } => self.link_call(*call, Link::Up),
            Event::Requeued { call, key_package } => self.requeued(*call, key_package),
            Event::Packaged { call, slot, key_package } => self.packaged(*call, *slot, key_package),
            Event::Offered { call, offer } => self.offered(*call, offer),
            Event::Quieted { call, device, then } => {
                self.change_offer(*call, |offer| {
                    offer.devices.remove(device);
                });
                if let Some(desk) = self.desks.get_mut(device) {
                    desk.duty = *then;
                }
            }
            Event::Withdrawn { call, why, rest_until, then } => {
                self.withdrawn(*call, *why, *rest_until, then);
            }
            Event::Answered { call, device, at } => self.answered(*call, *device, *at),
            Event::HelpAsked { call, at } => {
                self.change_talk(*call, |talk| {
                    talk.help = Some(Help { since: *at, helper: None, escalated: None })
                });
            }
            Event::HelpEscalated { call, at } => self.change_talk(*call, |talk| {
                if let Some(help) = &mut talk.help {
                    help.escalated = Some(*at);
                }
            }),
            Event::HelpTaken { call, helper } => self.change_talk(*call, |talk| {
                if let Some(help) = &mut talk.help {
                    help.helper = Some(helper.clone());
                }
            }),
            Event::HelpDone { call } => self.change_talk(*call, |talk| talk.help = None),
            Event::Invited { call, invitation } => {
                self.change_talk(*call, |talk| talk.invitation = Some(invitation.clone()));
            }
            Event::InviteFailed { call, why } => self.change_talk(*call, |talk| {
                if let Some(invitation) = &mut talk.invitation {
                    invitation.failed = Some(*why);
                }
            }),
            Event::InviteCancelled { call } => self.change_talk(*call, |talk| talk.invitation = None),
            Event::Seated { call, device, slot } => {
                self.come(*call, *device, |talk, mut party| {
                    party.slot = *slot;
                    seat(talk, party);
                });
            }
            Event::Consulted { call, device, aside, at } => {
                self.come(*call, *device, |talk, guest| {
                    let Some(host) = talk.party(talk.lead).cloned() else { return };
                    talk.aside = Some(Aside {
                        id: *aside,
                        since: *at,
                        host: Party { slot: Aside::HOST, ..host },
                        guest,
                        group: Group::after(0),
                    });
                });
            }
            Event::BroughtIn { call, slot } => self.change_talk(*call, |talk| {
                if let Some(aside) = talk.aside.take() {
                    seat(talk, Party { slot: *slot, ..aside.guest });
                }
            }),
            Event::ConsultEnded { call } => {
                let mut guest = None;
                self.change_talk(*call, |talk| guest = talk.aside.take().map(|aside| aside.guest.device));
                guest.into_iter().for_each(|device| self.wrap_up(device, *call, None, None));
            }
            Event::LeadChanged { call, lead } => self.change_talk(*call, |talk| talk.lead = *lead),
            Event::Left { call, slot } => self.left(*call, *slot),
            Event::Ended { call, by, at } => {
                let Some(record) = self.calls.get(call) else { return };
                let (rank, devices) = (record.rank(), record.devices());
                let answered = record.talk().is_some();
                let talked_s = record.talk().map(|talk| seconds_of(at.since(talk.since)));
                self.queue.leave(rank);
                self.change_phase(*call, |_| Phase::Ended { by: *by, at: *at, answered });
                devices.into_iter().for_each(|device| self.wrap_up(device, *call, Some(*by), talked_s));
            }
            Event::Forgotten { call } => self.take_call(*call),
            Event::SignedIn { device, staff, name, role } => {
                let before = self.desks.get(device);
                let (duty, misses) = before.map_or((Duty::Unavailable, 0), |desk| (desk.duty, desk.misses));
                let after = before.and_then(|desk| desk.after.clone());
                let coded = before.is_some_and(|desk| desk.coded);
                let talked_s = before.and_then(|desk| desk.talked_s);
                self.put_desk(Desk {
                    device: *device,
                    staff: *staff,
                    name: name.clone(),
                    role: *role,
                    link: Link::Up,
                    duty,
                    misses,
                    after,
                    coded,
                    talked_s,
                });
            }
            Event::DeskLost { device, since } => {
                if let Some(desk) = self.desks.get_mut(device) {
                    desk.link = Link::Lost { since: *since };
                }
            }
            Event::DeskClosed { device } => self.take_desk(*device),
            Event::DutyChanged { device, duty } => {
                if let Some(desk) = self.desks.get_mut(device) {
                    desk.duty = *duty;
                    desk.misses = 0;
                    (desk.after, desk.coded, desk.talked_s) = (None, false, None);
                }
            }
            Event::Coded { device, .. } => {
                if let Some(desk) = self.desks.get_mut(device) {
                    desk.coded = true;
                }
            }
            Event::Heard { device, .. } => {
                if let Some(desk) = self.desks.get_mut(device) {
                    desk.talked_s = None;
                }
            }
            Event::Committed { call, from, epoch, added, removed, seq } => {
                self.change_group(*call, |group| group.committed(*from, *epoch, added, removed, *seq));
                self.change_talk(*call, Talk::forget_leavers);
            }
            Event::Sent { call, seq } => self.change_group(*call, |group| group.sent(*seq)),
            Event::Configured { directory } => self.directory = directory.clone(),
        }
    }

    fn link_call(&mut self, call: CallId, link: Link) {
        if let Some(call) = self.calls.get_mut(&call) {
            call.link = link;
            self.agenda.put(call);
        }
    }

    fn requeued(&mut self, id: CallId, package: &str) {
        let Some(record) = self.calls.get(&id) else { return };
        let Some(talk) = record.talk() else { return };
        let (devices, last_seq) = (record.devices(), talk.group.last_seq());
        let place =
            Place { key_package: package.to_owned(), declined: BTreeMap::new(), last_seq, again: true };
        let requeued = Call {
            priority: super::queue::Priority::First,
            phase: Phase::Waiting { place },
            ..record.clone()
        };
        self.put_call(requeued);
        devices.into_iter().for_each(|device| self.wrap_up(device, id, None, None));
    }

    fn packaged(&mut self, id: CallId, slot: Slot, package: &str) {
        let main = self.main_of(id);
        if let Some(Call { phase: Phase::Waiting { place } | Phase::Offered { place, .. }, .. }) =
            self.calls.get_mut(&main)
        {
            package.clone_into(&mut place.key_package);
        }
        self.change_group(id, |group| group.outside(slot, package.to_owned()));
    }

    fn offered(&mut self, id: CallId, offer: &Offer) {
        for device in &offer.devices {
            if let Some(desk) = self.desks.get_mut(device)
                && let Duty::Available { since } = desk.duty
            {
                desk.duty = Duty::Ringing { call: id, offer: offer.id, idle_since: since };
            }
        }
        self.change_phase(id, |phase| match phase {
            Phase::Waiting { place } => Phase::Offered { place, offer: offer.clone() },
            other => other,
        });
        self.change_talk(id, |talk| {
            if let Some(invitation) = &mut talk.invitation {
                invitation.offer = Some(offer.clone());
            }
        });
    }

    fn withdrawn(&mut self, id: CallId, why: Withdrawal, rest_until: Timestamp, then: &[After]) {
        let rests = why != Withdrawal::Cancelled;
        self.change_phase(id, |phase| match phase {
            Phase::Offered { mut place, offer } => {
                place.declined.extend(rests.then_some((offer.staff, rest_until)));
                Phase::Waiting { place }
            }
            other => other,
        });
        self.change_talk(id, |talk| {
            if let Some(invitation) = &mut talk.invitation
                && let Some(offer) = invitation.offer.take()
            {
                invitation.declined.extend(rests.then_some((offer.staff, rest_until)));
            }
        });
        for After { device, duty, misses } in then {
            if let Some(desk) = self.desks.get_mut(device) {
                (desk.duty, desk.misses) = (*duty, *misses);
            }
        }
    }

    fn answered(&mut self, id: CallId, device: DeviceId, at: Timestamp) {
        let Some(record) = self.calls.get(&id) else { return };
        let (rank, Some(desk)) = (record.rank(), self.desks.get(&device)) else { return };
        let desk = desk.clone();
        self.queue.leave(rank);
        let mut rang = None;
        self.change_phase(id, |phase| match phase {
            Phase::Offered { place, offer } => {
                let mut group = Group::after(place.last_seq);
                group.outside(Slot::CALLER, place.key_package);
                let talk = Talk {
                    since: at,
                    lead: Slot::COUNSELLOR,
                    parties: vec![Party::new(Slot::COUNSELLOR, &desk, offer.id)],
                    group,
                    help: None,
                    invitation: None,
                    aside: None,
                };
                rang = Some(offer);
                Phase::Connected(talk)
            }
            other => other,
        });
        rang.into_iter().for_each(|offer| self.taken(id, device, &offer));
    }

    /// Somebody who was asked has come.
    fn come(&mut self, id: CallId, device: DeviceId, how: impl FnOnce(&mut Talk, Party)) {
        let Some(desk) = self.desks.get(&device).cloned() else { return };
        let mut rang = None;
        self.change_talk(id, |talk| {
            let Some(offer) = talk.invitation.take().and_then(|invitation| invitation.offer) else { return };
            how(talk, Party::new(Aside::GUEST, &desk, offer.id));
            rang = Some(offer);
        });
        rang.into_iter().for_each(|offer| self.taken(id, device, &offer));
    }

    /// One console has answered, and the others of the same person ring no longer.
    fn taken(&mut self, id: CallId, device: DeviceId, offer: &Offer) {
        for other in &offer.devices {
            let Some(desk) = self.desks.get_mut(other) else { continue };
            desk.misses = 0;
            desk.duty = match desk.duty {
                _ if *other == device => Duty::OnCall { call: id },
                Duty::Ringing { idle_since, .. } => Duty::Available { since: idle_since },
                duty => duty,
            };
        }
    }

    fn left(&mut self, id: CallId, slot: Slot) {
        let mut device = None;
        self.change_talk(id, |talk| {
            talk.group.leave(slot);
            if let Some(party) = talk.parties.iter_mut().find(|party| party.slot == slot && !party.left) {
                party.left = true;
                device = Some(party.device);
            }
            talk.forget_leavers();
        });
        device.into_iter().for_each(|device| self.wrap_up(device, id, None, None));
    }

    /// The call, or this person's part in it, is over: it rings no longer, or they wrap up.
    fn wrap_up(&mut self, device: DeviceId, call: CallId, by: Option<Ending>, talked_s: Option<u32>) {
        let line = self.calls.get(&call).map(|call| call.line.clone());
        let Some(desk) = self.desks.get_mut(&device) else { return };
        desk.duty = match desk.duty {
            Duty::Ringing { idle_since, call: rang, .. } if rang == call => {
                Duty::Available { since: idle_since }
            }
            Duty::OnCall { call: present } if present == call => {
                (desk.after, desk.coded, desk.talked_s) = (line, false, talked_s);
                Duty::WrapUp { call, by }
            }
            other => other,
        };
    }

    fn change_offer(&mut self, id: CallId, change: impl FnOnce(&mut Offer)) {
        let offer = match self.calls.get_mut(&id).map(|call| &mut call.phase) {
            Some(Phase::Offered { offer, .. }) => Some(offer),
            Some(Phase::Connected(talk)) => {
                talk.invitation.as_mut().and_then(|invitation| invitation.offer.as_mut())
            }
            _ => None,
        };
        if let Some(offer) = offer {
            change(offer);
        }
    }

    fn change_group(&mut self, id: CallId, change: impl FnOnce(&mut Group)) {
        let main = self.main_of(id);
        self.change_talk(main, |talk| match &mut talk.aside {
            Some(aside) if aside.id == id => change(&mut aside.group),
            _ => change(&mut talk.group),
        });
    }

    fn change_phase(&mut self, id: CallId, change: impl FnOnce(Phase) -> Phase) {
        let Some(record) = self.calls.get(&id).cloned() else { return };
        self.index_aside(id, record.talk(), None);
        let phase = change(record.phase);
        if let Some(call) = self.calls.get_mut(&id) {
            call.phase = phase;
            self.agenda.put(call);
        }
        let after = self.calls.get(&id).and_then(Call::talk).cloned();
        self.index_aside(id, None, after.as_ref());
    }
}

fn seat(talk: &mut Talk, party: Party) {
    talk.parties.push(party);
    talk.parties.sort_by_key(|party| party.slot);
}
