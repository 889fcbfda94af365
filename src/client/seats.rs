//! Which leaf of the MLS group sits in which slot of the call.

use crate::{
    core::ids::Slot,
    e2ee::{Identity, VerifiedMember, credential},
    proto::staff::{Participant, Role},
};

/// Leaves of the others with the slots whose streams carry them. The caller's is certain; staff are matched by role and name
/// with what the server says of the seats, and who is left over goes in order. A server that lies here can only make somebody
/// unheard: frames of a leaf are accepted on its slot alone, and names come from the credentials.
pub(super) fn slots_of_leaves(
    members: &[VerifiedMember],
    participants: &[Participant],
    mine: Slot,
) -> Vec<(u32, u8)> {
    let mut free: Vec<Slot> = Slot::all().filter(|slot| *slot != mine && *slot != Slot::CALLER).collect();
    let mut seated: Vec<(u32, u8)> = Vec::new();
    let others = || members.iter().filter(|member| !member.me);
    if mine != Slot::CALLER {
        let caller = others().find(|member| member.identity == Identity::Caller);
        seated.extend(caller.map(|member| (member.leaf, Slot::CALLER.number())));
    }
    let staff = || others().filter(|member| member.identity != Identity::Caller);
    for member in staff() {
        let seat = participants.iter().find(|seat| free.contains(&seat.slot) && is(seat, &member.identity));
        if let Some(seat) = seat {
            free.retain(|slot| *slot != seat.slot);
            seated.push((member.leaf, seat.slot.number()));
        }
    }
    for member in staff() {
        if !free.is_empty() && !seated.iter().any(|(leaf, _)| *leaf == member.leaf) {
            seated.push((member.leaf, free.remove(0).number()));
        }
    }
    seated
}

/// The leaf of the one who has left that seat: only where role and name are theirs, so that nobody else is taken out by
/// mistake. Never this endpoint's, never the caller's.
pub(super) fn leaf_of_leaver(
    members: &[VerifiedMember],
    participants: &[Participant],
    mine: Slot,
    seat: Slot,
) -> Option<u32> {
    let leaver = participants.iter().find(|participant| participant.slot == seat && participant.left)?;
    let (leaf, _) = slots_of_leaves(members, participants, mine)
        .into_iter()
        .find(|(_, slot)| *slot == seat.number() && seat != Slot::CALLER)?;
    let member = members.iter().find(|member| member.leaf == leaf)?;
    is(leaver, &member.identity).then_some(leaf)
}

fn is(seat: &Participant, who: &Identity) -> bool {
    let Identity::Staff { role, name, .. } = who else { return false };
    let same_role = matches!(
        (seat.role, role),
        (Role::Counsellor, credential::Role::Counsellor)
            | (Role::Clinician, credential::Role::Clinician)
            | (Role::Supervisor, credential::Role::Supervisor)
    );
    same_role && seat.name.as_deref() == Some(name)
}
