//! The table as text: aligned for a terminal, as Markdown, and as CSV.

use std::fmt::Write as _;

use super::file::is_printed;
use super::outcome::Figure;
use super::row::{Cell, Row};

const FIGURES: [Figure; 4] = [
    Figure::TotalMsgs,
    Figure::Failures,
    Figure::Duplicates,
    Figure::MedianLatency,
];

/// The rows in columns that are aligned, each with its remarks below it.
pub fn text(rows: &[Row]) -> String {
    let table = columns(rows);
    let widths = widths(&table);
    let mut text = String::new();
    let mut lines = table.iter();
    if let Some(heads) = lines.next() {
        line(heads, &widths, &mut text);
    }
    for (cells, row) in lines.zip(rows) {
        line(cells, &widths, &mut text);
        for remark in &row.remarks {
            let _ = writeln!(text, "{:1$}  {2}", "", widths[0], printed(remark));
        }
    }
    text
}

/// The rows as a table in Markdown, and a list of what there is to remark.
pub fn markdown(rows: &[Row]) -> String {
    let with_settings = tell_settings(rows);
    let mut text = String::new();
    for (number, cells) in columns(rows).iter().enumerate() {
        let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
        if number == 0 {
            let _ = writeln!(text, "|{}", "---|".repeat(cells.len()));
        }
    }
    let remarks = rows.iter().flat_map(|row| {
        let mut of = escaped(&row.file);
        if with_settings && !row.settings.is_empty() {
            let _ = write!(of, " ({})", row.settings);
        }
        let remarks = row.remarks.iter();
        remarks.map(move |remark| format!("- {of}: {}", escaped(remark)))
    });
    for (number, remark) in remarks.enumerate() {
        let _ = writeln!(text, "{}{remark}", if number == 0 { "\n" } else { "" });
    }
    text
}

/// The rows as comma-separated values (RFC 4180), one value each, with a line of heads.
pub fn csv(rows: &[Row]) -> String {
    let mut heads: Vec<String> = ["file", "settings", "passed"].map(str::to_owned).into();
    for figure in FIGURES {
        let name = match figure {
            Figure::MedianLatency => "median latency ms".to_owned(),
            _ => figure.to_string(),
        };
        heads.extend(["", " tier", " next below"].map(|it| format!("{name}{it}")));
    }
    // New columns come last, so that the others keep their numbers.
    heads.extend(["remarks", "unlucky"].map(str::to_owned));
    let mut text = String::new();
    record(&heads, &mut text);
    for row in rows {
        let mut values = vec![row.file.clone(), row.settings.clone(), row.passed.clone()];
        for place in 0..FIGURES.len() {
            values.extend(match row.cells.get(place) {
                None => [const { String::new() }; 3],
                Some(Cell {
                    value, tier, next, ..
                }) => [
                    value.clone(),
                    tier.map_or_else(String::new, |it| it.to_string()),
                    next.as_ref()
                        .map_or_else(String::new, |it| it.below.clone()),
                ],
            });
        }
        values.push(row.remarks.join("; "));
        values.push(match row.unlucky {
            0 => String::new(),
            gets => gets.to_string(),
        });
        record(&values, &mut text);
    }
    text
}

/// Whether any row is of other settings than the default ones.
fn tell_settings(rows: &[Row]) -> bool {
    let is_default = |row: &Row| ["", "default"].contains(&row.settings.as_str());
    !rows.iter().all(is_default)
}

/// The heads and the rows.
fn columns(rows: &[Row]) -> Vec<Vec<String>> {
    let with_settings = tell_settings(rows);
    let first = |file: &str, settings: &str, passed: &str| {
        let settings = with_settings.then_some(settings);
        let cells = [Some(file), settings, Some(passed)].into_iter().flatten();
        cells.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut heads = first("file", "settings", "passed");
    heads.extend(FIGURES.map(|figure| figure.to_string()));
    let mut table = vec![heads];
    for row in rows {
        let file = printed(&row.file);
        let mut line = first(&file, &row.settings, &row.passed_told());
        let figures = (0..FIGURES.len()).map(|place| row.cells.get(place));
        line.extend(figures.map(|it| it.map_or_else(String::new, Cell::to_string)));
        table.push(line);
    }
    table
}

fn widths(table: &[Vec<String>]) -> Vec<usize> {
    let mut widths = vec![0; table.first().map_or(0, Vec::len)];
    for line in table {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }
    widths
}

fn line(cells: &[String], widths: &[usize], text: &mut String) {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        let _ = write!(line, "{cell:width$}  ");
    }
    let _ = writeln!(text, "{}", line.trim_end());
}

/// A text that stays one cell, and is not taken for anything else.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        if matches!(letter, '|' | '\\' | '`' | '*') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    printed(&escaped)
}

/// A text that stays in its line and tells a terminal nothing.
fn printed(text: &str) -> String {
    text.replace(|letter| !is_printed(letter), " ")
}

fn record(values: &[String], text: &mut String) {
    let quoted = values.iter().map(|value| {
        let value = printed(value);
        if value.contains([',', '"']) {
            format!("\"{}\"", value.replace('"', "\"\""))
        } else {
            value
        }
    });
    let quoted: Vec<String> = quoted.collect();
    let _ = writeln!(text, "{}", quoted.join(","));
}

#[cfg(test)]
mod tests {
    use super::super::{Choice, Table};
    use super::*;

    #[test]
    fn whatever_a_file_is_called_it_stays_one_cell() {
        let mut table = Table::new(&[Choice::default()], None).expect("it is valid");
        let add = table.refuse("a|b, \"c\"\nd", "no|where,\u{1b}really");
        add.expect("there is room");
        let rows = table.rows();
        assert_eq!(
            markdown(&rows).lines().collect::<Vec<_>>(),
            [
                "| file | passed | messages | failures | duplicates | median latency |",
                "|---|---|---|---|---|---|",
                "| a\\|b, \"c\" d | malformed |  |  |  |  |",
                "",
                "- a\\|b, \"c\" d: no\\|where, really",
            ]
        );
        assert_eq!(
            text(&rows).lines().skip(1).collect::<Vec<_>>(),
            ["a|b, \"c\" d  malformed", "            no|where, really"]
        );
        let csv = csv(&rows);
        let (heads, record) = csv.split_once('\n').expect("there are two");
        assert_eq!(heads.matches(',').count(), 16);
        assert_eq!(
            record,
            "\"a|b, \"\"c\"\" d\",,malformed,,,,,,,,,,,,,\"no|where, really\",\n"
        );
    }
}
