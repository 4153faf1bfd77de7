//! `numberRules`: what is dialled, rewritten.
//!
//! `match` is a pattern for the whole number: `*` stands for any run of characters, `?` for any one, `\` before a
//! character for that character (`\*97`). `replace` is the new number; `$1` to `$9` are what the wildcards stood
//! for, in order, `$$` is a dollar sign. The first rule that fits is applied, and only that. An empty result
//! forbids the number.

use serde_json::Value;

/// Wildcards a pattern may have.
const WILDCARDS: usize = 9;

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberRule {
    pattern: Vec<Part>,
    replace: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Character(char),
    Any,
    Run,
}

/// The rules of a `numberRules` that was checked.
pub(super) fn rules(value: Option<&Value>) -> Vec<NumberRule> {
    let text = |rule: &Value, key: &str| rule.get(key).and_then(Value::as_str).map(str::to_owned);
    let items = value.and_then(Value::as_array).into_iter().flatten();
    items
        .filter_map(|rule| {
            let pattern = read(&text(rule, "match")?)?;
            Some(NumberRule { pattern, replace: text(rule, "replace").unwrap_or_default() })
        })
        .collect()
}

/// Whether `text` is a pattern.
pub(super) fn is_pattern(text: &str) -> bool {
    read(text).is_some()
}

fn read(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        parts.push(match c {
            '*' => Part::Run,
            '?' => Part::Any,
            '\\' => Part::Character(characters.next()?),
            c => Part::Character(c),
        });
    }
    let wildcards = parts.iter().filter(|part| !matches!(part, Part::Character(_))).count();
    // Two runs in a row would make the captures a matter of taste.
    let clear = !parts.windows(2).any(|pair| pair == [Part::Run, Part::Run]);
    (!parts.is_empty() && wildcards <= WILDCARDS && clear).then_some(parts)
}

/// `number` rewritten by the first of `rules` that fits; as it is if none does.
pub fn rewrite(rules: &[NumberRule], number: &str) -> String {
    rules.iter().find_map(|rule| rule.apply(number)).unwrap_or_else(|| number.to_owned())
}

impl NumberRule {
    fn apply(&self, number: &str) -> Option<String> {
        let number: Vec<char> = number.chars().collect();
        let mut captures = Vec::new();
        fits(&self.pattern, &number, &mut captures).then(|| self.fill(&captures))
    }

    fn fill(&self, captures: &[String]) -> String {
        let mut filled = String::new();
        let mut characters = self.replace.chars();
        while let Some(c) = characters.next() {
            match (c, (c == '$').then(|| characters.next()).flatten()) {
                ('$', Some(digit @ '1'..='9')) => {
                    let index = digit.to_digit(10).map_or(0, |n| n as usize - 1);
                    filled.push_str(captures.get(index).map_or("", String::as_str));
                }
                ('$', Some('$') | None) => filled.push('$'),
                ('$', Some(other)) => filled.extend(['$', other]),
                (c, _) => filled.push(c),
            }
        }
        filled
    }
}

/// The shortest run first. Numbers and patterns are short (`signal::limits`), so trying again is cheap; the runs of a
/// pattern are few.
fn fits(pattern: &[Part], text: &[char], captures: &mut Vec<String>) -> bool {
    let Some((part, rest)) = pattern.split_first() else { return text.is_empty() };
    match (part, text.split_first()) {
        (Part::Character(wanted), Some((c, more))) => wanted == c && fits(rest, more, captures),
        (Part::Any, Some((c, more))) => {
            captures.push(c.to_string());
            fits(rest, more, captures) || captures.pop().is_none()
        }
        (Part::Character(_) | Part::Any, None) => false,
        (Part::Run, _) => (0..=text.len()).any(|end| {
            let (run, more) = text.split_at(end);
            let depth = captures.len();
            captures.push(run.iter().collect());
            let found = fits(rest, more, captures);
            if !found {
                captures.truncate(depth);
            }
            found
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rewritten(rules_of: Value, number: &str) -> String {
        rewrite(&rules(Some(&rules_of)), number)
    }

    #[test]
    fn the_first_rule_that_fits_rewrites() {
        let plan = json!([
            {"match": "00*", "replace": "+$1"},
            {"match": "0*", "replace": "+49$1"},
            {"match": "\\*97", "replace": "voicemail"},
            {"match": "1??", "replace": "$2$1$$"},
            {"match": "0900*", "replace": "+1"},
            {"match": "666*"},
        ]);
        let cases = [
            ("0044123", "+44123"),
            ("030123", "+4930123"),
            ("*97", "voicemail"),
            ("123", "32$"),
            ("1234", "1234"),
            ("0900123", "+49900123"),
            ("6661", ""),
            ("+49301", "+49301"),
        ];
        for (dialled, called) in cases {
            assert_eq!(rewritten(plan.clone(), dialled), called, "{dialled}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        for bad in ["", "a**b", "\\", "?*?*?*?*?*"] {
            assert!(!is_pattern(bad), "{bad}");
        }
        assert!(is_pattern("0*") && is_pattern("\\\\"));
    }

    #[test]
    fn several_wildcards_are_captured_in_order() {
        assert_eq!(rewritten(json!([{"match": "*#*", "replace": "$2-$1"}]), "12#34"), "34-12");
    }
}
