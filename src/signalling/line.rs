//! The line that a socket serves: the real one, or the drill that is open.

use std::sync::Arc;

use super::{app::App, follow_ups::CodeTries};
use crate::{
    node::{NodeHandle, drill::DrillLine, triage::Triage},
    proto::{ErrorCode, Hidden, ProtocolError},
    telemetry::metrics::Metrics,
};

/// Which of the two, as the address of the socket says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Real,
    Drill,
}

/// A line, and what is counted of it alone.
pub(super) struct Line {
    pub(super) which: Which,
    pub(super) node: NodeHandle,
    pub(super) triage: Triage,
    pub(super) counted: Counted,
}

/// What sockets of a line share, whoever is at the other end.
#[derive(Clone)]
pub(super) struct Counted {
    pub(super) codes: Arc<CodeTries>,
    /// A drill's are shown to nobody.
    pub(super) metrics: Arc<Metrics>,
}

impl App {
    /// What is counted of sockets of that kind.
    pub(super) fn counted(&self, which: Which) -> &Counted {
        match which {
            Which::Real => &self.line.counted,
            Which::Drill => &self.of_drills,
        }
    }

    /// The line for whoever works here.
    pub(super) async fn line_of_staff(&self, which: Which) -> Result<Arc<Line>, ProtocolError> {
        match which {
            Which::Real => Ok(self.line.clone()),
            Which::Drill => self.drill(self.drills.line().await).ok_or_else(no_drill),
        }
    }

    /// The line for somebody new, who brings what they brought.
    pub(super) async fn line_of_caller(
        &self,
        which: Which,
        ticket: Option<&Hidden>,
    ) -> Result<Arc<Line>, ProtocolError> {
        match (which, ticket) {
            (Which::Real, None) => Ok(self.line.clone()),
            (Which::Drill, Some(ticket)) => {
                self.drill(self.drills.line_by(ticket).await).ok_or_else(no_drill)
            }
            (Which::Real, Some(_)) | (Which::Drill, None) => Err(no_drill()),
        }
    }

    /// The line for somebody who was here a moment ago. That a drill is over is said as of a call that is.
    pub(super) async fn line_to_resume(&self, which: Which) -> Result<Arc<Line>, ProtocolError> {
        let over = |_| ErrorCode::UnknownSession.because("this call is over, or never was");
        self.line_of_staff(which).await.map_err(over)
    }

    fn drill(&self, line: Option<DrillLine>) -> Option<Arc<Line>> {
        let counted = self.of_drills.clone();
        let which = Which::Drill;
        line.map(|DrillLine { node, triage }| Arc::new(Line { which, node, triage, counted }))
    }
}

fn no_drill() -> ProtocolError {
    ErrorCode::NoDrill.because("No drill is open that this leads to. Ask whoever runs it.")
}
