//! The bytes of a link, before they are deflated.
//!
//! ```text
//! record   = field*                    only what differs from the usual, each number once, in order
//! field    = key value
//! key      = varint(number * 2 + form)
//! value    = varint                    form 0
//!          | varint(length) byte*      form 1: a record, a choice, a list or a text
//! choice   = varint(number) field*
//! list     = value*                    all of one form
//! ```
//!
//! A varint has seven bits in each byte, the lowest first; all bytes but the last have the
//! eighth bit.
//!
//! The numbers are this format. Links are out there for ever, so a number is given once: what is
//! gone takes its number with it, and what is new takes the next. They stand in [`action`],
//! [`scenario`] and [`shared`], beside the names. Neither the order in which Rust has the fields
//! nor what it calls them matters. Whatever has no number there does not compile.
//!
//! What is usual stands in [`usual`], and never changes either: a link leaves it out.

mod action;
mod basic;
mod column;
mod scenario;
mod shared;
mod usual;

use std::cell::Cell;

use crate::sim::scenario::Scenario;

pub(super) use column::Column;
pub(super) use shared::{Digests, Line, Said};
pub(super) use usual::Usual;

/// At most so many items of lists are read from one link, so that no list takes much more memory
/// than its bytes.
pub(super) const ITEMS_MAX: u32 = 65_536;

/// What is wrong with the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WireFault {
    /// There is a number that this version does not know.
    Unknown {
        /// What it is of, such as "an action".
        what: &'static str,
        number: u64,
    },
    /// No version writes that.
    Nonsense,
    /// There is more than a link may have.
    TooMuch,
}

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Number,
    Bytes,
}

/// What a link can say.
pub(super) trait Wire: Usual + PartialEq {
    const FORM: Form;

    /// Writes it, or how it differs from the usual.
    fn write(&self, usual: &Self, out: &mut Writer);

    /// Reads it, or how it differs from the usual, to the end if it is of bytes.
    fn read(usual: &Self, from: &mut Reader<'_>) -> Result<Self, WireFault>;
}

/// The beginning of a field.
#[derive(Clone, Copy)]
pub(super) struct Key {
    pub(super) number: u64,
    form: Form,
}

#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    #[inline(never)]
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    fn value<T: Wire>(&mut self, value: &T, usual: &T) {
        match T::FORM {
            Form::Number => value.write(usual, self),
            Form::Bytes => {
                let mut inner = Self::default();
                value.write(usual, &mut inner);
                self.number(inner.0.len() as u64);
                self.0.append(&mut inner.0);
            }
        }
    }

    /// A field, unless it is as usual.
    pub(super) fn field<T: Wire>(&mut self, number: u64, value: &T, usual: &T) {
        if value != usual {
            let form = u64::from(T::FORM == Form::Bytes);
            self.number(number << 1 | form);
            self.value(value, usual);
        }
    }
}

pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    /// How many items more may be read.
    items: &'a Cell<u32>,
    /// The number of the last field.
    last: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], items: &'a Cell<u32>) -> Self {
        Self {
            bytes,
            items,
            last: 0,
        }
    }

    /// One item more of a list.
    fn take_item(&mut self) -> Result<(), WireFault> {
        let left = self.items.get().checked_sub(1);
        self.items.set(left.ok_or(WireFault::TooMuch)?);
        Ok(())
    }

    /// Takes this byte if it is the next one.
    fn takes(&mut self, byte: u8) -> bool {
        let rest = self.bytes.strip_prefix(&[byte]);
        self.bytes = rest.unwrap_or(self.bytes);
        rest.is_some()
    }

    fn is_over(&self) -> bool {
        self.bytes.is_empty()
    }

    #[inline(never)]
    fn number(&mut self) -> Result<u64, WireFault> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.bytes.split_first().ok_or(WireFault::Nonsense)?;
            self.bytes = rest;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                break;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(WireFault::Nonsense)
    }

    #[inline(never)]
    fn bytes(&mut self) -> Result<Reader<'a>, WireFault> {
        let length = self.number()?;
        let length = usize::try_from(length).map_err(|_| WireFault::Nonsense)?;
        let split = self.bytes.split_at_checked(length);
        let (inner, rest) = split.ok_or(WireFault::Nonsense)?;
        self.bytes = rest;
        Ok(Reader::new(inner, self.items))
    }

    fn value<T: Wire>(&mut self, usual: &T) -> Result<T, WireFault> {
        match T::FORM {
            Form::Number => T::read(usual, self),
            Form::Bytes => {
                let mut inner = self.bytes()?;
                let value = T::read(usual, &mut inner)?;
                if inner.is_over() {
                    Ok(value)
                } else {
                    Err(WireFault::Nonsense)
                }
            }
        }
    }

    /// The key of the next field; none: there is no more.
    #[inline(never)]
    pub(super) fn key(&mut self) -> Result<Option<Key>, WireFault> {
        if self.is_over() {
            return Ok(None);
        }
        let key = self.number()?;
        let number = key >> 1;
        if number <= self.last {
            return Err(WireFault::Nonsense);
        }
        self.last = number;
        let form = match key & 1 {
            0 => Form::Number,
            _ => Form::Bytes,
        };
        Ok(Some(Key { number, form }))
    }

    pub(super) fn field<T: Wire>(&mut self, key: Key, usual: &T) -> Result<T, WireFault> {
        if key.form == T::FORM {
            self.value(usual)
        } else {
            Err(WireFault::Nonsense)
        }
    }

    /// Passes over a field that a newer version has, where nothing depends on it.
    fn skip(&mut self, key: Key) -> Result<(), WireFault> {
        match key.form {
            Form::Number => self.number().map(drop),
            Form::Bytes => self.bytes().map(drop),
        }
    }
}

/// A struct whose fields have numbers: `record!(Type, "what it is" { 1: field, 2: field })`.
/// A field without a number is an error of the compiler, and so is a number that is there twice.
macro_rules! record {
    ($type:ident, $what:literal { $($number:literal: $field:ident),* $(,)? }) => {
        impl $crate::link::wire::Wire for $type {
            const FORM: $crate::link::wire::Form = $crate::link::wire::Form::Bytes;

            // Else each of them is in the wasm wherever there is one.
            #[inline(never)]
            fn write(&self, usual: &Self, out: &mut $crate::link::wire::Writer) {
                let Self { $($field),* } = self;
                $(out.field($number, $field, &usual.$field);)*
            }

            #[inline(never)]
            fn read(
                usual: &Self,
                from: &mut $crate::link::wire::Reader<'_>,
            ) -> Result<Self, $crate::link::wire::WireFault> {
                let mut read = usual.clone();
                while let Some(key) = from.key()? {
                    match key.number {
                        $($number => read.$field = from.field(key, &usual.$field)?,)*
                        number => {
                            let what = $what;
                            return Err($crate::link::wire::WireFault::Unknown { what, number });
                        }
                    }
                }
                Ok(read)
            }
        }
    };
}
use record;

/// An enum whose variants have numbers, and the fields of each:
/// `choice!(Type, "what it is" { 0: Variant { 1: field }, 1: Other {} })`.
macro_rules! choice {
    ($type:ident, $what:literal {
        $($number:literal: $variant:ident { $($at:literal: $field:ident),* $(,)? }),* $(,)?
    }) => {
        impl $crate::link::wire::Wire for $type {
            const FORM: $crate::link::wire::Form = $crate::link::wire::Form::Bytes;

            #[inline(never)]
            fn write(&self, _: &Self, out: &mut $crate::link::wire::Writer) {
                match self {
                    $(Self::$variant { $($field),* } => {
                        out.number($number);
                        $(out.field($at, $field, &$crate::link::wire::Usual::usual());)*
                    })*
                }
            }

            #[inline(never)]
            #[allow(unused_mut, clippy::never_loop, reason = "some variants have no fields")]
            fn read(
                _: &Self,
                from: &mut $crate::link::wire::Reader<'_>,
            ) -> Result<Self, $crate::link::wire::WireFault> {
                let what = $what;
                match from.number()? {
                    $($number => {
                        $(let mut $field = $crate::link::wire::Usual::usual();)*
                        while let Some(key) = from.key()? {
                            match key.number {
                                $($at => {
                                    let usual = $crate::link::wire::Usual::usual();
                                    $field = from.field(key, &usual)?;
                                })*
                                number => {
                                    return Err($crate::link::wire::WireFault::Unknown {
                                        what,
                                        number,
                                    });
                                }
                            }
                        }
                        Ok(Self::$variant { $($field),* })
                    })*
                    number => Err($crate::link::wire::WireFault::Unknown { what, number }),
                }
            }
        }
    };
}
use choice;

/// An enum of mere names: `names!(Type, "what it is" { 0: Name, 1: Other })`.
macro_rules! names {
    ($type:ident, $what:literal { $($number:literal: $name:ident),* $(,)? }) => {
        impl $crate::link::wire::Wire for $type {
            const FORM: $crate::link::wire::Form = $crate::link::wire::Form::Number;

            fn write(&self, _: &Self, out: &mut $crate::link::wire::Writer) {
                out.number(match self {
                    $(Self::$name => $number,)*
                });
            }

            fn read(
                _: &Self,
                from: &mut $crate::link::wire::Reader<'_>,
            ) -> Result<Self, $crate::link::wire::WireFault> {
                match from.number()? {
                    $($number => Ok(Self::$name),)*
                    number => {
                        let what = $what;
                        Err($crate::link::wire::WireFault::Unknown { what, number })
                    }
                }
            }
        }
    };
}
use names;

/// The bytes that stand for a scenario.
pub(super) fn bytes_of(scenario: &Scenario) -> Vec<u8> {
    let mut out = Writer::default();
    scenario.write(&Scenario::usual(), &mut out);
    out.into_bytes()
}
