//! A world to be seen again: what was done to it, and the way back.

mod recorder;
mod recording;
mod timeline;

pub use recorder::Recorder;
pub use recording::{BEHAVIOUR, Intervention, Recording, ReplayError, ReplayFault};
pub use timeline::{Timeline, TimelineError, Weight};
