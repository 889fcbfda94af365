//! The relay and what it imports, for the fuzz targets.

/// Of the core, its identifiers.
#[path = "."]
pub mod core {
    #[path = "../../../src/core/ids.rs"]
    pub mod ids;
}
#[path = "../../../src/legtoken/mod.rs"]
pub mod legtoken;
#[path = "../../../src/relay/mod.rs"]
pub mod relay;
