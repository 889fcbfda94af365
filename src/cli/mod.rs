//! The commands, one file each.

pub mod authority;
pub mod relay;
