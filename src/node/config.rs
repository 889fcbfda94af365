//! What can be set about a node.

use super::follow_ups::FollowUpConfig;
use crate::{core::rules::Rules, proto::Heartbeat};

/// What can be set about a node. The defaults are the service's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeConfig {
    /// The rules of the line.
    pub rules: Rules,
    /// How often a client speaks, told to it in `welcome`.
    pub heartbeat: Heartbeat,
    /// Times and costs of follow-ups.
    pub follow_ups: FollowUpConfig,
    /// Whether this is a drill: everybody in it is told so, and it ends for good.
    pub drill: bool,
}

impl Default for NodeConfig {
    fn default() -> Self {
        Self {
            rules: Rules::default(),
            heartbeat: Heartbeat { interval_ms: 3_000, timeout_ms: 10_000 },
            follow_ups: FollowUpConfig::default(),
            drill: false,
        }
    }
}
