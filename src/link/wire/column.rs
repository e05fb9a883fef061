//! Numbers that are of about the same size, in hardly more bits than they need.
//!
//! ```text
//! column = varint(count) varint(low) bit*       the bits from the highest of each byte on
//! number = zeros one high* low*                 exponential Golomb, of the order `low`
//! ```
//!
//! The `low` lowest bits of a number are written as they are. Before them stand the others, plus
//! one: as many zeros as that has bits after its first, and then itself. How many are low is
//! chosen for each column, so that it is short. Six hundred times between what a person does take
//! a third less than as varints, and `deflate` can do nothing for those.

use super::{Form, Reader, Wire, WireFault, Writer};

/// The numbers of a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::link) struct Column(pub(in crate::link) Vec<u64>);

/// No number of a link has more bits.
const BITS_MAX: u32 = 54;

impl Column {
    /// How many low bits make it shortest.
    fn low(&self) -> u32 {
        let bits = |low: u32| -> u32 {
            let each = self.0.iter().map(|number| {
                let high = (number >> low) + 1;
                low + 2 * high.ilog2() + 1
            });
            each.sum()
        };
        (0..BITS_MAX).min_by_key(|&low| bits(low)).unwrap_or(0)
    }
}

impl Wire for Column {
    const FORM: Form = Form::Bytes;

    fn write(&self, _: &Self, out: &mut Writer) {
        let low = self.low();
        out.number(self.0.len() as u64);
        out.number(u64::from(low));
        let mut bits = Bits::default();
        for &number in &self.0 {
            let high = (number >> low) + 1;
            bits.push(0, high.ilog2());
            bits.push(high, high.ilog2() + 1);
            bits.push(number, low);
        }
        out.0.append(&mut bits.bytes);
    }

    fn read(_: &Self, from: &mut Reader<'_>) -> Result<Self, WireFault> {
        let count = from.number()?;
        let low = from.number()?;
        let low = u32::try_from(low).ok().filter(|&it| it < BITS_MAX);
        let low = low.ok_or(WireFault::Nonsense)?;
        let mut bits = Taken {
            bytes: std::mem::take(&mut from.bytes),
            taken: 0,
        };
        let mut numbers = Vec::new();
        for _ in 0..count {
            from.take_item()?;
            let mut zeros = 0;
            while bits.take(1)? == 0 {
                zeros += 1;
                if zeros + low > BITS_MAX {
                    return Err(WireFault::Nonsense);
                }
            }
            let high = (1 << zeros) + bits.take(zeros)? - 1;
            numbers.push(high << low | bits.take(low)?);
        }
        bits.end()?;
        Ok(Self(numbers))
    }
}

/// Bits on their way out.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    /// How many bits of the last byte are taken; 0: all.
    taken: u32,
}

impl Bits {
    /// The lowest bits of a number, the highest of them first.
    fn push(&mut self, number: u64, count: u32) {
        for place in (0..count).rev() {
            if self.taken == 0 {
                self.bytes.push(0);
            }
            let last = self.bytes.last_mut().expect("there is one");
            *last |= u8::from(number >> place & 1 == 1) << (7 - self.taken);
            self.taken = (self.taken + 1) % 8;
        }
    }
}

/// Bits on their way in.
struct Taken<'a> {
    bytes: &'a [u8],
    /// How many bits of the first byte are taken.
    taken: u32,
}

impl Taken<'_> {
    fn take(&mut self, count: u32) -> Result<u64, WireFault> {
        let mut number = 0;
        for _ in 0..count {
            let (first, rest) = self.bytes.split_first().ok_or(WireFault::Nonsense)?;
            number = number << 1 | u64::from(first >> (7 - self.taken) & 1);
            self.taken = (self.taken + 1) % 8;
            if self.taken == 0 {
                self.bytes = rest;
            }
        }
        Ok(number)
    }

    /// Nothing but zeros may be left, and of them less than a byte.
    fn end(mut self) -> Result<(), WireFault> {
        let left = (8 - self.taken) % 8;
        if self.take(left)? == 0 && self.bytes.is_empty() {
            Ok(())
        } else {
            Err(WireFault::Nonsense)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::raft::NUMBER_MAX;
    use crate::rng::Pcg32;

    fn bytes_of(column: &Column) -> Vec<u8> {
        let mut out = Writer::default();
        column.write(&Column::default(), &mut out);
        out.into_bytes()
    }

    fn column_of(bytes: &[u8], items: u32) -> Result<Column, WireFault> {
        let items = Cell::new(items);
        Column::read(&Column::default(), &mut Reader::new(bytes, &items))
    }

    #[test]
    fn numbers_of_all_sizes_come_back() {
        let mut rng = Pcg32::fork(1, "columns", 0);
        for round in 0..2_000 {
            let bits = rng.below(54);
            let spread = rng.below(54);
            let numbers = (0..round % 50).map(|_| {
                let bits = bits.saturating_sub(rng.below(spread + 1));
                let number = u64::from(rng.next_u32()) << 32 | u64::from(rng.next_u32());
                number & (NUMBER_MAX >> (53 - bits))
            });
            let column = Column(numbers.collect());
            let bytes = bytes_of(&column);
            assert_eq!(column_of(&bytes, 50), Ok(column));
        }
    }

    #[test]
    fn the_bits_are_as_described() {
        // 5 low bits of each; high plus one is 1, 1, 2.
        let column = Column(vec![17, 30, 40]);
        let bits = [0b1100_0111, 0b1110_0100, 0b1000_0000];
        assert_eq!(bytes_of(&column), [&[3, 5][..], &bits].concat());
        assert_eq!(bytes_of(&Column(vec![0; 8])), [8, 0, 0b1111_1111]);
        assert_eq!(bytes_of(&Column::default()), [0, 0]);
    }

    #[test]
    fn nonsense_is_refused_before_it_takes_memory() {
        for bytes in [
            &[1, 0][..],
            &[1, 54, 0],
            &[1, 0, 0, 0, 0, 0, 0, 0, 0, 1],
            &[1, 53, 0b0010_0000, 0, 0, 0, 0, 0, 0, 0],
            &[1, 0, 0b1000_0001],
            &[1, 0, 0b1000_0000, 0],
            &[0xff, 0xff, 0xff, 0xff, 0x0f, 0],
        ] {
            assert_eq!(
                column_of(bytes, u32::MAX),
                Err(WireFault::Nonsense),
                "{bytes:?}"
            );
        }
        assert_eq!(column_of(&[9, 0, 0xff, 0x80], 8), Err(WireFault::TooMuch));
    }
}
