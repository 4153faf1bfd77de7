//! The rows as text.

use std::fmt::Write;

pub struct Row {
    pub item: &'static str,
    pub unit: &'static str,
    pub engine: Option<f64>,
    pub bare: Option<f64>,
    pub goal: f64,
}

impl Row {
    /// Whether the goal is reached, or was not asked for.
    pub fn met(&self) -> bool {
        self.engine.is_none_or(|engine| engine <= self.goal)
    }
}

/// A Markdown table.
pub fn print(rows: &[Row]) -> String {
    let mut text =
        String::from("| item | engine | bare echo | ratio | goal | met |\n| --- | --- | --- | --- | --- | --- |\n");
    for row in rows {
        let figure = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1} {}", row.unit));
        let ratio = row.engine.zip(row.bare).map_or("-".to_owned(), |(engine, bare)| format!("{:.2}", engine / bare));
        let met = match row.engine {
            None => "-",
            Some(_) if row.met() => "yes",
            Some(_) => "NO",
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {} | {ratio} | <= {} {} | {met} |",
            row.item,
            figure(row.engine),
            figure(row.bare),
            row.goal,
            row.unit
        );
    }
    text
}
