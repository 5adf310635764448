//! Draws what `benches/peers.py` measured: `cargo run --release --example chart -- FIGURES.json CHART.svg`.
//!
//! For each piece of work a bar for each tool, as long as its median time; beside it the time, and the size of
//! what was written. Works that no peer was there for are left out.

use plotters::prelude::*;
use serde_json::Value;
use std::error::Error;

const WIDTH: u32 = 900;
const LINE: i32 = 22;
/// Where bars begin, and where the longest ends.
const BARS: (i32, i32) = (170, 620);
const OURS: RGBColor = RGBColor(31, 119, 180);
const PEERS: RGBColor = RGBColor(174, 199, 232);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [figures, chart] = arguments.as_slice() else { return Err("usage: chart FIGURES.json CHART.svg".into()) };
    let figures: Value = serde_json::from_slice(&std::fs::read(figures)?)?;
    let works = figures["works"].as_array().ok_or("there are no works")?;
    let works: Vec<&Value> = works.iter().filter(|work| results(work).len() > 1).collect();
    let lines: usize = works.iter().map(|work| results(work).len() + 2).sum();
    let height = u32::try_from(LINE)? * u32::try_from(lines + 1)?;
    let area = SVGBackend::new(chart, (WIDTH, height)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut y = LINE / 2;
    for work in works {
        let name = work["work"].as_str().unwrap_or_default();
        area.draw_text(name, &font(15).style(FontStyle::Bold).color(&BLACK), (10, y))?;
        y += LINE;
        let longest = results(work).iter().map(time).fold(0.0, f64::max);
        for result in results(work) {
            let tool = result["tool"].as_str().unwrap_or_default();
            let end = BARS.0 + scaled(time(result) / longest);
            let color = if tool.starts_with("pack") { OURS } else { PEERS };
            area.draw(&Rectangle::new([(BARS.0, y + 3), (end, y + LINE - 3)], color.filled()))?;
            area.draw_text(tool, &font(13).color(&BLACK), (20, y + 4))?;
            area.draw_text(&label(result), &font(13).color(&BLACK), (end + 8, y + 4))?;
            y += LINE;
        }
        y += LINE;
    }
    Ok(area.present()?)
}

fn results(work: &Value) -> &[Value] {
    work["results"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn time(result: &Value) -> f64 {
    result["median"].as_f64().unwrap_or_default()
}

#[expect(clippy::cast_possible_truncation, reason = "a part of a length in pixels is one")]
fn scaled(part: f64) -> i32 {
    (f64::from(BARS.1 - BARS.0) * part).round() as i32
}

fn label(result: &Value) -> String {
    let time =
        if time(result) < 1.0 { format!("{:.1} ms", time(result) * 1e3) } else { format!("{:.2} s", time(result)) };
    match result["bytes"].as_f64() {
        Some(bytes) => format!("{time}, {:.2} MB", bytes / 1e6),
        None => time,
    }
}

fn font(size: i32) -> FontDesc<'static> {
    FontDesc::new(FontFamily::SansSerif, f64::from(size), FontStyle::Normal)
}
