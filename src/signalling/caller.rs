//! A caller's connection: who it is first, then what it asks.

use std::sync::Arc;

use axum::extract::ws::{WebSocket, close_code};

use super::{
    admission::Act,
    app::{App, Peer},
    content,
    link::{Event, Link, Lost},
};
use crate::{
    node::{CallerConn, Gone},
    proto::{
        ErrorCode, Frame, Goodbye,
        caller::{Message, Request},
    },
};

/// Serves one socket to its end.
pub(super) async fn serve(socket: WebSocket, app: Arc<App>, peer: Peer) {
    let mut link = Link::new(socket, app.clone(), peer.clone());
    if let Some(conn) = introduce(&mut link, &app).await {
        link.introduced();
        let gone = converse(&mut link, &app, &peer, conn).await;
        app.node.caller_gone(conn).await;
        if gone == Gone::Silent {
            link.close(close_code::AWAY).await;
        }
    }
}

/// Waits for `hello` or `resume`. None when the connection ends before.
async fn introduce(link: &mut Link<Message>, app: &App) -> Option<CallerConn> {
    loop {
        let (id, request) = match link.next().await {
            Event::Request(Frame { id, request }) => (id, request),
            Event::Stopping => {
                link.dismiss(Goodbye::ServerStopping).await;
                return None;
            }
            // The node spoke before it refused: nobody of that name is served here any more.
            Event::Said(_) | Event::Drained => continue,
            Event::Late => {
                let error = ErrorCode::OutOfOrder.because("The first message did not come in time.");
                link.expel(error, close_code::POLICY).await;
                return None;
            }
            Event::Closed | Event::Silent => return None,
        };
        let introduced = match request {
            Request::Hello => {
                let outbox = link.open_outbox();
                app.node.caller_hello(outbox).await
            }
            Request::Resume { token, seen } => {
                let outbox = link.open_outbox();
                app.node.caller_resume(&token, seen, outbox).await
            }
            Request::Ping => {
                link.send(&Message::Pong).await.ok()?;
                continue;
            }
            _ => Err(ErrorCode::OutOfOrder.because("Say hello or resume first.")),
        };
        match introduced {
            Ok(conn) => return Some(conn),
            Err(error) => {
                link.close_outbox();
                link.refuse(id, error).await.ok()?;
            }
        }
    }
}

async fn converse(link: &mut Link<Message>, app: &App, peer: &Peer, conn: CallerConn) -> Gone {
    loop {
        let spoken = match link.next().await {
            Event::Request(frame) => answer(link, app, peer, conn, frame).await,
            Event::Said(message) => link.say(&message).await,
            Event::Drained => {
                link.close(close_code::AWAY).await;
                return Gone::Closed;
            }
            Event::Closed | Event::Late | Event::Stopping => return Gone::Closed,
            Event::Silent => return Gone::Silent,
        };
        if let Err(Lost) = spoken {
            return Gone::Closed;
        }
    }
}

async fn answer(
    link: &mut Link<Message>,
    app: &App,
    peer: &Peer,
    conn: CallerConn,
    Frame { id, request }: Frame<Request>,
) -> Result<(), Lost> {
    let refused = match &request {
        Request::Hello | Request::Resume { .. } => {
            Some(ErrorCode::OutOfOrder.because("This connection has said who it is."))
        }
        Request::Ping => return link.send(&Message::Pong).await,
        Request::Media(leg) => {
            let minted = match app.node.caller_seat(conn).await {
                Ok(seat) => app.mint(seat, leg),
                Err(error) => Err(error),
            };
            match minted {
                Ok(leg) => return link.send(&Message::Leg { re: id, leg }).await,
                Err(error) => Some(error),
            }
        }
        Request::Join { key_package } => match content::check_key_package(key_package) {
            Ok(()) if peer.admitted.may(Act::Join, app.now()) => None,
            Ok(()) => Some(
                ErrorCode::Busy
                    .because("Too many calls come from this network at once; try again in a minute."),
            ),
            Err(error) => Some(error),
        },
        Request::KeyPackage { key_package } => content::check_key_package(key_package).err(),
        Request::Mls { message } => content::check_mls(message).err(),
        Request::Leave { .. } => None,
    };
    match refused {
        Some(error) => link.refuse(id, error).await,
        None => {
            app.node.caller(conn, id, request).await;
            Ok(())
        }
    }
}
