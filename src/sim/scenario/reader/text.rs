//! A JSON text, read piece by piece. There is no type parameter in here, so all of it is compiled once.

use std::borrow::Cow;

use super::fault::Fault;

/// Lists and objects stand within one another at most this deep.
const DEPTH_MAX: u8 = 127;

/// The beginning of a value, or a value that has no parts.
pub(super) enum Token<'a> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(Cow<'a, str>),
    /// A list has begun.
    List,
    /// An object has begun.
    Object,
}

/// A JSON text, and how far it has been read.
pub(super) struct Text<'a> {
    whole: &'a str,
    at: usize,
    depth: u8,
}

/// What may come next in a list or an object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The first item, or the end.
    First,
    /// A comma, or the end.
    Other,
}

impl<'a> Text<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            whole: text,
            at: 0,
            depth: 0,
        }
    }

    /// Where the next piece begins, in bytes.
    pub(super) fn next_at(&mut self) -> usize {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
        self.at
    }

    /// The next value, or its beginning.
    pub(super) fn token(&mut self) -> Result<Token<'a>, Fault> {
        let start = self.next_at();
        Ok(match self.peek() {
            Some(b'n') => self.word("null", Token::Null)?,
            Some(b't') => self.word("true", Token::Bool(true))?,
            Some(b'f') => self.word("false", Token::Bool(false))?,
            Some(b'"') => Token::Text(self.quoted("a string")?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'[') => {
                self.enter(start)?;
                Token::List
            }
            Some(b'{') => {
                self.enter(start)?;
                Token::Object
            }
            Some(_) => return Err(Fault::of_text(start, "here should be a value")),
            None => return Err(self.ended("a value")),
        })
    }

    /// Whether an item of a list follows; if not, the list has been left.
    pub(super) fn has_item(&mut self, next: Next) -> Result<bool, Fault> {
        let at = self.next_at();
        match (self.peek(), next) {
            (Some(b']'), _) => {
                self.leave();
                return Ok(false);
            }
            (Some(b','), Next::Other) => self.at += 1,
            (Some(_), Next::First) => return Ok(true),
            (Some(_), Next::Other) => {
                return Err(Fault::of_text(at, "here should be `,` or `]`"));
            }
            (None, _) => return Err(self.ended("a list")),
        }
        let at = self.next_at();
        match self.peek() {
            Some(b']') => Err(Fault::of_text(at, "nothing follows after a comma")),
            Some(_) => Ok(true),
            None => Err(self.ended("a value")),
        }
    }

    /// Whether the next value is null.
    pub(super) fn is_null(&mut self) -> bool {
        self.next_at();
        self.peek() == Some(b'n')
    }

    /// The name of the next field of an object, and where it is; if there is none, the object has
    /// been left.
    pub(super) fn name(&mut self, next: Next) -> Result<Option<(usize, Cow<'a, str>)>, Fault> {
        let at = self.next_at();
        match (self.peek(), next) {
            (Some(b'}'), _) => {
                self.leave();
                return Ok(None);
            }
            (Some(b','), Next::Other) => {
                self.at += 1;
                let at = self.next_at();
                if self.peek() == Some(b'}') {
                    return Err(Fault::of_text(at, "nothing follows after a comma"));
                }
            }
            (Some(_), Next::First) => {}
            (Some(_), Next::Other) => {
                return Err(Fault::of_text(at, "here should be `,` or `}`"));
            }
            (None, _) => return Err(self.ended("an object")),
        }
        let at = self.next_at();
        match self.peek() {
            Some(b'"') => Ok(Some((at, self.quoted("a string")?))),
            Some(_) => {
                let fault = "the name of a field must be in double quotes";
                Err(Fault::of_text(at, fault))
            }
            None => Err(self.ended("an object")),
        }
    }

    /// Passes over the colon between a name and its value.
    pub(super) fn colon(&mut self) -> Result<(), Fault> {
        let at = self.next_at();
        match self.peek() {
            Some(b':') => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(Fault::of_text(at, "here should be `:`")),
            None => Err(self.ended("an object")),
        }
    }

    /// Passes over a value.
    pub(super) fn skip(&mut self) -> Result<(), Fault> {
        match self.token()? {
            Token::List => {
                let mut next = Next::First;
                while self.has_item(next)? {
                    self.skip()?;
                    next = Next::Other;
                }
            }
            Token::Object => {
                let mut next = Next::First;
                while self.name(next)?.is_some() {
                    self.colon()?;
                    self.skip()?;
                    next = Next::Other;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Nothing may follow.
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        let at = self.next_at();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(Fault::of_text(at, "more follows after its end")),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.whole.as_bytes().get(self.at).copied()
    }

    fn enter(&mut self, at: usize) -> Result<(), Fault> {
        if self.depth == DEPTH_MAX {
            return Err(Fault::of_text(at, "it is nested too deeply"));
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    fn leave(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

    fn ended(&self, what: &str) -> Fault {
        let fault = format!("it ends in the middle of {what}");
        Fault::of_text(self.whole.len().saturating_sub(1), &fault)
    }

    fn word(&mut self, word: &str, token: Token<'a>) -> Result<Token<'a>, Fault> {
        let rest = &self.whole[self.at..];
        if rest.starts_with(word) {
            self.at += word.len();
            return Ok(token);
        }
        if word.starts_with(rest) {
            return Err(self.ended("a value"));
        }
        Err(Fault::of_text(
            self.at,
            "here should be true, false or null",
        ))
    }

    /// A number. One that is whole and has no more digits than any that is meant is exact.
    fn number(&mut self) -> Result<Token<'a>, Fault> {
        let start = self.at;
        let incomplete = |at| Fault::of_text(at, "a number is not complete");
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => {
                self.at += 1;
                if let Some(b'0'..=b'9') = self.peek() {
                    return Err(incomplete(self.at));
                }
            }
            Some(b'1'..=b'9') => self.digits()?,
            Some(_) => return Err(incomplete(self.at)),
            None => return Err(self.ended("a value")),
        }
        let mut whole = true;
        if self.peek() == Some(b'.') {
            whole = false;
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            whole = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        let digits = &self.whole[start..self.at];
        if whole && digits != "-0" {
            if let Ok(number) = digits.parse() {
                return Ok(Token::Unsigned(number));
            }
            if let Ok(number) = digits.parse() {
                return Ok(Token::Signed(number));
            }
        }
        match digits.parse() {
            Ok(number) if f64::is_finite(number) => Ok(Token::Float(number)),
            _ => Err(Fault::of_text(start, "a number is too large")),
        }
    }

    fn digits(&mut self) -> Result<(), Fault> {
        match self.peek() {
            Some(b'0'..=b'9') => {}
            Some(_) => return Err(Fault::of_text(self.at, "a number is not complete")),
            None => return Err(self.ended("a value")),
        }
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        Ok(())
    }

    /// A text in quotes: as it stands if there is no escape in it.
    fn quoted(&mut self, what: &str) -> Result<Cow<'a, str>, Fault> {
        self.at += 1;
        let mut made = String::new();
        let mut from = self.at;
        loop {
            match self.peek() {
                Some(b'"') => {
                    let rest = &self.whole[from..self.at];
                    self.at += 1;
                    if made.is_empty() {
                        return Ok(Cow::Borrowed(rest));
                    }
                    made.push_str(rest);
                    return Ok(Cow::Owned(made));
                }
                Some(b'\\') => {
                    made.push_str(&self.whole[from..self.at]);
                    let escaped = self.escaped(what)?;
                    made.push(escaped);
                    from = self.at;
                }
                Some(0..0x20) => {
                    let fault =
                        "a text in quotes has a line break or another control character in it";
                    return Err(Fault::of_text(self.at, fault));
                }
                Some(_) => self.at += 1,
                None => return Err(self.ended(what)),
            }
        }
    }

    /// What a backslash and what follows it mean.
    fn escaped(&mut self, what: &str) -> Result<char, Fault> {
        let start = self.at;
        self.at += 1;
        let Some(letter) = self.peek() else {
            return Err(self.ended(what));
        };
        self.at += 1;
        Ok(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut code = self.four_digits(start, what)?;
                // A character beyond the first 65,536 is written as two halves.
                if (0xd800..0xdc00).contains(&code) && self.whole[self.at..].starts_with("\\u") {
                    self.at += 2;
                    let low = self.four_digits(start, what)?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(meaningless(start));
                    }
                    code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                }
                char::from_u32(code).ok_or_else(|| meaningless(start))?
            }
            _ => return Err(meaningless(start)),
        })
    }

    fn four_digits(&mut self, start: usize, what: &str) -> Result<u32, Fault> {
        let Some(digits) = self.whole.as_bytes().get(self.at..self.at + 4) else {
            return Err(self.ended(what));
        };
        let mut code = 0;
        for &digit in digits {
            let value = char::from(digit).to_digit(16);
            code = code * 16 + value.ok_or_else(|| meaningless(start))?;
        }
        self.at += 4;
        Ok(code)
    }
}

fn meaningless(at: usize) -> Fault {
    Fault::of_text(at, "what follows a backslash has no meaning")
}
