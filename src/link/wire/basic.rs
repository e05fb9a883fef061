//! Numbers, texts, lists, and what has a form of its own.

use super::{Form, Reader, Wire, WireFault, Writer};
use crate::kv::ClientId;
use crate::raft::{LogIndex, ReplicaId};
use crate::sim::action::{MessageId, Target};
use crate::sim::ratio::Ratio;

macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl Wire for $type {
            const FORM: Form = Form::Number;

            fn write(&self, _: &Self, out: &mut Writer) {
                out.number(u64::from(*self));
            }

            fn read(_: &Self, from: &mut Reader<'_>) -> Result<Self, WireFault> {
                from.number()?.try_into().map_err(|_| WireFault::Nonsense)
            }
        }
    )*};
}
numbers!(u16, u32, u64);

macro_rules! wrapped {
    ($($type:ident),*) => {$(
        impl Wire for $type {
            const FORM: Form = Form::Number;

            fn write(&self, usual: &Self, out: &mut Writer) {
                self.0.write(&usual.0, out);
            }

            fn read(usual: &Self, from: &mut Reader<'_>) -> Result<Self, WireFault> {
                Wire::read(&usual.0, from).map($type)
            }
        }
    )*};
}
wrapped!(ReplicaId, ClientId, MessageId, LogIndex);

impl Wire for bool {
    const FORM: Form = Form::Number;

    fn write(&self, _: &Self, out: &mut Writer) {
        out.number(u64::from(*self));
    }

    fn read(_: &Self, from: &mut Reader<'_>) -> Result<Self, WireFault> {
        match from.number()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(WireFault::Nonsense),
        }
    }
}

impl Wire for String {
    const FORM: Form = Form::Bytes;

    fn write(&self, _: &Self, out: &mut Writer) {
        out.0.extend_from_slice(self.as_bytes());
    }

    fn read(_: &Self, from: &mut Reader<'_>) -> Result<Self, WireFault> {
        let bytes = std::mem::take(&mut from.bytes);
        let text = str::from_utf8(bytes).map_err(|_| WireFault::Nonsense)?;
        Ok(text.to_owned())
    }
}

/// No bytes: none. Else what there is, as an item of a list would be.
impl<T: Wire> Wire for Option<T> {
    const FORM: Form = Form::Bytes;

    fn write(&self, _: &Self, out: &mut Writer) {
        if let Some(value) = self {
            out.value(value, &T::usual());
        }
    }

    fn read(_: &Self, from: &mut Reader<'_>) -> Result<Self, WireFault> {
        if from.is_over() {
            return Ok(None);
        }
        from.value(&T::usual()).map(Some)
    }
}

impl<T: Wire> Wire for Vec<T> {
    const FORM: Form = Form::Bytes;

    fn write(&self, _: &Self, out: &mut Writer) {
        let usual = T::usual();
        for item in self {
            out.value(item, &usual);
        }
    }

    fn read(_: &Self, from: &mut Reader<'_>) -> Result<Self, WireFault> {
        let usual = T::usual();
        let mut items = Self::new();
        while !from.is_over() {
            from.take_item()?;
            items.push(from.value(&usual)?);
        }
        Ok(items)
    }
}

/// The numerator and the denominator.
impl Wire for Ratio {
    const FORM: Form = Form::Bytes;

    fn write(&self, _: &Self, out: &mut Writer) {
        let (numerator, denominator) = self.parts();
        out.number(u64::from(numerator));
        out.number(u64::from(denominator));
    }

    fn read(_: &Self, from: &mut Reader<'_>) -> Result<Self, WireFault> {
        let mut part = || u32::try_from(from.number()?).map_err(|_| WireFault::Nonsense);
        let parts = (part()?, part()?);
        Self::of_parts(parts.0, parts.1).map_err(|_| WireFault::Nonsense)
    }
}

/// Replicas have the numbers from this one on: R1 is one more.
const REPLICAS: u64 = 8;

impl Wire for Target {
    const FORM: Form = Form::Number;

    fn write(&self, _: &Self, out: &mut Writer) {
        out.number(match self {
            Self::Leader => 0,
            Self::Follower => 1,
            Self::Candidate => 2,
            Self::Crashed => 3,
            Self::Paused => 4,
            Self::Any => 5,
            Self::Replica(ReplicaId(id)) => REPLICAS + u64::from(*id),
        });
    }

    fn read(_: &Self, from: &mut Reader<'_>) -> Result<Self, WireFault> {
        Ok(match from.number()? {
            0 => Self::Leader,
            1 => Self::Follower,
            2 => Self::Candidate,
            3 => Self::Crashed,
            4 => Self::Paused,
            5 => Self::Any,
            number @ ..REPLICAS => {
                let what = "a way to name a replica";
                return Err(WireFault::Unknown { what, number });
            }
            number => {
                let id = u16::try_from(number - REPLICAS).map_err(|_| WireFault::Nonsense)?;
                Self::Replica(ReplicaId(id))
            }
        })
    }
}
