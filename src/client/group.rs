//! One endpoint's part in the call's MLS group: publishes KeyPackages, joins by Welcome, makes or changes the group when it is
//! its turn, applies the log in order, exchanges the safety words. It decides nothing about trust: a refusal of `e2ee` is told,
//! and the last good epoch stays in force.
//!
//! Everything runs in one queue, one step at a time, because an MLS state has one successor: while a commit of ours is with the
//! server, what comes waits.

use std::collections::{HashSet, VecDeque};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    connection::Failure,
    options::Entropy,
    seats::leaf_of_leaver,
    written::{self, Message},
};
use crate::{
    core::ids::Slot,
    e2ee::{
        Applied, AuthorityPublicKey, Epoch, Member, MemberOptions, PendingCommit, Refusal, RefusalCode,
        SigningKeys, VerifiedMember, words::SafetyWords,
    },
    proto::{
        e2ee::{LogEntry, MlsMessage, Said},
        staff::Participant,
    },
};

/// Whose part it is.
pub(super) struct GroupOptions {
    pub call: [u8; 16],
    pub slot: Slot,
    pub authority: AuthorityPublicKey,
    /// Secret.
    pub key_seed: [u8; 32],
    pub credential: Option<String>,
}

/// What the group wants done.
pub(super) enum Act {
    /// Hand a commit to the server and tell [`Group::committed`] its answer.
    Commit(MlsMessage),
    /// Hand over application data.
    Say(MlsMessage),
    /// Publish a KeyPackage and tell [`Group::published`] the answer.
    Publish(String),
    /// An epoch is in force.
    Entered(Epoch),
    /// The safety words are known.
    Words([&'static str; 4]),
    /// A member has written something, or answered what was written.
    Written(VerifiedMember, Message),
    /// Something was refused.
    Refused(RefusalCode),
}

/// See the module.
pub(super) struct Group {
    options: GroupOptions,
    member: Option<Member>,
    words: Option<SafetyWords>,
    prepared: Option<(PendingCommit, String)>,
    participants: Vec<Participant>,
    admitted: HashSet<String>,
    /// Whether log entries concern this endpoint: not between a reload and the acceptance of its new KeyPackage.
    listening: bool,
    published: u32,
    steps: VecDeque<Step>,
    /// What the server has yet to answer.
    waiting: Option<Waiting>,
    acts: VecDeque<Act>,
}

enum Step {
    Publish,
    CommitPrepared,
    Tend,
    Take(LogEntry),
    Hear(Said),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Waiting {
    Commit,
    Publish,
}

impl Group {
    pub(super) fn new(options: GroupOptions) -> Self {
        Self {
            options,
            member: None,
            words: None,
            prepared: None,
            participants: Vec::new(),
            admitted: HashSet::new(),
            listening: false,
            published: 0,
            steps: VecDeque::new(),
            waiting: None,
            acts: VecDeque::new(),
        }
    }

    /// The call's id, once the server has named it.
    pub(super) fn name(&mut self, call: [u8; 16]) {
        self.options.call = call;
        if let Some(member) = &mut self.member {
            member.name_call(call);
        }
    }

    /// A fresh KeyPackage for the first message of a call, and the member that it belongs to.
    pub(super) fn key_package(options: &GroupOptions, wall_ms: u64) -> Result<(Member, String), Refusal> {
        let mut member = new_member(options, wall_ms)?;
        let key_package = STANDARD.encode(member.key_package(wall_ms)?);
        Ok((member, key_package))
    }

    /// The call's first message is sent with this member's KeyPackage: from now on the log concerns this endpoint.
    pub(super) fn begin(&mut self, member: Member) {
        self.member = Some(member);
        self.listening = true;
    }

    /// After a reload: publishes a fresh KeyPackage and waits to be let in.
    pub(super) fn rejoin(&mut self, wall_ms: u64, entropy: &mut dyn Entropy) {
        self.listening = false;
        self.step(Step::Publish, wall_ms, entropy);
    }

    /// While it rings: makes the group with the caller in it, without telling anyone.
    pub(super) fn prepare(&mut self, key_package: &str, wall_ms: u64) {
        let made = new_member(&self.options, wall_ms).and_then(|mut member| {
            let pending = member.prepare_group(&bytes_of(key_package)?, wall_ms)?;
            Ok((member, pending))
        });
        match made {
            Ok((member, pending)) => {
                self.member = Some(member);
                self.prepared = Some((pending, key_package.to_owned()));
            }
            Err(refusal) => self.acts.push_back(Act::Refused(refusal.code)),
        }
    }

    /// Hands over the prepared group's commit; its epoch is entered once the server has ordered it.
    pub(super) fn commit_prepared(&mut self, wall_ms: u64, entropy: &mut dyn Entropy) {
        self.listening = true;
        self.step(Step::CommitPrepared, wall_ms, entropy);
    }

    /// Takes the server's list of who is in the call, and lets in who waits or takes out who has left, if that is this
    /// endpoint's turn.
    pub(super) fn seat(&mut self, participants: &[Participant], wall_ms: u64, entropy: &mut dyn Entropy) {
        self.participants = participants.to_vec();
        self.step(Step::Tend, wall_ms, entropy);
    }

    /// Takes an entry of the call's log.
    pub(super) fn receive(&mut self, entry: LogEntry, wall_ms: u64, entropy: &mut dyn Entropy) {
        if self.listening {
            self.step(Step::Take(entry), wall_ms, entropy);
        }
    }

    /// Takes what a member has handed over to be kept nowhere.
    pub(super) fn hear(&mut self, said: Said, wall_ms: u64, entropy: &mut dyn Entropy) {
        if self.listening && said.from != self.options.slot {
            self.step(Step::Hear(said), wall_ms, entropy);
        }
    }

    /// The server's answer to a commit.
    pub(super) fn committed(&mut self, answer: Result<(), Failure>, wall_ms: u64, entropy: &mut dyn Entropy) {
        if self.waiting.take_if(|waiting| *waiting == Waiting::Commit).is_none() {
            return;
        }
        let Some(member) = &mut self.member else { return };
        let done = match answer {
            Ok(()) => member.confirm().map(Some),
            // Another commit came first, or the call is over: the log says which.
            Err(_) => member.discard().map(|()| None),
        };
        match done {
            Ok(Some(epoch)) => self.enter(epoch, entropy),
            Ok(None) => {}
            Err(refusal) => self.acts.push_back(Act::Refused(refusal.code)),
        }
        self.run(wall_ms, entropy);
    }

    /// The server's answer to a KeyPackage.
    pub(super) fn published(&mut self, answer: Result<(), Failure>, wall_ms: u64, entropy: &mut dyn Entropy) {
        if self.waiting.take_if(|waiting| *waiting == Waiting::Publish).is_none() {
            return;
        }
        if answer.is_ok() {
            self.listening = true;
            self.words = None;
        }
        self.run(wall_ms, entropy);
    }

    /// Seals something written for the group as it is. None where that cannot be: nobody is there, or a commit of this endpoint is
    /// with the server.
    pub(super) fn seal(&mut self, data: &[u8]) -> Option<String> {
        let member = self.member.as_mut().filter(|member| member.current().is_some())?;
        member.seal(data).ok().map(|sealed| STANDARD.encode(sealed))
    }

    /// The next thing to do.
    pub(super) fn next_act(&mut self) -> Option<Act> {
        self.acts.pop_front()
    }

    /// The present epoch.
    pub(super) fn epoch(&self) -> Option<&Epoch> {
        self.member.as_ref().and_then(Member::current)
    }

    fn step(&mut self, step: Step, wall_ms: u64, entropy: &mut dyn Entropy) {
        self.steps.push_back(step);
        self.run(wall_ms, entropy);
    }

    fn run(&mut self, wall_ms: u64, entropy: &mut dyn Entropy) {
        while self.waiting.is_none() {
            let Some(step) = self.steps.pop_front() else { return };
            let done = match step {
                Step::Publish => self.publish(wall_ms),
                Step::CommitPrepared => self.hand_over_prepared(),
                Step::Tend => self.tend(wall_ms),
                Step::Take(entry) => self.take(entry, wall_ms, entropy),
                Step::Hear(said) => {
                    self.read(&said);
                    Ok(())
                }
            };
            if let Err(refusal) = done {
                self.acts.push_back(Act::Refused(refusal.code));
            }
        }
    }

    fn publish(&mut self, wall_ms: u64) -> Result<(), Refusal> {
        self.published += 1;
        let (member, key_package) = Self::key_package(&self.options, wall_ms)?;
        self.member = Some(member);
        self.words = None;
        self.waiting = Some(Waiting::Publish);
        self.acts.push_back(Act::Publish(key_package));
        Ok(())
    }

    fn hand_over_prepared(&mut self) -> Result<(), Refusal> {
        if let Some((pending, key_package)) = self.prepared.take() {
            // A list of who waits that was written before this commit still names the caller.
            self.admitted.insert(key_package);
            self.hand_over(pending, vec![Slot::CALLER], Vec::new());
        }
        Ok(())
    }

    fn hand_over(&mut self, pending: PendingCommit, added: Vec<Slot>, removed: Vec<Slot>) {
        self.waiting = Some(Waiting::Commit);
        self.acts.push_back(Act::Commit(MlsMessage::Commit {
            epoch: pending.epoch,
            commit: STANDARD.encode(pending.commit),
            welcome: pending.welcome.map(|welcome| STANDARD.encode(welcome)),
            added,
            removed,
        }));
    }

    /// Changes the group where that is this endpoint's turn: it is in, and nobody in a lower seat is.
    fn tend(&mut self, wall_ms: u64) -> Result<(), Refusal> {
        let slot = self.options.slot;
        let waiting: Vec<(Slot, String)> =
            self.participants.iter().filter_map(|p| Some((p.slot, p.key_package.clone()?))).collect();
        let inside = self.participants.iter().filter(is_inside).map(|p| p.slot).min();
        if self.epoch().is_some() {
            if inside != Some(slot) {
                return Ok(());
            }
            if self.take_out()? {
                return Ok(());
            }
            let next = waiting.into_iter().find(|(_, key_package)| !self.admitted.contains(key_package));
            let (Some((seat, key_package)), Some(member)) = (next, &mut self.member) else { return Ok(()) };
            self.admitted.insert(key_package.clone());
            // Whoever waits behind this one has their turn when it is done.
            self.steps.push_front(Step::Tend);
            let pending = member.prepare_add(&bytes_of(&key_package)?, wall_ms)?;
            self.hand_over(pending, vec![seat], Vec::new());
            return Ok(());
        }
        // Nobody is in the group any more: the one in charge makes it anew.
        let caller =
            waiting.into_iter().find(|(seat, _)| *seat == Slot::CALLER).map(|(_, key_package)| key_package);
        let Some(caller) = caller else { return Ok(()) };
        let lead = self.participants.iter().find(|p| p.lead).map_or(Slot::COUNSELLOR, |p| p.slot);
        if slot != lead || inside.is_some() || !self.admitted.insert(caller.clone()) {
            return Ok(());
        }
        self.prepare(&caller, wall_ms);
        self.hand_over_prepared()
    }

    /// Removes the next one who has left. Gives whether there was one.
    fn take_out(&mut self) -> Result<bool, Refusal> {
        let Some(member) = &mut self.member else { return Ok(false) };
        let members = member.current().map(|epoch| epoch.members.clone()).unwrap_or_default();
        let leaver = self.participants.iter().filter(|p| p.left).find_map(|p| {
            let leaf = leaf_of_leaver(&members, &self.participants, self.options.slot, p.slot)?;
            Some((p.slot, leaf))
        });
        let Some((seat, leaf)) = leaver else { return Ok(false) };
        let pending = member.prepare_remove(leaf)?;
        // The list of seats that tells of it may be late: nobody is taken out twice meanwhile.
        self.forget_leavers(&[seat]);
        self.steps.push_front(Step::Tend);
        self.hand_over(pending, Vec::new(), vec![seat]);
        Ok(true)
    }

    fn forget_leavers(&mut self, removed: &[Slot]) {
        self.participants.retain(|p| !(p.left && removed.contains(&p.slot)));
    }

    fn take(&mut self, entry: LogEntry, wall_ms: u64, entropy: &mut dyn Entropy) -> Result<(), Refusal> {
        match entry.message {
            MlsMessage::Commit { welcome, added, .. } if added.contains(&self.options.slot) => {
                match welcome {
                    Some(welcome) => self.join(&welcome, wall_ms, entropy),
                    None => Ok(()),
                }
            }
            MlsMessage::Commit { commit, removed, .. } => {
                self.apply(&commit, wall_ms, entropy)?;
                self.forget_leavers(&removed);
                self.tend(wall_ms)
            }
            MlsMessage::Application { message } if entry.from != self.options.slot => self.open(&message),
            MlsMessage::Application { .. } => Ok(()),
        }
    }

    fn join(&mut self, welcome: &str, wall_ms: u64, entropy: &mut dyn Entropy) -> Result<(), Refusal> {
        let Some(member) = &mut self.member else { return Ok(()) };
        match bytes_of(welcome).and_then(|welcome| member.join(&welcome, wall_ms)) {
            Ok(epoch) => {
                self.enter(epoch, entropy);
                Ok(())
            }
            // Somebody may have used an older KeyPackage of this endpoint in the same instant. With only one ever published
            // that cannot be: then it is told at once.
            Err(refusal)
                if matches!(refusal.code, RefusalCode::WrongGroup | RefusalCode::Malformed)
                    && (1..TRIES).contains(&self.published) =>
            {
                self.listening = false;
                self.publish(wall_ms)
            }
            Err(refusal) => Err(refusal),
        }
    }

    fn apply(&mut self, commit: &str, wall_ms: u64, entropy: &mut dyn Entropy) -> Result<(), Refusal> {
        let Some(member) = self.member.as_mut().filter(|member| member.current().is_some()) else {
            return Ok(());
        };
        if let Applied::Entered(epoch) = member.apply_commit(&bytes_of(commit)?, wall_ms)? {
            self.enter(epoch, entropy);
        }
        Ok(())
    }

    fn open(&mut self, message: &str) -> Result<(), Refusal> {
        let Some(member) = self.member.as_mut().filter(|member| member.current().is_some()) else {
            return Ok(());
        };
        let (leaf, data) = match member.open(&bytes_of(message)?) {
            Ok(opened) => opened,
            // Sent before the last commit was known to its sender: late, not wrong.
            Err(refusal) if refusal.code == RefusalCode::WrongEpoch => return Ok(()),
            Err(refusal) => return Err(refusal),
        };
        let Some(words) = &mut self.words else { return Ok(()) };
        let before = words.words();
        let answer = words.receive(leaf, &data)?;
        let after = words.words();
        if let Some(words) = after.filter(|_| before.is_none()) {
            self.acts.push_back(Act::Words(words));
        }
        answer.map_or(Ok(()), |answer| self.say(&answer))
    }

    /// Tells what was written. What cannot be opened or read is dropped: it alarms nobody, and goes again where it matters.
    fn read(&mut self, said: &Said) {
        let opened = self.member.as_mut().filter(|member| member.current().is_some()).and_then(|member| {
            let (leaf, data) = member.open(&bytes_of(&said.message).ok()?).ok()?;
            let sender = member.current()?.members.iter().find(|one| one.leaf == leaf)?;
            Some((sender.clone(), written::read(&data)?))
        });
        if let Some((from, what)) = opened {
            self.acts.push_back(Act::Written(from, what));
        }
    }

    fn enter(&mut self, epoch: Epoch, entropy: &mut dyn Entropy) {
        let mut nonce = [0; 32];
        entropy.fill(&mut nonce);
        let opening = epoch.my_leaf().map(|mine| {
            let leaves = epoch.members.iter().map(|member| member.leaf);
            let mut words = SafetyWords::new(epoch.epoch, epoch.authenticator, mine, leaves, nonce);
            let opening = words.start();
            self.words = Some(words);
            opening
        });
        self.acts.push_back(Act::Entered(epoch));
        if let Some(Err(refusal)) = opening.map(|opening| self.say(&opening)) {
            self.acts.push_back(Act::Refused(refusal.code));
        }
    }

    fn say(&mut self, data: &[u8]) -> Result<(), Refusal> {
        let Some(member) = &mut self.member else { return Ok(()) };
        let message = STANDARD.encode(member.seal(data)?);
        self.acts.push_back(Act::Say(MlsMessage::Application { message }));
        Ok(())
    }
}

/// Whether that participant is in the group, as the server sees it.
fn is_inside(participant: &&Participant) -> bool {
    participant.key_package.is_none() && !participant.arriving && !participant.left
}

fn new_member(options: &GroupOptions, wall_ms: u64) -> Result<Member, Refusal> {
    let keys = SigningKeys::from_seed(&options.key_seed)
        .map_err(|_| Refusal { code: RefusalCode::Malformed, detail: "no signature key".into() })?;
    let (call, authority) = (options.call, options.authority);
    Member::new(MemberOptions { call, authority, keys, credential: options.credential.clone() }, wall_ms)
}

fn bytes_of(text: &str) -> Result<Vec<u8>, Refusal> {
    STANDARD
        .decode(text)
        .map_err(|_| Refusal { code: RefusalCode::Malformed, detail: "bytes that are not base64".into() })
}

/// How often an endpoint asks to be let in again when the Welcome it got was not for it.
const TRIES: u32 = 3;

#[cfg(test)]
mod tests;
