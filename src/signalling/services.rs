//! The directory of services, as a signed-in person asks: every desk reads it, administrators keep it. Whether the role allows
//! it was checked before (`permissions`).

use super::{accounts::draw, app::App};
use crate::{
    core::ids::ServiceId,
    node::{
        NodeError, StaffIdentity,
        audit::Who,
        services::{By, Listed, Report, ServicesError},
    },
    proto::{
        ErrorCode, ProtocolError,
        services::{Answer, Entry, Request},
    },
};

/// Answers one request.
pub(super) async fn answer(app: &App, who: &StaffIdentity, ask: Request) -> Result<Answer, ProtocolError> {
    let services = &app.services;
    let by = By { who: Who::Staff { staff: who.staff, device: Some(who.device) }, at: app.now() };
    match ask {
        Request::List { known } => {
            if known != 0 && services.version().await.map_err(failed)? == known {
                return Ok(Answer::Unchanged);
            }
            let mut listed = services.list().await.map_err(failed)?;
            listed.entries.retain(|entry| !entry.retired);
            Ok(list(listed))
        }
        Request::Keep => Ok(list(services.list().await.map_err(failed)?)),
        Request::Add { details } => {
            let service = ServiceId::from_random(draw(app)?);
            kept(services.add(service, *details, by).await)
        }
        Request::Change { service, based_on, details } => {
            kept(services.change(service, based_on, *details, by).await)
        }
        Request::Retire { service, based_on, retired } => {
            kept(services.retire(service, based_on, retired, by).await)
        }
        Request::Import { table, trial } => {
            let mut bytes = [0; 16];
            let fresh = || app.random.fill(&mut bytes).map(|()| ServiceId::from_random(bytes));
            match services.import(&table, trial, fresh, by).await {
                Ok(Report { added, changed, unchanged }) => {
                    Ok(Answer::Report { added, changed, unchanged, flaws: Vec::new() })
                }
                Err(ServicesError::Flawed(flaws)) => {
                    Ok(Answer::Report { added: 0, changed: 0, unchanged: 0, flaws })
                }
                Err(error) => answer_to(error),
            }
        }
        Request::Export => Ok(Answer::Table { table: services.export().await.map_err(failed)? }),
    }
}

fn list(Listed { version, entries }: Listed) -> Answer {
    Answer::List { version, entries }
}

fn kept(result: Result<Entry, ServicesError>) -> Result<Answer, ProtocolError> {
    result.map_or_else(answer_to, |entry| Ok(Answer::Kept { entry: Box::new(entry) }))
}

fn answer_to(error: ServicesError) -> Result<Answer, ProtocolError> {
    match error {
        ServicesError::Flawed(flaws) => Ok(Answer::Flawed { flaws }),
        ServicesError::Stale(entry) => Ok(Answer::Stale { entry }),
        ServicesError::Unknown => Err(ErrorCode::OutOfOrder.because("No service has this id.")),
        ServicesError::Node(error) => Err(failed(error)),
        ServicesError::NoRandomness(error) => Err(ErrorCode::Internal.because(error.to_string())),
    }
}

fn failed(error: NodeError) -> ProtocolError {
    tracing::error!(%error, "the directory of services failed");
    ErrorCode::Internal.because("The server could not do this; nothing was changed.")
}
