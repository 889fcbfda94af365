//! What the fuzz targets and the ordinary tests share: from bytes to what is done with the audio pipeline, and what must hold
//! then whatever the bytes are.

#[path = "../../src/audio/mod.rs"]
pub mod audio;
pub mod files;
pub mod receiver;
