//! Test files, run one after the other with each choice of settings, and the table of what
//! came of it. The page and the command line show the same one.

use serde::Serialize;

use super::choice::Choice;
use super::file::TestFile;
use super::outcome::{Grade, Outcome, median_of};
use super::row::{Row, Standing};
use super::run::Run;
use super::settings::Settings;
use crate::sim::Recording;
use crate::sim::scenario::ScenarioError;

/// The most files that a table may have.
pub const FILES_MAX: usize = 1_000;
/// The most seeds that a file is run with.
pub const SEEDS_MAX: u64 = 10_000;

/// The longest title of a run's world, in bytes.
const TITLE_BYTES_MAX: usize = 256;

/// Test files, and what came of them so far.
#[derive(Clone, Debug)]
pub struct Table {
    choices: Vec<(Choice, Settings)>,
    seeds: Option<u64>,
    files: usize,
    lines: Vec<Line>,
    /// The line that is run next.
    at: usize,
    running: Option<Run>,
}

/// A test file with a choice of settings, and what came of it so far.
#[derive(Clone, Debug)]
pub struct Line {
    /// The file's name.
    pub name: String,
    /// With what it is run.
    pub choice: Choice,
    /// The file, or what is wrong with it.
    pub file: Result<TestFile, String>,
    /// The outcome of each run, in the order of the seeds.
    pub outcomes: Vec<Outcome>,
    /// How many runs there are to be.
    pub runs: u64,
    /// The first run that did not pass, or else the first.
    recording: Option<Recording>,
}

/// How far a table is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(target_family = "wasm", derive(tsify::Tsify))]
pub struct Progress {
    /// How many runs are over.
    pub runs_done: u64,
    /// How many there are.
    pub runs: u64,
    /// The file that is being run; none: there is nothing to do any more.
    pub file: Option<String>,
    /// How far its run is, in microseconds of virtual time.
    pub now_us: u64,
    /// How long that run lasts, in microseconds of virtual time.
    pub length_us: u64,
}

impl Table {
    /// A table without files. Each is to be run with each choice, `seeds` times, with the
    /// seeds 1, 2, 3 …; by default once, with its own seed or 1.
    ///
    /// # Errors
    /// If a choice or the number of seeds is beyond its limits.
    pub fn new(choices: &[Choice], seeds: Option<u64>) -> Result<Self, ScenarioError> {
        if seeds.is_some_and(|seeds| !(1..=SEEDS_MAX).contains(&seeds)) {
            let fault = format!("must be 1 to {SEEDS_MAX}");
            return Err(ScenarioError::new("seeds", fault));
        }
        let choices = choices
            .iter()
            .map(|choice| Ok((*choice, choice.settings()?)));
        Ok(Self {
            choices: choices.collect::<Result<_, _>>()?,
            seeds,
            files: 0,
            lines: Vec::new(),
            at: 0,
            running: None,
        })
    }

    /// Adds the file of that text. One that is malformed has a row that says so.
    ///
    /// # Errors
    /// If there are too many files.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), ScenarioError> {
        let file = TestFile::from_json(text).map_err(|error| error.to_string());
        self.push(name, &file)
    }

    /// Adds a file that can't be read: its row says why.
    ///
    /// # Errors
    /// If there are too many files.
    pub fn refuse(&mut self, name: &str, fault: &str) -> Result<(), ScenarioError> {
        self.push(name, &Err(fault.to_owned()))
    }

    fn push(&mut self, name: &str, file: &Result<TestFile, String>) -> Result<(), ScenarioError> {
        if self.files == FILES_MAX {
            let fault = format!("there may be {FILES_MAX} at most");
            return Err(ScenarioError::new("files", fault));
        }
        self.files += 1;
        // A file that can't be run is not run with other settings either.
        let (choices, runs) = match file {
            Ok(_) => (self.choices.len(), self.seeds.unwrap_or(1)),
            Err(_) => (1, 0),
        };
        for (choice, _) in self.choices.iter().take(choices) {
            self.lines.push(Line {
                name: name.to_owned(),
                choice: *choice,
                runs,
                file: file.clone(),
                outcomes: Vec::new(),
                recording: None,
            });
        }
        Ok(())
    }

    /// Goes on for at most `events_max` events of one run. Returns whether there is more to do.
    ///
    /// # Errors
    /// If a setting does not go with a file.
    pub fn advance(&mut self, events_max: u32) -> Result<bool, ScenarioError> {
        let Some(line) = self.due() else {
            return Ok(false);
        };
        let run = match &mut self.running {
            Some(run) => run,
            None => self
                .running
                .insert(self.lines[line].begin(self.seeds, &self.choices)?),
        };
        if !run.advance(events_max) {
            self.lines[line].end(run);
            self.running = None;
        }
        Ok(self.due().is_some())
    }

    /// The line of which a run is due.
    fn due(&mut self) -> Option<usize> {
        let rest = &self.lines[self.at..];
        self.at += rest.iter().take_while(|line| line.is_over()).count();
        (self.at < self.lines.len()).then_some(self.at)
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        let (now_us, length_us) = self.running.as_ref().map_or((0, 0), Run::progress_us);
        let due = self.lines[self.at..].iter().find(|line| !line.is_over());
        Progress {
            runs_done: self.lines.iter().map(|it| it.outcomes.len() as u64).sum(),
            runs: self.lines.iter().map(|it| it.runs).sum(),
            file: due.map(|line| line.name.clone()),
            now_us,
            length_us,
        }
    }

    /// All lines: by file, and of each by choice.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// All lines in words.
    pub fn rows(&self) -> Vec<Row> {
        self.lines.iter().map(Line::row).collect()
    }
}

impl Line {
    fn is_over(&self) -> bool {
        self.outcomes.len() as u64 >= self.runs
    }

    fn begin(
        &self,
        seeds: Option<u64>,
        choices: &[(Choice, Settings)],
    ) -> Result<Run, ScenarioError> {
        let file = self.file.as_ref().expect("no other is run");
        let (_, settings) = choices
            .iter()
            .find(|(choice, _)| *choice == self.choice)
            .expect("it is one of them");
        let seed = match seeds {
            Some(_) => self.outcomes.len() as u64 + 1,
            None => file.seed.unwrap_or(1),
        };
        // Of a long path the end says most.
        let spare = self.name.len().saturating_sub(TITLE_BYTES_MAX);
        let title = &self.name[self.name.ceil_char_boundary(spare)..];
        Run::new(file.clone(), settings, seed, title)
    }

    fn end(&mut self, run: &Run) {
        let outcome = run.outcome();
        let is_first_to_fail = !outcome.passed() && self.outcomes.iter().all(Outcome::passed);
        if self.outcomes.is_empty() || is_first_to_fail {
            self.recording = Some(run.recording());
        }
        self.outcomes.push(outcome);
    }

    /// Whether it was run, and every run so far was correct.
    pub fn passed(&self) -> bool {
        Standing::of(self) == Standing::Passed
    }

    /// The median of each figure over the runs, graded; none: there was no run.
    pub fn medians(&self) -> Vec<Grade> {
        match &self.file {
            Ok(file) if !self.outcomes.is_empty() => {
                median_of(file, self.outcomes.iter().map(|it| &it.tally))
            }
            _ => Vec::new(),
        }
    }

    /// All that is needed to watch the first run that did not pass, or else the first.
    pub fn recording(&self) -> Option<&Recording> {
        self.recording.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::{Reads, shipped};

    fn text(name: &str) -> &'static str {
        shipped()
            .iter()
            .find(|it| it.0 == name)
            .expect("it ships")
            .1
    }

    fn finished(mut table: Table) -> Table {
        while table.advance(u32::MAX).expect("the settings are valid") {}
        table
    }

    #[test]
    fn each_file_has_a_line_for_each_choice_and_a_malformed_one_says_why() {
        let log = Choice {
            reads: Reads::Log,
            ..Choice::default()
        };
        let mut table = Table::new(&[log, Choice::default()], None).expect("they are valid");
        table
            .add("good", text("crash-leader"))
            .expect("there is room");
        table.add("bad", "{").expect("there is room");
        table.refuse("gone", "no such file").expect("there is room");
        assert_eq!(table.progress().runs, 2);
        let waiting = table.rows();
        assert_eq!(waiting[0].passed, "not run");
        assert_eq!(waiting[0].cells, []);
        let rows = finished(table).rows();
        let told: Vec<_> = rows
            .iter()
            .map(|row| {
                (
                    row.file.as_str(),
                    row.settings.as_str(),
                    row.passed.as_str(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("good", "reads log", "yes"),
                ("good", "default", "yes"),
                ("bad", "", "malformed"),
                ("gone", "", "malformed"),
            ]
        );
        assert_eq!(rows[0].cells.len(), 4);
        assert_ne!(rows[0].cells, rows[1].cells);
        assert!(rows[2].remarks[0].contains("line 1"), "{:?}", rows[2]);
        assert_eq!(rows[3].remarks, ["no such file"]);
    }

    #[test]
    fn it_goes_on_in_small_steps_and_can_be_left_at_any_time() {
        let mut table = Table::new(&[Choice::default()], Some(2)).expect("it is valid");
        table
            .add("one", text("crash-leader"))
            .expect("there is room");
        table
            .add("two", text("partition-easy"))
            .expect("there is room");
        let whole = finished(table.clone());
        let mut far = (0, 0);
        while table.progress().runs_done == 0 {
            assert!(table.advance(100).expect("it is valid"));
            let progress = table.progress();
            assert_eq!(progress.file.as_deref(), Some("one"));
            assert!((progress.runs_done, progress.now_us) >= far);
            far = (progress.runs_done, progress.now_us);
        }
        let left = table.rows();
        assert_eq!(left[0].passed, "1 of 1, 1 not run");
        assert_eq!(
            (left[1].passed.as_str(), left[1].standing),
            ("not run", Standing::NotRun)
        );
        let end = finished(table);
        assert_eq!(end.rows(), whole.rows());
        assert_eq!(end.rows()[0].passed, "2 of 2");
        let progress = end.progress();
        assert_eq!(
            (progress.runs_done, progress.runs, progress.file),
            (4, 4, None)
        );
        let recording = end.lines()[1].recording().expect("it was run");
        recording.replay(1_000).expect("it can be watched");
    }

    #[test]
    fn the_first_run_that_failed_is_kept_for_watching() {
        // With most messages lost, some runs answer too little.
        let text = text("simple-reads").replacen('{', "{ \"drops\": 0.8,", 1);
        let mut table = Table::new(&[Choice::default()], Some(12)).expect("it is valid");
        table.add("hard", &text).expect("there is room");
        let table = finished(table);
        let line = &table.lines()[0];
        let failed = line.outcomes.iter().find(|it| !it.passed());
        let failed = failed.expect("some fail").seed;
        assert!(failed > 1, "the first is to pass");
        let row = line.row();
        assert_eq!(
            (row.standing, row.watch_seed),
            (Standing::Failed, Some(failed))
        );
        assert!(row.remarks[0].starts_with(&format!("seed {failed}: ")));
    }

    #[test]
    fn a_file_may_be_called_anything() {
        let mut table = Table::new(&[Choice::default()], None).expect("it is valid");
        let name = format!("{}end", "é".repeat(300));
        table
            .add(&name, text("crash-leader"))
            .expect("there is room");
        let table = finished(table);
        assert_eq!(table.rows()[0].passed, "yes");
        assert_eq!(table.rows()[0].file, name);
        let title = &table.lines()[0].recording().expect("it ran").scenario.title;
        assert!(title.ends_with("éend") && title.len() <= 256, "{title}");
    }

    #[test]
    fn there_are_limits() {
        let said = |seeds| {
            Table::new(&[], Some(seeds))
                .expect_err("too many")
                .to_string()
        };
        assert_eq!(said(0), "seeds: must be 1 to 10000");
        assert_eq!(said(SEEDS_MAX + 1), "seeds: must be 1 to 10000");
        let mut table = Table::new(&[Choice::default()], None).expect("it is valid");
        for _ in 0..FILES_MAX {
            table.add("", "").expect("there is room");
        }
        let error = table.add("", "").expect_err("there is none").to_string();
        assert_eq!(error, "files: there may be 1000 at most");
    }
}
