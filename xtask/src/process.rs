//! Running other programs, and saying what went wrong.
//!
//! The standard library's `Command` and no process library: a failure here shows the line to
//! type at the root of the checkout, with its folder and its variables. `xshell` and `duct`
//! show the program and its arguments only, so `line` would have to stay.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, io};

/// What went wrong, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    hint: String,
}

pub(crate) type Outcome = Result<(), Failure>;

impl Failure {
    pub(crate) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: hint.into(),
        }
    }

    /// A file could not be read or written.
    pub(crate) fn file(path: &Path, error: &io::Error) -> Self {
        Self::new(
            format!("{}: {error}", path.display()),
            "check that the checkout is complete and can be written to",
        )
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.hint)
    }
}

/// The root of the checkout.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies inside the checkout")
}

/// The page's folder.
pub(crate) fn www() -> PathBuf {
    root().join("www")
}

/// Cargo's target folder, wherever the user's configuration puts it: this program lies in it.
pub(crate) fn target() -> PathBuf {
    env::current_exe()
        .ok()
        .and_then(|program| Some(program.ancestors().nth(2)?.to_path_buf()))
        .unwrap_or_else(|| root().join("target"))
}

/// Where `setup` installs the wasm tools.
pub(crate) fn tools() -> PathBuf {
    target().join("tools")
}

/// A command at the root of the checkout that finds the project's own tools first and is
/// never asked a question.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(
        [tools().join("bin")]
            .into_iter()
            .chain(env::split_paths(&path)),
    )
    .unwrap_or(path);
    let mut command = Command::new(program);
    command
        .current_dir(root())
        .env("PATH", path)
        .stdin(Stdio::null());
    command
}

/// Cargo, of the toolchain that runs this program.
pub(crate) fn cargo() -> Command {
    command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A program of the page's packages, run in the page's folder.
pub(crate) fn node_tool(name: &str) -> Command {
    let file = if cfg!(windows) {
        format!("{name}.cmd")
    } else {
        name.to_owned()
    };
    let mut command = command(www().join("node_modules/.bin").join(file));
    command.current_dir(www());
    command
}

/// Runs a command to its end, its output going to the terminal.
pub(crate) fn run(command: &mut Command) -> Outcome {
    judge(command.status(), command)
}

/// Runs a command to its end, its output going to a file.
pub(crate) fn run_into(command: &mut Command, log: &File) -> Outcome {
    let output = log
        .try_clone()
        .and_then(|copy| Ok((copy, log.try_clone()?)))
        .map_err(|error| Failure::new(error.to_string(), "cannot write the log"))?;
    command.stdout(output.0).stderr(output.1);
    judge(command.status(), command)
}

/// What a command prints, if it ran well.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

fn judge(status: io::Result<std::process::ExitStatus>, command: &Command) -> Outcome {
    let program = name(command);
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::new(
            format!("{program} failed ({status})"),
            format!("it was: {}", line(command)),
        )),
        Err(error) => Err(Failure::new(
            format!("cannot run {program} ({error})"),
            "is it installed and on the PATH?",
        )),
    }
}

/// A command as one would type it at the root of the checkout.
pub(crate) fn line(command: &Command) -> String {
    let mut words = Vec::new();
    let place = command
        .get_current_dir()
        .and_then(|place| place.strip_prefix(root()).ok())
        .filter(|place| !place.as_os_str().is_empty());
    if let Some(place) = place {
        words.push(format!("cd {} &&", place.display()));
    }
    for (name, value) in command.get_envs() {
        if let (true, Some(value)) = (name != "PATH", value) {
            let value = quoted(&value.to_string_lossy());
            words.push(format!("{}={value}", name.to_string_lossy()));
        }
    }
    words.push(quoted(&name(command)));
    words.extend(
        command
            .get_args()
            .map(|word| quoted(&word.to_string_lossy())),
    );
    words.join(" ")
}

/// What a command runs: a path if it lies below the command's folder, or else its bare name.
fn name(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let below = command
        .get_current_dir()
        .and_then(|folder| program.strip_prefix(folder).ok());
    let name = below.or(program.file_name().map(Path::new));
    name.unwrap_or(program).display().to_string()
}

fn quoted(word: &str) -> String {
    // Only a word with a zero byte cannot be quoted, and no program could be given it.
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = command("wasm-pack");
        command
            .args(["test", "--", "it's"])
            .env("RUSTFLAGS", "-D warnings");
        assert_eq!(
            line(&command),
            r#"RUSTFLAGS='-D warnings' wasm-pack test -- "it's""#
        );
    }

    #[test]
    fn a_program_of_the_page_is_shown_with_its_folder() {
        assert_eq!(line(&node_tool("vite")), "cd www && node_modules/.bin/vite");
    }

    #[test]
    fn a_failed_command_says_how_it_was_run() {
        let failure = run(cargo().arg("no-such-subcommand").stderr(Stdio::null()));
        let message = failure.unwrap_err().to_string();
        assert!(message.contains("no-such-subcommand"), "{message}");
    }

    #[test]
    fn a_missing_program_is_an_error_with_a_hint() {
        let message = run(&mut command("no-such-program"))
            .unwrap_err()
            .to_string();
        assert!(message.contains("on the PATH"), "{message}");
    }
}
