//! The commands of the scripts.

use crate::notation::{AnEntry, Id, Link, Members, Place, Purpose, Which};

/// What a script can say. Replicas are called by their numbers, a link `1-2` leads
/// from R1 to R2, an entry `3@2/a` has index 3, term 2 and the command `a`, and
/// `3@2` is a no-op. See `notation` for the rest.
#[derive(goldenscript::Command)]
pub(crate) enum Command {
    /// Starts this many replicas, and `spares` more that don't belong to the cluster. A
    /// heartbeat goes out every 2 ticks, an election timeout is 10 to 20 ticks. With
    /// `rounds=true` messages are told with their rounds of heartbeats.
    Cluster {
        replicas: u16,
        #[arg(key, optional)]
        spares: u16,
        #[arg(key, optional)]
        rounds: bool,
        /// How soon a follower is asked again, in ticks; zero: with the heartbeat.
        #[arg(key, optional)]
        retry: u32,
        #[arg(key)]
        entries_max: Option<usize>,
        #[arg(key)]
        bytes_max: Option<usize>,
        #[arg(key)]
        window: Option<usize>,
        #[arg(key)]
        window_bytes: Option<usize>,
        #[arg(key)]
        quorum_first: Option<bool>,
        #[arg(key)]
        pre_vote: Option<bool>,
        #[arg(key)]
        check_quorum: Option<bool>,
        /// By how much clocks may differ, in parts per million.
        #[arg(key)]
        lease: Option<u32>,
        #[arg(key)]
        chunk: Option<usize>,
        #[arg(key)]
        uncommitted_max: Option<usize>,
    },
    /// Some settings of one replica change.
    Configure {
        replica: Id,
        #[arg(key)]
        pre_vote: Option<bool>,
        #[arg(key)]
        check_quorum: Option<bool>,
        #[arg(key)]
        quorum_first: Option<bool>,
        /// By how much clocks may differ, in parts per million.
        #[arg(key)]
        lease: Option<u32>,
        /// The shortest election timeout in ticks; the longest is twice as long.
        #[arg(key)]
        timeout: Option<u32>,
    },
    /// A replica starts anew, with this on its disk.
    Disk {
        replica: Id,
        #[arg(key)]
        term: u64,
        #[arg(key)]
        vote: Option<Id>,
        #[arg(optional)]
        log: Vec<AnEntry>,
    },
    /// The election timer of a replica runs out.
    Campaign(Id),
    /// The clock of a replica ticks, once or more often.
    Tick { replica: Id, times: Option<u32> },
    /// A replica sleeps through so many ticks.
    Sleep { replica: Id, ticks: u32 },
    /// Clients hand commands to a replica, one after the other.
    Propose { replica: Id, commands: Vec<String> },
    /// A client asks a replica for a read, which it names by a number.
    Read { replica: Id, read: u64 },
    /// Somebody asks a replica for another membership.
    Change { replica: Id, members: Members },
    /// Somebody asks a replica to hand over the leadership, to whom it likes or to this one.
    Transfer { replica: Id, to: Option<Id> },
    /// The state machine of a replica hands over its state after the entry `through`; so
    /// many entries before that stay in the log.
    Snapshot {
        replica: Id,
        through: u64,
        state: String,
        #[arg(key, optional)]
        retain: u64,
    },
    /// What is on its way now arrives: all of it, or some messages (`m7`) or links.
    /// What is sent meanwhile stays on its way.
    Deliver(#[arg(optional)] Vec<Which>),
    /// Messages arrive until none is on its way.
    Settle,
    /// What is on its way is lost: all of it, or some.
    Lose(#[arg(optional)] Vec<Which>),
    /// A second copy of a message sets out.
    Duplicate(Vec<Which>),
    /// From now on what is sent on these links is lost.
    Cut(Vec<Link>),
    /// All links work again.
    Heal,
    /// A replica dies; its disk stays.
    Crash(Id),
    /// It comes back with what its disk holds.
    Restart(Id),
    /// Tells the state of all replicas.
    Status,
    /// Tells the logs of all replicas.
    Log,
    /// Tells who belongs to the cluster, as far as each replica knows.
    Members,
    /// Tells what is on its way.
    Flight,

    // --- messages that nobody sent ---
    /// `RequestVote`, arriving at the link's end, or at another replica.
    RequestVote {
        link: Link,
        #[arg(key)]
        term: u64,
        #[arg(key)]
        log: Place,
        #[arg(key)]
        at: Option<Id>,
        #[arg(key)]
        purpose: Option<Purpose>,
    },
    /// The answer to it.
    Vote {
        link: Link,
        #[arg(key)]
        term: u64,
        #[arg(key)]
        granted: bool,
        #[arg(key, optional)]
        pre_vote: bool,
    },
    /// `AppendEntries`.
    Append {
        link: Link,
        #[arg(key)]
        term: u64,
        #[arg(key)]
        after: Place,
        #[arg(key, optional)]
        commit: u64,
        #[arg(optional)]
        entries: Vec<AnEntry>,
    },
    /// The answer "match".
    Accepted {
        link: Link,
        #[arg(key)]
        term: u64,
        #[arg(key = "match")]
        match_index: u64,
    },
    /// The answer "no match"; `there` is the term of the entry that conflicts.
    Rejected {
        link: Link,
        #[arg(key)]
        term: u64,
        #[arg(key)]
        at: u64,
        #[arg(key)]
        there: Option<u64>,
        #[arg(key)]
        from: u64,
    },
    /// The answer "your term is over".
    Stale {
        link: Link,
        #[arg(key)]
        term: u64,
    },
    /// `InstallSnapshot`, with a chunk that begins at the byte `offset`.
    Install {
        link: Link,
        chunk: String,
        #[arg(key)]
        term: u64,
        #[arg(key)]
        last: Place,
        #[arg(key)]
        members: Members,
        #[arg(key, optional)]
        offset: u64,
        #[arg(key)]
        total: u64,
    },
    /// The answer to it.
    Received {
        link: Link,
        #[arg(key)]
        term: u64,
        #[arg(key)]
        last: Place,
        #[arg(key)]
        bytes: u64,
    },
    /// `ReadIndex`.
    AskRead {
        link: Link,
        #[arg(key)]
        term: u64,
        #[arg(key)]
        read: u64,
    },
    /// The answer to it.
    ReadIndex {
        link: Link,
        #[arg(key)]
        term: u64,
        #[arg(key)]
        read: u64,
        #[arg(key)]
        index: u64,
    },
    /// `TimeoutNow`.
    TimeoutNow {
        link: Link,
        #[arg(key)]
        term: u64,
    },
}
