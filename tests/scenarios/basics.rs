//! The paper's basic protocol.

use raftarium::kv::Answer;
use raftarium::raft::{LogIndex, ReplicaId, Term};
use raftarium::sim::notice::TraceEvent;
use raftarium::sim::view::{Endpoint, MessageKind, PairView, ReplicaView, RoleKind, Status, View};

use crate::show::{SECOND, Show, crashed, leaders, median, replica};

#[test]
fn first_election() {
    let mut show = Show::of("first-election");
    let view = show.at(SECOND);
    let [(leader, term)] = show.leaders(0, SECOND)[..] else {
        panic!("not one leader: {:?}", show.leaders(0, SECOND));
    };
    assert_eq!(term, Term(1));
    assert_eq!(
        show.elections(0, SECOND),
        [(leader, term)],
        "nobody else stood"
    );
    for replica in &view.replicas {
        assert_eq!(replica.leader, Some(leader));
        assert_eq!(replica.commit_index, LogIndex(1), "the empty entry");
    }
    show.at(20 * SECOND);
    assert_eq!(
        show.elections(SECOND, 20 * SECOND),
        [],
        "heartbeats keep it so"
    );
}

#[test]
fn replicated_put() {
    let mut show = Show::of("replicated-put");
    let view = show.at(2 * SECOND);
    let answers: Vec<Answer> = show
        .answers(0, 2 * SECOND)
        .into_iter()
        .map(|(answer, _)| answer)
        .collect();
    let read = Answer::Value {
        value: Some("1".into()),
    };
    assert_eq!(answers, [Answer::Written, Answer::Written, read]);
    let pair = |key: &str, value: &str| PairView {
        key: key.into(),
        value: value.into(),
    };
    for replica in &view.replicas {
        assert_eq!(show.store(replica.id), [pair("x", "1"), pair("y", "2")]);
    }
}

#[test]
fn leader_crash() {
    let mut show = Show::of("leader-crash");
    let before = show.at(SECOND - 1);
    let old = before.leader.expect("there is a leader to crash");
    let view = show.at(2 * SECOND);
    assert_eq!(replica(&view, old).status, Status::Crashed);
    let [(new, term)] = show.leaders(SECOND, 2 * SECOND)[..] else {
        panic!("not one new leader: {:?}", show.leaders(SECOND, 2 * SECOND));
    };
    assert_ne!(new, old);
    assert!(term > replica(&before, old).term);
    // All that was committed is in the new leader's log.
    let committed = replica(&before, old).commit_index;
    assert!(committed > LogIndex(5), "there was something to lose");
    let upto = usize::try_from(committed.0).expect("a short log");
    assert_eq!(show.log(new)[..upto], show.log(old)[..upto]);

    show.rest(4 * SECOND);
    let view = show.at(5 * SECOND);
    assert_eq!(replica(&view, old).role, RoleKind::Follower);
    show.assert_agreement(&view);
}

#[test]
fn split_vote() {
    let mut show = Show::of("split-vote");
    let view = show.at(10 * SECOND);
    let elected = show.leaders(0, 10 * SECOND);
    let first = elected.first().expect("one leader at last").1;
    assert!(first >= Term(3), "not before the third attempt");
    for term in (1..first.0).map(Term) {
        let stood = show.elections(0, 10 * SECOND);
        let candidates = stood.iter().filter(|stood| stood.1 == term).count();
        assert!(candidates >= 2, "{candidates} candidates in term {term}");
        assert!(elected.iter().all(|leader| leader.1 != term));
    }
    assert_eq!(leaders(&view).len(), 1);
}

#[test]
fn minority_partition() {
    let mut show = Show::of("minority-partition");
    let old = show.at(SECOND - 1).leader.expect("there is a leader");
    let cut_off = show.at(SECOND + 100_000);
    let healing = show.at(3 * SECOND - 1);

    let [(new, term)] = show.leaders(SECOND, 3 * SECOND)[..] else {
        panic!("not one new leader: {:?}", show.leaders(SECOND, 3 * SECOND));
    };
    assert_ne!(new, old);
    // Two leaders at once, of two terms, and only one of them commits.
    assert_eq!(leaders(&healing).len(), 2);
    assert!(term > replica(&healing, old).term);
    let committed = |view: &View, id| replica(view, id).commit_index;
    assert_eq!(committed(&healing, old), committed(&cut_off, old));
    assert!(committed(&healing, new) > committed(&cut_off, new));
    assert!(
        replica(&healing, old).log.last_index > committed(&healing, old),
        "it went on taking commands"
    );

    show.rest(4 * SECOND);
    let view = show.at(6 * SECOND);
    assert!(
        show.said(3 * SECOND, 6 * SECOND)
            .any(|what| matches!(what, TraceEvent::SteppedDown { replica, .. } if *replica == old))
    );
    assert!(show.said_truncated(old));
    show.assert_agreement(&view);
}

#[test]
fn majority_partition() {
    let mut show = Show::of("majority-partition");
    let before = show.at(SECOND - 1);
    let leader = before.leader.expect("there is a leader");
    let term = replica(&before, leader).term;
    let healing = show.at(3 * SECOND - 1);
    assert_eq!(leaders(&healing), [leader], "it leads on");
    assert_eq!(replica(&healing, leader).term, term);
    assert!(
        show.answers(2 * SECOND, 3 * SECOND).len() >= 15,
        "clients hardly notice"
    );

    let alone: Vec<&ReplicaView> = healing
        .replicas
        .iter()
        .filter(|replica| replica.term > term)
        .collect();
    assert_eq!(alone.len(), 2, "two are on their own");
    let highest = alone.iter().map(|replica| replica.term).max();
    assert!(
        highest >= Some(Term(term.0 + 3)),
        "again and again: {highest:?}"
    );

    show.rest(5 * SECOND);
    let view = show.at(6 * SECOND);
    assert!(
        show.said(3 * SECOND, 4 * SECOND).any(
            |what| matches!(what, TraceEvent::SteppedDown { replica, .. } if *replica == leader)
        )
    );
    let next = show.leaders(3 * SECOND, 6 * SECOND);
    assert!(next.iter().all(|next| Some(next.1) > highest));
    // Those on their own lacked entries, so the first to win is one of the other three.
    assert!(alone.iter().all(|alone| alone.id != next[0].0));
    show.assert_agreement(&view);
}

#[test]
fn diverging_log() {
    let cut_off = ReplicaId(1);
    let mut show = Show::of("diverging-log");
    let view = show.at(SECOND - 1);
    assert_eq!(view.leader, Some(cut_off));
    let common = replica(&view, cut_off).log.last_index;
    let apart = show.at(2_500_000 - 1);
    assert_eq!(apart.leader, Some(ReplicaId(3)), "it took over by hand");
    // The same places, other entries.
    let (old, new) = (show.log(cut_off), show.log(ReplicaId(3)));
    let differing = old.iter().zip(&new).filter(|(old, new)| old != new).count();
    assert!(differing >= 3, "{differing} entries differ");
    assert!(new.len() > old.len() + 3, "the leader has to go back");

    // Two rejections: the log is too short, then another term stands at its end.
    let mut rejections = Vec::new();
    while !show.said_truncated(cut_off) {
        assert!(show.world.now_us() < 4 * SECOND, "it is never repaired");
        show.at(show.world.next_due().expect("the world goes on").at_us);
        for message in show.world.messages() {
            let mine = message.from == Endpoint::Replica(cut_off);
            if mine && message.kind == MessageKind::AppendRejected {
                rejections.push(message.id);
            }
        }
    }
    rejections.dedup();
    assert_eq!(rejections.len(), 2);
    let kept = show.said(0, 4 * SECOND).find_map(|what| match *what {
        TraceEvent::LogTruncated {
            replica,
            last_index,
        } if replica == cut_off => Some(last_index),
        _ => None,
    });
    assert!(kept >= Some(common));

    let view = show.at(5 * SECOND);
    show.assert_agreement(&view);
}

#[test]
fn figure_8() {
    let mut show = Show::of("figure-8");
    let terms = |show: &Show| -> Vec<Vec<u64>> {
        let log = |id| {
            show.log(ReplicaId(id))
                .iter()
                .map(|entry| entry.term.0)
                .collect()
        };
        (1..=5).map(log).collect()
    };
    // (a) to (d) of the figure, whose terms are one higher.
    show.at(450_000);
    assert_eq!(
        terms(&show),
        [vec![1, 1], vec![1, 1], vec![1], vec![1], vec![1]]
    );
    show.at(590_000);
    assert_eq!(
        terms(&show),
        [vec![1, 1], vec![1, 1], vec![1], vec![1], vec![1, 2]]
    );
    let majority = show.at(830_000);
    assert_eq!(majority.leader, Some(ReplicaId(1)));
    assert_eq!(
        terms(&show),
        [vec![1, 1, 3], vec![1, 1], vec![1, 1], vec![1], vec![1, 2]]
    );
    let committed = majority.replicas.iter().map(|replica| replica.commit_index);
    assert!(committed.max() <= Some(LogIndex(1)), "x counts for nothing");
    show.at(SECOND + 100_000);
    assert_eq!(show.leaders(850_000, SECOND), [(ReplicaId(5), Term(4))]);
    assert_eq!(terms(&show)[1..3], [vec![1, 2, 4], vec![1, 2, 4]]);
    assert_eq!(
        show.answers(0, SECOND),
        [],
        "nobody was told that x is written"
    );

    show.at(3 * SECOND);
    assert_eq!(show.answers(0, 3 * SECOND).len(), 1);
    let view = show.at(4 * SECOND);
    show.assert_agreement(&view);
}

#[test]
fn one_way_cut() {
    let (leader, deaf) = (ReplicaId(1), ReplicaId(2));
    let mut show = Show::of("one-way-cut");
    assert_eq!(show.at(SECOND - 1).leader, Some(leader));
    let view = show.at(4 * SECOND - 1);
    let stood = show.elections(SECOND, 4 * SECOND);
    assert_eq!(stood.first().map(|stood| stood.0), Some(deaf));
    let elected = show.leaders(SECOND, 4 * SECOND);
    // Its log is behind, so it does not win at once.
    assert_ne!(
        elected.first().map(|leader| leader.0),
        Some(deaf),
        "{elected:?}"
    );
    let stepped_down = show
        .said(SECOND, 4 * SECOND)
        .filter(
            |what| matches!(what, TraceEvent::SteppedDown { replica, .. } if *replica == leader),
        )
        .count();
    assert!(stepped_down >= 1);
    // In the end somebody leads whom everyone can hear.
    assert_ne!(view.leader, Some(leader));
    assert_eq!(show.elections(3 * SECOND, 4 * SECOND), []);
    show.rest(5 * SECOND);
    let view = show.at(6 * SECOND);
    show.assert_agreement(&view);
}

#[test]
fn deaf_leader() {
    let leader = ReplicaId(1);
    let mut show = Show::of("deaf-leader");
    let deaf = show.at(SECOND + 50_000);
    assert_eq!(deaf.leader, Some(leader));
    let healing = show.at(3 * SECOND - 1);
    assert_eq!(healing.leader, Some(leader), "nobody else stood");
    assert_eq!(show.elections(SECOND, 3 * SECOND), []);
    assert_eq!(
        replica(&healing, leader).commit_index,
        replica(&deaf, leader).commit_index
    );
    assert_eq!(show.answers(SECOND + 100_000, 3 * SECOND), []);

    show.at(4 * SECOND);
    assert!(show.answers(3 * SECOND, 3 * SECOND + 500_000).len() >= 2);
    assert_eq!(
        show.elections(3 * SECOND, 4 * SECOND),
        [],
        "and still nobody"
    );
}

#[test]
fn lossy_network() {
    let mut show = Show::of("lossy-network");
    show.rest(10 * SECOND);
    let view = show.at(13 * SECOND);
    let counters = view.counters;
    assert!(
        counters.lost_messages * 6 > counters.replica_messages,
        "{counters:?}"
    );
    assert!(
        counters.lost_messages * 4 < counters.replica_messages,
        "{counters:?}"
    );
    assert!(
        counters.elections_won >= 2,
        "an election for no better reason"
    );
    assert!(counters.answered_operations >= 190, "{counters:?}");
    let mut view = view;
    for second in 14..20 {
        if view
            .replicas
            .iter()
            .all(|replica| replica.last_applied == view.replicas[0].last_applied)
        {
            break;
        }
        view = show.at(second * SECOND);
    }
    show.assert_agreement(&view);
}

#[test]
fn lost_answer() {
    let mut show = Show::of("lost-answer");
    show.rest(10 * SECOND);
    show.at(13 * SECOND);
    // Some command stands in the log twice.
    let mut commands: Vec<(u16, u64)> = show
        .log(ReplicaId(1))
        .into_iter()
        .filter_map(|entry| entry.command)
        .map(|command| (command.client.0, command.sequence))
        .collect();
    let all = commands.len();
    commands.sort_unstable();
    commands.dedup();
    assert!(
        commands.len() + 5 < all,
        "{all} entries, {} commands",
        commands.len()
    );
    // And all of them were answered once, with their first answer.
    let answers = show.answers(0, 13 * SECOND);
    assert_eq!(answers.len(), commands.len());
    assert!(answers.iter().all(|(answer, _)| *answer == Answer::Written));
    assert_eq!(
        show.world.view().counters.answered_operations,
        commands.len() as u64
    );
}

#[test]
fn slow_disk() {
    let mut show = Show::of("slow-disk");
    show.at(6 * SECOND);
    let before = show.answers(SECOND, 2 * SECOND);
    let after = show.answers(3 * SECOND, 6 * SECOND);
    assert!(median(&before) < 100_000, "{}", median(&before));
    assert!(median(&after) > 150_000, "{}", median(&after));
    assert_eq!(show.elections(SECOND, 6 * SECOND), []);
}

#[test]
fn fast_clock() {
    let hasty = ReplicaId(5);
    let mut show = Show::of("fast-clock");
    assert_eq!(show.at(SECOND - 1).leader, Some(ReplicaId(1)));
    let view = show.at(3 * SECOND - 1);
    let stood = show.elections(SECOND, 3 * SECOND);
    assert!(
        stood.iter().filter(|stood| stood.0 == hasty).count() >= 3,
        "{stood:?}"
    );
    assert_eq!(view.leader, Some(hasty));
    show.at(6 * SECOND);
    let (_, last) = *show.leaders(0, 6 * SECOND).last().expect("one leads");
    assert_eq!(last, replica(&view, hasty).term, "it stays calm");
    assert!(show.answers(4 * SECOND, 6 * SECOND).len() >= 35);
}

#[test]
fn lost_majority() {
    let mut show = Show::of("lost-majority");
    let four = show.at(2 * SECOND - 1);
    assert_eq!(crashed(&four), 2);
    assert!(
        !show.answers(SECOND + 700_000, 2 * SECOND).is_empty(),
        "three are enough"
    );
    let stuck = show.at(2 * SECOND + 200_000);
    assert_eq!(crashed(&stuck), 3);
    let still = show.at(3 * SECOND - 1);
    assert_eq!(
        still.counters.committed_entries,
        stuck.counters.committed_entries
    );
    assert_eq!(show.leaders(2 * SECOND, 3 * SECOND), [], "two elect nobody");
    let again = show.at(5 * SECOND);
    assert!(again.counters.committed_entries > still.counters.committed_entries);
    assert!(show.answers(3 * SECOND, 5 * SECOND).len() >= 10);
}

#[test]
fn power_cut() {
    let mut show = Show::of("power-cut");
    let before = show.at(SECOND - 1);
    let committed = replica(&before, before.leader.expect("it leads")).commit_index;
    assert!(committed > LogIndex(10));
    let dark = show.at(SECOND + 400_000);
    assert_eq!(crashed(&dark), 5);
    assert!(
        dark.replicas.iter().all(|replica| replica.keys == 0),
        "memory is gone"
    );

    show.rest(3 * SECOND);
    let view = show.at(4 * SECOND);
    for replica in &view.replicas {
        assert!(replica.last_applied > committed, "{}", replica.id);
        assert!(replica.keys > 0);
    }
    show.assert_agreement(&view);
}

#[test]
fn big_cluster() {
    let mut show = Show::of("big-cluster");
    assert!(show.at(SECOND - 1).leader.is_some());
    let view = show.at(5 * SECOND);
    assert_eq!(crashed(&view), 25);
    assert!(view.leader.is_some());
    assert!(
        show.answers(4 * SECOND, 5 * SECOND).len() >= 5,
        "26 still answer"
    );
}
