//! What no administrator can do alone: a link for somebody who has lost every passkey, and one more administrator. One asks,
//! another confirms and gets the link.

use super::{
    PROPOSALS, Registry, RegistryError,
    acts::{Act, By, What},
    decode, encode, enrol, person_key,
    records::{Invite, InviteToken, Proposal, Proposed, Whom},
};
use crate::{
    core::{
        ids::{ProposalId, StaffId},
        time::Timestamp,
    },
    proto::staff::Role,
    store::{Compare, Entry, Outcome, Txn, Write},
};

impl Registry {
    /// Writes down what an administrator asks for.
    pub async fn propose(&self, proposal: &Proposal) -> Result<(), RegistryError> {
        let by = By::Staff { staff: proposal.by };
        let act = match proposal.what {
            Proposed::Recovery { staff } => {
                let person = self.person(staff).await?.filter(|person| !person.revoked);
                person.ok_or(RegistryError::UnknownPerson)?;
                Act::new(proposal.at, by, What::RecoveryAsked).upon(staff)
            }
            Proposed::Administrator => Act::new(proposal.at, by, What::AdministratorAsked),
        };
        let key = proposal_key(proposal.id);
        let writes = vec![Write::Put { value: encode(&key, proposal)?, key }];
        self.commit(Txn { compares: Vec::new(), writes }, &act).await.map(drop)
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
        let about = match proposal.what {
            Proposed::Recovery { staff } => Some(staff),
            Proposed::Administrator => None,
        };
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
        let mut act = Act::new(now, By::Staff { staff: second }, What::Confirmed);
        act.staff = about;
        match self.commit(Txn { compares, writes }, &act).await? {
            Outcome::Committed { .. } => Ok(proposal),
            Outcome::Conflict => Err(RegistryError::ProposalGone),
        }
    }

    /// Takes back, or refuses, what was asked for.
    pub async fn withdraw(&self, id: ProposalId, by: StaffId, now: Timestamp) -> Result<(), RegistryError> {
        let (proposal, entry) = self.open_proposal(id, now).await?;
        let mut act = Act::new(now, By::Staff { staff: by }, What::Withdrawn);
        if let Proposed::Recovery { staff } = proposal.what {
            act = act.upon(staff);
        }
        let compares = vec![Compare { key: entry.key.clone(), revision: entry.revision }];
        let writes = vec![Write::Delete { key: entry.key }];
        match self.commit(Txn { compares, writes }, &act).await? {
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

fn proposal_key(id: ProposalId) -> String {
    format!("{PROPOSALS}{id}")
}
