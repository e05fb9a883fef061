//! A timeline from a recording, and as one.

use super::Timeline;
use super::tree::{Branch, BranchId, ROOT, Tree};
use crate::sim::replay::fault::ReplayError;
use crate::sim::replay::intervention::Intervention;
use crate::sim::replay::moment::Moment;
use crate::sim::replay::recording::{
    BEHAVIOUR, FORMAT, RecordedBranch, Recording, Shown, is_same_digest, short,
};

impl Timeline {
    /// The world of a recording at its beginning. What was done to it then will be done
    /// again. If it has branches, the one that was shown is shown.
    ///
    /// # Errors
    /// What is wrong with the scenario, with the seed, or with the order.
    pub fn follow(recording: Recording) -> Result<Self, ReplayError> {
        recording.check()?;
        let world = recording.beginning()?;
        let behaviour = recording.behaviour;
        let opened = |mut branch: Branch, interventions: Vec<Intervention>, digests: Vec<u32>| {
            let mut digests: Vec<_> = digests.into_iter().map(Some).collect();
            digests.resize(interventions.len(), None);
            let last = interventions.last().map_or(branch.left_at, |last| Moment {
                events: last.after_events + 1,
                at_us: last.at_us,
            });
            branch.end = branch.end.max(last);
            (branch.interventions, branch.digests) = (interventions, digests);
            branch
        };
        let mut root = Branch::beginning(None, Moment::default(), behaviour);
        root.name = recording.name;
        root.end = recording.end.unwrap_or_default();
        let root = opened(root, recording.interventions, recording.digests);
        let mut tree = Tree::new(root);
        for recorded in recording.branches {
            // A new tree gives its branches the numbers of their places.
            let parent = Some(BranchId(recorded.parent));
            let mut branch = Branch::beginning(parent, recorded.left_at, behaviour);
            branch.name = recorded.name;
            branch.end = recorded
                .end
                .unwrap_or(recorded.left_at)
                .max(recorded.left_at);
            tree.add(opened(branch, recorded.interventions, recorded.digests));
        }
        let mut timeline = Self::of(world, tree);
        (timeline.recorded, timeline.digest_bits) = (recording.shown, recording.digest_bits);
        let shown = recording.shown.map_or(ROOT, |shown| BranchId(shown.branch));
        timeline.now.line = timeline.tree.line(shown);
        timeline.arrive();
        Ok(timeline)
    }

    /// All that is needed to see the branch that is shown again, from its beginning to its end,
    /// without the others.
    pub fn recording(&self) -> Recording {
        let all = (0..).map_while(|number| self.tree.intervention(&self.now.line, number));
        let interventions: Vec<_> = all.cloned().collect();
        let world = self.world();
        let behaviour = if interventions.len() > self.now.done {
            // The rest was made by the version that made the recording.
            self.tree.get(self.shown()).behaviour
        } else {
            BEHAVIOUR
        };
        Recording {
            behaviour,
            ..Recording::new(world.scenario().clone(), world.seed(), interventions)
        }
    }

    /// All that is needed to see all branches again, and the moment that is shown.
    pub fn tree(&self) -> Recording {
        let world = self.world();
        let mut recording = Recording::new(world.scenario().clone(), world.seed(), Vec::new());
        let places: Vec<BranchId> = self.tree.iter().map(|(id, _)| id).collect();
        let place = |id: BranchId| {
            let place = places.iter().position(|it| *it == id);
            place
                .and_then(|place| u32::try_from(place).ok())
                .unwrap_or(0)
        };
        for (_, branch) in self.tree.iter() {
            let cut = |digest: u32| digest & (u32::MAX >> (u32::BITS - self.digest_bits));
            let digests = branch.digests.iter().map_while(|it| it.map(cut)).collect();
            let (interventions, name) = (branch.interventions.clone(), branch.name.clone());
            let end = Some(branch.end);
            if let Some(parent) = branch.parent {
                recording.branches.push(RecordedBranch {
                    parent: place(parent),
                    left_at: branch.left_at,
                    name,
                    interventions,
                    digests,
                    end,
                });
            } else {
                (recording.interventions, recording.digests) = (interventions, digests);
                (recording.name, recording.end) = (name, end);
            }
            if branch.behaviour != BEHAVIOUR && branch.seen.events < branch.end.events {
                recording.behaviour = branch.behaviour;
            }
        }
        (recording.format, recording.digest_bits) = (FORMAT, self.digest_bits);
        recording.shown = Some(Shown {
            branch: place(self.shown()),
            events: world.events(),
            at_us: world.now_us(),
            digest: Some(self.short_digest()),
        });
        recording
    }

    /// An intervention was repeated: was it so when it was recorded?
    pub(super) fn compare_digest(&mut self, number: usize) {
        let (digest, now_us) = (self.short_digest(), self.world().now_us());
        let parts = self.now.line.parts().iter();
        let Some(part) = parts.rev().find(|part| part.before <= number) else {
            return;
        };
        let bits = self.digest_bits;
        let branch = self.tree.get_mut(part.branch);
        let Some(recorded) = branch.digests.get_mut(number - part.before) else {
            return;
        };
        if recorded.is_some_and(|recorded| !is_same_digest(recorded, digest, bits)) {
            branch.differs_from_us.get_or_insert(now_us);
        }
        *recorded = Some(digest);
    }

    /// The moment is shown that a recording was written at: is it as it was then?
    pub(super) fn compare_shown(&mut self) {
        let now = Moment::of(self.world());
        let (digest, branch) = (self.short_digest(), self.shown());
        let there = |it: &mut Shown| it.moment() == now && BranchId(it.branch) == branch;
        let Some(recorded) = self.recorded.take_if(there) else {
            return;
        };
        if recorded.digest.is_some_and(|recorded| recorded != digest) {
            let branch = self.tree.get_mut(branch);
            branch.differs_from_us.get_or_insert(now.at_us);
        }
    }

    /// The low half of the digest.
    pub(super) fn short_digest(&self) -> u32 {
        short(self.world().digest())
    }
}
