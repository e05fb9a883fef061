//! How much memory a world takes, roughly. Nothing that happens in a world depends on it.

/// How much memory a world takes, in bytes, roughly.
#[derive(Clone, Debug, Default)]
pub(super) struct Footprint {
    /// What a copy of the world does not share with it.
    pub(super) alone: u64,
    /// What it does share: lists over indices of the log, always in the same order.
    pub(super) lists: Vec<Span>,
}

/// A list that holds something for each index of the log from one to another.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    /// The index before the first.
    pub(super) after: u64,
    /// The last one.
    pub(super) last: u64,
    /// How many bytes it takes for each.
    pub(super) bytes: u64,
}

/// A copy of a list does not share its last entries, about this many: half a chunk.
const UNSHARED: u64 = 32;

impl Footprint {
    /// Takes this much for itself.
    pub(super) fn add(&mut self, bytes: u64) {
        self.alone += bytes;
    }

    pub(super) fn add_list(&mut self, span: Span) {
        self.alone += span.len().min(UNSHARED) * span.bytes;
        self.lists.push(span);
    }

    /// All of it.
    pub(super) fn all(&self) -> u64 {
        let list = |span: &Span| span.len() * span.bytes;
        self.alone + self.lists.iter().map(list).sum::<u64>()
    }

    /// What its lists hold that those of a later moment of the same world don't.
    pub(super) fn beyond(&self, later: &Self) -> u64 {
        let pairs = self.lists.iter().zip(&later.lists);
        let gone = |(one, later): (&Span, &Span)| {
            let end = later.after.clamp(one.after, one.last.max(one.after));
            (end - one.after) * one.bytes
        };
        pairs.map(gone).sum()
    }

    /// What its lists hold that those of an earlier moment of the same world don't.
    pub(super) fn since(&self, earlier: &Self) -> u64 {
        let pairs = self.lists.iter().zip(&earlier.lists);
        let new = |(one, earlier): (&Span, &Span)| {
            one.last.saturating_sub(earlier.last.max(one.after)) * one.bytes
        };
        pairs.map(new).sum()
    }
}

impl Span {
    fn len(&self) -> u64 {
        self.last.saturating_sub(self.after)
    }
}
