//! What a command brings about, or why it is refused. Nothing is changed here.
mod offers;
mod talk;

use super::{
    call::{Call, Ending, Link, Phase},
    command::{Command, Rejection},
    event::Event,
    figures::Heard,
    ids::{CallId, DeviceId, Slot},
    line::Line,
    staff::{Desk, Duty, Pause},
    time::Timestamp,
};

type Decision = Result<Vec<Event>, Rejection>;

impl Line {
    /// The events that `command` brings about at `now`. None means that what it asks for is so already.
    pub fn decide(&self, command: Command, now: Timestamp) -> Decision {
        match command {
            Command::Join { .. } => self.join(command, now),
            Command::CallerLost { call } => match self.known_call(call)?.link {
                Link::Up => Ok(vec![Event::CallerLost { call, since: now }]),
                Link::Lost { .. } => Ok(Vec::new()),
            },
            Command::CallerBack { call } => {
                self.known_call(call)?;
                Ok(vec![Event::CallerBack { call }])
            }
            Command::Leave { call, quick } => {
                if self.known_call(call)?.is_ended() {
                    return Ok(Vec::new());
                }
                let by = if quick { Ending::QuickExit } else { Ending::Caller };
                Ok(vec![Event::Ended { call, by, at: now }])
            }
            Command::CallerPackage { call, key_package } => {
                self.live_call(call)?;
                Ok(vec![Event::Packaged { call, slot: Slot::CALLER, key_package }])
            }
            Command::AskAnother { call, key_package } => self.ask_another(call, key_package, now),
            Command::SignIn { device, staff, name, role } => {
                if self.desks.get(&device).is_some_and(|desk| desk.staff != staff) {
                    return Err(Rejection::OtherPerson);
                }
                Ok(vec![Event::SignedIn { device, staff, name, role }])
            }
            Command::DeskLost { device, since } => {
                self.known_desk(device)?;
                Ok(vec![Event::DeskLost { device, since }])
            }
            Command::Available { device } => self.available(device, now),
            Command::Unavailable { device } => self.unavailable(device, now),
            Command::Pause { device, why } => self.pause(device, why, now),
            Command::Accept { device, offer } => self.accept(device, offer, now),
            Command::Pass { device, offer } => self.pass(device, offer, now),
            Command::End { device, call } => self.end(device, call, now),
            Command::WrapUpDone { device, call, available } => {
                let desk = self.known_desk(device)?;
                if !matches!(desk.duty, Duty::WrapUp { call: other, .. } if other == call) {
                    return Err(Rejection::OutOfOrder);
                }
                if available && self.training_over(desk, now) {
                    return Err(Rejection::TrainingOver);
                }
                let duty = if available { Duty::Available { since: now } } else { Duty::Unavailable };
                Ok(vec![Event::DutyChanged { device, duty }])
            }
            Command::Code { device, call, chosen } => self.code(device, call, chosen),
            Command::Hear { device, call, heard } => self.hear(device, call, heard),
            Command::AskHelp { device, call } => self.ask_help(device, call, now),
            Command::HelpDone { device, call } => self.help_done(device, call),
            Command::EscalateHelp { call } => self.escalate_help(call, now),
            Command::TakeHelp { device, call } => self.take_help(device, call),
            Command::Invite { device, call, wanted, manner } => {
                self.invite(device, call, wanted, manner, now)
            }
            Command::CancelInvite { device, call } => self.cancel_invite(device, call, now),
            Command::BringIn { device, call } => self.bring_in(device, call),
            Command::EndConsult { device, call } => self.end_consult(device, call),
            Command::HandOver { device, call, to } => self.hand_over(device, call, to, now),
            Command::TakeCharge { device, call } => self.take_charge(device, call, now),
            Command::LeaveCall { device, call } => self.leave_call(device, call),
            Command::Dismiss { device, call, slot } => self.dismiss(device, call, slot),
            Command::StaffPackage { device, call, key_package } => {
                let (_, room) = self.room(call).ok_or(Rejection::NotInCall)?;
                let slot = room.seat(device).ok_or(Rejection::NotInCall)?;
                Ok(vec![Event::Packaged { call, slot, key_package }])
            }
            Command::Commit { call, from, epoch, added, removed } => {
                self.live_call(self.main_of(call))?;
                let (_, room) = self.room(call).ok_or(Rejection::OutOfOrder)?;
                let seq = room.group().check_commit(room.founders(), from, epoch, &added, &removed)?;
                Ok(vec![Event::Committed { call, from, epoch, added, removed, seq }])
            }
            Command::Application { call, from } => {
                self.live_call(self.main_of(call))?;
                let (_, room) = self.room(call).ok_or(Rejection::OutOfOrder)?;
                Ok(vec![Event::Sent { call, seq: room.group().check_application(from)? }])
            }
            Command::Offer { offer, call, staff } => self.offer(offer, call, staff, now),
            Command::Expire { call } => self.expire(call, now),
            Command::HoldOver { call } => {
                let record = self.live_call(call)?;
                if self.hold_ends(record).is_none_or(|at| at > now) {
                    return Err(Rejection::NotDue);
                }
                Ok(vec![Event::Ended { call, by: Ending::Lost, at: now }])
            }
            Command::DeskAbsent { device } => self.absent(device, now),
            Command::Configure { directory } => {
                let news = (directory != self.directory).then_some(Event::Configured { directory });
                Ok(news.into_iter().collect())
            }
            Command::Forget { call } => match self.known_call(call)?.phase {
                Phase::Ended { at, .. } if at + self.rules.keep_ended <= now => {
                    Ok(vec![Event::Forgotten { call }])
                }
                _ => Err(Rejection::NotDue),
            },
        }
    }

    fn join(&self, command: Command, now: Timestamp) -> Decision {
        let Command::Join { call, session, key_package, line, skill, priority, follow_up } = command else {
            return Err(Rejection::OutOfOrder);
        };
        if self.calls.contains_key(&call) || self.by_session(&session).is_some() {
            return Err(Rejection::IdTaken);
        }
        let line = line.unwrap_or_else(|| self.directory.default_line());
        let helpline = self.directory.line(&line).ok_or(Rejection::UnknownLine)?;
        if !helpline.is_open(now) {
            return Err(Rejection::Closed);
        }
        if self.queue.len() >= self.rules.max_waiting {
            return Err(Rejection::Full);
        }
        let ticket = self.next_ticket(now);
        Ok(vec![Event::Joined { call, session, ticket, priority, line, skill, key_package, follow_up }])
    }

    fn ask_another(&self, call: CallId, key_package: String, now: Timestamp) -> Decision {
        let talk = self.live_call(call)?.talk().ok_or(Rejection::OutOfOrder)?;
        let all_lost = talk.present().all(|party| self.is_gone(party.device, now));
        if all_lost { Ok(vec![Event::Requeued { call, key_package }]) } else { Err(Rejection::OutOfOrder) }
    }

    fn available(&self, device: DeviceId, now: Timestamp) -> Decision {
        let desk = self.known_desk(device)?;
        if !desk.role.joins_calls() {
            return Err(Rejection::WrongRole);
        }
        match desk.duty {
            Duty::Unavailable | Duty::Paused { .. } if self.training_over(desk, now) => {
                Err(Rejection::TrainingOver)
            }
            Duty::Unavailable | Duty::Paused { .. } => {
                Ok(vec![Event::DutyChanged { device, duty: Duty::Available { since: now } }])
            }
            Duty::Available { .. } | Duty::Ringing { .. } => Ok(Vec::new()),
            Duty::OnCall { .. } | Duty::WrapUp { .. } => Err(Rejection::OutOfOrder),
        }
    }

    /// Whether that person may not be made ready, because their training is not valid any longer.
    fn training_over(&self, desk: &Desk, now: Timestamp) -> bool {
        self.directory.training_ends(desk.staff).is_some_and(|end| end <= now)
    }

    fn unavailable(&self, device: DeviceId, now: Timestamp) -> Decision {
        match self.known_desk(device)?.duty {
            Duty::Unavailable => Ok(Vec::new()),
            Duty::Available { .. } | Duty::Paused { .. } => {
                Ok(vec![Event::DutyChanged { device, duty: Duty::Unavailable }])
            }
            Duty::Ringing { call, .. } => Ok(self.quiet(call, device, Duty::Unavailable, now)),
            Duty::OnCall { .. } | Duty::WrapUp { .. } => Err(Rejection::OutOfOrder),
        }
    }

    fn pause(&self, device: DeviceId, why: Pause, now: Timestamp) -> Decision {
        let desk = self.known_desk(device)?;
        if !desk.role.joins_calls() {
            return Err(Rejection::WrongRole);
        }
        let duty = Duty::Paused { why, since: now };
        match desk.duty {
            Duty::Paused { why: present, .. } if present == why => Ok(Vec::new()),
            Duty::Ringing { call, .. } => Ok(self.quiet(call, device, duty, now)),
            Duty::OnCall { .. } => Err(Rejection::OutOfOrder),
            Duty::Unavailable | Duty::Available { .. } | Duty::WrapUp { .. } | Duty::Paused { .. } => {
                Ok(vec![Event::DutyChanged { device, duty }])
            }
        }
    }

    /// Of a call that is over, once.
    fn code(&self, device: DeviceId, call: CallId, chosen: Vec<Option<u32>>) -> Decision {
        let desk = self.known_desk(device)?;
        let wraps_up = matches!(desk.duty, Duty::WrapUp { call: ended, by: Some(_) } if ended == call);
        if !wraps_up || desk.after.is_none() || desk.coded || !self.rules.fields.allow(&chosen) {
            return Err(Rejection::OutOfOrder);
        }
        Ok(vec![Event::Coded { device, chosen }])
    }

    /// Of a call that is over, once, and for no longer than it was.
    fn hear(&self, device: DeviceId, call: CallId, heard: Heard) -> Decision {
        let desk = self.known_desk(device)?;
        let wraps_up = matches!(desk.duty, Duty::WrapUp { call: ended, by: Some(_) } if ended == call);
        let talked_s = desk.talked_s.filter(|_| wraps_up).ok_or(Rejection::OutOfOrder)?;
        Ok(vec![Event::Heard { device, heard: heard.within(talked_s) }])
    }

    fn end(&self, device: DeviceId, call: CallId, now: Timestamp) -> Decision {
        if matches!(self.known_desk(device)?.duty, Duty::WrapUp { call: ended, .. } if ended == call) {
            return Ok(Vec::new());
        }
        self.led(device, call)?;
        let lost_for_good = matches!(self.known_call(call)?.link,
            Link::Lost { since } if since + self.rules.hold_call <= now);
        let by = if lost_for_good { Ending::Lost } else { Ending::Counsellor };
        Ok(vec![Event::Ended { call, by, at: now }])
    }

    /// Whether that console has been without a connection for so long that nobody is there.
    fn is_gone(&self, device: DeviceId, now: Timestamp) -> bool {
        self.desks.get(&device).is_none_or(
            |desk| matches!(desk.link, Link::Lost { since } if since + self.rules.presence <= now),
        )
    }

    fn known_call(&self, call: CallId) -> Result<&Call, Rejection> {
        self.calls.get(&call).ok_or(Rejection::UnknownCall)
    }

    fn live_call(&self, call: CallId) -> Result<&Call, Rejection> {
        self.known_call(call)
            .and_then(|call| if call.is_ended() { Err(Rejection::UnknownCall) } else { Ok(call) })
    }

    fn known_desk(&self, device: DeviceId) -> Result<&Desk, Rejection> {
        self.desks.get(&device).ok_or(Rejection::UnknownDesk)
    }
}
