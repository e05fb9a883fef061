//! Where the forms of a text begin and end: brackets, texts, comments. What stands inside is
//! for others to read.
//!
//! Nothing here goes down into what is nested by calling itself, so no nesting is too deep.

/// Which of the two languages a text is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    Json,
    Edn,
}

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// An opening bracket, by the bracket that closes it.
    Open(u8),
    /// A closing bracket.
    Close(u8),
    /// Anything that is a form by itself.
    Atom,
    /// Says something about the form that comes next, which it does not change for us.
    Tag,
    /// The form that comes next is to be passed over.
    Discard,
}

/// The first form of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A form, without its tags and what was to be passed over before it.
    Form { start: usize, end: usize },
    /// Spaces and comments up to there.
    Passed(usize),
    /// A closing bracket, there.
    Close(usize),
    /// Only blanks.
    Nothing,
    /// The form has not come to its end yet, and there is more to read.
    Unfinished,
}

/// A fault and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) fault: String,
}

impl Fault {
    fn new(at: usize, fault: impl Into<String>) -> Self {
        let fault = fault.into();
        Self { at, fault }
    }
}

impl Syntax {
    /// The language of a text, told by its first map; `None` if that takes more of the text.
    ///
    /// A map of JSON begins with a text and a colon, a map of EDN does not.
    pub(super) fn of(bytes: &[u8], whole: bool) -> Option<Self> {
        let mut at = 0;
        loop {
            at += Self::Edn.blanks(&bytes[at..], whole);
            match Self::Edn.token(&bytes[at..], whole) {
                Ok(Some((Token::Open(b'}'), 1))) => at += 1,
                Ok(Some((Token::Open(_), length))) => {
                    at += length;
                    continue;
                }
                Ok(Some((Token::Tag | Token::Discard, _))) => return Some(Self::Edn),
                // There is nothing but comments.
                Ok(None) => return whole.then_some(Self::Edn),
                Err(_) if bytes[at] == b'#' => return Some(Self::Edn),
                _ => return Some(Self::Json),
            }
            at += Self::Edn.blanks(&bytes[at..], whole);
            let rest = &bytes[at..];
            let name = match Self::Edn.token(rest, whole) {
                Ok(Some((Token::Close(_), _))) | Err(_) => return Some(Self::Json),
                Ok(Some((_, length))) => length,
                Ok(None) if whole => return Some(Self::Json),
                Ok(None) => return None,
            };
            if rest[0] != b'"' {
                return Some(Self::Edn);
            }
            at += name + Self::Edn.blanks(&rest[name..], whole);
            return match bytes.get(at) {
                Some(b':') => Some(Self::Json),
                Some(_) => Some(Self::Edn),
                None => whole.then_some(Self::Json),
            };
        }
    }

    /// How many bytes at the beginning say nothing. A comment that has not come to its end is
    /// not among them, unless `bytes` are the whole rest.
    pub(super) fn blanks(self, bytes: &[u8], whole: bool) -> usize {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b'\x0b' | b'\x0c' | b',' => at += 1,
                b';' if self == Self::Edn => {
                    match bytes[at..].iter().position(|&byte| byte == b'\n') {
                        Some(length) => at += length,
                        None if whole => at = bytes.len(),
                        None => break,
                    }
                }
                _ => break,
            }
        }
        at
    }

    /// The first piece and its length; `None` if it has not come to its end, or if there is none.
    pub(super) fn token(
        self,
        bytes: &[u8],
        whole: bool,
    ) -> Result<Option<(Token, usize)>, &'static str> {
        let Some(&first) = bytes.first() else {
            return Ok(None);
        };
        let edn = self == Self::Edn;
        Ok(Some(match (first, bytes.get(1)) {
            (b'{', _) => (Token::Open(b'}'), 1),
            (b'[', _) => (Token::Open(b']'), 1),
            (b'(', _) => (Token::Open(b')'), 1),
            (b'}' | b']' | b')', _) => (Token::Close(first), 1),
            (b'"', _) => return self.text(bytes, 0, whole),
            (b':', _) if !edn => (Token::Atom, 1),
            (b';', _) if edn => return Ok(None),
            (b'\'' | b'`' | b'~' | b'@', _) if edn => (Token::Tag, 1),
            (b'^', _) if edn => (Token::Discard, 1),
            (b'#' | b'\\', None) if edn && !whole => return Ok(None),
            (b'#', Some(b'{')) if edn => (Token::Open(b'}'), 2),
            (b'#', Some(b'(')) if edn => (Token::Open(b')'), 2),
            (b'#', Some(b'_' | b'^')) if edn => (Token::Discard, 2),
            (b'#', Some(b'"')) if edn => return self.text(bytes, 1, whole),
            (b'#', Some(b'#' | b'\'')) if edn => {
                return Ok(self.word(bytes, 2, Token::Atom, whole));
            }
            (b'#', _) if edn => {
                let word = self.word(bytes, 1, Token::Tag, whole);
                if word.is_some_and(|(_, length)| length == 1) {
                    return Err("a # has no name after it");
                }
                return Ok(word);
            }
            // A character may be a bracket.
            (b'\\', Some(&lead)) if edn => {
                let length = match lead {
                    0xf0.. => 4,
                    0xe0.. => 3,
                    0xc0.. => 2,
                    _ => 1,
                };
                return Ok(self.word(bytes, 1 + length, Token::Atom, whole));
            }
            _ => return Ok(self.word(bytes, 1, Token::Atom, whole)),
        }))
    }

    /// A text whose first quotation mark is at `from`.
    fn text(
        self,
        bytes: &[u8],
        from: usize,
        whole: bool,
    ) -> Result<Option<(Token, usize)>, &'static str> {
        let mut at = from + 1;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'"' => return Ok(Some((Token::Atom, at + 1))),
                b'\\' => at += 2,
                b'\n' if self == Self::Json => return Err("the line ends within a text"),
                _ => at += 1,
            }
        }
        if whole {
            return Err("a text is not closed: a \" is missing");
        }
        Ok(None)
    }

    /// A piece that goes on until something else begins.
    fn word(self, bytes: &[u8], from: usize, token: Token, whole: bool) -> Option<(Token, usize)> {
        let ends = |&byte: &u8| match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b'\x0b' | b'\x0c' | b',' | b'{' | b'}' | b'[' | b']'
            | b'(' | b')' | b'"' => true,
            b';' => self == Self::Edn,
            b':' => self == Self::Json,
            _ => false,
        };
        let rest = bytes.get(from..).unwrap_or_default();
        match rest.iter().position(ends) {
            Some(length) => Some((token, from + length)),
            None if whole => Some((token, bytes.len())),
            None => None,
        }
    }

    /// The first form, and where it ends.
    pub(super) fn form(self, bytes: &[u8], whole: bool) -> Result<Found, Fault> {
        let mut open: Vec<(u8, usize)> = Vec::new();
        let (mut at, mut start) = (0, 0);
        // How many forms are still to be passed over, and whether one is announced.
        let (mut discards, mut announced) = (0, false);
        loop {
            at += self.blanks(&bytes[at..], whole);
            let token = self.token(&bytes[at..], whole);
            let Some((token, length)) = token.map_err(|fault| Fault::new(at, fault))? else {
                if !whole {
                    return Ok(Found::Unfinished);
                }
                return match open.first() {
                    Some(&(close, opened_at)) => {
                        let fault = format!("is not closed: a {} is missing", char::from(close));
                        Err(Fault::new(opened_at, fault))
                    }
                    None if announced => Err(Fault::new(at, "nothing comes after a tag")),
                    None => Ok(Found::Nothing),
                };
            };
            if open.is_empty() {
                start = at;
            }
            match token {
                Token::Open(close) => open.push((close, at)),
                Token::Close(_) if open.is_empty() && !announced => return Ok(Found::Close(at)),
                Token::Close(close) => {
                    if open.pop().is_none_or(|(expected, _)| expected != close) {
                        let fault = format!("a {} closes nothing", char::from(close));
                        return Err(Fault::new(at, fault));
                    }
                }
                Token::Tag => announced |= open.is_empty(),
                Token::Discard if open.is_empty() => {
                    discards += 1;
                    announced = true;
                }
                Token::Atom | Token::Discard => {}
            }
            at += length;
            let ended = matches!(token, Token::Atom | Token::Close(_)) && open.is_empty();
            if ended && discards == 0 {
                return Ok(Found::Form { start, end: at });
            }
            if ended {
                discards -= 1;
                if discards == 0 {
                    return Ok(Found::Passed(at));
                }
            }
        }
    }
}
