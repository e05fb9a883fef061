//! All logs side by side, where a shipped scenario makes them differ.

use raftarium::raft::{LogIndex, ReplicaId, Term};

use crate::show::{SECOND, Show};

#[test]
fn the_place_where_logs_differ_is_told_however_far_the_others_are() {
    let mut show = Show::of("diverging-log");
    show.at(SECOND);
    assert_eq!(
        show.world.logs().differ,
        None,
        "each is a beginning of the longest"
    );

    show.at(2_400_000);
    let logs = show.world.logs();
    let differ = logs.differ.expect("R1 has appended what nobody else has");
    assert_eq!(differ.first_index, LogIndex(21));
    assert!(
        logs.last_index.0 > differ.last_index.0 + 10,
        "the others went on"
    );
    assert_eq!(logs.runs[0].first_index, LogIndex(1));
    assert_eq!(logs.runs[0].term, Term(1));
    assert!(
        logs.runs
            .is_sorted_by_key(|run| (run.first_index, run.term))
    );

    // Two columns for each replica: the last one that is equal, and the first that is not.
    let window = show.world.log_window(LogIndex(20), 2);
    assert_eq!(window.len(), 2 * 5);
    let terms: Vec<(i64, i64)> = window.chunks(2).map(|it| (it[0] / 2, it[1] / 2)).collect();
    assert_eq!(terms, [(1, 1), (1, 2), (1, 2), (1, 2), (1, 2)]);
    let entry = |id| {
        show.world
            .entry(ReplicaId(id), LogIndex(21))
            .expect("it is there")
    };
    assert_eq!(entry(1).map(|it| it.term), Some(Term(1)));
    assert_eq!(entry(3).map(|it| it.term), Some(Term(2)));
    assert_eq!(show.world.entry(ReplicaId(1), LogIndex(900)), Ok(None));
    assert!(show.world.entry(ReplicaId(9), LogIndex(1)).is_err());

    show.at(5 * SECOND);
    assert_eq!(show.world.logs().differ, None, "it is repaired");
}

#[test]
fn what_only_a_snapshot_has_is_told_as_such() {
    let mut show = Show::of("snapshot-catch-up");
    show.at(4 * SECOND);
    let logs = show.world.logs();
    let window = show.world.log_window(LogIndex(1), 1);
    assert_eq!(window[0], -1, "R1 has compacted it");
    assert_eq!(window[2] / 2, 1, "R3 still has its first entry, of term 1");
    assert_eq!(logs.first_index, LogIndex(1));
    let beyond = LogIndex(logs.last_index.0 + 1);
    assert!(
        show.world
            .log_window(beyond, 1)
            .iter()
            .all(|&cell| cell == 0)
    );
}
