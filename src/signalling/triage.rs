//! Triage, as a signed-in person asks: coordinators their own cards, desks whom they expect, supervisors the sums. Whether the
//! role allows it was checked before (`permissions`).

use super::{accounts::draw, app::App, line::Line};
use crate::{
    core::{
        ids::TriageId,
        triage::{Agency, Card, Code, Codes, Named, Refused, Reply, Step, Taker, Totals},
    },
    node::{NodeError, StaffIdentity, triage::TriageError},
    proto::{
        ErrorCode, ProtocolError,
        triage::{
            Answer, CardView, CodesView, ExpectedView, FreedView, HeardReply, Request, SumView, TotalsView,
        },
    },
};

/// Answers one request.
pub(super) async fn answer(
    app: &App,
    line: &Line,
    who: &StaffIdentity,
    ask: Request,
) -> Result<Answer, ProtocolError> {
    let (triage, now, me) = (&line.triage, app.now(), who.staff);
    let codes = triage.codes().await.map_err(failed)?;
    let (card, step) = match ask {
        Request::Cards => {
            let cards = triage.cards(me).await.map_err(failed)?;
            let cards = cards.iter().map(|card| CardView::of(card, &codes)).collect();
            return Ok(Answer::Cards { cards, codes: CodesView::from(&codes) });
        }
        Request::Open { need } => {
            let id = TriageId::from_random(draw(app)?);
            return answer_to(triage.open(id, me, need, now).await, &codes);
        }
        Request::Expected => {
            let cards = triage.expected().await.map_err(failed)?;
            let people = cards.iter().map(|card| expected(card, &codes, app, who)).collect();
            return Ok(Answer::Expected { people });
        }
        Request::Take { card } => {
            let taker = Taker { staff: me, name: who.name.clone() };
            return at_desk(app, line, who, triage.take(taker, card, now).await, &codes).await;
        }
        Request::Came { card, came } => {
            return at_desk(app, line, who, triage.came(me, card, came, now).await, &codes).await;
        }
        Request::Totals { from, until } => {
            let totals = triage.totals(from, until).await.map_err(failed)?;
            return Ok(Answer::Totals { totals: totals_of(&totals, &codes) });
        }
        Request::Try { card, service, reason } => {
            let agency = match service {
                None => Agency::Line,
                Some(service) => {
                    let listed = app.services.list().await.map_err(failed)?;
                    let entry = listed.entries.into_iter().find(|entry| entry.service == service);
                    let entry = entry.filter(|entry| !entry.retired).ok_or_else(unknown)?;
                    Agency::Service { service, name: entry.details.name }
                }
            };
            (card, Step::Try { agency, reason })
        }
        Request::Heard { card, reply, why } => (card, Step::Heard(heard(reply, why)?)),
        Request::HandOver { card } => (card, Step::HandOver),
        Request::Close { card, outcome } => (card, Step::Close { outcome }),
    };
    answer_to(triage.step(me, card, step, now).await, &codes)
}

fn heard(reply: HeardReply, why: Option<Code>) -> Result<Reply, ProtocolError> {
    match (reply, why) {
        (HeardReply::Accepted, None) => Ok(Reply::Accepted),
        (HeardReply::NoAnswer, None) => Ok(Reply::NoAnswer),
        (HeardReply::Refused, Some(why)) => Ok(Reply::Refused { why }),
        _ => Err(ErrorCode::Malformed.because("A refusal has its reason, and nothing else has one.")),
    }
}

fn answer_to(result: Result<Card, TriageError>, codes: &Codes) -> Result<Answer, ProtocolError> {
    result.map(|card| Answer::Card { card: CardView::of(&card, codes) }).map_err(refused)
}

/// A desk is answered with whom it expects now; the card is its coordinator's.
async fn at_desk(
    app: &App,
    line: &Line,
    who: &StaffIdentity,
    result: Result<Card, TriageError>,
    codes: &Codes,
) -> Result<Answer, ProtocolError> {
    result.map_err(refused)?;
    let cards = line.triage.expected().await.map_err(failed)?;
    Ok(Answer::Expected { people: cards.iter().map(|card| expected(card, codes, app, who)).collect() })
}

fn expected(card: &Card, codes: &Codes, app: &App, who: &StaffIdentity) -> ExpectedView {
    let asked = card.tries.last().map_or(card.opened, |last| last.at);
    ExpectedView {
        card: card.id,
        need: name_of(&codes.needs, &card.need),
        since_s: u32::try_from(app.now().since(asked).as_secs()).unwrap_or(u32::MAX),
        taken_by: card.taker().map(|taker| taker.name.clone()),
        mine: card.taker().is_some_and(|taker| taker.staff == who.staff),
    }
}

pub(super) fn totals_of(totals: &Totals, codes: &Codes) -> TotalsView {
    let [accepted, refused, no_answer, not_come] = totals.replies;
    let needs = totals.needs.iter();
    let outcomes = totals.outcomes.iter().map(|(code, tally)| {
        let known = codes.outcome(code);
        FreedView {
            name: known.map_or_else(|| code.to_string(), |outcome| outcome.name.clone()),
            cards: tally.cards,
            minutes: tally.minutes,
            minutes_each: known.map_or(0, |outcome| outcome.minutes),
            why: known.map(|outcome| outcome.why.clone()).unwrap_or_default(),
        }
    });
    let average = totals.handover_s.checked_div(totals.handed_over.into());
    TotalsView {
        needs: needs
            .map(|(code, cards)| SumView { name: name_of(&codes.needs, code), cards: *cards })
            .collect(),
        outcomes: outcomes.collect(),
        accepted,
        refused,
        no_answer,
        not_come,
        handed_over: totals.handed_over,
        handover_s: average.map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX)),
        unclosed: totals.unclosed,
    }
}

fn name_of(list: &[Named], code: &Code) -> String {
    let known = list.iter().find(|known| known.code == *code);
    known.map_or_else(|| code.to_string(), |known| known.name.clone())
}

fn refused(error: TriageError) -> ProtocolError {
    match error {
        TriageError::Refused(Refused::NoSuchCode) => ErrorCode::Malformed.because(error.to_string()),
        TriageError::Refused(Refused::Taken) => ErrorCode::OfferGone.because(error.to_string()),
        TriageError::Refused(_) => ErrorCode::OutOfOrder.because(error.to_string()),
        TriageError::Unknown => unknown(),
        TriageError::Node(error) => failed(error),
    }
}

fn unknown() -> ProtocolError {
    ErrorCode::OutOfOrder.because("There is no such card or service, or it is not yours.")
}

fn failed(error: NodeError) -> ProtocolError {
    tracing::error!(%error, "triage failed");
    ErrorCode::Internal.because("The server could not do this; nothing was changed.")
}
