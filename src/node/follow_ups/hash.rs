//! The hash of a follow-up code: Argon2id, on threads that nothing else waits for, few at a time.

use std::{fmt, sync::Arc};

use argon2::{Algorithm, Argon2, Params, Version};
use tokio::{sync::Semaphore, task};

use super::FollowUpError;
use crate::core::follow_up::code::Typed;

/// Bytes of a hash.
const LENGTH: usize = 32;
/// Codes that are hashed at once at most.
const AT_ONCE: usize = 2;
/// Codes that are hashed or wait for it at most; one more is refused.
const PLACES: usize = 16;

/// What one hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashWork {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

/// RFC 9106, section 4, the second recommended option, in one lane.
impl Default for HashWork {
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3 }
    }
}

/// All that is kept of a code.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::node) struct CodeHash(String);

impl CodeHash {
    /// 64 hex digits.
    pub(in crate::node) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeHash(..)")
    }
}

/// Hashes codes.
#[derive(Clone)]
pub(super) struct Hasher {
    work: HashWork,
    places: Arc<Semaphore>,
    workers: Arc<Semaphore>,
}

impl Hasher {
    pub(super) fn new(work: HashWork) -> Self {
        let [places, workers] = [PLACES, AT_ONCE].map(|permits| Arc::new(Semaphore::new(permits)));
        Self { work, places, workers }
    }

    /// The hash of a code. Whatever was typed takes as long as any other.
    pub(super) async fn hash(&self, salt: [u8; 16], typed: Typed) -> Result<CodeHash, FollowUpError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| FollowUpError::Busy)?;
        let worker = Arc::clone(&self.workers).acquire_owned().await.map_err(|_| FollowUpError::Busy)?;
        let work = self.work;
        let hashing = task::spawn_blocking(move || {
            // Both are held until it is done, also when nobody waits for it any longer.
            let _held = (place, worker);
            let params = Params::new(work.memory_kib, work.passes, 1, Some(LENGTH))?;
            let mut hash = [0; LENGTH];
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
                typed.as_bytes(),
                &salt,
                &mut hash,
            )?;
            Ok::<_, argon2::Error>(hash)
        });
        match hashing.await {
            Ok(Ok(hash)) => Ok(CodeHash(hash.iter().map(|byte| format!("{byte:02x}")).collect())),
            Ok(Err(error)) => Err(FollowUpError::Hash(error.to_string())),
            Err(_) => Err(FollowUpError::Hash("the thread ended".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_hash_is_argon2id_of_the_letters_with_the_stated_work() {
        let hasher = Hasher::new(HashWork::default());
        let hash = hasher.hash([7; 16], Typed::read("Otter-CANDLE river")).await.unwrap();
        let mut wanted = [0; LENGTH];
        let params = Params::new(65_536, 3, 1, Some(LENGTH)).unwrap();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(b"ottercandleriver", &[7; 16], &mut wanted)
            .unwrap();
        assert_eq!(hash.as_str(), wanted.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    }

    #[tokio::test]
    async fn more_than_a_few_that_wait_are_refused_and_none_before_that_is() {
        let hasher = Hasher::new(HashWork { memory_kib: 8, passes: 1 });
        // Nobody is served while these are held.
        let held = hasher.workers.clone().acquire_many_owned(AT_ONCE as u32).await.unwrap();
        let waiting: Vec<_> = (0..PLACES)
            .map(|number| {
                let (hasher, typed) = (hasher.clone(), Typed::read(&"a".repeat(number + 1)));
                tokio::spawn(async move { hasher.hash([1; 16], typed).await })
            })
            .collect();
        while hasher.places.available_permits() > 0 {
            task::yield_now().await;
        }
        let refused = hasher.hash([1; 16], Typed::read("late")).await;
        assert!(matches!(refused, Err(FollowUpError::Busy)));
        drop(held);
        for hash in waiting {
            hash.await.unwrap().unwrap();
        }
    }
}
