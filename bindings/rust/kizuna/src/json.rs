//! As much JSON as the library's replies need to be read.

use std::iter::Peekable;
use std::str::Chars;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// None where it is not JSON.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parser = Parser {
            rest: text.chars().peekable(),
        };
        let value = parser.value(0)?;
        parser.skip_space();
        parser.rest.next().is_none().then_some(value)
    }

    pub(crate) fn list(&self) -> &[Self] {
        match self {
            Self::List(values) => values,
            _ => &[],
        }
    }

    pub(crate) fn field(&self, name: &str) -> &Self {
        let fields = match self {
            Self::Object(fields) => fields.as_slice(),
            _ => &[],
        };
        fields
            .iter()
            .find(|(known, _)| known == name)
            .map_or(&Self::Null, |(_, value)| value)
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    pub(crate) fn number(&self) -> f64 {
        match self {
            Self::Number(number) => *number,
            _ => 0.0,
        }
    }
}

/// Deeper than any reply; recursion has to end somewhere.
const DEEPEST: u32 = 32;

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Parser<'_> {
    fn skip_space(&mut self) {
        while self.rest.next_if(|c| " \t\r\n".contains(*c)).is_some() {}
    }

    /// What comes next, if it is this.
    fn accept(&mut self, wanted: char) -> Option<()> {
        self.skip_space();
        self.rest.next_if_eq(&wanted).map(|_| ())
    }

    fn value(&mut self, depth: u32) -> Option<Json> {
        if depth > DEEPEST {
            return None;
        }
        self.skip_space();
        match self.rest.peek()? {
            '"' => self.text().map(Json::Text),
            '[' => self
                .sequence('[', ']', |parser| parser.value(depth + 1))
                .map(Json::List),
            '{' => self
                .sequence('{', '}', |parser| {
                    parser.skip_space();
                    let name = parser.text()?;
                    parser.accept(':')?;
                    Some((name, parser.value(depth + 1)?))
                })
                .map(Json::Object),
            _ => self.word(),
        }
    }

    fn sequence<T>(
        &mut self,
        begin: char,
        end: char,
        mut item: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.accept(begin)?;
        let mut items = Vec::new();
        if self.accept(end).is_some() {
            return Some(items);
        }
        loop {
            items.push(item(self)?);
            if self.accept(end).is_some() {
                return Some(items);
            }
            self.accept(',')?;
        }
    }

    fn word(&mut self) -> Option<Json> {
        let mut word = String::new();
        while let Some(c) = self
            .rest
            .next_if(|c| c.is_ascii_alphanumeric() || "+-.".contains(*c))
        {
            word.push(c);
        }
        match word.as_str() {
            "null" => Some(Json::Null),
            "true" => Some(Json::Bool(true)),
            "false" => Some(Json::Bool(false)),
            _ if word.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => {
                word.parse().ok().map(Json::Number)
            }
            _ => None,
        }
    }

    fn text(&mut self) -> Option<String> {
        self.rest.next_if_eq(&'"')?;
        let mut text = String::new();
        loop {
            match self.rest.next()? {
                '"' => return Some(text),
                '\\' => text.push(self.escaped()?),
                c => text.push(c),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        Some(match self.rest.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.code_point(),
            c @ ('"' | '\\' | '/') => c,
            _ => return None,
        })
    }

    /// After `\u`; beyond 16 bits there are two.
    fn code_point(&mut self) -> Option<char> {
        let first = self.four_digits()?;
        if !(0xD800..0xDC00).contains(&first) {
            return char::from_u32(first);
        }
        self.rest.next_if_eq(&'\\')?;
        self.rest.next_if_eq(&'u')?;
        let low = self.four_digits()?.checked_sub(0xDC00)?;
        char::from_u32(0x10000 + ((first - 0xD800) << 10) + low)
    }

    fn four_digits(&mut self) -> Option<u32> {
        (0..4).try_fold(0, |number, _| {
            Some(number * 16 + self.rest.next()?.to_digit(16)?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_kind_of_value() {
        let text = r#" {"a": [1, -2.5e1, true, false, null], "b\n\"\u00e9\ud83d\ude00": {}, "c": ["x", []]} "#;
        let json = Json::parse(text).unwrap();
        assert_eq!(
            json.field("a").list(),
            [
                Json::Number(1.0),
                Json::Number(-25.0),
                Json::Bool(true),
                Json::Bool(false),
                Json::Null
            ]
        );
        assert_eq!(json.field("b\n\"é😀"), &Json::Object(vec![]));
        assert_eq!(json.field("c").list()[0].text(), "x");
        assert_eq!(json.field("a").list()[1].number(), -25.0);
        assert_eq!(json.field("missing"), &Json::Null);
    }

    #[test]
    fn refuses_what_is_none() {
        for text in [
            "",
            "{",
            "[1",
            "[1,]",
            "{\"a\"}",
            "{\"a\":}",
            "\"",
            "\"\\x\"",
            "\"\\ud800\"",
            "tru",
            "1 2",
            "inf",
            "{a: 1}",
            "\"\\ud800\\ud7ff\"",
            "NaN",
        ] {
            assert_eq!(Json::parse(text), None, "{text}");
        }
        assert_eq!(Json::parse(&"[".repeat(100_000)), None);
    }
}
