//! Follow-ups: how many codes may be tried, and what staff ask of those that were promised. Whether the role allows it was
//! checked before (`permissions`).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{accounts::refused, admission::Bucket, app::App, line::Line};
use crate::{
    core::{ids::StaffId, time::Timestamp},
    node::{
        StaffIdentity,
        audit::Who,
        follow_ups::{FollowUpError, Listed, OfferedKey, Whose},
    },
    proto::{
        ErrorCode, Hidden, ProtocolError,
        follow_ups::{Answer, ContactKey, ContactView, FollowUpView, Request},
        staff::Role,
    },
};

/// Codes that one connection may try.
pub(super) const ON_ONE_CONNECTION: u32 = 5;
/// Codes that everybody together may try at once, and after that one in this time: 30 a minute.
const AT_ONCE: u32 = 30;
const EVERY: Duration = Duration::from_secs(2);

/// The codes that everybody together may still try. No address is part of it.
pub(super) struct CodeTries(Mutex<Bucket>);

impl CodeTries {
    pub(super) fn new(now: Timestamp) -> Self {
        Self(Mutex::new(Bucket::new(AT_ONCE, EVERY, now)))
    }

    /// Counts one more on a connection that has tried `before`, or refuses it. What is refused was not looked at.
    pub(super) fn take(&self, before: &mut u32, now: Timestamp) -> Result<(), ProtocolError> {
        *before += 1;
        if *before <= ON_ONE_CONNECTION && self.0.lock().unwrap_or_else(PoisonError::into_inner).take(now) {
            return Ok(());
        }
        Err(ErrorCode::Busy.because("Codes cannot be looked at just now. You can join without one."))
    }
}

/// Answers one request that does not concern the line: any but `book`.
pub(super) async fn answer(
    app: &App,
    line: &Line,
    who: &StaffIdentity,
    ask: Request,
) -> Result<Answer, ProtocolError> {
    let follow_ups = line.node.follow_ups();
    let whose = if who.role == Role::Counsellor { Whose::Of(who.staff) } else { Whose::All };
    let by = Who::Staff { staff: who.staff, device: Some(who.device) };
    let told = |error: FollowUpError| error.refusal();
    match ask {
        Request::List => list(app, line, who, whose).await,
        Request::Settle { follow_up, outcome } => {
            follow_ups.settle(follow_up, outcome.outcome(), whose, by).await.map_err(told)?;
            Ok(Answer::Done)
        }
        Request::Remove { follow_up } => {
            follow_ups.remove(follow_up, whose, by).await.map_err(told)?;
            Ok(Answer::Done)
        }
        Request::ContactKeys => contact_keys(app, line).await,
        Request::OfferContactKey { key, signature } => {
            follow_ups.offer_key(who.device, OfferedKey { key, signature }).await.map_err(told)?;
            Ok(Answer::Done)
        }
        Request::ReadContact { follow_up } => {
            let (sealed, copy) = follow_ups.read_contact(follow_up, who.device, by).await.map_err(told)?;
            Ok(Answer::Contact { sealed, copy })
        }
        Request::ShareContact { follow_up, copies } => {
            follow_ups.share_contact(follow_up, who.device, copies, by).await.map_err(told)?;
            Ok(Answer::Done)
        }
        Request::Book { .. } => Err(ErrorCode::OutOfOrder.because("Only in a call.")),
    }
}

/// The keys of those clinicians' devices that are not shut out. A server that lies here is found out by the page.
async fn contact_keys(app: &App, line: &Line) -> Result<Answer, ProtocolError> {
    let mut keys = Vec::new();
    for device in app.registry.devices().await.map_err(refused)? {
        let Some(credential) =
            device.credential.filter(|_| !device.revoked && device.role == Role::Clinician)
        else {
            continue;
        };
        let offered = line.node.follow_ups().offered_key(device.device).await;
        if let Some(OfferedKey { key, signature }) = offered.map_err(|error| error.refusal())? {
            let (device, device_key) = (device.device, URL_SAFE_NO_PAD.encode(device.key));
            keys.push(ContactKey { device, device_key, credential: Hidden(credential), key, signature });
        }
    }
    Ok(Answer::ContactKeys { keys })
}

async fn list(app: &App, line: &Line, who: &StaffIdentity, whose: Whose) -> Result<Answer, ProtocolError> {
    let listed = line.node.follow_ups().list(whose).await.map_err(|error| error.refusal())?;
    let people = app.registry.people().await.map_err(refused)?;
    let names: HashMap<StaffId, String> =
        people.into_iter().map(|person| (person.staff, person.name)).collect();
    let view = |listed: Listed| FollowUpView {
        follow_up: listed.id,
        standing: listed.standing.into(),
        at_ms: listed.at.as_millis(),
        booked_ms: listed.booked.as_millis(),
        gone_ms: listed.gone.as_millis(),
        by: names.get(&listed.by).cloned().unwrap_or_default(),
        mine: listed.by == who.staff,
        came: listed.came,
        contact: listed
            .readers
            .map(|devices| ContactView { readable: devices.contains(&who.device), devices }),
    };
    Ok(Answer::List { follow_ups: listed.into_iter().map(view).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    #[test]
    fn one_connection_tries_a_few_codes_and_no_more_however_long_it_waits() {
        let tries = CodeTries::new(NOW);
        let mut mine = 0;
        for _ in 0..ON_ONE_CONNECTION {
            tries.take(&mut mine, NOW).unwrap();
        }
        let later = NOW + Duration::from_secs(3600);
        assert_eq!(tries.take(&mut mine, later).map_err(|error| error.code), Err(ErrorCode::Busy));
        tries.take(&mut 0, later).unwrap();
    }

    #[test]
    fn all_connections_together_try_so_many_a_minute() {
        let tries = CodeTries::new(NOW);
        let taken = |now| (0..1000).filter(|_| tries.take(&mut 0, now).is_ok()).count();
        assert_eq!(taken(NOW), AT_ONCE as usize);
        assert_eq!(taken(NOW + Duration::from_secs(60)), 30);
    }
}
