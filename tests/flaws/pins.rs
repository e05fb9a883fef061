//! The table of what is pinned about each flaw: how soon the adversary finds it, and what its
//! demonstration shows. The docs of `raftarium::flaw` have it, too.

use std::fmt::Write as _;
use std::sync::Mutex;

use raftarium::flaw::Flaw;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/flaws/pins.md");

const HEAD: &str = "\
| flaw | found in world | breaks there | demonstration breaks | replicas | actions | event | ms | digest at 5 s |
|---|---|---|---|---|---|---|---|---|
";

/// One row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pin {
    /// The first seed with which the adversary finds it.
    pub(crate) seed: u64,
    /// The property that breaks then.
    pub(crate) found: String,
    pub(crate) shown: Shown,
}

/// What a demonstration shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) property: String,
    pub(crate) replicas: u64,
    pub(crate) actions: u64,
    /// The event and the millisecond in which the property breaks.
    pub(crate) event: u64,
    pub(crate) ms: u64,
    /// The digest of the world after five seconds.
    pub(crate) digest: String,
}

/// Whether what is found is to be written down, and not compared.
pub(crate) fn is_update() -> bool {
    std::env::var_os("UPDATE_PINS").is_some()
}

/// The row of each flaw, in the order of the flaws. A new flaw has none yet, which is an empty
/// one.
pub(crate) fn read() -> Vec<(Flaw, Pin)> {
    let table = std::fs::read_to_string(PATH).expect("the table is there");
    let row_of = |flaw: Flaw| {
        let start = format!("| `{}` |", flaw.name());
        let row = table.lines().find_map(|line| line.strip_prefix(&start));
        (flaw, row.map_or_else(Pin::default, row_from))
    };
    Flaw::all().map(row_of).collect()
}

fn row_from(row: &str) -> Pin {
    let cells = row.split('|').map(|cell| cell.trim().trim_matches('`'));
    let [
        seed,
        found,
        property,
        replicas,
        actions,
        event,
        ms,
        digest,
        "",
    ] = cells.collect::<Vec<_>>()[..]
    else {
        panic!("this is not a row: {row}");
    };
    let number = |text: &str| text.parse().expect("a number");
    Pin {
        seed: number(seed),
        found: found.into(),
        shown: Shown {
            property: property.into(),
            replicas: number(replicas),
            actions: number(actions),
            event: number(event),
            ms: number(ms),
            digest: digest.into(),
        },
    }
}

/// Writes the table anew, with one part of each row from `change`.
pub(crate) fn update(change: impl Fn(Flaw, &mut Pin)) {
    // Two tests may have parts of it to write.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().expect("no other update failed");
    let mut rows = read();
    for (flaw, pin) in &mut rows {
        change(*flaw, pin);
    }
    let mut table = HEAD.to_owned();
    for (flaw, pin) in rows {
        let Pin { seed, found, shown } = pin;
        let Shown {
            property,
            replicas,
            actions,
            event,
            ms,
            digest,
        } = shown;
        writeln!(
            table,
            "| `{}` | {seed} | `{found}` | `{property}` | {replicas} | {actions} | {event} | {ms} | `{digest}` |",
            flaw.name()
        )
        .expect("it is a string");
    }
    std::fs::write(PATH, table).expect("the table can be written");
}
