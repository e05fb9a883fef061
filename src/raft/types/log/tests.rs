use super::*;
use crate::raft::types::membership::Membership;
use crate::raft::types::message::Payload;

fn log(terms: &[u64]) -> Log {
    let mut log = Log::default();
    for (&term, index) in terms.iter().zip(1..) {
        log.push(Entry {
            index: LogIndex(index),
            term: Term(term),
            payload: Payload::Command(vec![0; 10].into()),
        });
    }
    log
}

#[test]
fn finds_the_ends_of_terms() {
    let log = log(&[1, 1, 3, 3, 3, 7]);
    assert_eq!(log.first_index_of_term_at(LogIndex(5)), Some(LogIndex(3)));
    assert_eq!(log.first_index_of_term_at(LogIndex(7)), None);
    assert_eq!(log.last_index_of_term(Term(3)), Some(LogIndex(5)));
    assert_eq!(log.last_index_of_term(Term(2)), None);
    assert_eq!(log.last_index_of_term(Term(0)), None);
    assert_eq!(log.last_index_of_term(Term(9)), None);
}

#[test]
fn finds_where_another_log_may_still_be_the_same() {
    let place = |index, term| Position {
        index: LogIndex(index),
        term: Term(term),
    };
    let mut log = log(&[1, 1, 3, 3, 3, 7]);
    for (bound, found) in [
        (place(6, 7), place(6, 7)),
        (place(9, 9), place(6, 7)),
        (place(9, 6), place(5, 3)),
        (place(4, 9), place(4, 3)),
        (place(4, 2), place(2, 1)),
        (place(4, 0), place(0, 0)),
        (place(0, 0), place(0, 0)),
    ] {
        assert_eq!(log.last_at_most(bound), Some(found), "{bound}");
    }
    log.compact_through(LogIndex(4));
    assert_eq!(log.last_at_most(place(9, 6)), Some(place(5, 3)));
    assert_eq!(log.last_at_most(place(4, 5)), Some(place(4, 3)));
    assert_eq!(log.last_at_most(place(9, 2)), None);
    assert_eq!(log.last_at_most(place(3, 3)), None);
}

#[test]
fn a_batch_keeps_both_caps_but_is_never_empty() {
    let log = log(&[1; 6]);
    let batch =
        |from, entries_max, bytes_max| log.batch_from(LogIndex(from), entries_max, bytes_max).len();
    assert_eq!(batch(1, 4, 1000), 4);
    assert_eq!(batch(1, 100, 30), 3);
    assert_eq!(batch(1, 100, 5), 1);
    assert_eq!(batch(7, 100, 1000), 0);
    assert_eq!(batch(9, 100, 1000), 0);
}

/// A member's number takes two bytes.
#[test]
fn a_configuration_counts_by_its_members() {
    let mut log = Log::default();
    for index in 1..=3 {
        let members = [1, 2, 3].map(crate::raft::ReplicaId);
        log.push(Entry {
            index: LogIndex(index),
            term: Term(1),
            payload: Payload::Membership(Membership::of_voters(members).into()),
        });
    }
    assert_eq!(log.batch_from(LogIndex(1), 10, 11).len(), 1);
    assert_eq!(log.batch_from(LogIndex(1), 10, 12).len(), 2);
    assert_eq!(log.batch_from(LogIndex(1), 10, 18).len(), 3);
}

#[test]
fn truncation_keeps_the_index_it_names() {
    let mut log = log(&[1, 1, 2]);
    log.truncate_after(LogIndex(2));
    assert_eq!(log.last().index, LogIndex(2));
    log.truncate_after(LogIndex(5));
    assert_eq!(log.len(), 2);
    assert!(!log.is_empty());
    log.truncate_after(LogIndex(0));
    assert!(log.is_empty());
}

/// Also where a place in memory has 32 bits: there, what is 2^32 entries beyond the end
/// was once taken for the beginning.
#[test]
fn no_index_is_too_large_to_ask_for() {
    let mut compacted = log(&[1, 1, 2, 3]);
    compacted.compact_through(LogIndex(2));
    let at_the_end = Log::starting_after(Position {
        index: LogIndex(u64::MAX),
        term: Term(1),
    });
    for log in [Log::default(), log(&[1, 2]), compacted, at_the_end] {
        for number in [0, 1, 2, 1 << 32, 1 << 53, u64::MAX - 1, u64::MAX] {
            let index = LogIndex(number);
            let beyond = index > log.last_index();
            assert!(!beyond || log.get(index).is_none() && log.term_at(index).is_none());
            assert!(!beyond || log.entries_from(index).len() == 0);
            assert!(!beyond || log.batch_from(index, usize::MAX, usize::MAX).is_empty());
            assert!(!beyond || log.first_index_of_term_at(index).is_none());
            let mut shorter = log.clone();
            shorter.truncate_after(index);
            assert_eq!(
                shorter == log,
                log.is_empty() || index >= log.last_index(),
                "{log:?} to {index}"
            );
            assert_eq!(shorter.base(), log.base());
        }
        assert_eq!(log.is_full(), log.last_index().0 >= NUMBER_MAX);
    }
}

#[test]
#[should_panic(expected = "does not follow")]
fn nothing_follows_the_last_number_there_is() {
    let last = Position {
        index: LogIndex(u64::MAX),
        term: Term(1),
    };
    Log::starting_after(last).push(Entry {
        index: last.index.next(),
        term: last.term,
        payload: Payload::Noop,
    });
}

#[test]
fn compaction_keeps_indices_and_the_last_term() {
    let mut log = log(&[1, 1, 2, 3]);
    log.compact_through(LogIndex(3));
    assert_eq!(log.first_index(), LogIndex(4));
    assert_eq!(log.term_at(LogIndex(3)), Some(Term(2)));
    assert_eq!(log.term_at(LogIndex(2)), None);
    assert_eq!(log.last_index_of_term(Term(2)), Some(LogIndex(3)));
    assert_eq!(log.entries_from(LogIndex(1)).len(), 1);
    log.compact_through(LogIndex(1));
    assert_eq!(log.first_index(), LogIndex(4));
    log.truncate_after(LogIndex(3));
    assert_eq!(log.last_index(), LogIndex(3));
}

fn tail(log: &Log) -> &Arc<Chunk> {
    log.tail.as_ref().expect("it has entries")
}

fn entry(index: u64, term: u64) -> Entry {
    Entry {
        index: LogIndex(index),
        term: Term(term),
        payload: Payload::Command(vec![0; 10].into()),
    }
}

fn sent(log: &Log, from: u64) -> Entries {
    log.batch_from(LogIndex(from), 10_000, usize::MAX)
}

/// A leader's entries are in memory once, whoever holds them.
#[test]
fn a_follower_shares_its_leaders_chunks() {
    let mut leader = Log::default();
    let mut follower = Log::default();
    let mut late = Log::starting_after(entry(300, 1).position());
    for index in 1..=700 {
        leader.push(entry(index, 1));
        if index % 3 == 0 {
            follower.extend(&sent(&leader, follower.last_index().next().0));
        }
    }
    follower.extend(&sent(&leader, 700));
    late.extend(&sent(&leader, 301));
    for log in [&follower, &late, &leader.clone()] {
        assert!(Arc::ptr_eq(tail(log), tail(&leader)));
        let chunk = |log: &Log| Arc::clone(log.chunk(1).expect("it is there"));
        assert!(Arc::ptr_eq(&chunk(log), &chunk(&leader)));
    }
    assert_eq!(follower, leader);
    assert_eq!((late.len(), late.first_index()), (400, LogIndex(301)));
    assert_eq!(late.bytes(), leader.bytes_after(LogIndex(300)));
}

#[test]
fn what_goes_another_way_is_copied_and_shared_again_once_it_is_the_same() {
    let mut one = log(&[1; 100]);
    let mut other = one.clone();
    one.push(entry(101, 1));
    // The place is taken.
    other.push(entry(101, 2));
    assert!(!Arc::ptr_eq(tail(&one), tail(&other)));
    assert_eq!((one.last().term, other.last().term), (Term(1), Term(2)));
    assert_eq!((one.len(), other.len()), (101, 101));
    // The second one leads.
    one.truncate_after(LogIndex(100));
    one.extend(&sent(&other, 101));
    assert_eq!(one, other);
    assert!(Arc::ptr_eq(tail(&one), tail(&other)));
}

/// Where a rule is broken, logs differ that should not: neither may see the other's entries.
#[test]
fn a_chunk_with_another_beginning_is_not_taken_over() {
    let leader = log(&[1, 1, 1, 2, 2]);
    let mut follower = log(&[1, 1, 2]);
    follower.extend(&sent(&leader, 4));
    let terms =
        |log: &Log| -> Vec<u64> { log.entries_from(LogIndex(1)).map(|it| it.term.0).collect() };
    assert_eq!(terms(&follower), [1, 1, 2, 2, 2]);
    assert_eq!(terms(&leader), [1, 1, 1, 2, 2]);
    assert_eq!(follower.bytes(), leader.bytes());
    assert_ne!(follower, leader);
}

/// A world that is repeated from a copy writes the same entries again.
#[test]
fn a_copy_that_goes_the_same_way_goes_on_in_the_same_chunk() {
    let mut log = log(&[1; 100]);
    let mut copy = log.clone();
    for index in 101..=256 {
        log.push(entry(index, 1));
        copy.push(entry(index, 1));
        assert!(Arc::ptr_eq(tail(&log), tail(&copy)));
    }
    assert_eq!(log, copy);
}

/// Whatever happens to it, it is what a plain list would be.
#[test]
fn a_log_is_a_list_of_its_entries() {
    let mut rng = crate::rng::Pcg32::new(1, 1);
    let mut logs: Vec<(Log, Vec<Entry>)> = vec![Default::default(); 3];
    for step in 0..3_000u64 {
        let from = rng.below(3) as usize;
        let to = rng.below(3) as usize;
        let term = step / 100 + 1;
        let (log, plain) = &mut logs[to];
        match rng.below(12) {
            0 if !plain.is_empty() => {
                let kept = plain.len()
                    - rng.below(u32::try_from(plain.len().min(300)).unwrap() + 1) as usize;
                log.truncate_after(LogIndex(log.base().index.0 + kept as u64));
                plain.truncate(kept);
            }
            1 if !plain.is_empty() => {
                let dropped = rng.below(u32::try_from(plain.len().min(400)).unwrap()) as usize;
                log.compact_through(plain[dropped].index);
                plain.drain(..=dropped);
            }
            2..6 => {
                for _ in 0..rng.below(90) {
                    let new = entry(log.last_index().next().0, log.last().term.0.max(term));
                    log.push(new.clone());
                    plain.push(new);
                }
            }
            6 => logs[to] = logs[from].clone(),
            _ => {
                let next = log.last_index().next();
                let last = log.last().term;
                let all = logs[from].0.entries(&(next..LogIndex(next.0 + 600)));
                if all
                    .first()
                    .is_some_and(|first| first.index == next && first.term >= last)
                {
                    let (log, plain) = &mut logs[to];
                    log.extend(&all);
                    plain.extend(all.to_vec());
                }
            }
        }
        let (log, plain) = &logs[to];
        assert_eq!(log.len(), plain.len());
        assert!(log.entries_from(LogIndex(0)).eq(plain));
        assert_eq!(log.bytes(), plain.iter().map(Entry::weight).sum::<u64>());
        assert_eq!(log.last(), plain.last().map_or(log.base(), Entry::position));
        let part = plain.len() / 3..plain.len() / 2;
        let index = |place: usize| LogIndex(log.first_index().0 + place as u64);
        let range = index(part.start)..index(part.end);
        assert!(log.range(&range).eq(&plain[part.clone()]));
        assert!(log.entries(&range).iter().eq(&plain[part]));
    }
}

/// A few entries don't keep large ones alive that were compacted.
#[test]
fn large_commands_go_when_they_are_compacted() {
    let mut log = Log::default();
    let large: Vec<Arc<[u8]>> = (0..300).map(|_| vec![0; 10_000].into()).collect();
    for (command, index) in large.iter().zip(1..) {
        log.push(Entry {
            index: LogIndex(index),
            term: Term(1),
            payload: Payload::Command(Arc::clone(command)),
        });
    }
    for through in [100, 255, 290] {
        log.compact_through(LogIndex(through));
        let alive = large
            .iter()
            .filter(|command| Arc::strong_count(command) > 1);
        let needed = 300 - usize::try_from(through).unwrap();
        assert!(alive.count() <= needed + 7, "after {through}");
        assert_eq!(log.len(), needed);
        assert_eq!(log.last_index(), LogIndex(300));
    }
}
