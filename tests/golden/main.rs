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
mod forged;
mod notation;
mod reasons;
mod render;
mod script;
mod whole_world;

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

scripts! { raft, script::Script:
    batching
    bridge
    candidate_asks_again
    candidate_finds_where_logs_part
    candidate_yields
    check_quorum
    commit_own_term
    commit_prefix
    commit_with_own_term
    crash_and_restart
    deaf_leader
    election
    figure_7
    flow_gap
    flow_heartbeats
    flow_window
    follower_diverges
    heartbeats
    last_term
    lease
    lease_and_drift
    lease_handed_over
    lease_promises
    lost_answer
    membership_joint
    membership_leader_hands_over
    membership_learners
    membership_lost_vote
    membership_one_step
    membership_own_term
    membership_refused
    membership_removes_the_leader
    membership_rollback
    membership_two_majorities
    mixed_settings
    newer_logs_contradict
    noop
    old_leader
    one_replica
    one_vote_a_term
    one_way_cut
    only_one_reaches_a_quorum only_one_reaches_a_quorum_but_is_behind removed_replica learner_forgets_its_leader one_snapshot_at_a_time snapshot_left_behind
    snapshot_late_answer
    snapshot_source_gone
    newest_of_two_logs
    transfer_during_change
    sticky_leader
    pre_vote
    pre_vote_alone
    pre_vote_keeps_vote
    quorum_first
    read_at_a_follower
    read_dropped
    read_index
    read_needs_own_commit
    redirect
    refused
    refused_more
    replication
    retry
    snapshot_chunks
    snapshot_conflict
    snapshot_kept_log
    snapshot_membership
    snapshot_new_leader
    snapshot_restart
    snapshot_resumes
    snapshot_retains
    split_vote
    stale_append
    stale_rejection
    step_down
    sticky_follower
    transfer
    transfer_aborted
    transfer_catches_up
    transfer_refused
    uncommitted_bytes
    up_to_date
    votes_are_counted_once
    without_pre_vote
}

scripts! { world, whole_world::Script:
    bounds
    clients_give_up
    clock_jumps_and_stalls
    clogged_link
    corrupt_disk
    crash_loses_what_is_not_durable
    durable_before_said
    group_commit
    hands
    long_gone
    lost_answer
    pause
    redirect
    refusals
    request_waits
    session_expires
    snapshot_interrupted
    stuck
    torn_write
}
