//! Stories as scripts. `golden/raft/*` say what happens to a few bare replicas, and
//! `golden/world/*` to a whole world; what comes of it stands below each block. They are
//! meant to be read; each opens with its story and what of the paper it is about.
//!
//! What happens is compared with what stands in the script. After a change that was
//! meant, write the scripts anew and read the difference:
//!
//! ```text
//! UPDATE_GOLDENFILES=1 cargo test --test golden
//! ```

#[cfg(not(target_family = "wasm"))]
mod cluster;
#[cfg(not(target_family = "wasm"))]
mod collect;
#[cfg(not(target_family = "wasm"))]
mod commands;
#[cfg(not(target_family = "wasm"))]
mod forged;
#[cfg(not(target_family = "wasm"))]
mod notation;
#[cfg(not(target_family = "wasm"))]
mod render;
#[cfg(not(target_family = "wasm"))]
mod script;
#[cfg(not(target_family = "wasm"))]
mod whole_world;

#[cfg(not(target_family = "wasm"))]
fn main() -> std::process::ExitCode {
    collect::run()
}

/// There are no files to compare with.
#[cfg(target_family = "wasm")]
fn main() {}
