//! A caller's connection: who it is first, then what it asks.

use std::sync::Arc;

use axum::extract::ws::{WebSocket, close_code};

use super::{
    admission::Act,
    app::{App, Peer},
    content,
    line::{Line, Which},
    link::{Link, Lost},
};
use crate::{
    node::{CallerConn, Gone},
    proto::{
        ErrorCode, Frame,
        caller::{Message, Request},
    },
};

/// Serves one socket to its end.
pub(super) async fn serve(socket: WebSocket, app: Arc<App>, peer: Peer, which: Which) {
    let mut link = Link::new(socket, app.clone(), peer.clone(), which);
    if let Some((line, conn)) = introduce(&mut link, &app, which).await {
        link.introduced();
        let gone = converse(&mut link, &app, &peer, &line, conn).await;
        line.node.caller_gone(conn).await;
        if gone == Gone::Silent {
            link.close(close_code::AWAY).await;
        }
    }
}

/// Waits for `hello` or `resume`. None when the connection ends before.
async fn introduce(link: &mut Link<Message>, app: &App, which: Which) -> Option<(Arc<Line>, CallerConn)> {
    loop {
        let Frame { id, request } = link.next_of_stranger("The first message did not come in time.").await?;
        let introduced = match request {
            Request::Hello { drill } => match app.line_of_caller(which, drill.as_ref()).await {
                Ok(line) => {
                    let outbox = link.open_outbox();
                    line.node.caller_hello(outbox).await.map(|conn| (line, conn))
                }
                Err(error) => Err(error),
            },
            Request::Resume { token, seen } => match app.line_to_resume(which).await {
                Ok(line) => {
                    let outbox = link.open_outbox();
                    line.node.caller_resume(&token, seen, outbox).await.map(|conn| (line, conn))
                }
                Err(error) => Err(error),
            },
            Request::Ping => {
                link.send(&Message::Pong).await.ok()?;
                continue;
            }
            _ => Err(ErrorCode::OutOfOrder.because("Say hello or resume first.")),
        };
        match introduced {
            Ok(introduced) => return Some(introduced),
            Err(error) => {
                link.close_outbox();
                link.refuse(id, error).await.ok()?;
            }
        }
    }
}

async fn converse(link: &mut Link<Message>, app: &App, peer: &Peer, line: &Line, conn: CallerConn) -> Gone {
    let mut tried = 0;
    loop {
        match link.next_request().await {
            Ok(frame) => {
                if let Err(Lost) = answer(link, app, peer, (line, conn), frame, &mut tried).await {
                    return Gone::Closed;
                }
            }
            Err(gone) => return gone,
        }
    }
}

/// What joining counts as.
fn join_on(line: Which) -> Act {
    match line {
        Which::Real => Act::Join,
        Which::Drill => Act::Play,
    }
}

async fn answer(
    link: &mut Link<Message>,
    app: &App,
    peer: &Peer,
    (line, conn): (&Line, CallerConn),
    Frame { id, request }: Frame<Request>,
    tried: &mut u32,
) -> Result<(), Lost> {
    let refused = match &request {
        Request::Hello { .. } | Request::Resume { .. } => {
            Some(ErrorCode::OutOfOrder.because("This connection has said who it is."))
        }
        Request::Ping => return link.send(&Message::Pong).await,
        Request::Media(leg) => match app.mint(line, line.node.caller_seat(conn).await, leg) {
            Ok(leg) => return link.send(&Message::Leg { re: id, leg }).await,
            Err(error) => Some(error),
        },
        Request::Join { key_package, code, .. } => match content::check_key_package(key_package) {
            Ok(()) if peer.admitted.may(join_on(line.which), app.now()) => {
                code.as_ref().and_then(|_| line.counted.codes.take(tried, app.now()).err())
            }
            Ok(()) => Some(
                ErrorCode::Busy
                    .because("Too many calls come from this network at once; try again in a minute."),
            ),
            Err(error) => Some(error),
        },
        Request::KeyPackage { key_package } | Request::AskAnother { key_package } => {
            content::check_key_package(key_package).err()
        }
        Request::Mls { message } => content::check_mls(message).err(),
        Request::Say { message } => content::check_said(message).err(),
        Request::ForgetCode { .. } => line.counted.codes.take(tried, app.now()).err(),
        Request::Leave { .. } => None,
    };
    match refused {
        Some(error) => link.refuse(id, error).await,
        None => {
            line.node.caller(conn, id, request).await;
            Ok(())
        }
    }
}
