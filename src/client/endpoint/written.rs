//! Writing in a call: what goes out, and what is done with what comes.

use std::time::Instant;

use super::Endpoint;
use crate::{
    client::{
        event::{Event, Hearer},
        options::Role,
        wire::Tag,
        writing::Came,
        written::{self, Message},
    },
    e2ee::VerifiedMember,
};

impl Endpoint {
    /// Writes to everybody in the call. It goes again until all of them have answered that it has come. False where nobody is there
    /// to read it, or [`super::super::can_be_written`] says no.
    pub fn write(&mut self, now: Instant, text: &str) -> bool {
        let wall_ms = self.wall_ms(now);
        let Some(session) = &mut self.session else { return false };
        let posted = session.writing.post(now, wall_ms, text);
        self.tick_writing(now);
        self.settle(now);
        posted
    }

    pub(super) fn take_written(&mut self, now: Instant, from: &VerifiedMember, message: Message) {
        // At a console that practises nobody sits who reads it either.
        let answers = matches!(self.options.role, Role::Player(_));
        let Some(session) = &mut self.session else { return };
        let (n, came) = (message.number(), session.writing.take(from, &message));
        if answers && matches!(message, Message::Said { .. }) {
            self.hand_over(now, &written::got(from.leaf, n));
        }
        if let (Message::Said { what: Some(what), .. }, Came::New) = (message, came) {
            self.out.event(Event::Written { from: Hearer::of(&from.identity), what });
        }
    }

    /// Hands over what is due.
    pub(super) fn tick_writing(&mut self, now: Instant) {
        while self.connection.is_up()
            && let Some(data) = self.session.as_mut().and_then(|session| session.writing.due(now))
        {
            self.hand_over(now, &data);
        }
    }

    /// What cannot be sealed or handed over now goes again by its time.
    fn hand_over(&mut self, now: Instant, data: &[u8]) {
        let side = self.side();
        let group = self.session.as_mut().and_then(|session| session.group.as_mut());
        if let Some(request) = group.and_then(|group| group.seal(data)).and_then(|sealed| side.say(sealed)) {
            self.connection.ask(now, Tag::Say, request, &mut self.out);
        }
    }
}
