//! What signalling holds of a node.

use std::{fmt, sync::Arc};

use tokio::sync::{mpsc, oneshot};

use super::{
    Clock, NodeConfig, Random,
    actor::{Actor, Job},
    board::RelaySource,
    bookings::Booking,
    figures::Archive,
    follow_ups::{FollowUpError, FollowUps, contacts::Contact},
    metrics::Snapshot,
    records::{self, Ledgers},
    registry::{Registry, RegistryError},
    rota::Rota,
    settings::Settings,
};
use crate::{
    core::{
        follow_up::code::Typed,
        ids::{CallId, DeviceId, Slot, StaffId},
        time::Timestamp,
    },
    proto::{ErrorCode, ProtocolError, caller, follow_ups::SealedContact, staff},
    store::{Ledger, StoreError},
};

/// Requests that wait for the node at most; more wait in their own connections.
const BACKLOG: usize = 1024;
/// Effects that wait to be carried out at most.
const EFFECTS: usize = 1024;

/// Where the node puts what a caller is told. It never waits: a full outbox closes the connection.
pub type CallerOutbox = mpsc::Sender<caller::Message>;
/// Where the node puts what a console is told.
pub type StaffOutbox = mpsc::Sender<staff::Message>;

/// One connection of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallerConn(pub(super) u64);

/// One connection of a console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StaffConn(pub(super) u64);

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// The socket was closed.
    Closed,
    /// Nothing was heard for the heartbeat's time-out.
    Silent,
}

/// Where somebody may open a media leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// The call.
    pub call: CallId,
    /// The seat.
    pub slot: Slot,
    /// When this was so. Later than any cut of the seat that was decided before.
    pub at: Timestamp,
}

/// A console that has proved who it is.
#[derive(Clone, PartialEq, Eq)]
pub struct StaffIdentity {
    /// The person.
    pub staff: StaffId,
    /// The device.
    pub device: DeviceId,
    /// The first name in the credential.
    pub name: String,
    /// The role in the credential.
    pub role: staff::Role,
    /// The device's Ed25519 public key.
    pub key: [u8; 32],
}

impl fmt::Debug for StaffIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaffIdentity")
            .field("staff", &self.staff)
            .field("device", &self.device)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// What the rest of the process must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Cut the relay's leg in that seat.
    Cut {
        /// The call.
        call: CallId,
        /// The seat.
        slot: Slot,
        /// When it was decided: tokens minted until then no longer open the seat.
        at: Timestamp,
    },
}

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The ledger failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record that cannot be read.
    #[error("the record {key} cannot be read: {reason}")]
    BadRecord {
        /// Its key.
        key: String,
        /// Why.
        reason: String,
    },
}

/// The node: see `start`.
#[derive(Debug)]
pub struct Node;

impl Node {
    /// Loads the line from the ledger and starts to serve it. The receiver gives what the rest of the process must do.
    pub async fn start(
        ledger: Arc<dyn Ledger>,
        config: NodeConfig,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<(NodeHandle, mpsc::Receiver<Effect>), NodeError> {
        let (effects, carried_out) = mpsc::channel(EFFECTS);
        let ledgers = Ledgers { own: Arc::clone(&ledger), shared: ledger };
        Ok((Self::start_on(ledgers, config, clock, random, effects).await?, carried_out))
    }

    /// Starts to serve the line that is in one ledger, for those who work by another.
    pub(super) async fn start_on(
        ledgers: Ledgers,
        config: NodeConfig,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        effects: mpsc::Sender<Effect>,
    ) -> Result<NodeHandle, NodeError> {
        let loaded = records::load(&ledgers, config.rules.clone(), clock.now()).await?;
        let Ledgers { own, shared } = &ledgers;
        let registry = Registry::new(Arc::clone(shared));
        let (rota, settings) = (Rota::new(Arc::clone(shared)), Settings::new(Arc::clone(shared)));
        let figures = Archive::new(Arc::clone(own)).with_settings(settings.clone());
        let follow_ups =
            FollowUps::new(Arc::clone(own), Arc::clone(&clock), Arc::clone(&random), config.follow_ups);
        let (jobs, inbox) = mpsc::channel(BACKLOG);
        let actor = Actor::new(loaded, ledgers, config, clock, random, effects);
        let (running, done) = oneshot::channel();
        tokio::spawn(async move {
            let _running = running;
            actor.run(inbox).await;
        });
        tokio::spawn(follow_ups.clone().purge_until(done));
        Ok(NodeHandle { jobs, registry, figures, rota, settings, follow_ups })
    }
}

/// A node, as everybody else sees it. Cheap to clone.
#[derive(Clone)]
pub struct NodeHandle {
    jobs: mpsc::Sender<Job>,
    registry: Registry,
    figures: Archive,
    rota: Rota,
    settings: Settings,
    follow_ups: FollowUps,
}

impl fmt::Debug for NodeHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NodeHandle")
    }
}

impl NodeHandle {
    /// A new visitor. Tells it `welcome` and its state.
    pub async fn caller_hello(&self, outbox: CallerOutbox) -> Result<CallerConn, ProtocolError> {
        self.ask(|reply| Job::CallerHello { outbox, reply }).await?
    }

    /// Someone who was here a moment ago. Tells it `welcome`, `session`, its state, and the log after `seen`.
    pub async fn caller_resume(
        &self,
        token: &str,
        seen: u64,
        outbox: CallerOutbox,
    ) -> Result<CallerConn, ProtocolError> {
        let token = token.to_owned();
        self.ask(|reply| Job::CallerResume { token, seen, outbox, reply }).await?
    }

    /// Carries out `join`, `forget_code`, `key_package`, `mls` or `leave`. The answer goes to the outbox, in order with what
    /// the request brought about. A code is hashed before the node hears of it.
    pub async fn caller(&self, conn: CallerConn, re: u32, request: caller::Request) {
        let looked_up = match &request {
            caller::Request::Join { code: Some(code), .. } => {
                self.follow_ups.find(Typed::read(&code.0)).await
            }
            caller::Request::ForgetCode { code } => {
                self.follow_ups.forget(Typed::read(&code.0)).await.map(|()| None)
            }
            _ => Ok(None),
        };
        let job = match looked_up {
            Ok(booked) => Job::Caller { conn, re, request, booked },
            Err(error) => Job::CallerRefused { conn, re, error: error.refusal() },
        };
        self.tell(job).await;
    }

    /// Promises a talk at that time, in a call that this console is in or wraps up. The answer goes to the outbox.
    /// `contact`: how the caller is reached, where they have consented.
    pub async fn book_follow_up(
        &self,
        conn: StaffConn,
        re: u32,
        call: CallId,
        at: Timestamp,
        contact: Option<SealedContact>,
    ) {
        let drawn =
            match contact.map(|contact| Contact::read(contact).ok_or(FollowUpError::Malformed)).transpose() {
                Ok(contact) => self.follow_ups.draw().await.map(|(code, hash)| (code, hash, contact)),
                Err(error) => Err(error),
            };
        let job = match drawn {
            Ok((code, hash, contact)) => {
                Job::Book { conn, re, booking: Booking { call, at, code, hash, contact } }
            }
            Err(error) => Job::StaffRefused { conn, re, error: error.refusal() },
        };
        self.tell(job).await;
    }

    /// The follow-ups, for what does not concern the line.
    pub fn follow_ups(&self) -> &FollowUps {
        &self.follow_ups
    }

    /// The connection has ended.
    pub async fn caller_gone(&self, conn: CallerConn) {
        self.tell(Job::CallerGone { conn }).await;
    }

    /// Where this caller may open a media leg: from `join` to the end of the call.
    pub async fn caller_seat(&self, conn: CallerConn) -> Result<Seat, ProtocolError> {
        self.ask(|reply| Job::CallerSeat { conn, reply }).await?
    }

    /// A console whose credential and signature hold. Refuses a device that is not enrolled or was shut out. Tells it
    /// `welcome`, its state, and the log after `seen`.
    pub async fn staff_sign_in(
        &self,
        who: StaffIdentity,
        seen: u64,
        outbox: StaffOutbox,
    ) -> Result<StaffConn, ProtocolError> {
        let enrolled =
            self.registry.device_by_key(&who.key).await.map_err(|error| registry_failed(&error))?;
        match enrolled {
            Some(device) if !device.revoked && device.staff == who.staff && device.device == who.device => {
                self.ask(|reply| Job::StaffSignIn { who, seen, outbox, reply }).await?
            }
            _ => Err(ProtocolError {
                code: ErrorCode::BadCredential,
                text: "this device is not enrolled, or was shut out".to_owned(),
            }),
        }
    }

    /// Carries out any request but `sign_in`, `media` and `ping`. The answer goes to the outbox.
    pub async fn staff(&self, conn: StaffConn, re: u32, request: staff::Request) {
        self.tell(Job::Staff { conn, re, request }).await;
    }

    /// The connection has ended.
    pub async fn staff_gone(&self, conn: StaffConn, how: Gone) {
        self.tell(Job::StaffGone { conn, how }).await;
    }

    /// Where this console may open a media leg in `call`: while it is offered, and while it is in it.
    pub async fn staff_seat(&self, conn: StaffConn, call: CallId) -> Result<Seat, ProtocolError> {
        self.ask(|reply| Job::StaffSeat { conn, call, reply }).await?
    }

    /// Whether anyone is on shift.
    pub async fn on_shift(&self) -> bool {
        self.ask(|reply| Job::OnShift { reply }).await.unwrap_or(false)
    }

    /// The figures of the hours.
    pub fn figures(&self) -> &Archive {
        &self.figures
    }

    /// Counters and gauges; none when the node has stopped.
    pub async fn snapshot(&self) -> Option<Snapshot> {
        self.ask(|reply| Job::Snapshot { reply }).await.ok()
    }

    /// Who works when.
    pub fn rota(&self) -> &Rota {
        &self.rota
    }

    /// What is set while the service runs. The node hears of a change by itself.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// From where the wallboard knows how the relay does.
    pub async fn watch_relay(&self, source: RelaySource) {
        self.tell(Job::Relay { source }).await;
    }

    /// Tells every connection that the server stops, and stops. Returns when nothing is left to write.
    pub async fn stop(&self) {
        // A node that has stopped already has nothing to answer.
        let _stopped = self.ask(|reply| Job::Stop { reply }).await;
    }

    /// Resolves when the node has stopped: by `stop`, or because the ledger was changed by somebody else.
    pub async fn stopped(&self) {
        self.jobs.closed().await;
    }

    /// Whether it has.
    pub(super) fn has_stopped(&self) -> bool {
        self.jobs.is_closed()
    }

    async fn tell(&self, job: Job) {
        // When the node has stopped, every connection has been told so.
        let _sent = self.jobs.send(job).await;
    }

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<T>) -> Job) -> Result<T, ProtocolError> {
        let (reply, answer) = oneshot::channel();
        self.tell(job(reply)).await;
        answer.await.map_err(|_| ProtocolError {
            code: ErrorCode::Internal,
            text: "the server is stopping; try again".to_owned(),
        })
    }
}

fn registry_failed(error: &RegistryError) -> ProtocolError {
    tracing::error!(%error, "cannot read the staff registry");
    ProtocolError { code: ErrorCode::Internal, text: "the server could not check this device".to_owned() }
}
