//! How much memory a world takes, roughly. Nothing that happens in a world depends on it.

/// How much memory a world takes, in bytes, roughly.
#[derive(Clone, Debug, Default)]
pub(super) struct Footprint {
    /// What a copy of the world does not share with it.
    pub(super) alone: u64,
    /// What it does share: the entries that any replica has, or a checker remembers.
    pub(super) entries: Span,
}

/// Something for each index of the log from one to another.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    /// The index before the first.
    pub(super) after: u64,
    /// The last one.
    pub(super) last: u64,
    /// How many bytes it takes for each.
    pub(super) bytes: u64,
}

impl Footprint {
    /// Takes this much for itself.
    pub(super) fn add(&mut self, bytes: u64) {
        self.alone += bytes;
    }

    /// All of it.
    pub(super) fn all(&self) -> u64 {
        self.alone + self.entries.len() * self.entries.bytes
    }

    /// What it has of entries that a later moment of the same world has not.
    pub(super) fn beyond(&self, later: &Self) -> u64 {
        let (one, later) = (&self.entries, &later.entries);
        let end = later.after.clamp(one.after, one.last.max(one.after));
        (end - one.after) * one.bytes
    }

    /// What it has of entries that an earlier moment of the same world has not.
    pub(super) fn since(&self, earlier: &Self) -> u64 {
        let (one, earlier) = (&self.entries, &earlier.entries);
        one.last.saturating_sub(earlier.last.max(one.after)) * one.bytes
    }
}

impl Span {
    fn len(&self) -> u64 {
        self.last.saturating_sub(self.after)
    }
}
