//! The protocol's stories as scripts: `golden/raft/*` say what happens to a few bare
//! replicas, and what they do about it stands below each block. They are meant to be
//! read; each opens with its story and the section of the paper that it is about.
//!
//! What a replica does is compared with what stands in the script. After a change
//! that was meant, write the scripts anew and read the difference:
//!
//! ```text
//! UPDATE_GOLDENFILES=1 cargo test --test golden
//! ```

#![cfg(not(target_family = "wasm"))]

mod cluster;
mod commands;
mod words;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/raft")
}

macro_rules! scripts {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                let script = folder().join(stringify!($name));
                goldenscript::run(&mut commands::Script::default(), script)
                    .expect("the script can be run");
            }
        )*

        /// A script that nobody runs would go stale.
        #[test]
        fn every_script_is_run() {
            let listed: BTreeSet<String> = [$(stringify!($name)),*].map(str::to_owned).into();
            let there: BTreeSet<String> = std::fs::read_dir(folder())
                .expect("the folder is there")
                .map(|file| file.expect("it can be read").file_name().into_string().expect("UTF-8"))
                .collect();
            assert_eq!(listed, there);
        }
    };
}

scripts! {
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
