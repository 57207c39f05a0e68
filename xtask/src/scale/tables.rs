//! The tables of the document.

use super::document::Part;
use super::figure::{change, number, percent, usd};
use super::inputs::{Figure, Inputs, Scenario};
use super::month::{bill, room_gb, total, usage};
use super::object::{Stop, capacity, entry_us, load, rows_per_entry};
use super::people::{Crowd, crowd};
use super::stadium::tree;

/// A cell of the table of the busiest moment.
type Cell = fn(&Inputs, &Crowd) -> String;

/// A change of the figures or of what people do.
type Twice = fn(&mut Inputs, &mut Scenario);

/// Every calculated part, in the order of the document.
pub(super) fn all(inputs: &Inputs) -> Vec<Part> {
    vec![
        ("one object", one_object(inputs)),
        ("rows", rows(inputs)),
        ("scenarios", scenarios(inputs)),
        ("busiest moment", busiest_moment(inputs)),
        ("month", month(inputs)),
        ("twice as much", twice_as_much(inputs)),
        ("stadium", stadium(inputs)),
    ]
}

/// Rooms of several sizes, each told ever more until it stops.
fn one_object(inputs: &Inputs) -> String {
    let sizes = [5.0, 30.0, 100.0, 200.0, 1_000.0, 2_000.0, 5_000.0, inputs.protocol.members_max.0];
    let row = |live: f64| {
        let (rate, stop) = capacity(inputs, live);
        let at = load(inputs, live, rate);
        let stop = match stop {
            Stop::Cpu => format!("{} of a core", percent(inputs.assumed.cpu_share_max.0)),
            Stop::Requests => {
                format!("{} frames/s from clients", number(inputs.limits.requests_per_s.0))
            }
        };
        let mib = |kib: Figure| number(live * kib.0 / 1_024.0);
        let (low, high) = (inputs.measured.member_kib_low, inputs.measured.member_kib_high);
        vec![
            number(live),
            format!("{} ms", number(at.window_ms)),
            number(rate),
            number(at.deliveries),
            number(at.frames_out),
            number(at.frames_in),
            percent(at.cpu),
            format!("{}–{} MiB", mib(low), mib(high)),
            stop,
        ]
    };
    let heads = [
        "live members",
        "window",
        "messages/s at most",
        "deliveries/s",
        "frames/s out",
        "frames/s in",
        "CPU",
        "idle memory, of 128 MiB",
        "stopped by",
    ];
    table(&heads, sizes.map(row))
}

/// The model beside a measurement that it was not made from.
fn rows(inputs: &Inputs) -> String {
    let modelled = rows_per_entry(inputs, inputs.measured.delivery_live.0, 100.0);
    let measured = inputs.measured.rows_per_entry_busy.0;
    format!(
        "At 100 messages a second in a room of {} the model says {modelled:.3} rows a message; \
         measured were {measured:.3}.",
        number(inputs.measured.delivery_live.0)
    )
}

fn scenarios(inputs: &Inputs) -> String {
    let says = |scenario: &Scenario| format!("- **{}**: {}\n", scenario.name, scenario.says);
    inputs.scenarios.iter().map(says).collect()
}

fn busiest_moment(inputs: &Inputs) -> String {
    let crowds: Vec<Crowd> = inputs.scenarios.iter().map(|one| crowd(inputs, one)).collect();
    let limit = number(inputs.limits.sql_gb.0);
    let sizes = inputs.scenarios.iter().map(|scenario| room_gb(inputs, scenario));
    let filled = sizes.map(|size| format!("{} of {limit}", number(size)));
    let rows: [(&str, Cell); 14] = [
        ("messages/s", |_, crowd| number(crowd.messages_per_s)),
        ("deliveries/s", |_, crowd| number(crowd.deliveries_per_s)),
        ("frames/s to clients", |_, crowd| number(crowd.frames_per_s)),
        ("sockets to rooms", |_, crowd| number(crowd.online)),
        ("people", |_, crowd| number(crowd.people)),
        ("rooms", |_, crowd| number(crowd.rooms)),
        ("objects, inboxes included", |_, crowd| number(crowd.objects)),
        ("objects in each region", |inputs, crowd| number(crowd.objects / inputs.limits.regions.0)),
        ("CPU of an active room", |_, crowd| percent(crowd.active.cpu)),
        ("frames/s from its clients", |_, crowd| number(crowd.active.frames_in)),
        ("active room awake", |_, crowd| percent(crowd.active.awake)),
        ("quiet room awake", |_, crowd| percent(crowd.quiet.awake)),
        ("sign-ins refreshed/s, in D1", |_, crowd| number(crowd.connects_per_s)),
        ("D1 databases for memberships", |_, crowd| number(crowd.d1_databases)),
    ];
    let mut rows = rows
        .map(|(name, cell)| cells(name, crowds.iter().map(|crowd| cell(inputs, crowd))))
        .to_vec();
    rows.push(cells("GB of an active room", filled));
    table(&heads(inputs), rows)
}

fn month(inputs: &Inputs) -> String {
    let usages: Vec<_> = inputs.scenarios.iter().map(|one| usage(inputs, one)).collect();
    let crowds: Vec<_> = inputs.scenarios.iter().map(|one| crowd(inputs, one)).collect();
    let bills: Vec<_> = usages.iter().map(|usage| bill(inputs, usage)).collect();
    let totals: Vec<f64> = bills.iter().map(|bill| bill.iter().map(|(_, usd)| usd).sum()).collect();
    let mut rows = vec![
        cells("messages", usages.iter().map(|usage| number(usage.messages))),
        cells("rows written", usages.iter().map(|usage| number(usage.rows_written))),
        cells("GB-s", usages.iter().map(|usage| number(usage.object_gb_s))),
        cells("GB in objects", usages.iter().map(|usage| number(usage.sql_gb))),
        cells("GB in R2", usages.iter().map(|usage| number(usage.r2_gb))),
    ];
    for (index, (item, _)) in bills.first().into_iter().flatten().enumerate() {
        let each = bills.iter().filter_map(|bill| bill.get(index));
        rows.push(cells(item, each.map(|(_, dollars)| usd(*dollars))));
    }
    rows.push(cells("**a month**", totals.iter().map(|total| format!("**{}**", usd(*total)))));
    let per_million = totals.iter().zip(&usages).map(|(total, usage)| {
        if usage.messages > 0.0 { usd(total / usage.messages * 1e6) } else { "–".to_owned() }
    });
    rows.push(cells("for a million messages", per_million));
    let per_head = totals.iter().zip(&crowds).map(|(total, crowd)| usd(total / crowd.people));
    rows.push(cells("for a person", per_head));
    table(&heads(inputs), rows)
}

/// What the bill and an active room's CPU become.
fn twice_as_much(inputs: &Inputs) -> String {
    let rows: [(&str, Twice); 6] = [
        ("quiet rooms", |_, scenario| scenario.quiet_rooms *= 2.0),
        ("members, and those here", |_, scenario| {
            scenario.members *= 2.0;
            scenario.live *= 2.0;
            scenario.quiet_live *= 2.0;
        }),
        ("bytes of a message", |inputs, _| {
            inputs.measured.delivery_us.0 += entry_us(inputs);
            inputs.measured.message_bytes.0 *= 2.0;
        }),
        ("messages in the same rooms", |_, scenario| scenario.rate *= 2.0),
        ("reconnects", |inputs, _| inputs.assumed.reconnects_per_day.0 *= 2.0),
        ("files", |inputs, _| inputs.assumed.file_share.0 *= 2.0),
    ];
    let row = |(name, twice): (&str, Twice)| {
        let each = inputs.scenarios.iter().map(|scenario| {
            let (mut changed, mut other) = (inputs.clone(), scenario.clone());
            twice(&mut changed, &mut other);
            let bill = change(total(inputs, scenario), total(&changed, &other));
            let cpu =
                change(crowd(inputs, scenario).active.cpu, crowd(&changed, &other).active.cpu);
            format!("{bill}, {cpu}")
        });
        cells(name, each)
    };
    table(&heads(inputs), rows.map(row))
}

fn stadium(inputs: &Inputs) -> String {
    let (tree, stadium) = (tree(inputs), &inputs.stadium);
    let rows = [
        ("members, all live", number(stadium.members)),
        ("messages/s", number(stadium.rate)),
        ("deliveries/s", number(stadium.members * stadium.rate)),
        ("relays, beside the object that orders", number(tree.relays)),
        ("sockets of a relay", number(tree.sockets_each)),
        ("frames/s of a relay, to its members", number(tree.relay.frames_out)),
        ("frames/s of a relay, from its members", number(tree.relay.frames_in)),
        ("CPU of a relay", percent(tree.relay.cpu)),
        ("frames/s from the object that orders", number(tree.relays * tree.relay.flushes)),
        ("sockets that 128 MiB would hold", number(tree.sockets_by_memory)),
        ("hours", number(stadium.hours)),
        ("billed requests", number(tree.requests)),
        ("GB-s", number(tree.gb_s)),
        ("requests and duration, for all of it", usd(tree.usd)),
    ];
    table(&["", "one evening"], rows.map(|(name, value)| vec![name.to_owned(), value]))
}

fn heads(inputs: &Inputs) -> Vec<&str> {
    std::iter::once("").chain(inputs.scenarios.iter().map(|one| one.name.as_str())).collect()
}

fn cells(name: &str, values: impl Iterator<Item = String>) -> Vec<String> {
    std::iter::once(name.to_owned()).chain(values).collect()
}

fn table(heads: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    let rules: Vec<&str> = heads.iter().map(|_| "---:").collect();
    let rule = format!("|{}|\n", rules.join("|")).replacen("---:", "---", 1);
    line(&heads) + &rule + &rows.into_iter().map(|row| line(&row)).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_as_many_cells_in_every_row() {
        let inputs = Inputs::read(include_str!("../../../docs/scale.toml")).unwrap();
        for (name, text) in all(&inputs) {
            let widths: Vec<usize> = text
                .lines()
                .filter(|line| line.starts_with('|'))
                .map(|line| line.matches('|').count())
                .collect();
            assert!(widths.windows(2).all(|pair| pair[0] == pair[1]), "{name}: {widths:?}");
            assert!(!text.contains("NaN") && !text.contains("inf"), "{name}: {text}");
        }
    }
}
