//! The two ends of the node's connections, as tests hold them: what they were told, and what they ask.

use super::*;

/// What both sides are told.
pub(super) enum Heard<S> {
    Welcome,
    Shift(bool),
    Session { token: String, call: CallId },
    State(S),
    Entry(LogEntry),
    Said(Said),
    Help(Vec<staff::HelpWanted>),
    Colleagues(u32, Vec<staff::Colleague>),
    OfShift(u32, shift::Answer),
    Board(shift::Board),
    FollowUp { code: String, at_ms: u64 },
    Booked(u32, follow_ups::Answer),
    Done(u32),
    Error(Option<u32>, ErrorCode),
    Bye(Goodbye),
}

/// One end of a connection, and what it has been told.
pub(super) struct Page<C, M, S> {
    node: NodeHandle,
    pub(super) conn: C,
    pub(super) inbox: mpsc::Receiver<M>,
    re: u32,
    pub(super) last: Option<S>,
    pub(super) log: Vec<LogEntry>,
    /// What the others have handed over by `say`.
    pub(super) said: Vec<Said>,
    pub(super) session: Option<(String, CallId)>,
    /// What it was told of who is on shift, beside its state.
    pub(super) shifts: Vec<bool>,
    /// For whom help is asked, as it was told last.
    pub(super) help: Vec<staff::HelpWanted>,
    pub(super) colleagues: Vec<staff::Colleague>,
    /// The last answer about the shift.
    pub(super) shift: Option<shift::Answer>,
    /// Every wallboard that it was told.
    pub(super) boards: Vec<shift::Board>,
    /// The code and the time of the last follow-up that it was told of.
    pub(super) follow_up: Option<(String, u64)>,
    answers: Vec<(u32, Result<(), ErrorCode>)>,
    pub(super) bye: Option<Goodbye>,
    pub(super) closed: bool,
}

impl<C: Copy, M: Into<Heard<S>>, S> Page<C, M, S> {
    pub(super) fn new(node: NodeHandle, conn: C, inbox: mpsc::Receiver<M>) -> Self {
        Self {
            node,
            conn,
            inbox,
            re: 0,
            last: None,
            log: Vec::new(),
            said: Vec::new(),
            session: None,
            shifts: Vec::new(),
            help: Vec::new(),
            colleagues: Vec::new(),
            shift: None,
            boards: Vec::new(),
            follow_up: None,
            answers: Vec::new(),
            bye: None,
            closed: false,
        }
    }

    fn hear(&mut self, message: Option<M>) {
        match message.map(Into::into) {
            Some(Heard::Welcome) => {}
            Some(Heard::Shift(on_shift)) => self.shifts.push(on_shift),
            Some(Heard::Session { token, call }) => self.session = Some((token, call)),
            Some(Heard::State(state)) => self.last = Some(state),
            Some(Heard::Entry(entry)) => self.log.push(entry),
            Some(Heard::Said(said)) => self.said.push(said),
            Some(Heard::Help(calls)) => self.help = calls,
            Some(Heard::Colleagues(re, colleagues)) => {
                self.colleagues = colleagues;
                self.answers.push((re, Ok(())));
            }
            Some(Heard::OfShift(re, answer)) => {
                self.shift = Some(answer);
                self.answers.push((re, Ok(())));
            }
            Some(Heard::Board(board)) => self.boards.push(board),
            Some(Heard::FollowUp { code, at_ms }) => self.follow_up = Some((code, at_ms)),
            Some(Heard::Booked(re, answer)) => {
                if let follow_ups::Answer::Booked { code, at_ms, .. } = answer {
                    self.follow_up = Some((code.0, at_ms));
                }
                self.answers.push((re, Ok(())));
            }
            Some(Heard::Done(re)) => self.answers.push((re, Ok(()))),
            Some(Heard::Error(re, code)) => self.answers.push((re.unwrap(), Err(code))),
            Some(Heard::Bye(why)) => self.bye = Some(why),
            None => self.closed = true,
        }
    }

    pub(super) async fn hear_until(&mut self, mut enough: impl FnMut(&Self) -> bool) {
        while !enough(self) {
            assert!(!self.closed, "the node closed the connection");
            let message = tokio::time::timeout(PATIENCE, self.inbox.recv()).await.expect("an event");
            self.hear(message);
        }
    }

    /// Hears what has been said already.
    pub(super) fn catch_up(&mut self) {
        while let Ok(message) = self.inbox.try_recv() {
            self.hear(Some(message));
        }
    }

    pub(super) async fn state(&mut self, wanted: impl Fn(&S) -> bool) -> &S {
        self.hear_until(|page| page.last.as_ref().is_some_and(&wanted)).await;
        self.last.as_ref().unwrap()
    }

    pub(super) async fn entry(&mut self, wanted: impl Fn(&LogEntry) -> bool) {
        self.hear_until(|page| page.log.iter().any(&wanted)).await;
    }

    pub(super) async fn hears(&mut self, from: Slot, message: &str) {
        self.hear_until(|page| page.said.iter().any(|said| said.from == from && said.message == message))
            .await;
    }

    pub(super) async fn answer(&mut self, re: u32) -> Result<(), ErrorCode> {
        self.hear_until(|page| page.answers.iter().any(|(answered, _)| *answered == re)).await;
        self.answers.iter().find(|(answered, _)| *answered == re).unwrap().1
    }

    fn next_re(&mut self) -> u32 {
        self.re += 1;
        self.re
    }
}

pub(super) struct CallerPage(pub(super) Page<CallerConn, caller::Message, CallerState>);

impl CallerPage {
    pub(super) async fn ask(&mut self, request: caller::Request) -> Result<(), ErrorCode> {
        let re = self.0.next_re();
        self.0.node.caller(self.0.conn, re, request).await;
        self.0.answer(re).await
    }

    pub(super) async fn send(&mut self, message: MlsMessage) -> Result<(), ErrorCode> {
        self.ask(caller::Request::Mls { message }).await
    }

    pub(super) async fn leave(&mut self) {
        self.ask(caller::Request::Leave { how: caller::Leaving::Left }).await.unwrap();
    }

    pub(super) fn token(&self) -> String {
        self.0.session.clone().unwrap().0
    }

    pub(super) fn call(&self) -> CallId {
        self.0.session.clone().unwrap().1
    }

    pub(super) async fn connected(&mut self) -> Vec<Participant> {
        match self.0.state(|state| matches!(state, CallerState::Connected { .. })).await {
            CallerState::Connected { participants } => participants.clone(),
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn waits_behind(&mut self, before: u32) {
        self.0.state(|state| matches!(state, CallerState::Waiting { ahead, .. } if *ahead == before)).await;
    }

    pub(super) async fn rung_for(&mut self, wanted: bool) {
        self.0
            .state(|state| matches!(state, CallerState::Waiting { ringing, .. } if *ringing == wanted))
            .await;
    }

    /// The connection is lost; the node knows when this returns.
    pub(super) async fn lose(&self) {
        self.0.node.caller_gone(self.0.conn).await;
        self.0.node.snapshot().await;
    }
}

pub(super) struct Console(pub(super) Page<StaffConn, staff::Message, StaffState>);

impl Console {
    pub(super) async fn ask(&mut self, request: staff::Request) -> Result<(), ErrorCode> {
        let re = self.0.next_re();
        self.0.node.staff(self.0.conn, re, request).await;
        self.0.answer(re).await
    }

    /// Books a follow-up; the code that it was told.
    pub(super) async fn book(&mut self, call: CallId, at: Timestamp) -> Result<String, ErrorCode> {
        self.book_with(call, at, None).await
    }

    pub(super) async fn book_with(
        &mut self,
        call: CallId,
        at: Timestamp,
        contact: Option<follow_ups::SealedContact>,
    ) -> Result<String, ErrorCode> {
        let re = self.0.next_re();
        self.0.node.book_follow_up(self.0.conn, re, call, at, contact).await;
        self.0.answer(re).await?;
        Ok(self.0.follow_up.clone().unwrap().0)
    }

    pub(super) async fn send(&mut self, message: MlsMessage) -> Result<(), ErrorCode> {
        let call = self.on_call().await;
        self.ask(staff::Request::Mls { call, message }).await
    }

    pub(super) async fn rings(&mut self) -> staff::Offer {
        match self.0.state(|state| matches!(state, StaffState::Ringing { .. })).await {
            StaffState::Ringing { offer } => offer.clone(),
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn rings_for(&mut self, caller: &CallerPage) {
        let wanted = caller.call();
        self.0.state(|state| matches!(state, StaffState::Ringing { offer } if offer.call == wanted)).await;
    }

    pub(super) async fn answer(&mut self) -> CallId {
        let offer = self.rings().await;
        self.ask(staff::Request::Accept { offer: offer.id }).await.unwrap();
        self.on_call().await
    }

    pub(super) async fn pass_on(&mut self) -> OfferId {
        let offer = self.rings().await.id;
        self.ask(staff::Request::Pass { offer }).await.unwrap();
        offer
    }

    pub(super) async fn on_call(&mut self) -> CallId {
        match self.0.state(|state| matches!(state, StaffState::OnCall { .. })).await {
            StaffState::OnCall { call } => call.id,
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn is(&mut self, wanted: StaffState) {
        self.0.state(|state| *state == wanted).await;
    }

    /// The connection is lost; the node knows when this returns.
    pub(super) async fn lose(&self, how: Gone) {
        self.0.node.staff_gone(self.0.conn, how).await;
        self.0.node.snapshot().await;
    }
}

impl From<caller::Message> for Heard<CallerState> {
    fn from(message: caller::Message) -> Self {
        match message {
            caller::Message::Welcome { .. } => Self::Welcome,
            caller::Message::Shift { on_shift, .. } => Self::Shift(on_shift),
            caller::Message::Session { token, call } => Self::Session { token, call: call.parse().unwrap() },
            caller::Message::State { state } => Self::State(state),
            caller::Message::Mls(entry) => Self::Entry(entry),
            caller::Message::Said(said) => Self::Said(said),
            caller::Message::FollowUp { code, at_ms } => Self::FollowUp { code: code.0, at_ms },
            caller::Message::Done { re } => Self::Done(re),
            caller::Message::Error { re, error } => Self::Error(re, error.code),
            caller::Message::Bye { why } => Self::Bye(why),
            other => panic!("the node does not say {other:?}"),
        }
    }
}

impl From<staff::Message> for Heard<StaffState> {
    fn from(message: staff::Message) -> Self {
        match message {
            staff::Message::Welcome { .. } => Self::Welcome,
            staff::Message::State { state, .. } => Self::State(state),
            staff::Message::Mls { entry, .. } => Self::Entry(entry),
            staff::Message::Said { said, .. } => Self::Said(said),
            staff::Message::Help { calls } => Self::Help(calls),
            staff::Message::Colleagues { re, colleagues } => Self::Colleagues(re, colleagues),
            staff::Message::Shift { re, answer } => Self::OfShift(re, answer),
            staff::Message::Wallboard { board } => Self::Board(board),
            staff::Message::FollowUps { re, answer } => Self::Booked(re, answer),
            staff::Message::Done { re } => Self::Done(re),
            staff::Message::Error { re, error } => Self::Error(re, error.code),
            staff::Message::Bye { why } => Self::Bye(why),
            other => panic!("the node does not say {other:?}"),
        }
    }
}
