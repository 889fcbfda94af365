//! Drills, as a signed-in person asks. Whether the role allows it was checked before (`permissions`).

use super::{app::App, permissions::of_staff};
use crate::{
    core::permissions::{Act, may},
    node::{
        StaffIdentity,
        audit::Who,
        drill::{DrillError, DrillNow},
    },
    proto::{
        ErrorCode, ProtocolError,
        drill::{Answer, Drill, Request},
    },
};

/// Answers one request. The ticket is told only to those who may give it away.
pub(super) async fn answer(app: &App, who: &StaffIdentity, ask: Request) -> Result<Answer, ProtocolError> {
    let by = Who::Staff { staff: who.staff, device: Some(who.device) };
    match ask {
        Request::Now => {}
        Request::Open { minutes } => app.drills.open(minutes, by).await.map_err(refused)?,
        Request::Close => app.drills.close(by).await,
    }
    let runs = of_staff(who.role).is_some_and(|role| may(role, Act::RunDrill));
    let view = |DrillNow { until, ticket, callers, desks }: DrillNow| Drill {
        until: until.as_millis(),
        ticket: runs.then_some(ticket),
        callers: u32::try_from(callers).unwrap_or(u32::MAX),
        desks: u32::try_from(desks).unwrap_or(u32::MAX),
    };
    Ok(Answer::Drill { drill: app.drills.now().await.map(view) })
}

fn refused(error: DrillError) -> ProtocolError {
    match error {
        DrillError::Minutes => ErrorCode::Malformed.because(error.to_string()),
        error => {
            tracing::error!(%error, "a drill cannot be opened");
            ErrorCode::Internal.because("The server could not open a drill; nothing changed.")
        }
    }
}
