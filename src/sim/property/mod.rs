//! What must hold of every world, and what must happen in some: each property by its
//! name, what it says, and where it comes from.
//!
//! "Raft" is the paper of Ongaro and Ousterhout (2014), "thesis" Ongaro's dissertation
//! of the same year.

pub mod violation;

use serde::Serialize;

/// A property of worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Property {
    /// A stable name, for command lines and reports.
    pub name: &'static str,
    /// What it says, in one sentence.
    pub statement: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// Of which kind it is.
    pub kind: Kind,
}

/// When a property is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It holds at every moment of every world. A world that breaks it is a failure.
    Always,
    /// It holds at some moment of some world of a campaign. A campaign in which it never
    /// does has not tested what it was meant to.
    Sometimes,
}

impl Property {
    /// What must hold at every moment of every world.
    pub const fn always(name: &'static str, statement: &'static str, source: &'static str) -> Self {
        Self {
            name,
            statement,
            source,
            kind: Kind::Always,
        }
    }

    /// What must happen somewhere in a campaign.
    pub const fn sometimes(
        name: &'static str,
        statement: &'static str,
        source: &'static str,
    ) -> Self {
        Self {
            name,
            statement,
            source,
            kind: Kind::Sometimes,
        }
    }
}

/// Makes a constant of each property that the checkers of every world watch, and the list of
/// all of them.
macro_rules! watched {
    ($($(#[$doc:meta])* $property:ident = ($name:literal, $statement:literal, $source:literal,);)*) => {
        $(
            $(#[$doc])*
            pub const $property: &Property = &Property::always($name, $statement, $source);
        )*

        /// All that the checkers of every world watch.
        pub const WATCHED: &[&Property] = &[$($property),*];
    };
}

watched! {
    /// At most one leader can be elected in a given term.
    ELECTION_SAFETY = (
        "election-safety",
        "At most one leader can be elected in a given term.",
        "Raft §5.2, Figure 3",
    );

    /// A leader never overwrites or deletes entries in its log.
    LEADER_APPEND_ONLY = (
        "leader-append-only",
        "A leader never overwrites or deletes entries in its log; it only appends new ones.",
        "Raft §5.3, Figure 3",
    );

    /// Logs with an entry of the same index and term are identical up to it.
    LOG_MATCHING = (
        "log-matching",
        "Two logs that contain an entry with the same index and term are identical in all entries up \
         through that index.",
        "Raft §5.3, Figure 3",
    );

    /// A committed entry is in the logs of all later leaders.
    LEADER_COMPLETENESS = (
        "leader-completeness",
        "An entry committed in a given term is in the logs of the leaders of all higher terms.",
        "Raft §5.4, Figure 3",
    );

    /// No two replicas apply different entries at one index.
    STATE_MACHINE_SAFETY = (
        "state-machine-safety",
        "No two replicas ever apply different entries at the same index.",
        "Raft §5.4.3, Figure 3",
    );

    /// A committed entry is never replaced by another.
    COMMITTED_STAYS = (
        "committed-stays",
        "No other entry is ever committed in the place of a committed one, and nothing is compacted \
         but what a snapshot covers.",
        "Raft §5.4, §7",
    );

    /// What is committed lies on a quorum of disks.
    COMMITTED_ON_QUORUM = (
        "committed-on-quorum",
        "From the moment when a leader commits an entry, a majority of each half of its configuration \
         has it on disk, or a snapshot that covers it; dead replicas count.",
        "Raft §5.3, §5.4.2, §6",
    );

    /// Terms, commit and applied index only rise.
    NEVER_BACK = (
        "never-back",
        "A replica's term never falls, neither in its memory nor on its disk, and its commit index and \
         last applied index never fall while it lives, nor its matchIndex for a follower while it leads.",
        "Raft §5.1, Figure 2",
    );

    /// A vote, once given, stands for its term.
    ONE_VOTE_A_TERM = (
        "one-vote-a-term",
        "A replica votes for one candidate at most in a term, crashes notwithstanding.",
        "Raft §5.2, Figure 2",
    );

    /// The indices of a replica are in their order.
    INDEX_ORDER = (
        "index-order",
        "A replica's snapshot covers no more than it has applied, it has applied no more than is \
         committed, and no more is committed than its log has.",
        "Raft §5.3, §7, Figure 2",
    );

    /// A leader believes of its followers only what is so.
    MATCH_INDEX = (
        "match-index",
        "A leader's matchIndex for a follower is below its nextIndex, and while the follower is in the \
         leader's term its disk holds the leader's log up to there.",
        "Raft §5.3, Figure 2",
    );

    /// Stores are functions of the log.
    EQUAL_STATE = (
        "equal-state",
        "Replicas that have applied the log up to the same index have the same pairs and sessions.",
        "Raft §2",
    );

    /// One change of the membership at a time.
    ONE_UNCOMMITTED_MEMBERSHIP = (
        "one-uncommitted-membership",
        "No log holds a second configuration after one that is not committed.",
        "Raft §6; thesis §4.1",
    );

    /// A replica goes by the latest configuration in its log.
    MEMBERSHIP_OF_LOG = (
        "membership-of-log",
        "The configuration that a replica goes by is the latest in its log, or else the one in its \
         snapshot.",
        "Raft §6, §7",
    );

    /// Nothing leaves before its write.
    WRITE_BEFORE_SEND = (
        "write-before-send",
        "When a message leaves, its sender's disk holds what it vouches for: the term, the vote, the \
         entries, the snapshot.",
        "Raft §5, Figure 2",
    );

    /// A successor that is told to stand has the whole log.
    PREPARED_SUCCESSOR = (
        "prepared-successor",
        "A leader tells a successor to stand only if that one's disk holds the whole log of the leader.",
        "thesis §3.10",
    );

    /// Nothing is written that nobody asked for.
    NO_PHANTOM_WRITES = (
        "no-phantom-writes",
        "A store changes only by what a client asked for, and not when the answer says that nothing \
         was done.",
        "Raft §8",
    );

    /// A retry is harmless.
    EXACTLY_ONCE = (
        "exactly-once",
        "A command takes effect once at most however often it stands in the log, and its copies are \
         answered like the first or not at all.",
        "Raft §8; thesis §6.3",
    );

    /// What a client was told of is there to stay.
    ACKNOWLEDGED_STAYS = (
        "acknowledged-stays",
        "A write that a client was told of stands in the log, committed and applied, with the answer \
         that it was told.",
        "Raft §8",
    );

    /// A read sees what clients had been told of.
    NO_STALE_READ = (
        "no-stale-read",
        "No read misses what a client had been told of before, unless the ground was taken away that \
         its lease rested on: by clocks beyond their bound, or by a timer run out by hand.",
        "Raft §8; thesis §6.4",
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_plain() {
        let mut names: Vec<&str> = WATCHED.iter().map(|property| property.name).collect();
        let plain = |name: &&str| name.bytes().all(|it| it.is_ascii_lowercase() || it == b'-');
        assert!(names.iter().all(plain), "{names:?}");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), WATCHED.len());
        assert!(WATCHED.iter().all(|it| it.kind == Kind::Always));
    }
}
