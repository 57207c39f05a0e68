//! Two pictures in one: how much everybody hears when everybody talks, and how late at each rate.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;

use super::tables::{loads, outcome, thousands};
use crate::maru;
use crate::results::{Measured, Results, Run};
use crate::talk::{EVERYBODY, MOST};

const SIZE: (u32, u32) = (1_000, 420);

const INK: RGBColor = RGBColor(60, 60, 60);

/// Maru's colour; peers are grey, or of these.
const MARU: RGBColor = RGBColor(200, 80, 30);
const PEERS: [RGBColor; 8] = [
    RGBColor(31, 119, 180),
    RGBColor(44, 160, 44),
    RGBColor(148, 103, 189),
    RGBColor(140, 86, 75),
    RGBColor(127, 127, 127),
    RGBColor(23, 190, 207),
    RGBColor(188, 189, 34),
    RGBColor(227, 119, 194),
];

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Draws both.
pub(super) fn draw(results: &Results, path: &Path) -> Result<()> {
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE).map_err(failed)?;
    let (left, right) = area.split_horizontally(SIZE.0 / 2);
    throughput(results, &left)?;
    latency(results, &right)?;
    area.present().map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("cannot draw: {error}")
}

fn of(results: &Results, load: &str, system: &str) -> Option<Measured> {
    let runs: Vec<&Run> = results.talk.iter().filter(|run| run.load == load).collect();
    outcome(&runs, system)?.ok()
}

fn colour(i: usize, name: &str) -> RGBColor {
    if name == maru::NAME { MARU } else { PEERS[i % PEERS.len()] }
}

/// Bars of deliveries a second when everybody talks.
fn throughput(results: &Results, area: &Area<'_>) -> Result<()> {
    let most = |name: &str| {
        let both = [EVERYBODY, MOST].map(|load| of(results, load, name));
        both.into_iter().flatten().map(|measured| measured.deliveries).max_by(f64::total_cmp)
    };
    let bars: Vec<(usize, &String, f64)> = (results.order.iter().enumerate())
        .filter_map(|(i, name)| Some((i, name, most(name)?)))
        .collect();
    let mut chart = ChartBuilder::on(area)
        .caption("1,000 members, all talk: the most deliveries/s", ("sans-serif", 17, &INK))
        .margin(12)
        .x_label_area_size(28)
        .y_label_area_size(8)
        .build_cartesian_2d((1e3..4e6).log_scale(), 0.0..bars.len().max(1) as f64)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .y_labels(0)
        .x_label_formatter(&|x| thousands(*x))
        .label_style(("sans-serif", 12, &INK))
        .light_line_style(WHITE)
        .draw()
        .map_err(failed)?;
    for (place, (i, name, deliveries)) in bars.iter().rev().enumerate() {
        let bottom = place as f64;
        let colour = colour(*i, name);
        let corners = [(1e3, bottom + 0.1), (deliveries.max(1e3), bottom + 0.55)];
        let label = format!("{name}: {}", thousands(*deliveries));
        let style = ("sans-serif", 13).into_font().color(&INK);
        let text = Text::new(label, (1.1e3, bottom + 0.92), style);
        let bar = std::iter::once(Rectangle::new(corners, colour.filled()));
        chart.draw_series(bar).map_err(failed)?;
        chart.draw_series(std::iter::once(text)).map_err(failed)?;
    }
    Ok(())
}

/// Lines of the 99th percentile over what is said in a room of 1,000.
fn latency(results: &Results, area: &Area<'_>) -> Result<()> {
    let mut chart = ChartBuilder::on(area)
        .caption("1,000 members: p99 in ms over messages/s", ("sans-serif", 17, &INK))
        .margin(12)
        .x_label_area_size(28)
        .y_label_area_size(48)
        .build_cartesian_2d((0.8..4e3).log_scale(), (1.0..2e4).log_scale())
        .map_err(failed)?;
    chart
        .configure_mesh()
        .x_label_formatter(&|x| thousands(*x))
        .y_label_formatter(&|y| thousands(*y))
        .label_style(("sans-serif", 12, &INK))
        .light_line_style(WHITE)
        .draw()
        .map_err(failed)?;
    for (i, name) in results.order.iter().enumerate() {
        let points = points(results, name);
        let colour = colour(i, name);
        let line = LineSeries::new(points.clone(), colour.stroke_width(2)).point_size(3);
        let drawn = chart.draw_series(line).map_err(failed)?;
        if !points.is_empty() {
            drawn.label(name).legend(move |(x, y)| {
                PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2))
            });
        }
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .label_font(("sans-serif", 12, &INK))
        .background_style(WHITE.mix(0.8))
        .draw()
        .map_err(failed)
}

/// Messages a second and p99, in one room of 1,000.
fn points(results: &Results, system: &str) -> Vec<(f64, f64)> {
    let large: Vec<Run> = results.talk.iter().filter(|run| run.members == 1_000).cloned().collect();
    let point = |load: &str| {
        let messages = large.iter().find(|run| run.load == load)?.messages;
        let measured = of(results, load, system)?;
        (measured.p99_ms > 0.0).then(|| (messages, measured.p99_ms.clamp(1.0, 2e4)))
    };
    loads(&large).into_iter().filter_map(point).collect()
}
