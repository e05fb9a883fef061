//! Bytes as a source of decisions: who chooses the bytes chooses all that happens.

use raftarium::raft::NUMBER_MAX;

pub(crate) struct Chance<'a> {
    bytes: &'a [u8],
}

impl<'a> Chance<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Whether nothing is left to decide with. From then on all is zero.
    pub(crate) fn is_over(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What is left, taken as it is.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.bytes)
    }

    fn byte(&mut self) -> u8 {
        let (first, rest) = self.bytes.split_first().unwrap_or((&0, &[]));
        self.bytes = rest;
        *first
    }

    fn bits(&mut self, bytes: u32) -> u64 {
        (0..bytes).fold(0, |bits, _| bits << 8 | u64::from(self.byte()))
    }

    /// A number in `0..bound`.
    pub(crate) fn below(&mut self, bound: u32) -> u64 {
        let bytes = if bound <= 256 { 1 } else { 4 };
        self.bits(bytes) % u64::from(bound)
    }

    pub(crate) fn index(&mut self, len: usize) -> usize {
        let len = u32::try_from(len).expect("a table is short");
        usize::try_from(self.below(len)).expect("it is below a length")
    }

    pub(crate) fn pick<'t, T>(&mut self, table: &'t [T]) -> &'t T {
        &table[self.index(table.len())]
    }

    /// Once in so many times.
    pub(crate) fn once_in(&mut self, times: u32) -> bool {
        self.below(times) == u64::from(times) - 1
    }

    /// Mostly a number near `base`, sometimes one at the end of its type.
    pub(crate) fn near(&mut self, base: u64) -> u64 {
        match self.below(256) {
            253 => NUMBER_MAX,
            254 => NUMBER_MAX + 1,
            255 => u64::MAX,
            other => base.saturating_add(other % 5).saturating_sub(3),
        }
    }

    /// Any number at all, of any length.
    pub(crate) fn number(&mut self) -> u64 {
        let bytes = u32::try_from(self.below(9)).expect("below nine");
        self.bits(bytes)
    }
}
