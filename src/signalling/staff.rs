//! A console's connection: challenge, sign-in, then what it asks.

use std::sync::Arc;

use axum::extract::ws::{WebSocket, close_code};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    accounts::{proves_browser, proves_key, refused, shut_out},
    app::{App, Peer},
    content, drill, figures, follow_ups,
    line::{Line, Which},
    link::{Link, Lost},
    office, permissions, services, shift, triage,
};
use crate::{
    core::{
        ids::{CallId, DeviceId, Slot},
        time::Timestamp,
    },
    node::{
        Gone, Seat, StaffConn, StaffIdentity,
        registry::{Device, SessionToken},
    },
    proto::{
        ErrorCode, Frame, Hidden, ProtocolError,
        follow_ups::Request as Ask,
        shift::Request as Shift,
        staff::{Message, Request},
    },
};

/// Somebody who is signed in.
struct SignedIn {
    line: Arc<Line>,
    conn: StaffConn,
    who: StaffIdentity,
    /// The session of a browser.
    session: Option<SessionToken>,
}

/// Serves one socket to its end. `origin` is that of the page.
pub(super) async fn serve(socket: WebSocket, app: Arc<App>, peer: Peer, origin: String, which: Which) {
    let mut link = Link::new(socket, app.clone(), peer, which);
    let mut nonce = [0; 32];
    if app.random.fill(&mut nonce).is_err() {
        return;
    }
    let nonce = STANDARD.encode(nonce);
    if link.send(&Message::Challenge { nonce: nonce.clone() }).await.is_err() {
        return;
    }
    if let Some(signed_in) = sign_in(&mut link, &app, which, &origin, &nonce).await {
        link.introduced();
        let gone = converse(&mut link, &app, &signed_in).await;
        signed_in.line.node.staff_gone(signed_in.conn, gone).await;
        if gone == Gone::Silent {
            link.close(close_code::AWAY).await;
        }
    }
}

/// Waits for a sign-in that holds. None when the connection ends before; the first that does not hold ends it.
async fn sign_in(
    link: &mut Link<Message>,
    app: &App,
    which: Which,
    origin: &str,
    nonce: &str,
) -> Option<SignedIn> {
    loop {
        let Frame { id, request } = link.next_of_stranger("The sign-in did not come in time.").await?;
        let (identified, seen) = match request {
            Request::SignIn { credential, signature, seen } => {
                let who = by_credential(app, origin, nonce, &credential, &signature).await;
                (who.map(|who| (who, None)), seen)
            }
            Request::Enter { device, session, signature, seen } => {
                let entered = by_session(app, origin, nonce, device, &session, &signature).await;
                (entered.map(|(who, session)| (who, Some(session))), seen)
            }
            Request::Ping => {
                link.send(&Message::Pong).await.ok()?;
                continue;
            }
            _ => {
                link.refuse(id, ErrorCode::OutOfOrder.because("Sign in first.")).await.ok()?;
                continue;
            }
        };
        let signed_in = match identified {
            Ok((who, session)) => match line_of(app, which, &who).await {
                Ok(line) => {
                    let outbox = link.open_outbox();
                    let conn = line.node.staff_sign_in(who.clone(), seen, outbox).await;
                    conn.map(|conn| SignedIn { line, conn, who, session })
                }
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        match signed_in {
            Ok(signed_in) => return Some(signed_in),
            Err(error) => {
                link.close_outbox();
                link.refuse(id, error).await.ok()?;
                link.close(close_code::POLICY).await;
                return None;
            }
        }
    }
}

/// The line on which that person has a console.
async fn line_of(app: &App, which: Which, who: &StaffIdentity) -> Result<Arc<Line>, ProtocolError> {
    if which == Which::Drill {
        permissions::check_may_practise(who.role)?;
    }
    app.line_of_staff(which).await
}

/// A program: who signed the challenge, if the credential, the registered device and the signature agree. A browser does not
/// get in this way: its person must have proved themselves by a passkey.
async fn by_credential(
    app: &App,
    origin: &str,
    nonce: &str,
    credential: &str,
    signature: &str,
) -> Result<StaffIdentity, ProtocolError> {
    let staff = app.authority.verify(credential, app.now()).ok_or_else(|| {
        ErrorCode::BadCredential
            .because("The credential is not signed by this line's authority, or is not in force.")
    })?;
    proves_key(&staff.key, &format!("quietline staff sign-in v1\n{origin}\n{nonce}"), signature)?;
    let device = app
        .registry
        .device_by_key(&staff.key)
        .await
        .map_err(refused)?
        .filter(|device| !device.revoked && device.staff == staff.staff && device.role == staff.role)
        .filter(|device| device.kind.is_native())
        .ok_or_else(shut_out)?;
    Ok(StaffIdentity { name: staff.name, ..identity(device) })
}

/// A browser: whose session it is, if the browser it is bound to signed the challenge.
async fn by_session(
    app: &App,
    origin: &str,
    nonce: &str,
    device: DeviceId,
    session: &Hidden,
    signature: &str,
) -> Result<(StaffIdentity, SessionToken), ProtocolError> {
    let over = || ErrorCode::UnknownSession.because("This session is over. Sign in with your passkey.");
    let record = app.registry.device(device).await.map_err(refused)?;
    let record = record.filter(|record| !record.revoked).ok_or_else(shut_out)?;
    proves_browser(&record, &format!("quietline staff enter v1\n{origin}\n{nonce}"), signature)?;
    let session: SessionToken = session.0.parse().map_err(|_| over())?;
    let of = app.registry.session(&session, app.now()).await.map_err(refused)?.ok_or_else(over)?;
    if of.device == device { Ok((identity(of), session)) } else { Err(over()) }
}

fn identity(device: Device) -> StaffIdentity {
    let Device { staff, device, name, role, key, .. } = device;
    StaffIdentity { staff, device, name, role, key }
}

async fn converse(link: &mut Link<Message>, app: &App, signed_in: &SignedIn) -> Gone {
    loop {
        match link.next_request().await {
            Ok(frame) => {
                if let Err(Lost) = answer(link, app, signed_in, frame).await {
                    return Gone::Closed;
                }
            }
            Err(gone) => return gone,
        }
    }
}

async fn answer(
    link: &mut Link<Message>,
    app: &App,
    SignedIn { line, conn, who, session }: &SignedIn,
    Frame { id, request }: Frame<Request>,
) -> Result<(), Lost> {
    if let Err(error) = permissions::check(who.role, line.which, &request) {
        return link.refuse(id, error).await;
    }
    let answer = match request {
        Request::SignIn { .. } | Request::Enter { .. } => {
            Err(ErrorCode::OutOfOrder.because("This connection is signed in."))
        }
        Request::Ping => Ok(Message::Pong),
        Request::SignOut => match sign_out(app, who, session.as_ref()).await {
            Ok(()) => {
                link.send(&Message::Done { re: id }).await?;
                link.close(close_code::NORMAL).await;
                return Err(Lost);
            }
            Err(error) => Err(error),
        },
        Request::Credential => credential(app, who)
            .await
            .map(|credential| Message::Credential { re: id, credential: credential.map(Hidden) }),
        Request::Office { ask } => match still_here(app, who).await {
            Ok(()) => office::answer(app, who, ask).await.map(|answer| Message::Office { re: id, answer }),
            Err(error) => Err(error),
        },
        Request::Services { ask } => match still_here(app, who).await {
            Ok(()) => {
                services::answer(app, who, ask).await.map(|answer| Message::Services { re: id, answer })
            }
            Err(error) => Err(error),
        },
        Request::Figures { ask } => match still_here(app, who).await {
            Ok(()) => figures::answer(app, line, ask).await.map(|answer| Message::Figures { re: id, answer }),
            Err(error) => Err(error),
        },
        // What is of this moment is the node's to answer.
        Request::Shift { ask } if !matches!(ask, Shift::Watch { .. } | Shift::Mine) => {
            match still_here(app, who).await {
                Ok(()) => shift::answer(app, who, ask).await.map(|answer| Message::Shift { re: id, answer }),
                Err(error) => Err(error),
            }
        }
        Request::Triage { ask } => match still_here(app, who).await {
            Ok(()) => {
                triage::answer(app, line, who, ask).await.map(|answer| Message::Triage { re: id, answer })
            }
            Err(error) => Err(error),
        },
        Request::Drill { ask } => match still_here(app, who).await {
            Ok(()) => drill::answer(app, who, ask).await.map(|answer| Message::Drill { re: id, answer }),
            Err(error) => Err(error),
        },
        Request::FollowUps { ask: Ask::Book { call, at_ms, contact } } => {
            line.node.book_follow_up(*conn, id, call, Timestamp::from_millis(at_ms), contact).await;
            return Ok(());
        }
        Request::FollowUps { ask } => match still_here(app, who).await {
            Ok(()) => follow_ups::answer(app, line, who, ask)
                .await
                .map(|answer| Message::FollowUps { re: id, answer }),
            Err(error) => Err(error),
        },
        Request::Media { call, leg } => app
            .mint(line, line.node.staff_seat(*conn, call).await, &leg)
            .map(|leg| Message::Leg { re: id, leg }),
        Request::CheckPath { leg } => {
            app.mint(line, nobodys_seat(app), &leg).map(|leg| Message::Leg { re: id, leg })
        }
        of_the_line => match check(&of_the_line) {
            Ok(()) => {
                line.node.staff(*conn, id, of_the_line).await;
                return Ok(());
            }
            Err(error) => Err(error),
        },
    };
    match answer {
        Ok(message) => link.send(&message).await,
        Err(error) => link.refuse(id, error).await,
    }
}

/// A seat in a call that there is not: its id is drawn, and no other leg will ever name it.
fn nobodys_seat(app: &App) -> Result<Seat, ProtocolError> {
    let mut id = [0; 16];
    app.random.fill(&mut id).map_err(|_| ErrorCode::Internal.because("The server has no randomness."))?;
    Ok(Seat { call: CallId::from_random(id), slot: Slot::COUNSELLOR, at: app.now() })
}

/// Somebody shut out in this very moment does nothing more, also before the connection ends.
async fn still_here(app: &App, who: &StaffIdentity) -> Result<(), ProtocolError> {
    let device = app.registry.device(who.device).await.map_err(refused)?;
    device.filter(|device| !device.revoked).map(drop).ok_or_else(shut_out)
}

fn check(request: &Request) -> Result<(), ProtocolError> {
    match request {
        Request::KeyPackage { key_package, .. } => content::check_key_package(key_package),
        Request::Mls { message, .. } => content::check_mls(message),
        Request::Say { message, .. } => content::check_said(message),
        _ => Ok(()),
    }
}

async fn sign_out(
    app: &App,
    who: &StaffIdentity,
    session: Option<&SessionToken>,
) -> Result<(), ProtocolError> {
    let session = session.ok_or_else(|| ErrorCode::OutOfOrder.because("A program has no session."))?;
    app.registry.close_session(session, who.staff, who.device, app.now()).await.map_err(refused)
}

async fn credential(app: &App, who: &StaffIdentity) -> Result<Option<String>, ProtocolError> {
    let device = app.registry.device(who.device).await.map_err(refused)?;
    let in_force = |credential: &String| app.authority.verify(credential, app.now()).is_some();
    Ok(device.and_then(|device| device.credential).filter(in_force))
}
