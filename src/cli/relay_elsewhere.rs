//! A relay that is a process of its own: what it writes down of itself, and how a gateway finds it by that.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::{
    core::ids::CallId,
    private_file,
    proto::media::{Candidate, Transport, fingerprint_of_hex},
    relay::{RelayInfo, RelayTransport},
    signalling::RelayAt,
};

/// What a relay says of itself: all that a gateway has to know of it beside the key that they share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Description {
    pub(super) fingerprint: String,
    pub(super) ports: Vec<u16>,
    pub(super) addresses: Vec<IpAddr>,
}

impl Description {
    pub(super) fn of(info: &RelayInfo) -> Self {
        let any_call = CallId::from_random([0; 16]);
        let candidates = info.candidates(any_call).into_iter();
        Self {
            fingerprint: info.fingerprint(),
            ports: info.ports().to_vec(),
            addresses: candidates
                .filter(|candidate| candidate.transport == RelayTransport::Udp)
                .map(|candidate| candidate.address)
                .collect(),
        }
    }

    /// Writes it whole, so that a gateway never reads half of it.
    pub(super) fn write(&self, file: &Path) -> anyhow::Result<()> {
        private_file::write_public(file, &serde_json::to_vec(self)?)
            .with_context(|| format!("cannot write {}", file.display()))
    }

    fn read(file: &Path) -> anyhow::Result<Self> {
        let named = || format!("{} does not say where a relay is (quietline relay --say-in)", file.display());
        let said: Self =
            serde_json::from_slice(&std::fs::read(file).with_context(named)?).with_context(named)?;
        let sound = fingerprint_of_hex(&said.fingerprint).is_some()
            && !said.ports.is_empty()
            && !said.addresses.is_empty();
        anyhow::ensure!(sound, named());
        Ok(said)
    }

    /// Where the clients of a call reach it. All of one call get one worker.
    fn at(&self, call: CallId) -> RelayAt {
        let lot =
            call.as_bytes().iter().fold(0, |lot: usize, byte| lot.wrapping_mul(31) + usize::from(*byte));
        let port = self.ports.get(lot % self.ports.len().max(1)).copied().unwrap_or_default();
        let candidates = [Transport::Udp, Transport::Tcp].into_iter().flat_map(|transport| {
            let candidate =
                move |address: &IpAddr| Candidate { transport, address: address.to_string(), port };
            self.addresses.iter().map(candidate)
        });
        RelayAt { fingerprint: self.fingerprint.clone(), candidates: candidates.collect() }
    }
}

/// Finds a relay by its file, which it writes anew when it starts again.
#[derive(Debug)]
pub(super) struct Elsewhere {
    file: PathBuf,
    last: Mutex<Description>,
}

impl Elsewhere {
    pub(super) fn find(file: &Path) -> anyhow::Result<Self> {
        Ok(Self { file: file.to_owned(), last: Mutex::new(Description::read(file)?) })
    }

    /// Where the clients of a call reach it; where it was last, if the file cannot be read any more.
    pub(super) fn at(&self, call: CallId) -> RelayAt {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match Description::read(&self.file) {
            Ok(now) => *last = now,
            Err(error) => {
                tracing::warn!(error = %format!("{error:#}"), "the relay is taken to be where it was")
            }
        }
        last.at(call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description(ports: &[u16]) -> Description {
        Description {
            fingerprint: "0f".repeat(32),
            ports: ports.to_vec(),
            addresses: vec![[192, 0, 2, 7].into()],
        }
    }

    #[test]
    fn a_relay_is_found_where_it_says_and_again_when_it_says_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("relay.json");
        assert!(Elsewhere::find(&file).is_err(), "no relay has said anything");
        description(&[7]).write(&file).unwrap();
        let relay = Elsewhere::find(&file).unwrap();
        let call = CallId::from_random([3; 16]);
        let ports = |at: RelayAt| at.candidates.iter().map(|candidate| candidate.port).collect::<Vec<_>>();
        assert_eq!(ports(relay.at(call)), [7, 7]);
        description(&[8]).write(&file).unwrap();
        assert_eq!(ports(relay.at(call)), [8, 8]);
        std::fs::write(&file, "{").unwrap();
        assert_eq!(ports(relay.at(call)), [8, 8], "as it was");
    }

    #[test]
    fn the_clients_of_a_call_are_sent_to_one_worker_and_calls_to_all_of_them() {
        let relay = description(&[1, 2, 3]);
        let mut seen = std::collections::BTreeSet::new();
        for id in 0..=255 {
            let at = relay.at(CallId::from_random([id; 16]));
            assert!(at.candidates.iter().all(|one| one.port == at.candidates[0].port));
            seen.insert(at.candidates[0].port);
        }
        assert_eq!(seen.len(), 3);
    }

    #[test]
    fn what_is_no_description_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("relay.json");
        description(&[]).write(&file).unwrap();
        assert!(Elsewhere::find(&file).is_err());
        Description { fingerprint: "0f".into(), ..description(&[1]) }.write(&file).unwrap();
        assert!(Elsewhere::find(&file).is_err());
    }
}
