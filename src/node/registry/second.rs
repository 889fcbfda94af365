//! What no administrator can do alone: a link for somebody who has lost every passkey, and one more administrator. One asks,
//! another confirms and gets the link.

use super::{
    PROPOSALS, Registry, RegistryError, decode, encode, enrol, person_key,
    records::{Invite, InviteToken, Proposal, Proposed, Whom},
};
use crate::{
    core::{
        ids::{ProposalId, StaffId},
        time::Timestamp,
    },
    node::audit::{Account, Act, Who},
    proto::staff::Role,
    store::{Compare, Entry, Outcome, Txn, Write},
};

impl Registry {
    /// Writes down what an administrator asks for.
    pub async fn propose(&self, proposal: &Proposal) -> Result<(), RegistryError> {
        let who = Who::person(proposal.by);
        let act = match proposal.what {
            Proposed::Recovery { staff } => {
                let person = self.person(staff).await?.filter(|person| !person.revoked);
                person.ok_or(RegistryError::UnknownPerson)?;
                Act::on_account_of(proposal.at, who, Account::RecoveryAsked, staff)
            }
            Proposed::Administrator => Act::on_accounts(proposal.at, who, Account::AdministratorAsked),
        };
        let key = proposal_key(proposal.id);
        let writes = vec![Write::Put { value: encode(&key, proposal)?, key }];
        self.commit(Txn { compares: Vec::new(), writes }, act).await.map(drop)
    }

    /// What waits for a second administrator at `now`.
    pub async fn proposals(&self, now: Timestamp) -> Result<Vec<Proposal>, RegistryError> {
        let (entries, _) = self.ledger.range(PROPOSALS).await?;
        let proposals = entries.iter().map(decode::<Proposal>).collect::<Result<Vec<_>, _>>()?;
        Ok(proposals.into_iter().filter(|proposal| proposal.expires > now).collect())
    }

    /// Confirms what *another* administrator asked for, who still is one, and makes the invitation. Nobody confirms what is
    /// about themselves.
    pub async fn confirm(
        &self,
        id: ProposalId,
        second: StaffId,
        token: &InviteToken,
        expires: Timestamp,
        now: Timestamp,
    ) -> Result<Proposal, RegistryError> {
        let (proposal, entry) = self.open_proposal(id, now).await?;
        let about = proposal.what.about();
        if proposal.by == second || about == Some(second) {
            return Err(RegistryError::Alone);
        }
        let mut compares = vec![Compare { key: entry.key.clone(), revision: entry.revision }];
        for administrator in [proposal.by, second] {
            let (person, revision) = self
                .person_at(administrator)
                .await?
                .filter(|(person, _)| !person.revoked && person.role == Role::Administrator)
                .ok_or(RegistryError::ProposalGone)?;
            compares.push(Compare { key: person_key(person.staff), revision });
        }
        let (role, whom) = match proposal.what {
            Proposed::Recovery { staff } => {
                let person = self.person(staff).await?.filter(|person| !person.revoked);
                (person.ok_or(RegistryError::UnknownPerson)?.role, Whom::Recovery { staff })
            }
            Proposed::Administrator => (Role::Administrator, Whom::NewPerson),
        };
        let invite = Invite { role, expires, whom, native: false };
        let writes = vec![Write::Delete { key: entry.key }, enrol::put_invite(&invite, token)?];
        let act = act_on(now, second, Account::Confirmed, about);
        match self.commit(Txn { compares, writes }, act).await? {
            Outcome::Committed { .. } => Ok(proposal),
            Outcome::Conflict => Err(RegistryError::ProposalGone),
        }
    }

    /// Takes back, or refuses, what was asked for.
    pub async fn withdraw(&self, id: ProposalId, by: StaffId, now: Timestamp) -> Result<(), RegistryError> {
        let (proposal, entry) = self.open_proposal(id, now).await?;
        let act = act_on(now, by, Account::Withdrawn, proposal.what.about());
        let compares = vec![Compare { key: entry.key.clone(), revision: entry.revision }];
        let writes = vec![Write::Delete { key: entry.key }];
        match self.commit(Txn { compares, writes }, act).await? {
            Outcome::Committed { .. } => Ok(()),
            Outcome::Conflict => Err(RegistryError::ProposalGone),
        }
    }

    async fn open_proposal(
        &self,
        id: ProposalId,
        now: Timestamp,
    ) -> Result<(Proposal, Entry), RegistryError> {
        let entry = self.ledger.get(&proposal_key(id)).await?.ok_or(RegistryError::ProposalGone)?;
        let proposal: Proposal = decode(&entry)?;
        if proposal.expires <= now { Err(RegistryError::ProposalGone) } else { Ok((proposal, entry)) }
    }
}

fn act_on(now: Timestamp, by: StaffId, what: Account, about: Option<StaffId>) -> Act {
    let who = Who::person(by);
    match about {
        Some(staff) => Act::on_account_of(now, who, what, staff),
        None => Act::on_accounts(now, who, what),
    }
}

fn proposal_key(id: ProposalId) -> String {
    format!("{PROPOSALS}{id}")
}
