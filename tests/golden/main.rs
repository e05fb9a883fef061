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

#![cfg(not(target_family = "wasm"))]

mod cluster;
mod commands;
mod whole_world;
mod words;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

/// A script that nobody runs would go stale.
fn assert_all_run(name: &str, listed: &[&str]) {
    let listed: BTreeSet<String> = listed.iter().map(|&name| name.to_owned()).collect();
    let there: BTreeSet<String> = std::fs::read_dir(folder(name))
        .expect("the folder is there")
        .map(|file| file.expect("it can be read").file_name())
        .map(|name| name.into_string().expect("UTF-8"))
        .collect();
    assert_eq!(listed, there);
}

macro_rules! scripts {
    ($folder:ident, $runner:ty: $($name:ident)*) => {
        mod $folder {
            use super::*;

            $(
                #[test]
                fn $name() {
                    let script = folder(stringify!($folder)).join(stringify!($name));
                    goldenscript::run(&mut <$runner>::default(), script)
                        .expect("the script can be run");
                }
            )*

            #[test]
            fn every_script_is_run() {
                assert_all_run(stringify!($folder), &[$(stringify!($name)),*]);
            }
        }
    };
}

scripts! { raft, commands::Script:
    batching
    candidate_asks_again
    candidate_yields
    commit_own_term
    commit_prefix
    commit_with_own_term
    crash_and_restart
    deaf_leader
    election
    figure_7
    follower_diverges
    heartbeats
    last_term
    lost_answer
    noop
    old_leader
    one_replica
    one_vote_a_term
    one_way_cut
    redirect
    refused
    replication
    split_vote
    stale_append
    stale_rejection
    step_down
    up_to_date
    votes_are_counted_once
}

scripts! { world, whole_world::Script:
    durable_before_said
    crash_loses_what_is_not_durable
    group_commit
    lost_answer
    redirect
    pause
    hands
    refusals
}
