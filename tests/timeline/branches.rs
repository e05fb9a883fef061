use std::collections::BTreeMap;

use raftarium::kv::Operation;
use raftarium::raft::ReplicaId;
use raftarium::rng::Pcg32;
use raftarium::sim::action::{Action, Target};
use raftarium::sim::{
    BranchId, Intervention, Recording, SeekRequest, SeekTo, Timeline, TimelineError,
};

use super::{assert_recent, busy, dice, in_slices, moment, run, seeds};

/// Makes something of a tree wrong.
type Spoil = fn(&mut Recording);

const ROOT: BranchId = BranchId(0);

fn crash(id: u16) -> Action {
    Action::crash(ReplicaId(id))
}

fn restart(id: u16) -> Action {
    let replica = ReplicaId(id).into();
    Action::Restart { replica }
}

fn go(timeline: &mut Timeline, branch: BranchId, to: SeekTo) {
    let progress = timeline.seek(SeekRequest::on(branch, to)).unwrap().finish();
    assert!(progress.done && progress.found);
}

/// Something that a hand does, whatever of it can be done.
fn act(timeline: &mut Timeline, dice: &mut Pcg32) {
    let id = u16::try_from(dice.between(1, 5)).unwrap();
    let action = match dice.below(6) {
        0 | 1 => crash(id),
        2 => restart(id),
        3 => Action::Isolate {
            replica: Target::Leader,
        },
        4 => Action::HealAll {},
        _ => Action::TimeOut {
            replica: ReplicaId(id).into(),
        },
    };
    // What is refused changes nothing, the branches neither.
    let before = (timeline.branches(), moment(timeline.world()));
    if timeline.apply(action).is_err() {
        assert_eq!((timeline.branches(), moment(timeline.world())), before);
    }
}

/// Steps, seeks, and things done here and there, for as long as it takes; a model knows of each
/// branch what was done on it.
#[test]
fn every_branch_is_what_was_done_on_it() {
    for seed in seeds(12) {
        let mut dice = dice(seed);
        let mut timeline = Timeline::new(busy(40), seed);
        let mut known: BTreeMap<BranchId, Vec<Intervention>> = BTreeMap::new();
        for _ in 0..60 {
            match dice.below(8) {
                0..=2 => {
                    let events = timeline.world().events() + dice.between(1, 1_500);
                    run(&mut timeline, events);
                }
                3 => {
                    let to_us = timeline.world().now_us() + dice.between(1, 3_000);
                    timeline.advance(to_us);
                }
                4 | 5 => {
                    let branches = timeline.branches().branches;
                    let place = dice.between(0, branches.len() as u64 - 1);
                    let branch = &branches[usize::try_from(place).unwrap()];
                    let to = SeekTo::Events(dice.between(0, branch.end.events));
                    let seek = timeline.seek(SeekRequest::on(branch.id, to)).unwrap();
                    in_slices(seek, &mut dice);
                    assert_eq!(timeline.shown(), branch.id);
                }
                _ => act(&mut timeline, &mut dice),
            }
            let shown = timeline.shown();
            known.insert(shown, timeline.recording().interventions);
        }
        check_all(&mut timeline, &known, seed);

        // It is all there again from a file.
        let tree = timeline.tree();
        let text = serde_json::to_string(&tree).unwrap();
        let read = Recording::from_json(&text).expect("it was written so");
        assert_eq!(read, tree);
        let mut opened = Timeline::follow(read).expect("it was written so");
        let shown = tree.shown.expect("something is");
        let on = opened.shown();
        go(&mut opened, on, SeekTo::Events(shown.events));
        opened.advance(shown.at_us);
        assert_eq!(moment(opened.world()), moment(timeline.world()));
        let names = |timeline: &Timeline| {
            let all = timeline.branches().branches.into_iter();
            let all = all.map(|it| (it.parent, it.left_at, it.name, it.end, it.interventions));
            all.collect::<Vec<_>>()
        };
        assert_eq!(names(&opened), names(&timeline));
        for (number, branch) in opened.branches().branches.iter().enumerate() {
            go(&mut opened, branch.id, SeekTo::End {});
            let straight = tree.line(number).unwrap().replay(branch.end.events);
            assert_eq!(
                straight.unwrap().digest(),
                opened.world().digest(),
                "seed {seed}, branch {number}"
            );
        }
        let all = opened.branches().branches;
        assert!(all.iter().all(|it| it.differs_from_us.is_none()));
        let again = opened.tree();
        assert_eq!(again.branches, tree.branches);
        assert_eq!(again.digests, tree.digests);
    }
}

fn check_all(timeline: &mut Timeline, known: &BTreeMap<BranchId, Vec<Intervention>>, seed: u64) {
    let shown = timeline.shown();
    let here = timeline.world().events();
    let at_us = timeline.world().now_us();
    let tree = timeline.tree();
    let branches = timeline.branches().branches;
    let mut dice = dice(seed + 1);
    for (number, branch) in branches.iter().enumerate() {
        let line = tree.line(number).expect("it is there");
        if let Some(known) = known.get(&branch.id) {
            assert_eq!(&line.interventions, known, "seed {seed}, branch {number}");
        }
        let some = [
            branch.end.events,
            branch.left_at.events,
            dice.between(0, branch.end.events),
        ];
        for events in some {
            go(timeline, branch.id, SeekTo::Events(events));
            let straight = line.replay(events).expect("it has happened");
            assert_eq!(
                timeline.world().digest(),
                straight.digest(),
                "seed {seed}, {number}"
            );
            assert_eq!(
                timeline.world().view(),
                straight.view(),
                "seed {seed}, {number}"
            );
            assert_recent(timeline, &super::straight(&line, events), seed);
        }
    }
    go(timeline, shown, SeekTo::Events(here));
    timeline.advance(at_us);
    assert_eq!(
        timeline.branches().branches,
        branches,
        "looking changes nothing"
    );
}

/// The story of the issue: crash a replica in the past, go on, and find the old branch as it was.
#[test]
fn what_is_done_in_the_past_begins_a_branch_and_the_old_one_stays() {
    let mut timeline = Timeline::new(busy(50), 9);
    run(&mut timeline, 5_000);
    timeline.apply(crash(2)).unwrap();
    run(&mut timeline, 9_000);
    let end = moment(timeline.world());

    // Back, and forth again: what was done is done again.
    timeline.rewind(4_000).unwrap();
    assert_eq!(timeline.branches().branches.len(), 1);
    run(&mut timeline, 9_000);
    assert_eq!(moment(timeline.world()), end);

    timeline.rewind(4_000).unwrap();
    let left_at_us = timeline.world().now_us();
    timeline.apply(crash(3)).unwrap();
    let other = timeline.shown();
    assert_ne!(other, ROOT);
    run(&mut timeline, 8_000);
    timeline.apply(restart(3)).unwrap();
    assert_eq!(timeline.shown(), other, "at the end it just goes on");
    let there = moment(timeline.world());
    let branches = timeline.branches();
    assert_eq!(branches.branches.len(), 2);
    let branch = &branches.branches[1];
    assert_eq!((branch.parent, branch.interventions), (Some(ROOT), 2));
    assert_eq!(
        (branch.left_at.events, branch.left_at.at_us),
        (4_000, left_at_us)
    );
    assert_eq!(branch.first_action, Some(crash(3)));

    go(&mut timeline, ROOT, SeekTo::End {});
    assert_eq!(moment(timeline.world()), end);
    go(&mut timeline, other, SeekTo::End {});
    assert_eq!(moment(timeline.world()), there);

    // Before it leaves its parent, a branch is its parent.
    timeline.rewind(2_000).unwrap();
    assert_eq!(timeline.shown(), other);
    timeline.apply(crash(1)).unwrap();
    let branches = timeline.branches();
    assert_eq!(branches.branches[2].parent, Some(ROOT));
    assert_eq!(branches.shown, branches.branches[2].id);
}

#[test]
fn branches_are_named_deleted_and_brought_back() {
    let mut timeline = Timeline::new(busy(20), 9);
    run(&mut timeline, 3_000);
    timeline.rewind(1_000).unwrap();
    timeline.apply(crash(1)).unwrap();
    let one = timeline.shown();
    run(&mut timeline, 2_500);
    timeline.rewind(2_000).unwrap();
    timeline.apply(crash(2)).unwrap();
    let two = timeline.shown();
    run(&mut timeline, 2_600);
    let there = moment(timeline.world());
    timeline.rename(two, "Without the two").unwrap();
    assert_eq!(
        timeline.rename(two, &"x".repeat(81)),
        Err(TimelineError::Name)
    );
    assert_eq!(timeline.rename(two, "a\nb"), Err(TimelineError::Name));
    assert_eq!(
        timeline.rename(BranchId(9), "x"),
        Err(TimelineError::NoSuchBranch(9))
    );
    assert_eq!(timeline.delete(ROOT), Err(TimelineError::FirstBranch));

    let before = timeline.branches();
    timeline.delete(one).unwrap();
    let after = timeline.branches();
    assert_eq!((after.shown, after.branches.len()), (ROOT, 1));
    assert_eq!(after.now.events, 1_000);
    assert_eq!((after.deleted[0].id, after.deleted[0].branches), (one, 2));
    assert_eq!(timeline.restore(two), Err(TimelineError::NotDeleted(two.0)));
    timeline.restore(one).unwrap();
    assert_eq!(timeline.branches().branches, before.branches);
    go(&mut timeline, two, SeekTo::End {});
    assert_eq!(moment(timeline.world()), there);

    // What comes from what is gone can't come back before it.
    timeline.delete(two).unwrap();
    timeline.delete(one).unwrap();
    assert_eq!(
        timeline.restore(two),
        Err(TimelineError::ParentDeleted(two.0))
    );
    timeline.restore(one).unwrap();
    timeline.restore(two).unwrap();
    assert_eq!(timeline.branches().branches, before.branches);
    assert_eq!(timeline.restore(two), Err(TimelineError::NotDeleted(two.0)));
}

#[test]
fn there_are_as_many_branches_as_there_may_be_and_no_more() {
    let mut timeline = Timeline::new(busy(20), 9);
    run(&mut timeline, 300);
    let ask = |number: usize| Action::Request {
        client: None,
        operation: Operation::Get {
            key: number.to_string(),
        },
        reads: None,
    };
    for number in 1..raftarium::sim::BRANCHES_MAX {
        timeline.rewind(200).unwrap();
        timeline.apply(ask(number)).unwrap();
        // The same once more is what is known to come.
        timeline.rewind(200).unwrap();
        timeline.apply(ask(number)).unwrap();
        assert_eq!(timeline.branches().branches.len(), number + 1);
    }
    assert_eq!(timeline.branches().room, 0);
    timeline.rewind(100).unwrap();
    let before = moment(timeline.world());
    let refused = timeline.apply(Action::HealAll {});
    assert_eq!(refused, Err(TimelineError::TooManyBranches));
    assert_eq!(moment(timeline.world()), before);
    let shown = timeline.shown();
    timeline.delete(shown).unwrap();
    timeline.apply(Action::HealAll {}).unwrap();
    // All of them go into a file.
    let tree = timeline.tree();
    tree.check().unwrap();
    assert!(Timeline::follow(tree).is_ok());
}

#[test]
fn two_branches_are_held_against_each_other() {
    let mut timeline = Timeline::new(busy(50), 9);
    run(&mut timeline, 6_000);
    timeline.rewind(3_000).unwrap();
    let leader = timeline.world().view().leader.expect("somebody leads");
    timeline.apply(Action::crash(leader)).unwrap();
    let other = timeline.shown();
    run(&mut timeline, 7_000);
    let end_us = timeline.branches().branches[0].end.at_us;
    let before = moment(timeline.world());
    let mut compare = timeline.compare(ROOT, other, None).unwrap();
    assert!(compare.comparison().is_none());
    while !compare.advance(&timeline, 500).done {
        assert!(compare.progress().left > 0);
    }
    let compared = compare.comparison().expect("it is done");
    assert_eq!(moment(timeline.world()), before, "what is shown stays");
    assert_eq!(compared.differ_after.map(|it| it.events), Some(3_000));
    assert_eq!(compared.first[1], Some(Action::crash(leader)));
    let tree = timeline.tree();
    for (place, side) in compared.sides.iter().enumerate() {
        let straight = tree.line(place).unwrap().replay(side.now.events).unwrap();
        assert_eq!(side.digest, format!("{:016x}", straight.digest()));
        assert!(side.now.at_us <= end_us);
    }
    let of_leader = &compared.replicas[usize::from(leader.0) - 1];
    assert_ne!(of_leader.a.status, of_leader.b.status);
    assert!(
        compared
            .told
            .iter()
            .any(|it| it.a.is_some() && it.b.is_none())
    );
    assert!(compared.told.iter().all(|it| it.a != it.b));

    // Before they part there is no difference to see.
    let mut compare = timeline.compare(other, ROOT, Some(400_000)).unwrap();
    while !compare.advance(&timeline, 10_000).done {}
    let compared = compare.comparison().expect("it is done");
    assert_eq!(compared.sides[0].digest, compared.sides[1].digest);
    assert!(
        compared
            .replicas
            .iter()
            .all(|it| it.log_differs_at.is_none() && it.store.is_empty())
    );
    assert_eq!(compared.differ_after.map(|it| it.events), Some(3_000));

    // A branch does not differ from itself.
    let mut compare = timeline.compare(other, other, None).unwrap();
    while !compare.advance(&timeline, 10_000).done {}
    let compared = compare.comparison().expect("it is done");
    assert_eq!((compared.differ_after, compared.told.len()), (None, 0));
    let unknown = timeline.compare(ROOT, BranchId(9), None).unwrap_err();
    assert_eq!(unknown, TimelineError::NoSuchBranch(9));
}

/// As a page does it: what is due is looked at, and then happens.
#[test]
fn a_file_of_another_version_says_from_when_on_it_goes_differently() {
    let mut timeline = Timeline::new(busy(20), 9);
    run(&mut timeline, 1_000);
    timeline.apply(crash(1)).unwrap();
    run(&mut timeline, 2_000);
    timeline.apply(restart(1)).unwrap();
    let mut tree = timeline.tree();
    assert_eq!(tree.digests.len(), 2);
    tree.digests[1] ^= 1;
    let at_us = tree.interventions[1].at_us;
    let mut opened = Timeline::follow(tree).expect("it is one");
    run(&mut opened, 2_000);
    assert_eq!(opened.branches().branches[0].differs_from_us, None);
    run(&mut opened, 2_001);
    assert_eq!(opened.branches().branches[0].differs_from_us, Some(at_us));
}

#[test]
fn a_malformed_tree_is_refused_with_its_place() {
    let mut timeline = Timeline::new(busy(20), 9);
    run(&mut timeline, 1_000);
    timeline.rewind(500).unwrap();
    timeline.apply(crash(1)).unwrap();
    let good = timeline.tree();
    let refused = |change: fn(&mut Recording)| {
        let mut tree = good.clone();
        change(&mut tree);
        Timeline::follow(tree)
            .expect_err("something is wrong")
            .to_string()
    };
    let cases: [(Spoil, &str); 8] = [
        (
            |it| it.format = 3,
            "format: this version reads forms 1 to 2, not 3",
        ),
        (
            |it| it.branches[0].parent = 1,
            "branches[0].parent: there is no such branch before it",
        ),
        (
            |it| it.branches[0].left_at.events = 501,
            "branches[0].interventions[0]: it is out of order",
        ),
        (
            |it| it.branches[0].name = "x".repeat(81),
            "branches[0].name: a name has at most 80",
        ),
        (
            |it| it.branches[0].digests = vec![1, 2],
            "branches[0].digests: there are more of them",
        ),
        (
            |it| it.branches[0].left_at.at_us = u64::MAX,
            "branches[0].left_at: must be 0 to",
        ),
        (
            |it| it.shown.as_mut().unwrap().branch = 2,
            "shown.branch: there is no such branch",
        ),
        (
            |it| it.branches = vec![it.branches[0].clone(); 256],
            "branches: at most 255, not 256",
        ),
    ];
    for (change, said) in cases {
        let error = refused(change);
        assert!(error.starts_with(said), "{error}");
    }
}
