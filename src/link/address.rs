//! Bytes as the fragment of an address: `run.1.DATA.CHECK`.
//!
//! All its characters are ones that no browser, mail program or chat escapes, and the last is a
//! letter or a digit, so that nobody takes it for the end of a sentence. The checksum is over the
//! deflated bytes: what was damaged by accident is told before anything is made of it.

use base64ct::{Base64UrlUnpadded, Encoding};
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};
use xxhash_rust::xxh64::xxh64;

use super::error::LinkError;

/// The version of the format that is written.
pub(super) const VERSION: u64 = 1;
/// A link is made of at most so many characters: more than that some programs cut.
pub(super) const WHOLE_MAX: usize = 8_000;
/// And read of so many, in case another version allows for more.
pub(super) const CHARACTERS_MAX: usize = 65_536;
/// At most so many bytes are inflated, whatever they are deflated to.
pub(super) const BYTES_MAX: usize = 1024 * 1024;

/// What every link begins with.
const PREFIX: &str = "run.";
/// How many digits the checksum has.
const CHECK_DIGITS: usize = 6;
/// As small as it gets: a link is short, so that takes no time.
const DEFLATE_LEVEL: u8 = 10;

/// The fragment of an address for the bytes of a link. Whoever makes links elsewhere makes it so;
/// what the bytes say is not looked at.
pub fn pack(bytes: &[u8]) -> String {
    let deflated = compress_to_vec(bytes, DEFLATE_LEVEL);
    let data = Base64UrlUnpadded::encode_string(&deflated);
    format!("{PREFIX}{VERSION}.{data}.{}", check(&deflated))
}

/// Whether a text means to be a link, be it a whole address or its fragment alone.
pub fn is_link(text: &str) -> bool {
    // A file may tell of a link.
    if text.trim_start().starts_with(['{', '"']) {
        return false;
    }
    let version = fragment(text).strip_prefix(PREFIX);
    version.is_some_and(|it| it.starts_with(|first: char| first.is_ascii_digit()))
}

/// The part of an address that is a link, if there is one.
fn fragment(text: &str) -> &str {
    let text = text.trim();
    let fragment = text.rsplit_once('#').map_or(text, |(_, fragment)| fragment);
    // Browsers keep here what they are to highlight in a text.
    fragment.split(":~:").next().unwrap_or_default()
}

/// The bytes that an address was [made of](pack), whatever they say.
///
/// # Errors
/// If it is not a link, was damaged, is of another format, or inflates to more than a megabyte.
pub fn unpack(text: &str) -> Result<Vec<u8>, LinkError> {
    let characters = text.len();
    if characters > CHARACTERS_MAX {
        return Err(LinkError::TooLong { characters });
    }
    if !is_link(text) {
        return Err(LinkError::NotALink);
    }
    // Where a line was too long for somebody, it was broken.
    let whole: String = fragment(text).split_whitespace().collect();
    let mut parts = whole.split('.').skip(1);
    let version = parts.next().unwrap_or_default();
    let digits = |text: &str| text.bytes().all(|it| it.is_ascii_digit());
    let version = Some(version).filter(|it| digits(it));
    let version = version.ok_or(LinkError::Damaged)?;
    let version = version.parse().unwrap_or(u64::MAX);
    if version > VERSION {
        return Err(LinkError::Newer { version });
    }
    let (data, digits) = match (parts.next(), parts.next(), parts.next()) {
        (Some(data), Some(digits), None) => (data, digits),
        (_, None, _) => return Err(LinkError::Cut),
        _ => return Err(LinkError::Damaged),
    };
    if digits.len() < CHECK_DIGITS {
        return Err(LinkError::Cut);
    }
    let deflated = Base64UrlUnpadded::decode_vec(data).map_err(|_| LinkError::Damaged)?;
    if version == 0 || digits != check(&deflated) {
        return Err(LinkError::Damaged);
    }
    decompress_to_vec_with_limit(&deflated, BYTES_MAX).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => LinkError::TooMuch,
        _ => LinkError::Nonsense,
    })
}

/// The checksum: 24 bits in hexadecimal digits.
fn check(deflated: &[u8]) -> String {
    format!("{:06x}", xxh64(deflated, 0) & 0xff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_however_the_address_is_given() {
        let bytes = b"what was done, what was done, what was done".as_slice();
        let link = pack(bytes);
        let host = "https://example.org/a/?scenario=bridge";
        let (begin, end) = link.split_at(20);
        for text in [
            link.clone(),
            format!("#{link}"),
            format!("{host}#{link}"),
            format!(" {host}#{link}\n"),
            format!("{host}#{begin}\r\n {end}"),
            format!("{host}#{link}:~:text=Raft"),
        ] {
            assert!(is_link(&text), "{text}");
            assert_eq!(unpack(&text).as_deref(), Ok(bytes), "{text}");
        }
        let plain = |it: char| it.is_ascii_alphanumeric() || "._-".contains(it);
        assert!(link.chars().all(plain), "{link}");
        for text in [
            "",
            "#",
            "run.",
            "run",
            "#running.1",
            "{}",
            "{\"a\": \"#run.1.A.000000",
            "#run.x",
            "#run.1.x#top",
        ] {
            assert!(!is_link(text), "{text}");
            assert_eq!(unpack(text), Err(LinkError::NotALink), "{text}");
        }
    }

    #[test]
    fn whatever_is_cut_or_changed_is_noticed() {
        let bytes: Vec<u8> = (0..=255).collect();
        let link = pack(&bytes);
        let data = "run.1.".len();
        for length in data..link.len() {
            let cut = unpack(&link[..length]);
            assert_eq!(cut, Err(LinkError::Cut), "{length}");
        }
        for at in data..link.len() {
            for other in ["A", "~", ".", "é", "%"] {
                let mut changed = link.clone();
                changed.replace_range(at..=at, other);
                let same = changed == link;
                assert_eq!(unpack(&changed).is_ok(), same, "{changed}");
            }
        }
    }

    #[test]
    fn versions_to_come_say_so() {
        for version in [2, 17, u64::MAX] {
            let newer = LinkError::Newer { version };
            for rest in ["", ".", ".AAAA", ".A.b.c.d"] {
                assert_eq!(unpack(&format!("#run.{version}{rest}")), Err(newer.clone()));
            }
        }
        let newer = unpack(&format!("#run.9{}.x.y", u64::MAX));
        assert_eq!(newer, Err(LinkError::Newer { version: u64::MAX }));
        assert_eq!(unpack("#run.0.AAAA.000000"), Err(LinkError::Damaged));
    }

    /// A gigabyte of zeros in a megabyte is too long, and sixty megabytes in the longest link are
    /// not inflated.
    #[test]
    fn a_bomb_costs_nothing() {
        let zeros = pack(&vec![0; 40 * BYTES_MAX]);
        assert!(zeros.len() < CHARACTERS_MAX, "{}", zeros.len());
        assert_eq!(unpack(&zeros), Err(LinkError::TooMuch));
        let zeros = pack(&vec![0; BYTES_MAX]);
        assert_eq!(unpack(&zeros).map(|it| it.len()), Ok(BYTES_MAX));
        let long = format!("#run.1.{}", "A".repeat(CHARACTERS_MAX));
        let characters = long.len();
        assert_eq!(unpack(&long), Err(LinkError::TooLong { characters }));
    }
}
