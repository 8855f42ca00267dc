//! CQL2 text by recursive descent: OR < AND < NOT < comparison < sum < product < power < sign.

use super::{
    FilterError, MAX_DEPTH, MAX_NODES,
    lexer::{Token, What, expected, tokens},
    syntax::Syntax,
};
use crate::Shape;

pub(super) fn parse(text: &str) -> Result<Syntax, FilterError> {
    let mut parser = Parser { text, tokens: tokens(text)?, next: 0, depth: 0, nodes: 0 };
    let syntax = parser.either()?;
    match parser.token().what {
        What::End => Ok(syntax),
        _ => Err(parser.expected("an operator or the end")),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    next: usize,
    /// Levels of recursion, and operators that nest to the left.
    depth: usize,
    nodes: usize,
}

type Parsed = Result<Syntax, FilterError>;

impl Parser<'_> {
    fn token(&self) -> &Token {
        // The last token is the end, and nothing steps over it.
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn expected(&self, what: &'static str) -> FilterError {
        expected(self.text, self.token().start, what)
    }

    fn is_word(&self, ahead: usize, word: &str) -> bool {
        matches!(self.tokens.get(self.next + ahead), Some(Token { what: What::Name(name), .. }) if name.eq_ignore_ascii_case(word))
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let is_next = self.is_word(0, word);
        self.next += usize::from(is_next);
        is_next
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.token().what, What::Sign(next) if next == sign)
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let is_next = self.is_sign(sign);
        self.next += usize::from(is_next);
        is_next
    }

    fn needs_sign(&mut self, sign: &str, name: &'static str) -> Result<(), FilterError> {
        if self.takes_sign(sign) { Ok(()) } else { Err(self.expected(name)) }
    }

    fn needs_word(&mut self, word: &str, name: &'static str) -> Result<(), FilterError> {
        if self.takes_word(word) { Ok(()) } else { Err(self.expected(name)) }
    }

    fn counted(&mut self, syntax: Syntax) -> Parsed {
        self.nodes += 1;
        if self.nodes > MAX_NODES { Err(FilterError::TooLarge) } else { Ok(syntax) }
    }

    fn op(&mut self, name: &str, args: Vec<Syntax>) -> Parsed {
        self.counted(Syntax::Op(name.to_owned(), args))
    }

    fn deeper(&mut self, parse: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(FilterError::TooDeep);
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn either(&mut self) -> Parsed {
        self.deeper(|parser| parser.chain("or", Self::both))
    }

    fn both(&mut self) -> Parsed {
        self.chain("and", Self::negation)
    }

    /// `a AND b AND c` as one node of three.
    fn chain(&mut self, word: &str, part: fn(&mut Self) -> Parsed) -> Parsed {
        let first = part(self)?;
        if !self.is_word(0, word) {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.takes_word(word) {
            parts.push(part(self)?);
        }
        self.op(word, parts)
    }

    fn negation(&mut self) -> Parsed {
        if self.takes_word("not") {
            let negated = self.deeper(Self::negation)?;
            return self.op("not", vec![negated]);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.sum()?;
        for (sign, name) in [("=", "="), ("<>", "<>"), ("!=", "<>"), ("<=", "<="), (">=", ">="), ("<", "<"), (">", ">")] {
            if self.takes_sign(sign) {
                let right = self.sum()?;
                return self.op(name, vec![left, right]);
            }
        }
        if self.takes_word("is") {
            let negated = self.takes_word("not");
            self.needs_word("null", "NULL")?;
            let is_null = self.op("isnull", vec![left])?;
            return if negated { self.op("not", vec![is_null]) } else { Ok(is_null) };
        }
        let negated = self.is_word(0, "not") && ["in", "like", "between"].iter().any(|word| self.is_word(1, word));
        self.next += usize::from(negated);
        let condition = if self.takes_word("like") {
            let pattern = self.sum()?;
            self.op("like", vec![left, pattern])?
        } else if self.takes_word("between") {
            let low = self.sum()?;
            self.needs_word("and", "AND of BETWEEN")?;
            let high = self.sum()?;
            self.op("between", vec![left, low, high])?
        } else if self.takes_word("in") {
            self.needs_sign("(", "\"(\" of IN")?;
            let list = self.list()?;
            self.op("in", vec![left, Syntax::List(list)])?
        } else {
            return Ok(left);
        };
        if negated { self.op("not", vec![condition]) } else { Ok(condition) }
    }

    fn sum(&mut self) -> Parsed {
        self.left_chain(&["+", "-"], |parser| parser.left_chain(&["*", "/", "%"], Self::power))
    }

    /// Operators of one rank nest to the left, so each counts as a level.
    fn left_chain(&mut self, signs: &[&'static str], part: impl Fn(&mut Self) -> Parsed) -> Parsed {
        let mut left = part(self)?;
        let depth = self.depth;
        loop {
            let sign = signs.iter().copied().find(|sign| self.is_sign(sign));
            let name = match sign {
                Some(sign) => sign,
                None if signs.contains(&"*") && self.is_word(0, "div") => "div",
                None => break,
            };
            self.next += 1;
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err(FilterError::TooDeep);
            }
            let right = part(self)?;
            left = self.op(name, vec![left, right])?;
        }
        self.depth = depth;
        Ok(left)
    }

    fn power(&mut self) -> Parsed {
        let base = self.signed()?;
        if self.takes_sign("^") {
            let exponent = self.deeper(Self::power)?;
            return self.op("^", vec![base, exponent]);
        }
        Ok(base)
    }

    fn signed(&mut self) -> Parsed {
        if self.takes_sign("-") {
            return match self.deeper(Self::signed)? {
                Syntax::Int(number) => Ok(Syntax::Int(-number)),
                Syntax::Float(number) => Ok(Syntax::Float(-number)),
                other => self.op("-", vec![Syntax::Int(0), other]),
            };
        }
        self.takes_sign("+");
        self.primary()
    }

    /// What follows an opening parenthesis, and the closing one.
    fn list(&mut self) -> Result<Vec<Syntax>, FilterError> {
        let mut items = Vec::new();
        if self.takes_sign(")") {
            return Ok(items);
        }
        loop {
            items.push(self.either()?);
            if !self.takes_sign(",") {
                self.needs_sign(")", "\",\" or \")\"")?;
                return Ok(items);
            }
        }
    }

    fn primary(&mut self) -> Parsed {
        let token = self.token().clone();
        let syntax = match token.what {
            What::Sign("(") => {
                self.next += 1;
                let inner = self.either()?;
                self.needs_sign(")", "\")\"")?;
                return Ok(inner);
            }
            What::Int(number) => Syntax::Int(number),
            What::Float(number) => Syntax::Float(number),
            What::Text(text) => Syntax::Text(text),
            What::Quoted(name) => Syntax::Property(name),
            What::Name(name) => return self.named(&name),
            What::Sign(_) | What::End => return Err(self.expected("a property, literal, function or \"(\"")),
        };
        self.next += 1;
        self.counted(syntax)
    }

    /// A literal word, a geometry, a function or a property.
    fn named(&mut self, name: &str) -> Parsed {
        let lower = name.to_ascii_lowercase();
        let start = self.next;
        self.next += 1;
        match lower.as_str() {
            "true" => return self.counted(Syntax::Bool(true)),
            "false" => return self.counted(Syntax::Bool(false)),
            "null" => return self.counted(Syntax::Null),
            "point" | "linestring" | "polygon" | "multipoint" | "multilinestring" | "multipolygon" | "geometrycollection"
                if self.is_sign("(") || ["z", "m", "zm", "empty"].iter().any(|word| self.is_word(0, word)) =>
            {
                return self.geometry(start);
            }
            "and" | "or" | "in" | "like" | "between" | "is" => {
                self.next = start;
                return Err(self.expected("a property, literal, function or \"(\""));
            }
            _ => {}
        }
        if !self.takes_sign("(") {
            return self.counted(Syntax::Property(name.to_owned()));
        }
        let args = self.list()?;
        match (lower.as_str(), args.as_slice()) {
            ("date", [Syntax::Text(text)]) => self.counted(Syntax::Date(text.clone())),
            ("timestamp", [Syntax::Text(text)]) => self.counted(Syntax::Timestamp(text.clone())),
            _ => self.op(&lower, args),
        }
    }

    /// A WKT literal, from its name to the parenthesis that closes it; its text is read by [`Shape::from_wkt`].
    fn geometry(&mut self, start: usize) -> Parsed {
        let mut open = 0usize;
        loop {
            let token = self.token();
            match token.what {
                What::Sign("(") => open += 1,
                What::Sign(")") => open = open.saturating_sub(1),
                What::End => return Err(self.expected("\")\" of the geometry")),
                _ => {}
            }
            let is_empty = open == 0 && self.is_word(0, "empty");
            let is_last = open == 0 && self.is_sign(")");
            self.next += 1;
            if is_empty || is_last {
                break;
            }
        }
        let wkt = &self.text[self.tokens[start].start..self.tokens[self.next - 1].end];
        let shape = Shape::from_wkt(wkt).map_err(FilterError::Shape)?;
        self.counted(Syntax::Geometry(shape))
    }
}
