//! Draws what `benches/ladder.py` measured: `cargo run --release --example ladder -- FIGURES.json CHART.svg`.
//!
//! For each rung a bar for the image unpacked and one for what people download, plain and with the smallest of
//! the ways that the table has.

use plotters::prelude::*;
use serde_json::Value;
use std::error::Error;

const WIDTH: u32 = 900;
const LINE: i32 = 18;
/// Where bars begin, and where the longest ends.
const BARS: (i32, i32) = (210, 700);
const UNPACKED: RGBColor = RGBColor(174, 199, 232);
const COMPRESSED: RGBColor = RGBColor(31, 119, 180);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [figures, chart] = arguments.as_slice() else { return Err("usage: ladder FIGURES.json CHART.svg".into()) };
    let figures: Value = serde_json::from_slice(&std::fs::read(figures)?)?;
    let rungs = figures["rungs"].as_array().ok_or("there are no rungs")?;
    let height = u32::try_from(LINE)? * u32::try_from(rungs.len() * 3 + 2)?;
    let area = SVGBackend::new(chart, (WIDTH, height)).into_drawing_area();
    area.fill(&WHITE)?;
    let text = |size: i32| FontDesc::new(FontFamily::SansSerif, f64::from(size), FontStyle::Normal).color(&BLACK);
    area.draw_text(
        "bytes on a logarithmic scale: unpacked, and compressed, both at their smallest",
        &text(13),
        (10, 4),
    )?;
    let mut y = 2 * LINE;
    for rung in rungs {
        area.draw_text(rung["rung"].as_str().unwrap_or_default(), &text(13), (10, y + LINE / 2))?;
        for (field, color) in [("size", UNPACKED), ("compressed", COMPRESSED)] {
            let bytes = smallest(rung, field);
            let end = BARS.0 + length(bytes);
            area.draw(&Rectangle::new([(BARS.0, y + 2), (end, y + LINE - 2)], color.filled()))?;
            area.draw_text(&written(bytes), &text(12), (end + 8, y + 3))?;
            y += LINE;
        }
        y += LINE;
    }
    Ok(area.present()?)
}

fn smallest(rung: &Value, field: &str) -> f64 {
    let ways = rung["ways"].as_object().into_iter().flatten();
    ways.filter_map(|(_, way)| way[field].as_f64()).fold(f64::INFINITY, f64::min)
}

/// From a hundred bytes to a hundred million.
#[expect(clippy::cast_possible_truncation, reason = "a part of a length in pixels is one")]
fn length(bytes: f64) -> i32 {
    (f64::from(BARS.1 - BARS.0) * ((bytes.log10() - 2.0) / 6.0).clamp(0.0, 1.0)).round() as i32
}

fn written(bytes: f64) -> String {
    match bytes {
        large if large >= 1e6 => format!("{:.2} MB", large / 1e6),
        middle if middle >= 1e4 => format!("{:.0} kB", middle / 1e3),
        small => format!("{small:.0} B"),
    }
}
