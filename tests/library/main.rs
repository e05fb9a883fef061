//! The core as a library: what a crate that depends on this one builds, and a driver of its own
//! that knows nothing but the public interface.

mod cluster;
mod driver;
mod extremes;
mod package;
