//! Reading and writing files, with errors that a person understands.

use std::error::Error;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use raftarium::document::Document;
use raftarium::link;

use super::{Fault, read};

/// Why a file could not be read.
pub(super) fn unread(error: &io::Error) -> io::Error {
    let words = match error.kind() {
        ErrorKind::NotFound => "there is no such file",
        ErrorKind::PermissionDenied => "it may not be read",
        _ => return in_words(error),
    };
    io::Error::new(error.kind(), words)
}

/// Why a file could not be written, or a folder not made.
pub(super) fn unwritten(error: &io::Error) -> io::Error {
    let words = match error.kind() {
        ErrorKind::NotFound => "there is no such folder to write into",
        ErrorKind::PermissionDenied => "it may not be written",
        ErrorKind::AlreadyExists => "this is a file, not a folder",
        _ => return in_words(error),
    };
    io::Error::new(error.kind(), words)
}

/// Errors that reading and writing have in common.
fn in_words(error: &io::Error) -> io::Error {
    let words = match error.kind() {
        ErrorKind::IsADirectory => "this is a folder, not a file",
        ErrorKind::NotADirectory => "a part of this path is a file, not a folder",
        ErrorKind::InvalidFilename => "the name is too long, or no name for a file",
        ErrorKind::ReadOnlyFilesystem => "nothing may be written there",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full",
        ErrorKind::FileTooLarge => "the file would be too large",
        _ => {
            // The system's own sentence, without its number.
            let said = error.to_string();
            let words = said.split(" (os error").next().unwrap_or_default();
            return io::Error::new(error.kind(), words);
        }
    };
    io::Error::new(error.kind(), words)
}

/// Reads a document of any kind from a file, or opens a link that stands where a file might.
pub(super) fn document(file: &Path) -> Result<Document, Box<dyn Error + Send + Sync>> {
    if let Some(link) = link(file) {
        // It is named as one already.
        return Ok(Document::Link(Box::new(link::open(link)?)));
    }
    let text = read(file, Document::JSON_BYTES_MAX)?;
    Ok(Document::read(&text)?)
}

/// An argument that is no file but a link.
fn link(file: &Path) -> Option<&str> {
    file.to_str().filter(|it| link::is_link(it))
}

/// How many characters of a link are repeated in an error.
const LINK_CHARACTERS_MAX: usize = 60;

/// What a file is called in an error. A link is as long as a page.
pub(super) fn named(file: &Path) -> PathBuf {
    let long = link(file).and_then(|it| it.char_indices().nth(LINK_CHARACTERS_MAX));
    match (file.to_str(), long) {
        (Some(link), Some((end, _))) => format!("{}…", &link[..end]).into(),
        _ => file.to_owned(),
    }
}

/// Writes a file, replacing what was there.
pub(super) fn write(file: &Path, text: &str) -> Result<(), Fault> {
    fs::write(file, text).map_err(|error| of_file(file, unwritten(&error)))
}

/// Makes a folder and its parents, unless they exist.
pub(super) fn make_folder(folder: &Path) -> Result<(), Fault> {
    fs::create_dir_all(folder).map_err(|error| of_file(folder, unwritten(&error)))
}

fn of_file(file: &Path, error: io::Error) -> Fault {
    Fault::File {
        file: file.to_owned(),
        fault: Box::new(error),
    }
}
