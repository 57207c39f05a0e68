//! What a scenario costs in a month.

use super::inputs::{Inputs, Scenario};
use super::object::{DAY_S, rows_per_entry};
use super::people::{Crowd, crowd};

const MONTH_S: f64 = 30.0 * DAY_S;

/// Quantities of a month, as they are billed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Usage {
    pub(super) messages: f64,
    pub(super) object_requests: f64,
    pub(super) object_gb_s: f64,
    pub(super) rows_written: f64,
    pub(super) rows_read: f64,
    pub(super) sql_gb: f64,
    pub(super) worker_requests: f64,
    pub(super) worker_cpu_ms: f64,
    pub(super) d1_rows_read: f64,
    pub(super) d1_rows_written: f64,
    pub(super) d1_gb: f64,
    pub(super) r2_gb: f64,
    pub(super) r2_class_a: f64,
    pub(super) r2_class_b: f64,
}

/// What a scenario uses in a month, in a deployment that is as old as what it keeps.
pub(super) fn usage(inputs: &Inputs, scenario: &Scenario) -> Usage {
    let (assumed, limits) = (&inputs.assumed, &inputs.limits);
    let crowd = crowd(inputs, scenario);
    let active_s = scenario.active_rooms * scenario.mean_share * MONTH_S;
    let messages = active_s * scenario.rate;
    // Everybody has a socket to a room, and one to the inbox.
    let comings = crowd.connects_per_s * scenario.mean_share * MONTH_S;
    let connects = 2.0 * comings;
    let away = (crowd.memberships - crowd.online * scenario.mean_share).max(0.0);
    let episodes = if scenario.rate > 0.0 { away * assumed.episodes_per_day.0 * 30.0 } else { 0.0 };
    let requests = comings * assumed.requests_per_connect.0;
    let said = active_s * crowd.active.frames_in + connects;

    let text_gb = messages * kept_bytes(inputs) / 1e9;
    let files = messages * assumed.file_share.0;
    let files_gb = files * assumed.file_bytes.0 * assumed.retention_months.0 / 1e9;
    let archive_gb = text_gb / assumed.archive_ratio.0;
    let archived_a_month = archive_gb * 1e9 / assumed.retention_months.0;
    Usage {
        messages,
        object_requests: said / limits.messages_per_request.0 + connects + requests + episodes,
        object_gb_s: limits.memory_billed_gb.0 * awake_s(inputs, scenario, &crowd, episodes),
        rows_written: rows_written(inputs, scenario, active_s, comings, episodes),
        rows_read: connects * assumed.rows_read_per_connect.0 + wakings(scenario, &crowd, active_s),
        sql_gb: text_gb * (1.0 + assumed.index_share.0)
            + crowd.objects * limits.empty_database_kb.0 / 1e6,
        worker_requests: connects + requests,
        worker_cpu_ms: (connects + requests) * assumed.worker_ms_per_request.0,
        d1_rows_read: comings * assumed.d1_rows_read_per_connect.0,
        d1_rows_written: comings * assumed.d1_rows_written_per_connect.0,
        d1_gb: crowd.memberships * assumed.d1_bytes_per_membership.0 / 1e9,
        r2_gb: files_gb + archive_gb,
        r2_class_a: files + archived_a_month / assumed.archive_object_bytes.0,
        r2_class_b: files * assumed.file_gets.0,
    }
}

/// What an active room holds once it is as old as what it keeps.
pub(super) fn room_gb(inputs: &Inputs, scenario: &Scenario) -> f64 {
    let messages = scenario.rate * scenario.mean_share * MONTH_S;
    messages * kept_bytes(inputs) * (1.0 + inputs.assumed.index_share.0) / 1e9
}

/// Each item of the bill, in dollars.
pub(super) fn bill(inputs: &Inputs, usage: &Usage) -> [(&'static str, f64); 9] {
    let prices = &inputs.prices;
    [
        ("objects: requests", prices.object_requests.of(usage.object_requests)),
        ("objects: duration", prices.object_gb_s.of(usage.object_gb_s)),
        ("objects: rows written", prices.rows_written.of(usage.rows_written)),
        ("objects: rows read", prices.rows_read.of(usage.rows_read)),
        ("objects: storage", prices.sql_gb_month.of(usage.sql_gb)),
        (
            "Worker",
            prices.worker_requests.of(usage.worker_requests)
                + prices.worker_cpu_ms.of(usage.worker_cpu_ms),
        ),
        (
            "D1",
            prices.d1_rows_read.of(usage.d1_rows_read)
                + prices.d1_rows_written.of(usage.d1_rows_written)
                + prices.d1_gb_month.of(usage.d1_gb),
        ),
        (
            "R2: files and archive",
            prices.r2_gb_month.of(usage.r2_gb)
                + prices.r2_class_a.of(usage.r2_class_a)
                + prices.r2_class_b.of(usage.r2_class_b),
        ),
        ("the plan", prices.plan.of(1.0)),
    ]
}

/// The whole bill.
pub(super) fn total(inputs: &Inputs, scenario: &Scenario) -> f64 {
    bill(inputs, &usage(inputs, scenario)).iter().map(|(_, usd)| usd).sum()
}

/// Bytes of text that are kept for each message that is said in a month.
fn kept_bytes(inputs: &Inputs) -> f64 {
    inputs.measured.message_bytes.0 * inputs.assumed.retention_months.0
}

/// Seconds in which objects may not hibernate.
fn awake_s(inputs: &Inputs, scenario: &Scenario, crowd: &Crowd, episodes: f64) -> f64 {
    let active = scenario.active_rooms * crowd.active.awake;
    let quiet = scenario.active_rooms * scenario.quiet_rooms * crowd.quiet.awake;
    (active + quiet) * scenario.mean_share * MONTH_S + episodes * inputs.assumed.awake_notice_s.0
}

fn rows_written(
    inputs: &Inputs,
    scenario: &Scenario,
    active_s: f64,
    comings: f64,
    episodes: f64,
) -> f64 {
    let assumed = &inputs.assumed;
    let per_entry = rows_per_entry(inputs, scenario.live, scenario.rate)
        + inputs.measured.rows_beside_per_entry.0;
    let readers = if scenario.rate > 0.0 { scenario.live * assumed.read_share.0 } else { 0.0 };
    let positions = readers * 1_000.0 / inputs.protocol.read_stored_ms.0;
    // Whoever goes leaves a read position that is not stored yet.
    let left = if scenario.rate > 0.0 { comings } else { 0.0 };
    active_s * (scenario.rate * per_entry + positions)
        + left
        + episodes * assumed.rows_per_episode.0
}

/// Rows that rooms read to wake: their members, once for each event that finds them asleep.
fn wakings(scenario: &Scenario, crowd: &Crowd, active_s: f64) -> f64 {
    let asleep = 1.0 - crowd.active.awake;
    let wakes =
        active_s * asleep * scenario.rate + crowd.connects_per_s * scenario.mean_share * MONTH_S;
    wakes * scenario.members
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scale::inputs::Figure;

    fn near(have: f64, want: f64) {
        assert!((have - want).abs() <= 1e-9 * want.abs().max(1.0), "{have} is not {want}");
    }

    /// A company that a person can calculate: 100 rooms that always talk, ten of 20 members live,
    /// one message in ten seconds each, and nobody ever comes or goes.
    #[test]
    fn a_month_by_hand() {
        let mut inputs = Inputs::read(include_str!("../../../docs/scale.toml")).unwrap();
        inputs.assumed.reconnects_per_day = Figure(0.0);
        inputs.assumed.episodes_per_day = Figure(1.0);
        inputs.assumed.rows_per_episode = Figure(3.0);
        inputs.assumed.awake_notice_s = Figure(0.1);
        inputs.assumed.awake_message_s = Figure(3.0);
        inputs.assumed.read_share = Figure(0.5);
        inputs.assumed.typing_lines_per_message = Figure(2.0);
        inputs.assumed.file_share = Figure(0.0);
        inputs.measured.message_bytes = Figure(200.0);
        inputs.measured.rows_per_entry_alone = Figure(1.01);
        inputs.measured.rows_beside_per_entry = Figure(0.4);
        let scenario = Scenario {
            name: String::new(),
            says: String::new(),
            members: 20.0,
            live: 10.0,
            rate: 0.1,
            active_rooms: 100.0,
            mean_share: 1.0,
            quiet_rooms: 0.0,
            quiet_live: 0.0,
            rooms_per_person: 2.0,
        };
        let usage = usage(&inputs, &scenario);
        // 100 rooms · 0.1/s · 2,592,000 s.
        near(usage.messages, 25_920_000.0);
        // A tenth of a message each second, two lines of typing for it, and five who read it:
        // 0.1 + 0.2 + 0.5 frames, of which twenty are a request; and 1,000 who are away are told
        // of thirty episodes.
        near(usage.object_requests, 100.0 * 0.8 * 2_592_000.0 / 20.0 + 1_000.0 * 30.0);
        // Awake for 1 − e^(−0.3) of the time; an inbox for a tenth of a second an episode.
        let awake = 100.0 * (1.0 - (-0.3_f64).exp()) * 2_592_000.0 + 30_000.0 * 0.1;
        near(usage.object_gb_s, 0.128 * awake);
        // 1.01 + 0.4 rows an entry, five read positions in five minutes, three rows an episode.
        let positions = 100.0 * 5.0 / 300.0 * 2_592_000.0;
        near(usage.rows_written, 25_920_000.0 * 1.41 + positions + 90_000.0);
        // 25.92 M · 200 B · 6 months, a third more for the index; 1,100 databases of 12 KB.
        near(usage.sql_gb, 31.104 * 1.3 + 1_100.0 * 12.0 / 1e6);
        near(usage.worker_requests, 0.0);

        let bill = bill(&inputs, &usage);
        // 10.4 M requests, of which 9.4 M begin ten units.
        near(bill[0].1, 10.0 * 0.15);
        // 8.6 M GB-s, 8.2 M beyond what is included.
        near(bill[1].1, 9.0 * 12.5);
        // 41 M rows are included.
        near(bill[2].1, 0.0);
        // 40.4 GB, 36 begun beyond five.
        near(bill[4].1, 36.0 * 0.2);
    }

    #[test]
    fn who_says_nothing_pays_for_no_messages() {
        let inputs = Inputs::read(include_str!("../../../docs/scale.toml")).unwrap();
        let idle = inputs.scenarios.iter().find(|scenario| scenario.rate == 0.0).unwrap();
        let usage = usage(&inputs, idle);
        near(usage.messages, 0.0);
        near(usage.rows_written, 0.0);
        assert!(usage.object_gb_s > 0.0, "sockets come and go");
    }
}
