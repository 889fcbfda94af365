//! Accounts, as a signed-in person asks: a link for one more device of their own; for administrators, people and devices,
//! invitations, shutting out, and what two of them do together. Whether the role allows it was checked before (`permissions`).

use std::{collections::HashMap, time::Duration};

use super::{
    accounts::{draw, refused},
    app::App,
    authority::{credential_requests, take_credentials, wants_credential},
};
use crate::{
    core::{
        ids::{ProposalId, StaffId},
        time::Timestamp,
    },
    node::{
        StaffIdentity,
        audit::{Account, Act, Did, Who},
        registry::{Invite, InviteToken, Proposal, Proposed, Whom},
    },
    proto::{
        ErrorCode, ProtocolError,
        office::{ActKind, ActView, Answer, DeviceView, PersonView, ProposalView, Request},
        staff::Role,
    },
};

/// For how long a link is good that an administrator made for somebody.
const LINK: Duration = Duration::from_secs(48 * 3600);
/// For how long a link for one more device of one's own is good.
const OWN_LINK: Duration = Duration::from_secs(15 * 60);
/// For how long a proposal can be confirmed.
const PROPOSAL: Duration = Duration::from_secs(24 * 3600);
/// Acts that an administrator is shown.
const ACTS: usize = 50;

/// Answers one request.
pub(super) async fn answer(app: &App, who: &StaffIdentity, ask: Request) -> Result<Answer, ProtocolError> {
    let now = app.now();
    let me = who.staff;
    let by = Who::Staff { staff: me, device: Some(who.device) };
    match ask {
        Request::OneMoreDevice { native } => {
            let whom = Whom::OneMoreDevice { staff: me };
            link(app, Invite { role: who.role, expires: now + OWN_LINK, whom, native }, by, now).await
        }
        Request::Accounts => accounts(app, me, now).await,
        Request::Invite { role: Role::Caller } => {
            Err(ErrorCode::Malformed.because("Nobody is invited as a caller."))
        }
        Request::Invite { role: Role::Administrator } => propose(app, Proposed::Administrator, me, now).await,
        Request::Invite { role } => {
            let invite = Invite { role, expires: now + LINK, whom: Whom::NewPerson, native: false };
            link(app, invite, by, now).await
        }
        Request::ShutOutPerson { staff } => {
            app.registry.revoke_person(staff, by, now).await.map_err(refused)?;
            Ok(Answer::Done)
        }
        Request::ShutOutDevice { device } => {
            app.registry.revoke_device(device, by, now).await.map_err(refused)?;
            Ok(Answer::Done)
        }
        Request::Recover { staff } => propose(app, Proposed::Recovery { staff }, me, now).await,
        Request::Confirm { proposal } => {
            let token = InviteToken::from_random(draw(app)?);
            app.registry.confirm(proposal, me, &token, now + LINK, now).await.map_err(refused)?;
            Ok(link_of(app, &token, LINK))
        }
        Request::Withdraw { proposal } => {
            app.registry.withdraw(proposal, me, now).await.map_err(refused)?;
            Ok(Answer::Done)
        }
        Request::CredentialRequests => {
            let file = credential_requests(&app.registry, &*app.authority, now).await.map_err(refused)?;
            Ok(Answer::CredentialRequests { file })
        }
        Request::TakeCredentials { credentials } => {
            let credentials = credentials.iter().map(|credential| credential.0.as_str());
            let took = take_credentials(&app.registry, &*app.authority, credentials, by, now).await;
            took.map(|(taken, refused)| Answer::Taken { taken, refused }).map_err(refused)
        }
    }
}

async fn propose(app: &App, what: Proposed, by: StaffId, now: Timestamp) -> Result<Answer, ProtocolError> {
    let id = ProposalId::from_random(draw(app)?);
    let proposal = Proposal { id, what, by, at: now, expires: now + PROPOSAL };
    app.registry.propose(&proposal).await.map_err(refused)?;
    Ok(Answer::Proposed)
}

async fn link(app: &App, invite: Invite, by: Who, now: Timestamp) -> Result<Answer, ProtocolError> {
    let token = InviteToken::from_random(draw(app)?);
    app.registry.create_invite(&invite, &token, by, now).await.map_err(refused)?;
    Ok(link_of(app, &token, Duration::from_millis(invite.expires.as_millis() - now.as_millis())))
}

fn link_of(app: &App, token: &InviteToken, valid: Duration) -> Answer {
    let origin = app.settings.origins.first().map_or("", String::as_str);
    let valid_s = u32::try_from(valid.as_secs()).unwrap_or(u32::MAX);
    Answer::Link { link: format!("{origin}/console/#enrol={token}"), valid_s }
}

async fn accounts(app: &App, me: StaffId, now: Timestamp) -> Result<Answer, ProtocolError> {
    let mut devices: HashMap<StaffId, Vec<DeviceView>> = HashMap::new();
    for device in app.registry.devices().await.map_err(refused)? {
        if !device.revoked {
            devices.entry(device.staff).or_default().push(DeviceView {
                device: device.device,
                since: device.since.as_millis(),
                native: device.kind.is_native(),
                wants_credential: wants_credential(&device, &*app.authority, now),
            });
        }
    }
    let mut people: Vec<PersonView> = app
        .registry
        .people()
        .await
        .map_err(refused)?
        .into_iter()
        .map(|person| PersonView {
            staff: person.staff,
            role: person.role,
            revoked: person.revoked,
            me: person.staff == me,
            devices: devices.remove(&person.staff).unwrap_or_default(),
            name: person.name,
        })
        .collect();
    people.sort_by(|one, other| {
        (one.revoked, &one.name, one.staff).cmp(&(other.revoked, &other.name, other.staff))
    });
    let proposals = app.registry.proposals(now).await.map_err(refused)?;
    let acts = app.registry.acts(ACTS).await.map_err(refused)?;
    Ok(Answer::Accounts {
        people,
        proposals: proposals.iter().map(|proposal| proposal_view(proposal, me)).collect(),
        acts: acts.iter().filter_map(act_view).collect(),
    })
}

fn proposal_view(proposal: &Proposal, me: StaffId) -> ProposalView {
    let recovers = proposal.what.about();
    let confirmable = proposal.by != me && recovers != Some(me);
    ProposalView { id: proposal.id, recovers, by: proposal.by, confirmable }
}

fn act_view(act: &Act) -> Option<ActView> {
    let Did::Account { what, staff, .. } = act.did else { return None };
    let what = match what {
        Account::Invited { .. } => ActKind::Invited,
        Account::Enrolled { .. } => ActKind::Enrolled,
        Account::Recovered => ActKind::Recovered,
        Account::DeviceInvited => ActKind::DeviceInvited,
        Account::SignedIn => ActKind::SignedIn,
        Account::SignedOut => ActKind::SignedOut,
        Account::PersonShutOut => ActKind::PersonShutOut,
        Account::DeviceShutOut => ActKind::DeviceShutOut,
        Account::RecoveryAsked => ActKind::RecoveryAsked,
        Account::AdministratorAsked => ActKind::AdministratorAsked,
        Account::Confirmed => ActKind::Confirmed,
        Account::Withdrawn => ActKind::Withdrawn,
        Account::CredentialTaken => ActKind::CredentialTaken,
    };
    Some(ActView { at: act.at.as_millis(), what, by: act.who.staff(), staff })
}
