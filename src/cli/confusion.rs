//! Which classes are taken for which, as a table.

use super::table::{Column, Table};

/// A confusion matrix, a row a true class, a column a predicted one; or where it is too wide, what it says
/// of each class.
pub fn confusion(matrix: &[Vec<u64>], names: &[String], width: Option<usize>) -> String {
    let table = whole(matrix, names);
    let natural = table.natural_width();
    if width.is_none_or(|width| natural <= width) {
        return format!(
            "Rows are true classes, columns predicted ones:\n{}",
            table.fitted(None)
        );
    }
    format!(
        "The confusion matrix takes {natural} columns; by class it says:\n{}",
        by_class(matrix, names).fitted(width)
    )
}

fn whole(matrix: &[Vec<u64>], names: &[String]) -> Table {
    let headers = std::iter::once(String::new())
        .chain(names.iter().cloned())
        .chain(["accuracy".to_owned()]);
    let mut table = Table::new(headers.map(Column::number));
    for (class, (counts, name)) in matrix.iter().zip(names).enumerate() {
        let row = std::iter::once(name.clone()).chain(counts.iter().map(u64::to_string));
        table.add_row(row.chain([accuracy(counts, class)]));
    }
    table
}

fn by_class(matrix: &[Vec<u64>], names: &[String]) -> Table {
    let mut table = Table::new([
        Column::number("class"),
        Column::number("images"),
        Column::number("accuracy"),
        Column::text("taken for, so often"),
    ]);
    for (class, (counts, name)) in matrix.iter().zip(names).enumerate() {
        let others = counts.iter().zip(names).enumerate();
        let mut wrong: Vec<_> = others
            .filter(|&(other, (&count, _))| other != class && count > 0)
            .map(|(_, (count, name))| (count, name))
            .collect();
        wrong.sort_by_key(|&(count, _)| std::cmp::Reverse(count));
        let wrong: Vec<_> = wrong
            .iter()
            .map(|(count, name)| format!("{name}:\u{a0}{count}"))
            .collect();
        let images: u64 = counts.iter().sum();
        table.add_row([
            name.clone(),
            images.to_string(),
            accuracy(counts, class),
            wrong.join(", "),
        ]);
    }
    table
}

/// The accuracy of a class by its row of the matrix, for people.
fn accuracy(counts: &[u64], class: usize) -> String {
    let (right, all) = (counts.get(class), counts.iter().sum::<u64>());
    match right {
        Some(&right) if all > 0 => format!("{:.2}%", 100.0 * right as f64 / all as f64),
        _ => "-".to_owned(),
    }
}
