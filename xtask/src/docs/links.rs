//! Whether what a page points at is there.
//!
//! Three things are checked: links to files and to headings; files of the checkout that a page
//! names as code, such as `src/raft/mod.rs`; and names of functions and types that directly
//! follow such a file. Addresses on the web are not fetched.
//!
//! No crate does the last two, and the one that checks a book's links, `mdbook-linkcheck2`,
//! leaves out the README and has to be built first.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::process::Failure;

/// What the path of a file begins with, if a page names it as code.
const ROOMS: &[&str] = &[
    "src/",
    "www/",
    "tests/",
    "benches/",
    "docs/",
    "examples/",
    "fuzz/",
    "xtask/",
    ".cargo/",
    ".ci/",
];

/// What building makes: it need not be there.
const MADE: &[&str] = &["www/dist", "www/pkg", "www/node_modules"];

/// What a page points at.
#[derive(Debug, Default, PartialEq)]
struct Page {
    /// The ids of its headings.
    anchors: BTreeSet<String>,
    links: Vec<String>,
    /// Files that it names as code, with the name in that file that follows, if one does.
    files: Vec<(String, Option<String>)>,
}

/// Everything wrong in `files`, a line each. Pages below `book` may link only within it, since
/// the site has nothing else of the checkout.
pub(crate) fn faults(root: &Path, book: &Path, files: &[PathBuf]) -> Result<Vec<String>, Failure> {
    let mut pages = BTreeMap::new();
    for path in files {
        let text = fs::read_to_string(path).map_err(|error| Failure::file(path, &error))?;
        pages.insert(path.clone(), read(&text));
    }
    let mut faults = Vec::new();
    for (path, page) in &pages {
        let wrong_links = page
            .links
            .iter()
            .filter_map(|link| wrong_link(link, path, book, &pages));
        let wrong_files = page
            .files
            .iter()
            .filter_map(|(file, name)| wrong_file(root, file, name.as_deref()));
        let shown = path.strip_prefix(root).unwrap_or(path).display();
        faults.extend(
            wrong_links
                .chain(wrong_files)
                .map(|fault| format!("{shown}: {fault}")),
        );
    }
    Ok(faults)
}

fn read(text: &str) -> Page {
    let mut page = Page::default();
    let mut heading: Option<String> = None;
    // A file that was named just now, so that a name may follow.
    let mut open = false;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let id = anchor(&heading.take().unwrap_or_default());
                let again = (1..).map(|n| format!("{id}-{n}"));
                let free = std::iter::once(id.clone())
                    .chain(again)
                    .find(|id| !page.anchors.contains(id));
                page.anchors.extend(free);
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                page.links.push(dest_url.to_string());
            }
            Event::Code(code) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&code);
                }
                if ROOMS.iter().any(|room| code.starts_with(room)) && !code.contains(' ') {
                    page.files.push((code.to_string(), None));
                    open = true;
                } else if let (true, Some((_, name))) = (open, page.files.last_mut()) {
                    *name = Some(code.to_string());
                    open = false;
                }
            }
            // Only white space or a cell's edge may stand between a file and a name in it.
            Event::Start(Tag::TableCell) | Event::End(TagEnd::TableCell) | Event::SoftBreak => {}
            Event::Text(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
                open &= text.trim().is_empty();
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                page.links.extend(links_in_html(&html));
                open = false;
            }
            _ => open = false,
        }
    }
    page
}

/// The id that mdBook and GitHub give a heading.
fn anchor(heading: &str) -> String {
    heading
        .trim()
        .chars()
        .filter_map(|c| match c {
            c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c.to_lowercase().to_string()),
            c if c.is_whitespace() => Some("-".to_owned()),
            _ => None,
        })
        .collect()
}

/// What a tag that is written out points at: a picture for a dark page needs one.
fn links_in_html(html: &str) -> impl Iterator<Item = String> {
    ["src=\"", "srcset=\"", "href=\""]
        .into_iter()
        .flat_map(move |attribute| html.split(attribute).skip(1))
        .filter_map(|rest| rest.split_once('"'))
        .map(|(link, _)| link.to_owned())
}

fn wrong_link(
    link: &str,
    from: &Path,
    book: &Path,
    pages: &BTreeMap<PathBuf, Page>,
) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if file.is_empty() {
        from.to_owned()
    } else {
        tidy(&from.parent().unwrap_or(from).join(file))
    };
    if !target.exists() {
        return Some(format!("`{link}` leads nowhere"));
    }
    if from.starts_with(book) && !target.starts_with(book) {
        return Some(format!("`{link}` leaves the book; name the file as code"));
    }
    let known = anchor.is_empty()
        || pages
            .get(&target)
            .is_some_and(|page| page.anchors.contains(anchor));
    (!known).then(|| format!("`{link}`: no such heading"))
}

fn wrong_file(root: &Path, file: &str, name: Option<&str>) -> Option<String> {
    if MADE.iter().any(|made| file.starts_with(made)) {
        return None;
    }
    // `tests/golden/scripts/*` and `src/x/{a,b}.rs` name several: their folder must be there.
    let fixed = match file.find(['*', '{', '<', '…']) {
        Some(end) => &file[..file[..end].rfind('/').unwrap_or(0)],
        None => file,
    };
    let path = root.join(fixed);
    if !path.exists() {
        return Some(format!("there is no `{file}`"));
    }
    let name = name.filter(|_| path.is_file())?;
    let word = last_word(name);
    let text = fs::read_to_string(&path).ok()?;
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let known = text.split(|c| !is_part(c)).any(|found| found == word);
    (!known).then(|| format!("`{file}` has no `{name}`"))
}

/// `apply` of `World::apply(action)`, `ask` of `Session.#ask()`.
fn last_word(name: &str) -> &str {
    let end = name.find('(').unwrap_or(name.len());
    let name = &name[..end];
    let start = name.rfind(['.', ':', '#']).map_or(0, |at| at + 1);
    &name[start..]
}

fn tidy(path: &Path) -> PathBuf {
    path.components()
        .fold(PathBuf::new(), |mut tidy, component| {
            match component {
                Component::ParentDir => {
                    tidy.pop();
                }
                Component::CurDir => {}
                other => tidy.push(other),
            }
            tidy
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_anchors_links_and_files() {
        let page = read(
            "# The `World`: one door\n# Two\n# Two\n[a](b.md#c) ![d](e.png)\n\n\
             <img src=\"f.png\">\n\n`src/lib.rs` `main`, and `src/main.rs` with `other`\n\n\
             | `xtask/src/main.rs` | `run` |\n|---|---|\n",
        );
        assert_eq!(
            page.anchors.iter().collect::<Vec<_>>(),
            ["the-world-one-door", "two", "two-1"]
        );
        assert_eq!(page.links, ["b.md#c", "e.png", "f.png"]);
        let named = |file: &str, name: Option<&str>| (file.to_owned(), name.map(str::to_owned));
        assert_eq!(
            page.files,
            [
                named("src/lib.rs", Some("main")),
                named("src/main.rs", None),
                named("xtask/src/main.rs", Some("run")),
            ]
        );
    }

    #[test]
    fn a_file_or_a_name_that_is_not_there_is_a_fault() {
        let root = crate::process::root();
        let wrong = |file, name| wrong_file(root, file, name).is_some();
        assert!(!wrong("xtask/src/main.rs", Some("Command::Serve")));
        assert!(!wrong("xtask/src/{main,build}.rs", None));
        assert!(!wrong("www/dist/docs", None));
        assert!(wrong("xtask/src/main.rs", Some("no_such_function()")));
        assert!(wrong("xtask/src/no_such_file.rs", None));
    }

    #[test]
    fn a_link_must_lead_somewhere_and_stay_in_the_book() {
        let root = crate::process::root();
        let book = root.join("docs/src");
        let from = book.join("page.md");
        let pages = BTreeMap::from([(root.join("README.md"), read("# Here\n"))]);
        let wrong = |link, from: &Path| wrong_link(link, from, &book, &pages);
        assert_eq!(wrong("https://example.com/x", &from), None);
        assert_eq!(wrong("README.md#here", &root.join("x.md")), None);
        assert!(wrong("README.md#there", &root.join("x.md")).is_some());
        assert!(wrong("nowhere.md", &from).is_some());
        assert!(wrong("../../README.md", &from).is_some());
    }
}
