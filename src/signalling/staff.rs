//! A console's connection: challenge, sign-in, then what it asks.

use std::sync::Arc;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use axum::extract::ws::{WebSocket, close_code};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    app::{App, Peer},
    content,
    link::{Link, Lost},
};
use crate::{
    node::{Gone, StaffConn, StaffIdentity},
    proto::{
        ErrorCode, Frame, ProtocolError,
        staff::{Message, Request},
    },
};

/// Serves one socket to its end. `origin` is that of the page.
pub(super) async fn serve(socket: WebSocket, app: Arc<App>, peer: Peer, origin: String) {
    let mut link = Link::new(socket, app.clone(), peer);
    let mut nonce = [0; 32];
    if app.random.fill(&mut nonce).is_err() {
        return;
    }
    let nonce = STANDARD.encode(nonce);
    if link.send(&Message::Challenge { nonce: nonce.clone() }).await.is_err() {
        return;
    }
    if let Some(conn) = sign_in(&mut link, &app, &origin, &nonce).await {
        link.introduced();
        let gone = converse(&mut link, &app, conn).await;
        app.node.staff_gone(conn, gone).await;
        if gone == Gone::Silent {
            link.close(close_code::AWAY).await;
        }
    }
}

/// Waits for a sign-in that holds. None when the connection ends before; the first that does not hold ends it.
async fn sign_in(link: &mut Link<Message>, app: &App, origin: &str, nonce: &str) -> Option<StaffConn> {
    loop {
        let Frame { id, request } = link.next_of_stranger("The sign-in did not come in time.").await?;
        match request {
            Request::SignIn { credential, signature, seen } => {
                let signed_in = match identify(app, origin, nonce, &credential, &signature).await {
                    Ok(who) => {
                        let outbox = link.open_outbox();
                        app.node.staff_sign_in(who, seen, outbox).await
                    }
                    Err(error) => Err(error),
                };
                match signed_in {
                    Ok(conn) => return Some(conn),
                    Err(error) => {
                        link.close_outbox();
                        link.refuse(id, error).await.ok()?;
                        link.close(close_code::POLICY).await;
                        return None;
                    }
                }
            }
            Request::Ping => link.send(&Message::Pong).await.ok()?,
            _ => link.refuse(id, ErrorCode::OutOfOrder.because("Sign in first.")).await.ok()?,
        }
    }
}

/// Who signed the challenge, if the credential, the registered device and the signature agree.
async fn identify(
    app: &App,
    origin: &str,
    nonce: &str,
    credential: &str,
    signature: &str,
) -> Result<StaffIdentity, ProtocolError> {
    let bad = |text: &str| ErrorCode::BadCredential.because(text);
    let staff = app
        .authority
        .verify(credential, app.now())
        .ok_or_else(|| bad("The credential is not signed by this line's authority, or is not in force."))?;
    let signature = STANDARD.decode(signature).map_err(|_| bad("The signature does not hold."))?;
    let said = format!("quietline staff sign-in v1\n{origin}\n{nonce}");
    UnparsedPublicKey::new(&ED25519, staff.key)
        .verify(said.as_bytes(), &signature)
        .map_err(|_| bad("The signature does not hold."))?;
    let device = app
        .registry
        .device_by_key(&staff.key)
        .await
        .map_err(|_| ErrorCode::Internal.because("The server could not look this device up."))?
        .filter(|device| !device.revoked && device.staff == staff.staff)
        .ok_or_else(|| bad("This device is not enrolled here, or was shut out."))?;
    Ok(StaffIdentity {
        staff: staff.staff,
        device: device.device,
        name: staff.name,
        role: staff.role,
        key: staff.key,
    })
}

async fn converse(link: &mut Link<Message>, app: &App, conn: StaffConn) -> Gone {
    loop {
        match link.next_request().await {
            Ok(frame) => {
                if let Err(Lost) = answer(link, app, conn, frame).await {
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
    conn: StaffConn,
    Frame { id, request }: Frame<Request>,
) -> Result<(), Lost> {
    let refused = match &request {
        Request::SignIn { .. } => Some(ErrorCode::OutOfOrder.because("This connection is signed in.")),
        Request::Ping => return link.send(&Message::Pong).await,
        Request::Media { call, leg } => match app.mint(app.node.staff_seat(conn, *call).await, leg) {
            Ok(leg) => return link.send(&Message::Leg { re: id, leg }).await,
            Err(error) => Some(error),
        },
        Request::KeyPackage { key_package, .. } => content::check_key_package(key_package).err(),
        Request::Mls { message, .. } => content::check_mls(message).err(),
        _ => None,
    };
    match refused {
        Some(error) => link.refuse(id, error).await,
        None => {
            app.node.staff(conn, id, request).await;
            Ok(())
        }
    }
}
