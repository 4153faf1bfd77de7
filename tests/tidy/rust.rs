//! As much of Rust as the checks need: what is code, where functions and tests lie.

use std::ops::Range;

/// `text` with comments and the insides of literals blanked; lines stay where they are.
pub fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => until(&chars, at, |rest| rest[0] == '\n'),
            ('/', Some('*')) => after_block_comment(&chars, at),
            ('"', _) => after_string(&chars, at),
            ('r', Some('"' | '#')) if !is_word(&chars, at) => after_raw_string(&chars, at).unwrap_or(at),
            ('\'', _) => after_char(&chars, at).unwrap_or(at),
            _ => at,
        };
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

/// Whether the character before `at` belongs to the same word (`br"…"` is a literal all the same).
fn is_word(chars: &[char], at: usize) -> bool {
    at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_') && chars[at - 1] != 'b'
}

fn until(chars: &[char], from: usize, stop: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len()).find(|at| stop(&chars[*at..])).unwrap_or(chars.len())
}

fn after_block_comment(chars: &[char], from: usize) -> usize {
    let (mut depth, mut at) = (0, from);
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) if depth == 1 => return at + 2,
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    at
}

fn after_string(chars: &[char], from: usize) -> usize {
    let mut at = from + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

fn after_raw_string(chars: &[char], from: usize) -> Option<usize> {
    let hashes = chars[from + 1..].iter().take_while(|c| **c == '#').count();
    let open = from + 1 + hashes;
    (chars.get(open) == Some(&'"')).then_some(())?;
    let closes =
        |rest: &[char]| rest[0] == '"' && rest[1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
    Some((until(chars, open + 1, closes) + 1 + hashes).min(chars.len()))
}

/// The end of a character literal; none for a lifetime.
fn after_char(chars: &[char], from: usize) -> Option<usize> {
    if chars.get(from + 1) == Some(&'\\') {
        return Some((until(chars, from + 3, |rest| rest[0] == '\'') + 1).min(chars.len()));
    }
    (chars.get(from + 2) == Some(&'\'')).then_some(from + 3)
}

/// A function with a body.
pub struct Function {
    pub name: String,
    /// Line of `fn`, from 0.
    pub line: usize,
    /// Lines of its body that hold code, as clippy's `too_many_lines` counts.
    pub length: usize,
}

/// The functions of `code`, inner ones too.
pub fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at + 3..];
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        // `fn(u8) -> u8` is a type, and a `;` before the body is a declaration in a trait.
        let Some(open) = body(rest).filter(|_| !name.is_empty()) else { continue };
        let open = at + 3 + open;
        let body = &code[open + 1..block_end(code, open)];
        let length = body.lines().filter(|line| !line.trim().is_empty()).count();
        found.push(Function { name, line: line_of(code, at), length });
    }
    found
}

/// Where the body of a signature opens; `[u8; 4]` in it holds a `;` that ends nothing.
fn body(signature: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in signature.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return Some(at),
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// The line of a position, from 0.
pub fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count()
}

/// The position of the `}` that closes the `{` at `open`.
pub fn block_end(code: &str, open: usize) -> usize {
    let mut depth = 0;
    for (at, c) in code[open..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return open + at,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// The lines, from 0, of modules compiled for tests only.
pub fn test_lines(code: &str) -> Vec<Range<usize>> {
    let modules = code.match_indices("#[cfg(test)]").filter_map(|(at, attribute)| {
        let rest = &code[at + attribute.len()..];
        let open = rest.find(['{', ';'])?;
        let is_module = rest[..open].split_whitespace().any(|word| word == "mod") && rest[open..].starts_with('{');
        let end = block_end(code, at + attribute.len() + open);
        is_module.then(|| line_of(code, at)..line_of(code, end) + 1)
    });
    modules.collect()
}

/// `code` without its test modules; lines stay where they are.
pub fn production(code: &str) -> String {
    let tests = test_lines(code);
    let keep = |line: usize| !tests.iter().any(|range| range.contains(&line));
    code.lines().enumerate().map(|(at, line)| if keep(at) { format!("{line}\n") } else { "\n".into() }).collect()
}

#[test]
fn comments_and_literals_are_no_code() {
    let text =
        "let a = \"x { //\\\" \"; // }\n/* { /* } */ } */ let b = '{'; let c = r#\"}\"#; fn f<'a>(x: &'a str) {}";
    let code = code(text);
    assert_eq!(code.matches('{').count(), 1, "{code}");
    assert_eq!(code.matches('}').count(), 1, "{code}");
    assert_eq!(code.lines().count(), text.lines().count());
    assert!(code.contains("fn f<'a>(x: &'a str)"));
}

#[test]
fn functions_are_measured_without_blank_lines_and_comments() {
    let text =
        "trait T { fn none(&self); }\nfn one(x: [u8; 4]) -> u8 {\n    // why\n\n    x[0]\n}\ntype F = fn(u8) -> u8;";
    let found = functions(&code(text));
    assert_eq!(found.iter().map(|f| (f.name.as_str(), f.line, f.length)).collect::<Vec<_>>(), [("one", 1, 1)]);
}

#[test]
fn test_modules_are_told_from_production() {
    let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n#[cfg(test)]\nmod more;\nfn c() {}";
    assert!(matches!(test_lines(text).as_slice(), [range] if *range == (1..5)));
    assert_eq!(functions(&production(text)).len(), 2);
}
