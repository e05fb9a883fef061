//! Vector clocks (Fidge and Mattern, 1988): of two happenings the one with the smaller vector
//! happened before the other.

use std::collections::BTreeMap;

use super::graph::CausalGraph;
use super::happening::{HappeningId, Place};

/// The vector clock of each happening, in order: how many happenings of each place it knows of,
/// its own included.
///
/// Only replicas and clients are processes, and count. What happens elsewhere has the clock that
/// its causes have together.
#[derive(Clone, Debug)]
pub struct VectorClocks {
    places: Vec<Place>,
    clocks: Vec<Vec<u32>>,
}

impl VectorClocks {
    /// Of a whole graph. They take as many numbers as there are happenings, times the places.
    pub fn of(graph: &CausalGraph) -> Self {
        let mut numbers: BTreeMap<Place, usize> = BTreeMap::new();
        for (_, happening) in graph.iter() {
            if is_process(happening.place) {
                numbers.insert(happening.place, 0);
            }
        }
        for (number, (_, it)) in numbers.iter_mut().enumerate() {
            *it = number;
        }
        let mut clocks: Vec<Vec<u32>> = Vec::with_capacity(graph.len());
        for (id, happening) in graph.iter() {
            let mut clock = vec![0; numbers.len()];
            for cause in graph.direct_causes(id) {
                for (known, &theirs) in clock.iter_mut().zip(&clocks[cause.0 as usize]) {
                    *known = theirs.max(*known);
                }
            }
            if let Some(&number) = numbers.get(&happening.place) {
                clock[number] += 1;
            }
            clocks.push(clock);
        }
        Self {
            places: numbers.into_keys().collect(),
            clocks,
        }
    }

    /// The places, in the order of the numbers in a clock.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The clock of a happening; none: there is no such happening.
    pub fn get(&self, id: HappeningId) -> Option<&[u32]> {
        self.clocks.get(id.0 as usize).map(Vec::as_slice)
    }
}

/// Whether things happen there one after the other.
pub(super) fn is_process(place: Place) -> bool {
    matches!(place, Place::Replica(_) | Place::Client(_))
}
